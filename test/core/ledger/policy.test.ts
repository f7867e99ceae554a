import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Booking } from '../../../core/ledger/model.ts'
import {
  goodsReceived,
  goodsReturned,
  goodsSwapped,
  paymentReceived,
  refundOwed,
  refundPaid,
  salePaid,
} from '../../../core/ledger/policy.ts'

const money = { id: 12n, provider: 'alipay', amount: 990, currency: 'CNY' }
const goods = { cost: 500, currency: 'CNY' }
const sides = (booking: Booking | undefined) =>
  booking?.entries.map(({ debit, credit, amount, currency }) => `${debit} < ${credit} ${amount} ${currency}`)

it('books each step of a payment once, under a name of its own', () => {
  const steps = [
    salePaid(money, goods),
    refundOwed(3n, true, 990, 'CNY'),
    refundPaid(3n, 'alipay', 990, 'CNY'),
    goodsReturned(3n, goods),
    goodsReceived(7, 1, goods),
  ]
  expect(steps.map((step) => [step?.ref, sides(step)])).toEqual([
    ['payment:12', ['assets:alipay < income:sales 990 CNY', 'expenses:goods < assets:stock 500 CNY']],
    ['refund-owed:3', ['income:sales < liabilities:refunds 990 CNY']],
    ['refund-paid:3', ['liabilities:refunds < assets:alipay 990 CNY']],
    ['goods-returned:3', ['assets:stock < expenses:goods 500 CNY']],
    ['batch:7:1', ['assets:stock < liabilities:suppliers 500 CNY']],
  ])
})

it('owes money that bought nothing out of what was received, not out of sales', () => {
  expect(sides(paymentReceived(money))).toEqual(['assets:alipay < liabilities:received 990 CNY'])
  expect(sides(refundOwed(3n, false, 990, 'CNY'))).toEqual(['liabilities:received < liabilities:refunds 990 CNY'])
})

it('has no entry for nothing', () => {
  expect(paymentReceived({ ...money, amount: 0 }).entries).toEqual([])
  expect(salePaid({ ...money, amount: 0 }, goods).entries).toHaveLength(1)
})

it('keeps the costs of goods in their own currency, and books none where none is known', () => {
  expect(sides(salePaid({ ...money, amount: 50, currency: 'XTR' }, goods))).toEqual([
    'assets:alipay < income:sales 50 XTR',
    'expenses:goods < assets:stock 500 CNY',
  ])
  for (const cost of [0, undefined]) {
    expect(salePaid(money, { ...goods, cost }).entries).toHaveLength(1)
    expect(goodsReturned(3n, { ...goods, cost })).toBeUndefined()
    expect(goodsReceived(7, 1, { ...goods, cost })).toBeUndefined()
  }
})

it('books what swapped keys cost more or less', () => {
  expect(sides(goodsSwapped('order:5', 500, { cost: 620, currency: 'CNY' }))).toEqual([
    'expenses:goods < assets:stock 120 CNY',
  ])
  expect(sides(goodsSwapped('order:5', 500, { cost: 0, currency: 'CNY' }))).toEqual([
    'assets:stock < expenses:goods 500 CNY',
  ])
  expect(goodsSwapped('order:5', 500, { cost: 500, currency: 'CNY' }).entries).toEqual([])
})

it('leaves every account of a refunded sale as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.integer({ min: 0 }), fc.boolean(), (amount, cost, bought) => {
      const paid = { ...money, amount }
      const bookings = [
        bought ? salePaid(paid, { ...goods, cost }) : paymentReceived(paid),
        refundOwed(3n, bought, amount, 'CNY'),
        refundPaid(3n, 'alipay', amount, 'CNY'),
        bought ? goodsReturned(3n, { ...goods, cost }) : undefined,
      ]
      const accounts = new Map<string, number>()
      const add = (account: string, by: number) => accounts.set(account, (accounts.get(account) ?? 0) + by)
      for (const entry of bookings.flatMap((booking) => booking?.entries ?? [])) {
        expect(entry.amount).toBeGreaterThan(0)
        add(entry.debit, entry.amount)
        add(entry.credit, -entry.amount)
      }
      expect([...accounts.values()].every((sum) => sum === 0)).toBe(true)
    }),
  )
})
