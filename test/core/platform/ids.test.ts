import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newOrderNo, parseOrderNo, randomCode, spoken } from '../../../core/platform/ids.ts'

describe('an order number', () => {
  it('is said in two groups', () => {
    expect(spoken('K7MQ4XD2')).toBe('K7MQ-4XD2')
    expect(spoken('ABCDEFGHJKLM')).toBe('ABCD-EFGH-JKLM')
  })

  it('has no symbol that is mistaken for another', () => {
    for (let i = 0; i < 500; i++) expect(newOrderNo()).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    expect(randomCode(12)).toHaveLength(12)
  })

  it.each([
    'K7MQ4XD2',
    'k7mq4xd2',
    'K7MQ-4XD2',
    ' k7mq 4xd2 ',
    '#K7MQ-4XD2',
    'K7MQ–4XD2',
    'Ｋ７ＭＱ４ＸＤ２',
    'K 7 M Q 4 X D 2',
  ])('is understood from %j', (typed) => {
    expect(parseOrderNo(typed)).toBe('K7MQ4XD2')
  })

  // O, 0, I and 1 are in no number, so that a misread one is told at once and not looked up as another.
  it.each(['K7MQ4XD', 'K7MQ4XD22', 'K7MQ4XO2', 'K7MQ4X02', 'K7MQ4XI2', 'K7MQ4X12', '', 'K7MQ_4XD2', "K7MQ4XD'"])(
    'cannot be %j',
    (typed) => {
      expect(parseOrderNo(typed)).toBeUndefined()
    },
  )

  it('survives being said and typed, however it is spaced', () => {
    const separators = fc.array(fc.constantFrom('', ' ', '-', '–', '#'), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(separators, fc.boolean(), (between, lower) => {
        const no = newOrderNo()
        const said = Array.from(no, (symbol, index) => symbol + between[index]).join('')
        expect(parseOrderNo(lower ? said.toLowerCase() : said)).toBe(no)
      }),
    )
  })
})
