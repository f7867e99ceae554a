import { expect, it } from 'vitest'
import { openShop } from '../../stand/shop.ts'

it('delivers a paid order and tells its buyer', async () => {
  const stand = await openShop()
  await stand.work()
  const product = await stand.product(3)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku, 2)
  expect(order).toMatchObject({ state: 'delivered', total: 1980, paid: { provider: 'test-pay', amount: 1980 } })
  const keys = await stand.shop.delivery.reveal(order, buyer, 'test')
  expect(keys.map(({ key }) => key.code)).toEqual(product.codes.slice(0, 2))
  const notice = await stand.told.notice(({ kind }) => kind === 'order')
  expect(notice).toMatchObject({
    event: 'delivered',
    orderNo: order.no,
    to: { customerId: buyer.id, chat: buyer.chat },
  })
})
