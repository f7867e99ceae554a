import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimals, formatMoney, parseMoney, STARS } from '../../../core/platform/money.ts'

describe('an amount that a person types', () => {
  it.each([
    ['9.9', 990],
    ['9.90', 990],
    ['9', 900],
    ['0', 0],
    ['0.01', 1],
    ['￥9.90', 990],
    ['¥ 9.90', 990],
    ['CN¥9.90', 990],
    ['RMB 12', 1200],
    ['1,000', 100_000],
    ['234,567.89', 23_456_789],
    ['９．９０', 990],
    ['  9.90  ', 990],
    ['1000000.00', 100_000_000],
  ])('reads %j', (typed, amount) => {
    expect(parseMoney(typed, 'CNY')).toBe(amount)
  })

  it.each([
    '',
    ' ',
    '-1',
    '−1',
    '–1',
    '+1',
    '1.999',
    '1.2.3',
    '1,00',
    ',100',
    '1e3',
    '0x10',
    'abc',
    '9.90元',
    '٩',
    '٩1',
    '1 000',
    '.5',
    '5.',
    'Infinity',
    '1000000.01',
  ])('does not read %j', (typed) => {
    expect(() => parseMoney(typed, 'CNY')).toThrow(expect.objectContaining({ code: 'money.malformed' }))
  })

  it('has no decimals where the currency has none', () => {
    expect(parseMoney('990', 'JPY')).toBe(990)
    expect(parseMoney('★ 50', STARS)).toBe(50)
    expect(() => parseMoney('9.9', 'JPY')).toThrow('An amount looks like 990.')
    expect(() => parseMoney('1.5', STARS)).toThrow(expect.objectContaining({ code: 'money.malformed' }))
  })

  it('has three where the currency has three', () => {
    expect(decimals('KWD')).toBe(3)
    expect(parseMoney('1.234', 'KWD')).toBe(1234)
  })

  it('reads back what the shop writes', () => {
    const amounts = fc.integer({ min: 0, max: 100_000_000 })
    const currencies = fc.constantFrom('CNY', 'USD', 'EUR', 'JPY', 'HKD', STARS)
    fc.assert(
      fc.property(amounts, currencies, fc.constantFrom('zh', 'en'), (amount, currency, language) => {
        expect(parseMoney(formatMoney(amount, currency, language), currency)).toBe(amount)
      }),
    )
  })

  it('never comes out as anything but a whole number of minor units', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,-+−٩ ¥$') }), (typed) => {
        try {
          const amount = parseMoney(typed, 'CNY')
          expect(Number.isSafeInteger(amount) && amount >= 0 && amount <= 100_000_000).toBe(true)
          expect(typed).not.toMatch(/[-+−٩]/)
        } catch (error) {
          expect(error).toMatchObject({ code: 'money.malformed' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('an amount that is shown', () => {
  it('has the sign that people of the language know', () => {
    expect(formatMoney(990, 'CNY', 'zh')).toBe('¥9.90')
    expect(formatMoney(123_456_789, 'CNY', 'en')).toBe('¥1,234,567.89')
    expect(formatMoney(50, STARS, 'zh')).toBe('★ 50')
    expect(formatMoney(990, 'JPY', 'en')).toBe('¥990')
  })
})
