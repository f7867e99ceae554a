import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Booking } from '../../../core/ledger/model.ts'
import { balanced, paymentReceived, refundOwed, refundPaid, saleEarned } from '../../../core/ledger/policy.ts'

const sides = ({ entries }: Booking) => Object.fromEntries(entries.map((entry) => [entry.account, entry.amount]))

it('books each step of a payment once, under a name of its own', () => {
  const steps = [
    paymentReceived(12n, 'alipay', 990, 'CNY'),
    saleEarned(12n, 990, 'CNY'),
    refundOwed(3n, true, 990, 'CNY'),
    refundPaid(3n, 'alipay', 990, 'CNY'),
  ]
  expect(steps.map((step) => [step.ref, sides(step)])).toEqual([
    ['payment:12', { 'assets:alipay': 990, 'liabilities:received': -990 }],
    ['sale:12', { 'liabilities:received': 990, 'income:sales': -990 }],
    ['refund-owed:3', { 'income:sales': 990, 'liabilities:refunds': -990 }],
    ['refund-paid:3', { 'liabilities:refunds': 990, 'assets:alipay': -990 }],
  ])
})

it('owes money that bought nothing out of what was received, not out of sales', () => {
  expect(sides(refundOwed(3n, false, 990, 'CNY'))).toEqual({ 'liabilities:received': 990, 'liabilities:refunds': -990 })
})

it('refuses what does not add up in one of its currencies, though it does in all of them together', () => {
  const entries = [
    { account: 'a', amount: 1, currency: 'CNY' },
    { account: 'b', amount: -1, currency: 'USD' },
  ]
  expect(() => balanced({ ref: 'x', entries })).toThrow(expect.objectContaining({ code: 'ledger.unbalanced' }))
})

it('accepts exactly what adds up to zero in every currency', () => {
  const entry = fc.record({
    account: fc.constantFrom('a', 'b', 'c'),
    amount: fc.integer({ min: -3, max: 3 }),
    currency: fc.constantFrom('CNY', 'XTR'),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const isZero = (currency: string) =>
        entries.filter((e) => e.currency === currency).reduce((sum, e) => sum + e.amount, 0) === 0
      const booking = { ref: 'x', entries }
      if (isZero('CNY') && isZero('XTR')) expect(balanced(booking)).toBe(booking)
      else expect(() => balanced(booking)).toThrow('does not balance')
    }),
    { numRuns: 1000 },
  )
})
