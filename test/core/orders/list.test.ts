import { beforeAll, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

it('lists a buyer’s own orders, newest first, in pages', async () => {
  for (const rule of ['unpaid-orders', 'unpaid-new']) await stand.shop.risk.setLimit('operator', rule, 'off')
  const product = await stand.product(20)
  const [buyer, other] = [await stand.meet(), await stand.meet()]
  await stand.bought(other, product.sku)
  const nos: string[] = []
  for (let n = 0; n < 7; n++) {
    const order = await stand.order(buyer, product.sku, 2)
    if (n > 0) await stand.shop.sale.cancel(order.no, buyer.id)
    nos.unshift(order.no)
  }
  const first = await stand.shop.orders.ofCustomer(buyer.id, 0)
  expect(first).toMatchObject({ page: 0, pages: 2, total: 7 })
  expect(first.items[0]).toEqual({
    no: nos[0],
    state: 'cancelled',
    total: 1980,
    currency: 'CNY',
    title: product.name,
    units: 2,
    placedAt: stand.clock(),
  })
  const second = await stand.shop.orders.ofCustomer(buyer.id, 1)
  expect([...first.items, ...second.items].map(({ no }) => no)).toEqual(nos)
  expect(await stand.shop.orders.ofCustomer(buyer.id, 9)).toEqual(second)
})

it('lists orders in a state, the one that has waited longest first', async () => {
  const own = await openShop()
  await own.shop.risk.setLimit('operator', 'hourly-units', '1')
  const product = await own.product(4)
  const held = [await own.bought(await own.meet(), product.sku, 2), await own.bought(await own.meet(), product.sku, 2)]
  const { items, total } = await own.shop.orders.inState('held', 0)
  expect(items.map(({ no }) => no)).toEqual(held.map(({ no }) => no))
  expect(total).toBe(2)
  expect((await own.shop.orders.inState('delivered', 0)).items).toEqual([])
})

it('is found by number and by id, or not at all', async () => {
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  expect(await stand.shop.orders.byNo(order.no)).toEqual(order)
  expect(await stand.shop.orders.byId(order.id)).toEqual(order)
  expect(await stand.shop.orders.byNo('ZZZZZZZZ')).toBeUndefined()
  expect(await stand.shop.orders.byId(999_999n)).toBeUndefined()
})
