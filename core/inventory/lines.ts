import { isAscii } from 'node:buffer'
import { KeytillError } from '../platform/errors.ts'

/** One line of a file, counted from 1. `text` is undefined when the line is too long to be a key. */
export interface Line {
  readonly number: number
  readonly text: string | undefined
}

/** No line of keys is longer (characters): what is longer is passed over without being kept in memory. */
const LONGEST = 8192

/** By so many bytes it is told what a file is. */
const SAMPLE = 4096

/**
 * Cuts a file into lines as it comes: UTF-8 or UTF-16 with their marks, or GB18030 as Chinese spreadsheets write it. LF, CRLF and CR all end
 * a line. Memory does not grow with the file, nor with its longest line.
 * @throws KeytillError `import.binary` when the file is not text
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Line> {
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

  for await (const text of textOf(chunks)) yield* feed(text)
  if (pending !== '' || overlong) yield cut()
}

/**
 * The text of a file in pieces, the same however its bytes are cut. What it is written in is told by its mark, else by the
 * first bytes that are not ASCII: an export may be nothing but ASCII for a long time before a Chinese note comes.
 */
async function* textOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let begun = false
  let held = Buffer.alloc(0)
  const decode = (isEnd: boolean): string => {
    if (!begun) {
      if (held.length < SAMPLE && !isEnd) return ''
      decoder = markedDecoder(held)
      if (!decoder) refuseBinary(held)
      begun = true
    }
    let text = ''
    if (!decoder) {
      text = held.toString('latin1', 0, isAscii(held) ? held.length : held.findIndex((byte) => byte > 127))
      held = held.subarray(text.length)
      if (held.length === 0 || (held.length < SAMPLE && !isEnd)) return text
      decoder = likelyDecoder(held)
    }
    text += decoder.decode(held, { stream: !isEnd })
    held = held.subarray(held.length)
    return text
  }
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    yield decode(false)
  }
  yield decode(true)
}

function markedDecoder([a, b]: Buffer): TextDecoder | undefined {
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le')
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be')
  return undefined
}

function refuseBinary(start: Buffer): void {
  if (start.subarray(0, SAMPLE).some((byte) => byte < 9 || (byte > 13 && byte < 27)))
    throw new KeytillError('import.binary', 'This file is not text. Send a .txt or .csv file.')
}

function likelyDecoder(start: Buffer): TextDecoder {
  try {
    // The end may cut a character in two, which `stream` forgives.
    new TextDecoder('utf-8', { fatal: true }).decode(start.subarray(0, SAMPLE), { stream: true })
    return new TextDecoder('utf-8')
  } catch {
    return new TextDecoder('gb18030')
  }
}
