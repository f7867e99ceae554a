import { describe, expect, it } from 'vitest'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import { checkout, keptUntil } from '../../../core/payments/policy.ts'
import { after, minutes } from '../../../core/platform/clock.ts'

const DEADLINE = new Date('2026-06-01T08:15:00Z')
const BEFORE = new Date('2026-06-01T08:14:59.999Z')
const STATES = Object.keys(TRANSITIONS) as OrderState[]
const order = (state: OrderState) => ({
  state,
  total: 990,
  currency: 'CNY',
  stars: 50,
  customerId: 7,
  reservedUntil: DEADLINE,
})
const buyer = { customerId: 7, amount: 990, currency: 'CNY' }

describe.each(STATES)('a payment about to be made for an order that is %s', (state) => {
  const problem = { awaiting_payment: undefined, expired: 'expired', cancelled: 'cancelled' } as Record<string, unknown>
  const expected = state in problem ? problem[state] : 'already_paid'

  it('is decided by the state', () => {
    expect(checkout(order(state), buyer, BEFORE)).toBe(expected)
  })

  it('by another person is refused before anything of the order is told', () => {
    expect(checkout(order(state), { ...buyer, customerId: 8 }, BEFORE)).toBe('not_yours')
    expect(checkout(order(state), { ...buyer, customerId: undefined }, BEFORE)).toBe('not_yours')
  })

  it('of a wrong sum tells that only of an order that can be paid', () => {
    expect(checkout(order(state), { ...buyer, amount: 1 }, BEFORE)).toBe(expected ?? 'wrong_amount')
  })
})

it.each([
  ['its price in Stars', 50, 'XTR', undefined],
  ['a currency it has no price in', 990, 'USD', 'wrong_amount'],
  ['less', 989, 'CNY', 'wrong_amount'],
  ['more', 991, 'CNY', 'wrong_amount'],
])('asks %s: %i %s → %s', (_, amount, currency, problem) => {
  expect(checkout(order('awaiting_payment'), { ...buyer, amount, currency }, BEFORE)).toBe(problem)
})

it('asks a price in the currency of a provider that takes one only', () => {
  const through = (currency: string, amount: number) =>
    checkout(order('awaiting_payment'), { ...buyer, amount, currency }, BEFORE, 'XTR')
  expect([through('XTR', 50), through('CNY', 990)]).toEqual([undefined, 'wrong_amount'])
})

it('is too late from the deadline on, though nobody has released the order yet', () => {
  expect(checkout(order('awaiting_payment'), buyer, DEADLINE)).toBe('expired')
})

it('is refused when there is no such order', () => {
  expect(checkout(undefined, buyer, BEFORE)).toBe('unknown_order')
})

describe('how long keys are kept for a payment that begins', () => {
  const placedAt = new Date('2026-06-01T08:00:00Z')
  const at = (minute: number) => after(placedAt, minutes(minute))
  it.each([
    ['early: no longer than it was', 15, 2, 15],
    ['in the last minute: ten minutes more', 15, 14, 24],
    ['again: ten minutes more', 24, 23, 33],
    ['up to thirty minutes over what was granted', 43, 42, 45],
    ['and no longer, though it goes on being begun', 45, 44, 45],
    ['never less: the owner has cut the time meanwhile', 60, 50, 60],
  ])('%s', (_, kept, now, expected) => {
    expect(keptUntil({ placedAt, reservedUntil: at(kept) }, minutes(15), at(now))).toEqual(at(expected))
  })
})
