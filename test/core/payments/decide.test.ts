import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import { decide, priceIn } from '../../../core/payments/policy.ts'

const STATES = Object.keys(TRANSITIONS) as OrderState[]
const order = (state: OrderState, stars: number | undefined = 50) => ({ state, total: 990, currency: 'CNY', stars })

const settle = { action: 'settle', rule: 'on_time' }
const late = { action: 'settle_late', rule: 'late' }
const paidBefore = { action: 'refund', rule: 'already_paid' }

/** What the right sum does in every state. */
const RIGHT_SUM: Record<OrderState, unknown> = {
  awaiting_payment: settle,
  expired: late,
  cancelled: late,
  paid: paidBefore,
  held: paidBefore,
  delivering: paidBefore,
  delivered: paidBefore,
  part_delivered: paidBefore,
  backordered: paidBefore,
  refunding: paidBefore,
  refunded: paidBefore,
}

describe.each(STATES)('a payment for an order that is %s', (state) => {
  it.each([
    ['its price', 990, 'CNY'],
    ['its price in Stars', 50, 'XTR'],
  ])('of %s is decided by the state', (_, amount, currency) => {
    expect(decide(order(state), { amount, currency })).toEqual(RIGHT_SUM[state])
  })

  it.each([
    ['less', 989, 'CNY', 'wrong_amount'],
    ['more', 991, 'CNY', 'wrong_amount'],
    ['nothing', 0, 'CNY', 'wrong_amount'],
    ['fewer Stars', 49, 'XTR', 'wrong_amount'],
    ['the price as so many Stars', 990, 'XTR', 'wrong_amount'],
    ['the price in another currency', 990, 'USD', 'wrong_currency'],
  ])('of %s goes back', (_, amount, currency, rule) => {
    expect(decide(order(state), { amount, currency })).toEqual({ action: 'refund', rule })
  })

  it('in Stars goes back when it has no such price', () => {
    expect(decide({ ...order(state), stars: undefined }, { amount: 50, currency: 'XTR' })).toEqual({
      action: 'refund',
      rule: 'wrong_currency',
    })
  })
})

it('goes back when it names no order of ours', () => {
  expect(decide(undefined, { amount: 990, currency: 'CNY' })).toEqual({ action: 'refund', rule: 'unknown_order' })
})

it('pays for an order only with exactly its price in one of its currencies', () => {
  const anything = fc.record({
    state: fc.constantFrom(...STATES),
    total: fc.nat(2000),
    currency: fc.constantFrom('CNY', 'USD'),
    stars: fc.option(fc.nat(2000), { nil: undefined }),
  })
  const money = fc.record({ amount: fc.nat(2000), currency: fc.constantFrom('CNY', 'USD', 'XTR') })
  fc.assert(
    fc.property(anything, money, fc.boolean(), (wanted, given, exact) => {
      const price = priceIn(wanted, given.currency)
      const paid = exact && price !== undefined ? { ...given, amount: price } : given
      const { action } = decide(wanted, paid)
      const payable = ['awaiting_payment', 'expired', 'cancelled'].includes(wanted.state)
      expect(action !== 'refund').toBe(payable && price === paid.amount)
    }),
  )
})
