import { describe, expect, it } from 'vitest'
import { type OrderState, statesBefore, TRANSITIONS } from '../../../core/orders/states.ts'
import { OrderState as inDatabase } from '../../../prisma/client/enums.ts'

const STATES = Object.keys(TRANSITIONS) as OrderState[]

function reachableFrom(start: OrderState): Set<OrderState> {
  const seen = new Set<OrderState>([start])
  for (const state of seen) for (const next of TRANSITIONS[state]) seen.add(next)
  return seen
}

describe('the transition table', () => {
  it('has the states of the database, no more and no fewer', () => {
    expect([...STATES].sort()).toEqual(Object.keys(inDatabase).sort())
  })

  it('reaches every state from a new order', () => {
    expect([...reachableFrom('awaiting_payment')].sort()).toEqual([...STATES].sort())
  })

  it('ends only where the money is back', () => {
    expect(STATES.filter((state) => TRANSITIONS[state].length === 0)).toEqual(['refunded'])
  })

  it('never leads from an order that had its money to one that may be paid again', () => {
    for (const state of TRANSITIONS.paid) {
      const later = reachableFrom(state)
      for (const unpaid of ['awaiting_payment', 'expired', 'cancelled', 'paid'] as const)
        expect(later.has(unpaid)).toBe(false)
    }
  })

  it('lets no order be delivered that was not paid', () => {
    const beforeDelivery = new Set<OrderState>(['delivered'])
    for (const state of beforeDelivery) {
      if (state !== 'paid') for (const before of statesBefore(state)) beforeDelivery.add(before)
    }
    expect(beforeDelivery.has('awaiting_payment')).toBe(false)
    expect(beforeDelivery.has('paid')).toBe(true)
  })

  it('never leads back from a refund', () => {
    expect([...reachableFrom('refunding')]).toEqual(['refunding', 'refunded'])
  })
})

it.each<[OrderState, OrderState[]]>([
  ['awaiting_payment', []],
  ['paid', ['awaiting_payment', 'cancelled', 'expired']],
  ['held', ['paid']],
  ['delivering', ['backordered', 'held', 'paid']],
  ['delivered', ['delivering', 'part_delivered']],
  ['part_delivered', ['delivering']],
  ['backordered', ['delivering']],
  ['refunding', ['backordered', 'delivered', 'held', 'part_delivered']],
  ['refunded', ['refunding']],
  ['expired', ['awaiting_payment']],
  ['cancelled', ['awaiting_payment']],
])('%s comes after %j', (state, before) => {
  expect(statesBefore(state).sort()).toEqual(before)
})
