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

  it('leads to no delivery from an order that can no longer be paid for', () => {
    for (const state of ['refunding', 'refunded'] as const) expect(reachableFrom(state).has('delivered')).toBe(false)
  })

  it('never leads back from a refund', () => {
    expect([...reachableFrom('refunding')]).toEqual(['refunding', 'refunded'])
  })
})

it.each<[OrderState, OrderState[]]>([
  ['awaiting_payment', []],
  ['paid', ['awaiting_payment', 'cancelled', 'expired']],
  ['held', ['awaiting_payment', 'cancelled', 'expired', 'paid']],
  ['delivering', ['backordered', 'held', 'paid']],
  ['delivered', ['awaiting_payment', 'cancelled', 'delivering', 'expired', 'held', 'part_delivered']],
  ['part_delivered', ['delivering']],
  ['backordered', ['delivering']],
  ['refunding', ['backordered', 'delivered', 'held', 'part_delivered']],
  ['refunded', ['refunding']],
  ['expired', ['awaiting_payment']],
  ['cancelled', ['awaiting_payment']],
])('%s comes after %j', (state, before) => {
  expect(statesBefore(state).sort()).toEqual(before)
})
