import { expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'

it('tells what was sold in the last 24 hours, and what waits now', async () => {
  const stand = await openShop()
  const nothing = { orders: 0, units: 0, sales: [], refunds: 0, held: 0, openTickets: 0, unpaid: 0 }
  expect(await stand.shop.reports.today()).toEqual(nothing)

  const product = await stand.product(20, { stars: '50' })
  const buyer = await stand.meet()
  await stand.bought(buyer, product.sku, 2)
  stand.clock.advance(hours(24))
  expect(await stand.shop.reports.today()).toEqual(nothing)

  await stand.bought(buyer, product.sku, 3)
  const inStars = await stand.order(buyer, product.sku)
  await stand.receive(inStars, { amount: 50, currency: 'XTR' })
  const back = await stand.order(buyer, product.sku)
  const { paymentId } = await stand.receive(back)
  await stand.shop.sale.refund('staff', back.no, 'goodwill')
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '1')
  await stand.bought(buyer, product.sku)
  const unpaid = await stand.order(buyer, product.sku)
  await stand.receive(unpaid, { amount: 1 })
  await stand.shop.support.ask(buyer, { channel: 'test', chat: 'c', event: 'e' }, 'help', 'support')
  expect(await stand.shop.reports.today()).toEqual({
    orders: 4,
    units: 6,
    sales: [
      { currency: 'CNY', amount: 4 * 990 },
      { currency: 'XTR', amount: 50 },
    ],
    refunds: 0,
    held: 1,
    openTickets: 1,
    unpaid: 1,
  })
  await stand.refund(paymentId)
  expect((await stand.shop.reports.today()).refunds).toBe(1)
})
