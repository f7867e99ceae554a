import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, type Facts, factOf, type Rule, VERDICTS, type Verdict } from '../../../core/risk/model.ts'
import { holds, judge, outcomeOf } from '../../../core/risk/policy.ts'
import { parseRule } from '../../../core/risk/text.ts'

const rule = (text: string, enabled = true): Rule => ({
  name: 'a-rule',
  version: 3,
  enabled,
  definition: parseRule(text, 'CNY'),
})
const hourly = rule('payment if orders by buyer in 1h > 5 then hold')
const seen = (count: number): Facts => ({ 'orders by buyer in 60': count })

describe('a rule', () => {
  it.each([0, 1, 5])('lets %i of at most 5 go on', (count) => {
    expect(judge([hourly], seen(count))).toEqual({ verdict: undefined, reasons: [] })
  })

  it('strikes past its limit, and says by which version and what it saw', () => {
    expect(judge([hourly], seen(6))).toEqual({
      verdict: 'hold',
      reasons: [
        {
          rule: 'a-rule',
          version: 3,
          verdict: 'hold',
          because: [{ condition: hourly.definition.all[0], observed: 6 }],
        },
      ],
    })
  })

  it('is passed over when it is switched off', () => {
    expect(judge([{ ...hourly, enabled: false }], seen(1_000_000)).verdict).toBeUndefined()
  })

  it('wants all of its conditions', () => {
    const bulk = rule('order if age < 1d and units > 5 and unit_price < 5 then challenge captcha')
    const facts = { age: 1439, units: 6, unit_price: 499 }
    expect(judge([bulk], facts).verdict).toBe('captcha')
    for (const other of [{ age: 1440 }, { units: 5 }, { unit_price: 500 }, { age: null }])
      expect(judge([bulk], { ...facts, ...other }).verdict).toBeUndefined()
  })

  it('does not strike on what nobody knows, whichever way it asks', () => {
    const unknown = { 'orders by ip in 60': null }
    for (const op of ['<', '>'])
      expect(judge([rule(`payment if orders by ip in 1h ${op} 0 then hold`)], unknown).reasons).toEqual([])
  })

  it('asks for names that are among its own', () => {
    const of = (text: string) => rule(`order if ${text} then deny`).definition.all[0] as Condition
    expect(holds(of('product in A-1, B-2'), { product: ['X', 'B-2'] })).toBe(true)
    expect(holds(of('product in A-1'), { product: ['X'] })).toBe(false)
    expect(holds(of('category in "Game  cards"'), { category: ['Game cards'] })).toBe(true)
    expect(holds(of('channel in web'), { channel: 'web' })).toBe(true)
    expect(holds(of('channel in web'), { channel: 'telegram' })).toBe(false)
    expect(holds(of('blocked'), { blocked: '' })).toBe(false)
    expect(holds(of('blocked'), { blocked: 'ip,payer' })).toBe(true)
  })
})

describe('several rules', () => {
  const all = (['captcha', 'contact', 'sms', 'deny'] as const).map((verdict) => ({
    ...rule(`order if units > 0 then ${verdict === 'deny' ? 'deny' : `challenge ${verdict}`}`),
    name: verdict,
  }))

  it('say the strongest, and keep every reason', () => {
    fc.assert(
      fc.property(fc.subarray(all, { minLength: 1 }), (some) => {
        const { verdict, reasons } = judge(some, { units: 1 })
        expect(reasons.map(({ rule: name }) => name)).toEqual(some.map(({ name }) => name))
        const strongest = Math.max(...some.map(({ definition }) => VERDICTS.indexOf(definition.verdict)))
        expect(verdict).toBe(VERDICTS[strongest])
      }),
    )
  })

  it('do not ask again for a challenge that was passed, and still for the others', () => {
    const challenges = all.slice(0, 3)
    expect(judge(challenges, { units: 1 }, ['sms', 'contact']).verdict).toBe('captcha')
    expect(judge(challenges, { units: 1 }, ['sms', 'contact', 'captcha']).reasons).toEqual([])
    expect(judge(all, { units: 1 }, ['sms', 'contact', 'captcha']).verdict).toBe('deny')
  })

  it('are told by their outcome', () => {
    const outcomes = [undefined, ...VERDICTS].map((verdict) => outcomeOf({ verdict: verdict as Verdict | undefined }))
    expect(outcomes).toEqual(['allow', 'challenge', 'challenge', 'challenge', 'hold', 'deny'])
  })
})

describe('more of what is counted', () => {
  const figures = fc.constantFrom(
    'units',
    'amount',
    'orders by buyer in 60',
    'units by group in 60',
    'amount by ip in 60',
  )
  const rules = fc.array(
    fc
      .array(fc.record({ fact: figures, value: fc.nat(20) }), { minLength: 1, maxLength: 3 })
      .map((all) =>
        rule(
          `payment if ${all.map(({ fact, value }) => `${fact} > ${value}`).join(' and ')} then hold`.replaceAll(
            ' in 60',
            ' in 60m',
          ),
        ),
      ),
    { minLength: 1, maxLength: 5 },
  )

  it('never lets go on what less of it held', () => {
    fc.assert(
      fc.property(rules, fc.infiniteStream(fc.nat(20)), fc.infiniteStream(fc.nat(20)), (some, counts, added) => {
        const names = [...new Set(some.flatMap(({ definition }) => definition.all.map(factOf)))]
        // Sums are typed in whole units.
        const before = Object.fromEntries(names.map((name) => [name, counts.next().value * 100]))
        const after = Object.fromEntries(names.map((name) => [name, (before[name] ?? 0) + added.next().value]))
        if (judge(some, before).verdict === 'hold') expect(judge(some, after).verdict).toBe('hold')
        expect(judge(some, after).reasons.length).toBeGreaterThanOrEqual(judge(some, before).reasons.length)
      }),
    )
  })
})
