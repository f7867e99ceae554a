import { beforeAll, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]

it('releases an unpaid order at its deadline, not before, and tells its buyer', async () => {
  const product = await stand.product(2)
  const order = await stand.order(await stand.meet(), product.sku, 2)
  stand.clock.advance(minutes(15) - 1)
  expect(await stand.shop.sale.releaseDue()).toBe(0)
  stand.clock.advance(1)
  expect(await stand.shop.sale.releaseDue()).toBe(1)
  expect(await stand.again(order)).toMatchObject({ state: 'expired' })
  expect(await level(product.sku)).toMatchObject({ available: 2, reserved: 0 })
  const [job] = await stand.rows<{ payload: object }>(
    `SELECT payload FROM graphile_worker._private_jobs WHERE key = $1`,
    [`order:${order.no}:expired`],
  )
  expect(job?.payload).toMatchObject({ kind: 'order', event: 'expired', orderNo: order.no })
  expect(await stand.shop.sale.releaseDue()).toBe(0)
})

it('releases many at once, from several processes, each once', async () => {
  const product = await stand.product(220)
  await Promise.all(product.codes.map(async () => stand.order(await stand.meet(), product.sku)))
  stand.clock.advance(minutes(15))
  const other = await openShop({ beside: stand })
  const released = await Promise.all([stand, other, stand, other].map(({ shop }) => shop.sale.releaseDue()))
  expect(released.reduce((sum, count) => sum + count, 0)).toBe(220)
  expect(await level(product.sku)).toMatchObject({ available: 220, reserved: 0 })
})

it('holds keys longer once the buyer has confirmed a payment, but never shortens that', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku)
  const payer = { customerId: buyer.id, amount: 990, currency: 'CNY' }
  expect(await stand.shop.payments.check(stand.pay.name, order.no, payer)).toBeUndefined()
  expect((await stand.again(order)).reservedUntil).toEqual(order.reservedUntil)
  stand.clock.advance(minutes(14))
  expect(await stand.shop.payments.check(stand.pay.name, order.no, payer)).toBeUndefined()
  expect((await stand.again(order)).reservedUntil).toEqual(new Date(stand.clock().getTime() + minutes(10)))
  stand.clock.advance(minutes(9))
  expect(await stand.shop.sale.releaseDue()).toBe(0)
  stand.clock.advance(minutes(1))
  expect(await stand.shop.payments.check(stand.pay.name, order.no, payer)).toBe('expired')
  expect(await stand.shop.sale.releaseDue()).toBe(1)
})

it('does not hold keys for ever, however often a payment is begun; the last one is still let through', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku)
  const payer = { customerId: buyer.id, amount: 990, currency: 'CNY' }
  for (let minute = 9; minute < 45; minute += 9) {
    stand.clock.advance(minutes(9))
    expect(await stand.shop.payments.check(stand.pay.name, order.no, payer)).toBeUndefined()
  }
  const cap = new Date(order.placedAt.getTime() + minutes(45))
  stand.clock.set(new Date(cap.getTime() - 1))
  expect(await stand.shop.payments.check(stand.pay.name, order.no, payer)).toBeUndefined()
  expect((await stand.again(order)).reservedUntil).toEqual(cap)
  stand.clock.set(cap)
  expect(await stand.shop.sale.releaseDue()).toBe(1)
  expect(await stand.receive(order)).toMatchObject({ rule: 'late', order: 'delivered' })
})

it('lets its buyer cancel an unpaid order, once, and nobody else', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku)
  expect(await stand.shop.sale.cancel(order.no, (await stand.meet()).id)).toBe(false)
  expect(await stand.shop.sale.cancel('ZZZZZZZZ', buyer.id)).toBe(false)
  expect(await stand.shop.sale.cancel(order.no, buyer.id)).toBe(true)
  expect(await stand.again(order)).toMatchObject({ state: 'cancelled' })
  expect(await level(product.sku)).toMatchObject({ available: 1 })
  expect(await stand.shop.sale.cancel(order.no, buyer.id)).toBe(false)
})

it('does not let a paid order be cancelled', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku)
  expect(await stand.shop.sale.cancel(order.no, buyer.id)).toBe(false)
  expect((await stand.again(order)).state).toBe('delivered')
})

it('does not put a frozen key back on the shelf with the others', async () => {
  const product = await stand.product(2)
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku, 2)
  const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })
  if (!key) throw new Error('no key')
  await stand.shop.inventory.freeze('operator', key, 'complaint')
  await stand.shop.sale.cancel(order.no, buyer.id)
  expect(await level(product.sku)).toMatchObject({ available: 1, frozen: 1 })
  await stand.shop.inventory.unfreeze('operator', key)
  expect(await level(product.sku)).toMatchObject({ available: 2, frozen: 0 })
})
