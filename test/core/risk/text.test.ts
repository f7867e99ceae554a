import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Condition,
  conditionSchema,
  FIGURES,
  HISTORY,
  HISTORY_OF,
  KINDS,
  nameOf,
  RuleProblem,
  ruleSchema,
  VERDICTS_AT,
} from '../../../core/risk/model.ts'
import { parseRule, parseValue, printMinutes, printRule } from '../../../core/risk/text.ts'

const problemOf = (text: string): RuleProblem => {
  try {
    parseRule(text, 'CNY')
  } catch (error) {
    if (error instanceof RuleProblem) return error
    throw error
  }
  throw new Error(`${text} is a rule`)
}

describe('a rule as text', () => {
  it.each([
    [
      'order if age<1440 and units>5 and unit_price<500 then challenge captcha',
      'order if age < 1d and units > 5 and unit_price < 500 then challenge captcha',
    ],
    ['PAYMENT IF Orders BY Buyer IN 60 > 5 THEN Hold', 'payment if orders by buyer in 1h > 5 then hold'],
    ['payment if amount by payer in 90m > 1000.50 then hold', 'payment if amount by payer in 90m > 1000.50 then hold'],
    ['payment if buyers by payer > 3 then hold', 'payment if buyers by payer > 3 then hold'],
    [
      'order if product in vip-1,vip-2 and channel in Web then deny',
      'order if product in VIP-1, VIP-2 and channel in web then deny',
    ],
    ['order if category in “Game cards”, 会员 then deny', 'order if category in "Game cards", 会员 then deny'],
    ['order if category in "<", "," then deny', 'order if category in "<", "," then deny'],
    ['order if blocked then deny', 'order if blocked then deny'],
    ['order if units ＞ ５ then deny', 'order if units > 5 then deny'],
    [
      'payment if refund_share by buyer in 30d>50 and refunds by buyer in 30d>2 then hold',
      'payment if refund_share by buyer in 30d > 50 and refunds by buyer in 30d > 2 then hold',
    ],
  ])('is read: %s', (typed, printed) => {
    expect(printRule(parseRule(typed, 'CNY'), 'CNY')).toBe(printed)
  })

  it('has sums in the minor units of the currency', () => {
    expect(parseRule('order if amount > 9.90 then deny', 'CNY').all).toEqual([{ fact: 'amount', op: '>', value: 990 }])
    expect(parseRule('order if amount > 990 then deny', 'JPY').all).toEqual([{ fact: 'amount', op: '>', value: 990 }])
  })

  it.each([
    ['', ['order', 'payment'], undefined],
    ['orders if units > 5 then deny', ['order', 'payment'], 'orders'],
    ['order units > 5 then deny', ['if'], 'units'],
    ['order if unit > 5 then deny', expect.arrayContaining(['units', 'blocked', 'product']), 'unit'],
    ['order if units = 5 then deny', ['<', '>'], '='],
    ['order if units >= 5 then deny', ['<', '>'], '>='],
    ['order if units > many then deny', 'number', 'many'],
    ['order if units > 1.5 then deny', 'number', '1.5'],
    ['order if units > -1 then deny', 'number', '-1'],
    ['order if amount > 1.555 then deny', 'sum', '1.555'],
    ['order if age < soon then deny', 'time', 'soon'],
    ['order if units > 5 or paid < 1 then deny', ['and', 'then'], 'or'],
    ['order if units > 5', ['and', 'then'], undefined],
    ['order if units > 5 then hold', ['challenge', 'deny'], 'hold'],
    ['payment if units > 5 then deny', ['hold'], 'deny'],
    ['order if units > 5 then challenge', ['captcha', 'contact', 'sms'], undefined],
    ['order if units > 5 then deny now', 'end', 'now'],
    ['payment if orders by buyer > 5 then hold', ['in'], '>'],
    ['payment if unpaid by payer in 1h > 5 then hold', expect.not.arrayContaining(['payer']), 'payer'],
    ['order if orders by payer in 1h > 5 then deny', 'payer', undefined],
    ['order if product in then deny', ['and', 'then'], 'deny'],
    ['order if product in , A then deny', 'name', ','],
    ['order if orders by buyer in 366d > 1 then deny', 'size', undefined],
    ['order if units > 100000001 then deny', 'size', undefined],
    [`order if ${Array(9).fill('units > 1').join(' and ')} then deny`, 'size', undefined],
  ])('is wrong at the very word: %s', (text, expected, found) => {
    expect(problemOf(text)).toMatchObject({ code: 'risk.text', expected, found })
  })

  it('has a threshold that is read by itself', () => {
    expect(parseValue({ fact: 'age', op: '<', value: 1 }, ' 2h ', 'CNY')).toBe(120)
    expect(parseValue({ fact: 'amount', op: '>', value: 1 }, '5', 'CNY')).toBe(500)
    expect(() => parseValue({ fact: 'units', op: '>', value: 1 }, '5 6', 'CNY')).toThrow(RuleProblem)
    expect([0, 59, 60, 90, 1440, 2880].map(printMinutes)).toEqual(['0m', '59m', '1h', '90m', '1d', '2d'])
  })

  it('printed is read as the same rule', () => {
    const threshold = { op: fc.constantFrom('<' as const, '>' as const), value: fc.nat(100_000_000) }
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .map(nameOf)
      .filter((text) => conditionSchema.safeParse({ fact: 'category', in: [text] }).success)
    const conditions = (at: 'order' | 'payment'): fc.Arbitrary<Condition> =>
      fc.oneof(
        fc.record({ fact: fc.constantFrom(...FIGURES), ...threshold }).map((one) =>
          // A time is read up to six digits.
          one.fact === 'age' ? { ...one, value: one.value % 1_000_000 } : one,
        ),
        fc.constantFrom(...HISTORY).chain((fact) =>
          fc.record({
            fact: fc.constant(fact),
            by: fc.constantFrom(...HISTORY_OF[fact].filter((by) => at === 'payment' || by !== 'payer')),
            within: fc.integer({ min: 1, max: 525_600 }),
            ...threshold,
          }),
        ),
        fc.record({
          fact: fc.constant('buyers' as const),
          by: fc.constantFrom('phone', 'group', 'ip', 'device'),
          ...threshold,
        }) as fc.Arbitrary<Condition>,
        fc
          .record({ fact: fc.constantFrom(...KINDS), in: fc.array(name, { minLength: 1, maxLength: 4 }) })
          .map((one) =>
            one.fact === 'product'
              ? { ...one, in: one.in.map((text) => nameOf(text.toUpperCase())) }
              : one.fact === 'channel'
                ? { ...one, in: one.in.map((text) => nameOf(text.toLowerCase())) }
                : one,
          ),
        fc.constant({ fact: 'blocked' as const }),
      )
    const rules = fc.constantFrom('order' as const, 'payment' as const).chain((at) =>
      fc.record({
        at: fc.constant(at),
        all: fc.array(conditions(at), { minLength: 1, maxLength: 8 }),
        verdict: fc.constantFrom(...VERDICTS_AT[at]),
      }),
    )
    fc.assert(
      fc.property(rules, fc.constantFrom('CNY', 'JPY', 'KWD'), (definition, currency) => {
        fc.pre(ruleSchema.safeParse(definition).success)
        expect(parseRule(printRule(definition, currency), currency)).toEqual(definition)
      }),
      { numRuns: 500 },
    )
  })
})
