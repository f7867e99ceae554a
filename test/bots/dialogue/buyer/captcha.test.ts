import { createHash } from 'node:crypto'
import { crc32, inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { captchaPicture } from '../../../../bots/dialogue/buyer/captcha.ts'
import { PICTURE_SYMBOLS } from '../../../../core/risk/service.ts'

const middle = () => 0.5

/** The shades of a PNG of 8-bit grey without filters, as any reader would find them. */
function shadesOf(png: Uint8Array): { width: number; height: number; rows: Buffer[] } {
  const bytes = Buffer.from(png)
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const body = bytes.subarray(at + 4, at + 8 + length)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += length + 12
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND'])
  const header = chunks.get('IHDR') ?? Buffer.alloc(13)
  expect([...header.subarray(8)]).toEqual([8, 0, 0, 0, 0])
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const raw = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  expect(raw.length).toBe((width + 1) * height)
  const rows = Array.from({ length: height }, (_, y) => raw.subarray(y * (width + 1), (y + 1) * (width + 1)))
  expect(rows.every((row) => row[0] === 0)).toBe(true)
  return { width, height, rows: rows.map((row) => row.subarray(1)) }
}

it('is a picture that any reader opens, with ink where each symbol stands', () => {
  for (let start = 0; start < PICTURE_SYMBOLS.length; start += 5) {
    const symbols = PICTURE_SYMBOLS.slice(start, start + 5)
    const { width, height, rows } = shadesOf(captchaPicture(symbols).bytes)
    expect(width).toBeGreaterThan(5 * symbols.length)
    for (let n = 0; n < symbols.length; n++) {
      const cell = rows.flatMap((row) => [...row.subarray(20 + n * 62, 20 + (n + 1) * 62)])
      const dark = cell.filter((shade) => shade < 130).length / cell.length
      expect(dark, symbols[n]).toBeGreaterThan(0.06)
      expect(dark, symbols[n]).toBeLessThan(0.6)
    }
    expect(height).toBe(100)
  }
})

it('shows each symbol as itself: in the same chance no two look alike, drawn or printed', () => {
  const looks = [...PICTURE_SYMBOLS].map((symbol) => captchaPicture(symbol, middle))
  const hashes = looks.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'))
  expect(new Set(hashes).size).toBe(PICTURE_SYMBOLS.length)
  expect(new Set(looks.map(({ drawn }) => drawn)).size).toBe(PICTURE_SYMBOLS.length)
  expect(looks[PICTURE_SYMBOLS.indexOf('T')]?.drawn?.trim().split('\n')[0]?.trim()).toBe('██████████')
})

it('never looks the same twice', () => {
  const [one, other] = [captchaPicture('ACDEF'), captchaPicture('ACDEF')]
  expect(Buffer.from(one.bytes).equals(Buffer.from(other.bytes))).toBe(false)
  expect(one.id).not.toBe(other.id)
})
