import { expect, it } from 'vitest'
import type { Fact } from '../../../core/risk/model.ts'
import { judge } from '../../../core/risk/policy.ts'

const fact = (observed: number, enabled = true): Fact => ({
  rule: {
    name: 'hourly-orders',
    version: 3,
    enabled,
    definition: { kind: 'velocity', of: 'orders', window: 60, limit: 5, outcome: 'hold' },
  },
  observed,
})

it.each([0, 1, 5])('lets %i of at most 5 go on', (observed) => {
  expect(judge([fact(observed)])).toEqual([])
})

it('holds what is over the limit, and says by which version of the rule', () => {
  expect(judge([fact(2), fact(6), fact(9)])).toEqual([
    { rule: 'hourly-orders', version: 3, observed: 6, limit: 5 },
    { rule: 'hourly-orders', version: 3, observed: 9, limit: 5 },
  ])
})

it('passes over a rule that is switched off', () => {
  expect(judge([fact(1_000_000, false)])).toEqual([])
})
