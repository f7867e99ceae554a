import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, linesOf } from '../../../core/inventory/lines.ts'

async function read(...chunks: Uint8Array[]): Promise<(string | undefined)[]> {
  const lines: Line[] = []
  for await (const line of linesOf(chunks)) lines.push(line)
  expect(lines.map((line) => line.number)).toEqual(lines.map((_, index) => index + 1))
  return lines.map((line) => line.text)
}

/** 卡密,有效期 ⏎ 甲一 in GB18030, with a character that only its four-byte form has (𠮷) at the end. */
const GB18030 = Buffer.from('bfa8c3dc2cd3d0d0a7c6da0d0abcd7d2bb9534b2350a', 'hex')
const GB18030_LINES = ['卡密,有效期', '甲一𠮷']

const utf16 = (text: string, littleEndian: boolean) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return littleEndian ? bytes : bytes.swap16()
}

describe('a file', () => {
  it.each([
    ['nothing', '', []],
    ['an empty line', '\n', ['']],
    ['one line without an end', 'a', ['a']],
    ['one line', 'a\n', ['a']],
    ['LF', 'a\nb\n\nc', ['a', 'b', '', 'c']],
    ['CRLF', 'a\r\nb\r\n\r\nc\r\n', ['a', 'b', '', 'c']],
    ['CR', 'a\rb\r\rc\r', ['a', 'b', '', 'c']],
    ['all of them', 'a\r\nb\rc\nd\n\re', ['a', 'b', 'c', 'd', '', 'e']],
    ['tabs and form feeds', 'a\tb\fc\n', ['a\tb\fc']],
  ])('with %s', async (_, text, lines) => {
    expect(await read(Buffer.from(text))).toEqual(lines)
    expect(await read(...Array.from(Buffer.from(text), (byte) => Buffer.of(byte)))).toEqual(lines)
  })

  it.each<[string, Buffer, string[]]>([
    ['UTF-8', Buffer.from('卡密\r\n甲𠮷'), ['卡密', '甲𠮷']],
    ['UTF-8 with its mark', Buffer.from('\ufeff卡密\r\n甲𠮷'), ['卡密', '甲𠮷']],
    ['UTF-16 little endian', utf16('卡密\r\n甲𠮷\n', true), ['卡密', '甲𠮷']],
    ['UTF-16 big endian', utf16('卡密\r\n甲𠮷\n', false), ['卡密', '甲𠮷']],
    ['GB18030', GB18030, GB18030_LINES],
  ])('in %s, cut anywhere', async (_, bytes, lines) => {
    expect(await read(bytes)).toEqual(lines)
    expect(await read(...Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(lines)
    for (let at = 0; at <= bytes.length; at++)
      expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(lines)
  })

  it('in GB18030 whose first Chinese character comes late', async () => {
    const ascii = Array.from({ length: 20_000 }, (_, index) => `KEY-${index}`)
    const bytes = Buffer.concat([Buffer.from(`${ascii.join('\n')}\n`), GB18030])
    expect(await read(bytes)).toEqual([...ascii, ...GB18030_LINES])
    expect(await read(bytes.subarray(0, 65_536), bytes.subarray(65_536))).toEqual([...ascii, ...GB18030_LINES])
  })

  it.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
    ['a spreadsheet', Buffer.from('PK\x03\x04\x14\x00', 'latin1')],
    ['UTF-16 without its mark', Buffer.from('ab\n', 'utf16le')],
  ])('that is %s is refused, cut anywhere', async (_, bytes) => {
    const refused = expect.objectContaining({ code: 'import.binary' })
    await expect(read(bytes)).rejects.toEqual(refused)
    await expect(read(...Array.from(bytes, (byte) => Buffer.of(byte)))).rejects.toEqual(refused)
  })

  it('passes over a line that is too long, and over nothing else', async () => {
    const longest = 'x'.repeat(8192)
    expect(await read(Buffer.from(`a\n${longest}\n${longest}x\nb\n`))).toEqual(['a', longest, undefined, 'b'])
    expect(await read(Buffer.from(`${longest}x`))).toEqual([undefined])
  })

  it('does not keep in memory a line that never ends', async () => {
    let sent = 0
    function* endless() {
      const chunk = Buffer.alloc(65_536, 'x')
      while (sent < 64 * 1024 * 1024) {
        sent += chunk.length
        yield chunk
      }
      yield Buffer.from('\nb')
    }
    const before = process.memoryUsage().rss
    const lines: (string | undefined)[] = []
    for await (const { text } of linesOf(endless())) lines.push(text)
    expect(lines).toEqual([undefined, 'b'])
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024)
  })
})

it('gives the same lines however a file is cut', async () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'é', '卡', '𠮷', '\n', '\r', '\r\n', ',', ' '), maxLength: 40 })
  const encodings = fc.constantFrom<(text: string) => Buffer>(
    (text) => Buffer.from(text),
    (text) => Buffer.from(`\ufeff${text}`),
    (text) => utf16(text, true),
    (text) => utf16(text, false),
  )
  await fc.assert(
    fc.asyncProperty(texts, encodings, fc.array(fc.nat(200)), async (text, encode, cuts) => {
      const bytes = encode(text)
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      const expected = text.split(/\r\n|\r|\n/)
      if (expected.at(-1) === '') expected.pop()
      expect(await read(...chunks)).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})
