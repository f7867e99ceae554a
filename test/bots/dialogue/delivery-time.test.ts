import { expect, it } from 'vitest'
import type { Channel } from '../../../bots/dialogue/channel.ts'
import { createMessenger } from '../../../bots/dialogue/notices.ts'
import type { Order } from '../../../core/orders/model.ts'
import { seconds } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'

const channel: Channel = {
  name: 'test',
  capabilities: {
    buttons: true,
    edit: false,
    delete: true,
    invoice: false,
    spoiler: true,
    copy: true,
    files: true,
    pictures: true,
    contact: false,
    textLength: 4096,
  },
  send: async () => '1',
  edit: async (_chat, messageId) => messageId,
  remove: async () => true,
  acknowledge: async () => {},
}

it('measures from payment to the first message with the keys, unless staff came between', async () => {
  const stand = await openShop()
  const messenger = createMessenger(stand.shop, channel)
  const buyer = await stand.meet()
  const product = await stand.product(2)
  const deliver = (order: Order, again?: true) =>
    messenger.deliver({
      kind: 'order',
      to: { customerId: buyer.id, channel: 'test', chat: buyer.chat },
      event: 'delivered',
      orderNo: order.no,
      ...(again ? { again } : {}),
    })
  const figures = async () => {
    const lines = (await stand.shop.metrics.text()).body.split('\n')
    return lines.filter((line) => /^keytill_(delivery_seconds_(sum|count)|payments_total)/.test(line))
  }
  const order = await stand.bought(buyer, product.sku)
  stand.clock.advance(seconds(3))
  await deliver(order)
  const once = [
    'keytill_payments_total{provider="test-pay",outcome="delivered"} 1',
    'keytill_delivery_seconds_sum 3',
    'keytill_delivery_seconds_count 1',
  ]
  expect(await figures()).toEqual(once)
  stand.clock.advance(seconds(60))
  await deliver(order)
  await deliver(order, true)
  expect(await figures()).toEqual(once)

  await stand.shop.risk.setLimit('operator', 'hourly-orders', '1')
  const held = await stand.bought(buyer, product.sku)
  await stand.shop.sale.approve('staff', held.no)
  await deliver(await stand.again(held))
  expect(await figures()).toEqual([
    ...once.slice(0, 1),
    'keytill_payments_total{provider="test-pay",outcome="held"} 1',
    ...once.slice(1),
  ])
})
