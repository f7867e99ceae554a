import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const available = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]?.available

describe('an order that is taken', () => {
  it('reserves its keys for a quarter of an hour', async () => {
    const product = await stand.product(5)
    const buyer = await stand.meet({ language: 'zh-CN' })
    const order = await stand.order(buyer, product.sku, 2)
    expect(order).toMatchObject({
      state: 'awaiting_payment',
      customerId: buyer.id,
      total: 1980,
      stars: undefined,
      demo: false,
      lines: [{ sku: product.sku, quantity: 2, unitPrice: 990 }],
      placedAt: stand.clock(),
      reservedUntil: new Date(stand.clock().getTime() + minutes(15)),
      paid: undefined,
    })
    expect((await stand.shop.inventory.levels(product.sku, 0)).items).toMatchObject([
      { available: 3, reserved: 2, sold: 0 },
    ])
  })

  it('takes the keys that expire first, and those that never do last', async () => {
    const product = await stand.product(0)
    await stand.stock(product, ['NEVER-1', 'LATE-1,,2026-12-31', 'SOON-1,,2026-06-03', 'SOON-2,,2026-06-02'])
    await stand.stock(product, ['SOONEST-1,,2026-06-01T09:00'])
    const buyer = await stand.meet()
    const codes: string[] = []
    for (const quantity of [2, 2, 1]) {
      const order = await stand.bought(buyer, product.sku, quantity)
      for (const { key } of await stand.shop.delivery.reveal(order, buyer, 'test')) codes.push(key.code)
    }
    expect(codes).toEqual(['SOONEST-1', 'SOON-2', 'SOON-1', 'LATE-1', 'NEVER-1'])
  })

  it('has the name of the product in the buyer’s language, as it was', async () => {
    const product = await stand.product(1, { 'name.zh': '月卡' })
    const buyer = await stand.meet({ language: 'zh' })
    const order = await stand.order(buyer, product.sku)
    await stand.shop.catalog.set('operator', product.sku, 'name.zh', '年卡')
    expect((await stand.again(order)).lines[0]?.name).toBe('月卡')
  })

  it('is the same order when the same key asks again, though the shop has changed since', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const idempotencyKey = randomUUID()
    const first = await stand.ask(buyer, product.sku, 1, { idempotencyKey })
    await stand.shop.catalog.set('operator', product.sku, 'price', '99')
    const second = await stand.ask(buyer, product.sku, 1, { idempotencyKey, expectedTotal: 990 })
    expect(second.placed?.no).toBe(first.placed?.no)
  })

  it('can hold several products', async () => {
    const one = await stand.product(3, { price: '1' })
    const other = await stand.product(3, { price: '2.5' })
    const buyer = await stand.meet()
    const wanted = [
      { sku: other.sku, quantity: 2 },
      { sku: one.sku, quantity: 1 },
    ]
    const { placed } = await stand.ask(buyer, one.sku, 1, { wanted, expectedTotal: 600 })
    expect(placed?.lines.map((line) => line.sku)).toEqual([other.sku, one.sku])
    expect([await available(one.sku), await available(other.sku)]).toEqual([2, 1])
  })
})

