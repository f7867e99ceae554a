import { FileBox } from 'file-box'

/** The text of a QR code in a picture, read as a phone would. @throws when there is none that can be read */
export const scan = (bytes: Uint8Array): Promise<string> =>
  FileBox.fromBase64(Buffer.from(bytes).toString('base64'), 'qr.png').toQRCode()

const LIT: Readonly<Record<string, readonly [top: boolean, bottom: boolean]>> = {
  ' ': [false, false],
  '▀': [true, false],
  '▄': [false, true],
  '█': [true, true],
}
/** Pixels a half character. */
const SCALE = 8

/** The text of a QR code drawn in half blocks that shine on a dark ground, somewhere among other lines. */
export function scanDrawn(text: string): Promise<string> {
  const lines = text.split('\n').filter((line) => /^[ ▀▄█]{20,}$/.test(line))
  const rows = lines.flatMap((line) => {
    const lit = Array.from(line, (character) => LIT[character] ?? [false, false])
    return [lit.map(([top]) => top), lit.map(([, bottom]) => bottom)]
  })
  return scan(bitmap(rows))
}

/** A BMP of 24 bits a pixel, which has its rows from the bottom up. */
function bitmap(rows: readonly (readonly boolean[])[]): Buffer {
  const width = (rows[0]?.length ?? 0) * SCALE
  const stride = Math.ceil((width * 3) / 4) * 4
  const pixels = rows.toReversed().flatMap((row) => {
    const line = Buffer.alloc(stride)
    row.forEach((lit, column) => {
      line.fill(lit ? 255 : 0, column * SCALE * 3, (column + 1) * SCALE * 3)
    })
    return Array<Buffer>(SCALE).fill(line)
  })
  const head = Buffer.alloc(54)
  head.write('BM')
  head.writeUInt32LE(head.length + pixels.length * stride, 2)
  head.writeUInt32LE(head.length, 10)
  head.writeUInt32LE(40, 14)
  head.writeInt32LE(width, 18)
  head.writeInt32LE(pixels.length, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(24, 28)
  return Buffer.concat([head, ...pixels])
}
