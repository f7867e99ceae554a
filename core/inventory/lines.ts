import { KeytillError } from '../platform/errors.ts'

/** One line of a file, counted from 1. `text` is undefined when the line is too long to be a key. */
export interface Line {
  readonly number: number
  readonly text: string | undefined
}

/** No line of keys is longer (characters): what is longer is passed over without being kept in memory. */
const LONGEST = 8192

/**
 * Cuts a file into lines as it comes: UTF-8 or UTF-16 with their marks, or GB18030 as Chinese spreadsheets write it. LF, CRLF and CR all end
 * a line. Memory does not grow with the file, nor with its longest line.
 * @throws KeytillError `import.binary` when the file is not text
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Line> {
  let decoder: TextDecoder | undefined
  let number = 1
  let pending = ''
  let overlong = false
  let afterReturn = false

  const cut = (): Line => {
    const line = { number: number++, text: overlong ? undefined : pending }
    pending = ''
    overlong = false
    return line
  }
  function* feed(text: string): Generator<Line> {
    let start = 0
    // A CRLF may be cut in two by the end of a chunk.
    if (afterReturn && text.startsWith('\n')) start = 1
    if (text.length > 0) afterReturn = text.endsWith('\r')
    const ends = /\r\n|\n|\r/g
    ends.lastIndex = start
    for (let match = ends.exec(text); match; match = ends.exec(text)) {
      append(text.slice(start, match.index))
      start = ends.lastIndex
      yield cut()
    }
    append(text.slice(start))
  }
  const append = (piece: string) => {
    if (pending.length + piece.length > LONGEST) overlong = true
    pending = overlong ? '' : pending + piece
  }

  for await (const chunk of chunks) {
    decoder ??= decoderFor(chunk)
    yield* feed(decoder.decode(chunk, { stream: true }))
  }
  yield* feed(decoder?.decode() ?? '')
  if (pending !== '' || overlong) yield cut()
}

function decoderFor(start: Uint8Array): TextDecoder {
  const [a, b] = start
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le')
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be')
  if (start.subarray(0, 4096).some((byte) => byte < 9 || (byte > 13 && byte < 27)))
    throw new KeytillError('import.binary', 'This file is not text. Send a .txt or .csv file.')
  try {
    // The end may cut a character in two, which `stream` forgives.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true })
    return new TextDecoder('utf-8')
  } catch {
    return new TextDecoder('gb18030')
  }
}