describe('an order that is refused', () => {
  it('sold out tells how many there are, and takes none of them', async () => {
    const product = await stand.product(3)
    const other = await stand.product(3)
    const buyer = await stand.meet()
    const wanted = [
      { sku: other.sku, quantity: 1 },
      { sku: product.sku, quantity: 4 },
    ]
    const { refused } = await stand.ask(buyer, product.sku, 4, { wanted, expectedTotal: 5 * 990 })
    expect(refused).toEqual({ reason: 'sold_out', sku: product.sku, name: product.name, available: 3 })
    expect([await available(product.sku), await available(other.sku)]).toEqual([3, 3])
    expect(await stand.rows('SELECT FROM orders WHERE customer_id = $1', [buyer.id])).toHaveLength(0)
  })

  it('never sells a key that has expired, not even a moment ago', async () => {
    const product = await stand.product(0)
    await stand.stock(product, ['EDGE-1,,2026-06-01T08:30:00.600Z', 'EDGE-2,,2026-06-01T08:30:01Z'])
    const clock = stand.clock()
    const buyer = await stand.meet()
    stand.clock.set(new Date('2026-06-01T08:30:00.700Z'))
    expect(await stand.ask(buyer, product.sku, 2)).toMatchObject({ refused: { reason: 'sold_out', available: 1 } })
    stand.clock.set(new Date('2026-06-01T08:30:01Z'))
    expect(await stand.ask(buyer, product.sku, 1)).toMatchObject({ refused: { reason: 'sold_out', available: 0 } })
    stand.clock.set(clock)
  })

  it('the price is another than was shown', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    expect(await stand.ask(buyer, product.sku, 1, { expectedTotal: 989 })).toEqual({
      refused: { reason: 'price_changed' },
    })
    expect(await available(product.sku)).toBe(1)
  })

  it('more than one order of the product may have', async () => {
    const product = await stand.product(5, { limit: '3' })
    const buyer = await stand.meet()
    expect(await stand.ask(buyer, product.sku, 4)).toEqual({
      refused: { reason: 'over_limit', sku: product.sku, name: product.name, limit: 3 },
    })
    const wanted = [
      { sku: product.sku, quantity: 2 },
      { sku: product.sku, quantity: 2 },
    ]
    const { refused } = await stand.ask(buyer, product.sku, 4, { wanted, expectedTotal: 4 * 990 })
    expect(refused?.reason).toBe('over_limit')
  })

  it('off the shelf, unknown, or nothing at all', async () => {
    const product = await stand.product(1, { shelf: 'off' })
    const buyer = await stand.meet()
    expect(await stand.ask(buyer, product.sku)).toEqual({ refused: { reason: 'off_shelf', sku: product.sku } })
    const unknown = [{ sku: 'NOTHERE', quantity: 1 }]
    expect(await stand.ask(buyer, product.sku, 1, { wanted: unknown })).toEqual({
      refused: { reason: 'unknown_product', sku: 'NOTHERE' },
    })
    expect(await stand.ask(buyer, product.sku, 1, { wanted: [] })).toEqual({ refused: { reason: 'empty' } })
  })

  it('a demo product beside a real one', async () => {
    const real = await stand.product(1)
    const demo = await stand.product(1, { demo: 'on' })
    const buyer = await stand.meet()
    const wanted = [
      { sku: real.sku, quantity: 1 },
      { sku: demo.sku, quantity: 1 },
    ]
    expect(await stand.ask(buyer, real.sku, 1, { wanted, expectedTotal: 1980 })).toEqual({
      refused: { reason: 'mixed_demo' },
    })
  })

  it('too many orders that wait for their money, until one of them is paid, cancelled or too late', async () => {
    for (const rule of ['unpaid-orders', 'unpaid-new']) await stand.shop.risk.setLimit('operator', rule, 'off')
    const product = await stand.product(10)
    const buyer = await stand.meet()
    const orders = [1, 1, 1].map(() => stand.order(buyer, product.sku))
    const [first, second] = await Promise.all(orders)
    const refused = await stand.ask(buyer, product.sku)
    expect(refused).toEqual({ refused: { reason: 'too_many_open', limit: 3, no: expect.any(String) } })
    if (!first || !second) throw new Error('no orders')
    await stand.shop.sale.cancel(first.no, buyer.id)
    await stand.order(buyer, product.sku)
    await stand.receive(second)
    await stand.order(buyer, product.sku)
    expect((await stand.ask(buyer, product.sku)).refused?.reason).toBe('too_many_open')
    stand.clock.advance(minutes(15))
    await stand.order(buyer, product.sku)
  })

  it('while the shop is closed, with the words of its owner', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    await stand.shop.profiles.set('operator', 'closed', 'Back on Monday')
    expect(await stand.ask(buyer, product.sku)).toEqual({ refused: { reason: 'closed', text: 'Back on Monday' } })
    await stand.shop.profiles.set('operator', 'closed', 'off')
    await stand.order(buyer, product.sku)
  })
})

it('sells at once what another’s time is up for, though nobody has looked yet', async () => {
  const product = await stand.product(1)
  const [slow, quick] = [await stand.meet(), await stand.meet()]
  const forgotten = await stand.order(slow, product.sku)
  expect((await stand.ask(quick, product.sku)).refused).toMatchObject({ reason: 'sold_out', available: 0 })
  stand.clock.advance(minutes(15))
  await stand.order(quick, product.sku)
  expect((await stand.again(forgotten)).state).toBe('expired')
})

it('refuses a key of idempotency that another buyer used, and does not hang', async () => {
  const product = await stand.product(3)
  const idempotencyKey = randomUUID()
  await stand.ask(await stand.meet(), product.sku, 1, { idempotencyKey })
  await expect(stand.ask(await stand.meet(), product.sku, 1, { idempotencyKey })).rejects.toThrow('idempotency_key')
  expect(await available(product.sku)).toBe(2)
})
