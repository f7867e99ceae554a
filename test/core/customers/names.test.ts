import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { languageOf } from '../../../core/customers/model.ts'
import { shownName } from '../../../core/customers/names.ts'

describe('a name as staff see it', () => {
  it.each([
    ['Bob', 'Bob'],
    ['  王  小明 ', '王 小明'],
    ['Bob (Telegram)\nState: closed', 'Bob (Telegram) State: closed'],
    ['Bob\u202egnp.exe', 'Bob gnp.exe'],
    ['\u2067أحمد\u2069', 'أحمد'],
    // A family is one character of several, held together.
    ['👨‍👩‍👧 Li', '👨‍👩‍👧 Li'],
    ['\u200b\u200d\u2060', undefined],
    ['\u0000\n\t', undefined],
    ['', undefined],
    [undefined, undefined],
    ['N'.repeat(4000), 'N'.repeat(100)],
  ])('%j is %j', (given, shown) => expect(shownName(given)).toBe(shown))

  it('is one line that turns nothing round, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (given) => {
        const name = shownName(given)
        expect(name ?? 'x').toMatch(/^[^\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u)
        expect(shownName(name)).toBe(name)
      }),
    )
  })
})

it.each([
  ['zh', 'zh'],
  ['zh-Hant-TW', 'zh'],
  ['zh_CN.UTF-8', 'zh'],
  ['ZH-cn', 'zh'],
  ['zha', 'en'],
  ['en_US.UTF-8', 'en'],
  [undefined, 'en'],
])('speaks to who has %s in %s', (tag, language) => expect(languageOf(tag)).toBe(language))
