import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import {
  BUYING_RULES,
  DECISIONS,
  decide,
  ENDS,
  priceIn,
  type Sum,
  traitsOf,
  WAYS_BACK,
  wayBack,
} from '../../../core/payments/policy.ts'
import { sandbox } from '../../../core/payments/providers/sandbox.ts'
import { wallet } from '../../../core/payments/providers/wallet.ts'

const STATES = Object.keys(TRANSITIONS) as OrderState[]
const order = (state: OrderState, stars: number | undefined = 50) => ({ state, total: 990, currency: 'CNY', stars })

/** What each sum is, of an order at 990 CNY or 50 Stars. */
const SUMS: Readonly<Record<Sum, readonly (readonly [number, string])[]>> = {
  exact: [
    [990, 'CNY'],
    [50, 'XTR'],
  ],
  over: [
    [991, 'CNY'],
    [9900, 'CNY'],
    [51, 'XTR'],
    [990, 'XTR'],
  ],
  under: [
    [989, 'CNY'],
    [0, 'CNY'],
    [49, 'XTR'],
  ],
  other_currency: [
    [990, 'USD'],
    [50, 'USD'],
  ],
}

/** The table as a person would tell it, whatever way it is written down. */
function expected(state: OrderState | 'none', sum: Sum): string {
  if (state === 'none') return 'unknown_order'
  if (!['awaiting_payment', 'expired', 'cancelled'].includes(state)) return 'already_paid'
  if (sum === 'other_currency') return 'wrong_currency'
  if (sum === 'under') return 'wrong_amount'
  if (sum === 'over') return 'overpaid'
  return state === 'awaiting_payment' ? 'on_time' : 'late'
}

const cells = (['none', ...STATES] as const).flatMap((state) =>
  (Object.keys(SUMS) as Sum[]).map((sum) => ({ state, sum, rule: expected(state, sum) })),
)

describe('the decision table', () => {
  it('has every state and every sum, and nothing else', () => {
    expect(Object.keys(DECISIONS).sort()).toEqual(['none', ...STATES].sort())
    for (const row of Object.values(DECISIONS)) expect(Object.keys(row)).toEqual(Object.keys(SUMS))
  })

  it.each(cells)('$state, $sum: $rule', ({ state, sum, rule }) => {
    expect(DECISIONS[state][sum]).toBe(rule)
    for (const [amount, currency] of SUMS[sum]) {
      const decision = decide(state === 'none' ? undefined : order(state), { amount, currency })
      const price = currency === 'XTR' ? 50 : 990
      expect(decision).toEqual(
        ['on_time', 'late', 'overpaid'].includes(rule) ? { rule, excess: amount - price } : { rule },
      )
    }
  })

  it('takes Stars for another currency where the order has no price in them', () => {
    expect(decide({ ...order('awaiting_payment'), stars: undefined }, { amount: 50, currency: 'XTR' })).toEqual({
      rule: 'wrong_currency',
    })
  })

  it('takes what a provider of one currency tells of in another for another currency', () => {
    const told = (amount: number, currency: string) =>
      decide(order('awaiting_payment'), { amount, currency }, 'XTR').rule
    expect([told(50, 'XTR'), told(990, 'CNY'), told(9900, 'CNY'), told(50, 'USD')]).toEqual([
      'on_time',
      'wrong_currency',
      'wrong_currency',
      'wrong_currency',
    ])
  })

  it('sends every rule to one end', () => {
    const of = (end: string) =>
      Object.entries(ENDS)
        .filter(([, to]) => to === end)
        .map(([rule]) => rule)
        .sort()
    expect(of('order')).toEqual(['late', 'on_time'])
    expect(of('order_and_wallet')).toEqual(['overpaid'])
    expect(of('back')).toEqual(
      ['already_paid', 'given_back', 'late_no_stock', 'unknown_order', 'wrong_amount', 'wrong_currency'].sort(),
    )
    expect(BUYING_RULES).toBe(`('on_time', 'late', 'overpaid')`)
  })
})

describe('the way back', () => {
  const none = { name: 'vouchers' }
  const traits = traitsOf([sandbox, wallet, none, { name: 'whole', refund: async () => {} }])

  it.each([
    ['can', 'known', 'source'],
    ['can', 'unknown', 'source'],
    ['cannot', 'known', 'wallet'],
    ['cannot', 'unknown', 'staff'],
    ['refused', 'known', 'staff_or_wallet'],
    ['refused', 'unknown', 'staff'],
  ] as const)('of a provider that %s, of a payer who is %s: %s', (can, who, way) => {
    expect(WAYS_BACK[can][who]).toBe(way)
    if (can !== 'refused')
      expect(wayBack(traits(can === 'can' ? 'sandbox' : 'vouchers'), { amount: 5 }, 5, who === 'known')).toBe(way)
  })

  it('of what was paid from a wallet is the wallet', () => {
    expect(wayBack(traits('wallet'), { amount: 5 }, 5, true)).toBe('wallet')
  })

  it('of a part is the wallet, where a provider gives back only the whole', () => {
    expect(wayBack(traits('whole'), { amount: 5 }, 5, true)).toBe('source')
    expect(wayBack(traits('whole'), { amount: 5 }, 4, true)).toBe('wallet')
    expect(wayBack(traits('sandbox'), { amount: 5 }, 4, true)).toBe('source')
  })

  it('of a provider that takes one currency is as of any other, and what it takes is known', () => {
    const stars = traitsOf([{ name: 'stars', currency: 'XTR', refund: async () => {} }])
    expect([stars('stars').currency, traits('sandbox').currency, traits('elsewhere').currency]).toEqual([
      'XTR',
      undefined,
      undefined,
    ])
    expect(wayBack(stars('stars'), { amount: 990 }, 990, true)).toBe('source')
  })

  it('of a provider that is configured elsewhere waits for it', () => {
    expect(wayBack(traits('elsewhere'), { amount: 5 }, 5, false)).toBe('source')
  })
})

const anything = fc.record({
  state: fc.constantFrom(...STATES),
  total: fc.nat(2000),
  currency: fc.constantFrom('CNY', 'USD'),
  stars: fc.option(fc.nat(2000), { nil: undefined }),
})
const money = fc.record({ amount: fc.nat(2000), currency: fc.constantFrom('CNY', 'USD', 'XTR') })

it('buys only with at least the price in one of the order’s currencies, and every cent has one place', () => {
  fc.assert(
    fc.property(anything, money, fc.boolean(), (wanted, given, exact) => {
      const price = priceIn(wanted, given.currency)
      const paid = exact && price !== undefined ? { ...given, amount: price } : given
      const { rule, excess } = decide(wanted, paid)
      const payable = ['awaiting_payment', 'expired', 'cancelled'].includes(wanted.state)
      expect(ENDS[rule] !== 'back').toBe(payable && price !== undefined && paid.amount >= price)
      const ends = ENDS[rule] === 'back' ? [paid.amount] : [price ?? 0, excess ?? 0]
      expect(ends.reduce((sum, part) => sum + part, 0)).toBe(paid.amount)
      for (const part of ends) expect(part).toBeGreaterThanOrEqual(0)
      expect((excess ?? 0) > 0).toBe(ENDS[rule] === 'order_and_wallet')
    }),
  )
})
