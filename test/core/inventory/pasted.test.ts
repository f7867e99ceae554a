import { describe, expect, it } from 'vitest'
import { formatRule } from '../../../core/inventory/format.ts'
import { joinPasted } from '../../../core/inventory/pasted.ts'
import { isRow } from '../../../core/inventory/rows.ts'

/** A line is a key of this format. */
const of = (format: string) => {
  const rules = { format: formatRule(format), currency: 'CNY', now: new Date('2026-06-01T08:00:00Z') }
  return (line: string) => isRow(line, rules)
}
const lines = (count: number, line: (n: string) => string) =>
  Array.from({ length: count }, (_, index) => line(String(index).padStart(4, '0'))).join('\n')
/** As a client cuts that looks for nothing: what is left of white space at the ends is lost on the way. */
const cut = (text: string, at = 4096) => [text.slice(0, at).trim(), text.slice(at).trim()]

const codes = lines(400, (n) => `ABCD-${n}-EFGH`)
const pairs = lines(400, (n) => `100200${n},pass${n}`)

describe('a paste cut within a line', () => {
  it.each([
    ['a code that has a pattern', codes, 'code:AAAA-9999-AAAA'],
    ['a code by the lines around it', codes, 'code'],
    ['a number and its password', pairs, 'pair'],
    ['a link', lines(200, (n) => `https://example.com/redeem/${n}abcdef`), 'link'],
  ])('is joined: %s', (_what, text, format) => {
    const whole = text.split('\n')
    for (let at = 4070; at < 4096; at++) {
      // A cut at the end of a line has cut no line.
      const atEnd = text[at] === '\n' || text[at - 1] === '\n'
      const joined = joinPasted(cut(text, at), of(format))
      expect(joined, `cut at ${at}`).toHaveLength(atEnd ? 2 : 1)
      expect(
        joined.flatMap((part) => part.split('\n')),
        `cut at ${at}`,
      ).toEqual(whole)
    }
  })

  it('is joined where the lines have nothing in common but what the format asks for', () => {
    const text = lines(400, (n) => `user${'.'.repeat(Number(n) % 17)}${n},p${'-'.repeat(Number(n) % 23)}w`)
    const at = text.lastIndexOf(',', 4096)
    expect(joinPasted(cut(text, at), of('pair'))).toEqual([text])
    expect(joinPasted(cut(text, at), of('code'))).toHaveLength(2)
  })

  it.each([4066, 4070, 4073])('is joined at each of its cuts, the first at %i', (first) => {
    const text = lines(900, (n) => `ABCD-${n}-EFGHI`)
    // A line has 16 characters: every cut comes at the same place of one.
    const parts = [text.slice(0, first), text.slice(first, first + 4096), text.slice(first + 4096)]
    expect(joinPasted(parts, of('code'))).toEqual([text])
  })
})

describe('stays as it was sent', () => {
  const [first = '', second = ''] = cut(codes)
  it.each([
    ['a message that is not full', [first.slice(500), second], 'code'],
    ['whole lines', [`${codes.slice(0, 4094)}`, 'ABCD-9999-EFGH\nABCD-9998-EFGH'], 'code:AAAA-9999-AAAA'],
    ['a cut after which a line is missing', [first, 'ABCD-9999-EFGH'], 'code:AAAA-9999-AAAA'],
    [
      'what is no key joined either',
      [`${lines(280, (n) => `ABCD-${n}-EFGH`)}\n??`, '!!\nABCD-9999-EFGH'],
      'code:AAAA-9999-AAAA',
    ],
    [
      'codes of many shapes, whose halves are codes',
      [lines(400, (n) => `A${'x'.repeat(Number(n) % 17)}-${n}`), 'B-1'],
      'code',
    ],
    ['a blank line between', [`${lines(280, (n) => `ABCD-${n}-EFGH`)}\nABCD-`, '\n9999-EFGH'], 'code:AAAA-9999-AAAA'],
  ])('%s', (_what, parts, format) => {
    expect(joinPasted(parts, of(format))).toEqual(parts)
  })
})
