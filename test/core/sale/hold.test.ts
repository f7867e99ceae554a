import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '2')
})

const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]
const jobs = (key: string) => stand.jobs(key)

/** The third order within the hour of a buyer. */
async function heldOrder(product: Stocked, quantity = 1) {
  const buyer = await stand.meet()
  const cheap = await stand.product(2)
  await stand.bought(buyer, cheap.sku)
  await stand.bought(buyer, cheap.sku)
  const order = await stand.bought(buyer, product.sku, quantity)
  expect(order.state).toBe('held')
  return { buyer, order }
}

describe('a buyer who buys too often', () => {
  it('waits for a person to look at the order, and is told until when', async () => {
    const product = await stand.product(1)
    const { buyer, order } = await heldOrder(product)
    expect(order).toMatchObject({
      paidAt: stand.clock(),
      deliveredAt: undefined,
      promisedAt: new Date(stand.clock().getTime() + hours(12)),
      holdReasons: [
        {
          rule: 'hourly-orders',
          version: 2,
          verdict: 'hold',
          because: [
            { condition: { fact: 'orders', by: 'buyer', within: 60, op: '>', value: 2 }, observed: 3 },
            { condition: { fact: 'age', op: '<', value: 43_200 } },
          ],
        },
      ],
    })
    expect(await stand.shop.delivery.masked(order, 10)).toEqual([])
    await expect(stand.shop.delivery.reveal(order, buyer, 'test')).rejects.toThrow(
      expect.objectContaining({ code: 'order.state' }),
    )
    expect(await jobs(`order:${order.no}:delayed`)).toHaveLength(1)
    expect(await jobs(`staff:${order.no}:held`)).toHaveLength(1)
    expect(await jobs(`order:${order.no}:delivered`)).toHaveLength(0)
    const [decision] = await stand.rows(
      `SELECT outcome, rules, facts FROM risk_decision WHERE order_id = $1 AND stage = 'payment'`,
      [order.id],
    )
    expect(decision).toMatchObject({
      outcome: 'hold',
      facts: {
        'orders by buyer in 60': 3,
        'units by buyer in 60': 3,
        'orders by payer in 60': 1,
      },
      rules: expect.arrayContaining([{ name: 'hourly-orders', version: 2 }]),
    })
  })

  it('is not held any more once the hour is over', async () => {
    const product = await stand.product(4)
    const buyer = await stand.meet()
    for (const state of ['delivered', 'delivered', 'held'])
      expect((await stand.bought(buyer, product.sku)).state).toBe(state)
    stand.clock.advance(minutes(60))
    expect((await stand.bought(buyer, product.sku)).state).toBe('delivered')
  })

  it('cannot slip through by paying several orders at one moment', async () => {
    const product = await stand.product(3)
    const buyer = await stand.meet()
    const orders = await Promise.all([1, 1, 1].map(() => stand.order(buyer, product.sku)))
    const settled = await Promise.all(orders.map((order) => stand.receive(order)))
    expect(settled.map(({ order }) => order).sort()).toEqual(['delivered', 'delivered', 'held'])
  })

  it('is judged with what another process settles for them at this moment', async () => {
    const product = await stand.product(3)
    const buyer = await stand.meet()
    await stand.bought(buyer, product.sku)
    const [second, third] = [await stand.order(buyer, product.sku), await stand.order(buyer, product.sku)]
    const other = new pg.Client({ ...stand.connection })
    await other.connect()
    await other.query('BEGIN')
    await other.query('SELECT FROM customer_standing WHERE customer_id = $1 FOR UPDATE', [buyer.id])
    await other.query(`UPDATE orders SET state = 'delivered', paid_at = $2 WHERE no = $1`, [second.no, stand.clock()])
    let isSettled = false
    const settled = stand.receive(third).finally(() => {
      isSettled = true
    })
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    while (!isSettled && (await stand.rows(waiting)).length === 0);
    await other.query('COMMIT')
    await other.end()
    expect(await settled).toMatchObject({ order: 'held' })
  })

  it('is held for many units, too', async () => {
    const rule = await stand.shop.risk.setLimit('operator', 'hourly-units', '4')
    const product = await stand.product(5)
    const order = await stand.bought(await stand.meet(), product.sku, 5)
    expect(order.holdReasons).toMatchObject([
      { rule: 'hourly-units', version: rule.version, because: [{ observed: 5, condition: { value: 4 } }] },
    ])
    await stand.shop.risk.setLimit('operator', 'hourly-units', 'off')
    expect((await stand.bought(await stand.meet(), (await stand.product(5)).sku, 5)).state).toBe('delivered')
  })
})

describe('an order that was held', () => {
  it('is delivered when staff approve it', async () => {
    const product = await stand.product(1)
    const { buyer, order } = await heldOrder(product)
    stand.clock.advance(hours(1))
    await stand.shop.sale.approve('staff', order.no)
    expect(await stand.again(order)).toMatchObject({ state: 'delivered', deliveredAt: stand.clock() })
    expect(await jobs(`order:${order.no}:delivered`)).toHaveLength(1)
    const keys = await stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')
    expect(keys.map(({ key }) => key.code)).toEqual(product.codes)
    await expect(stand.shop.sale.approve('staff', order.no)).rejects.toThrow(
      expect.objectContaining({ code: 'order.state' }),
    )
  })

  it('is refunded when staff reject it, and its keys are for sale again at once', async () => {
    const product = await stand.product(1)
    const { order } = await heldOrder(product)
    await stand.shop.sale.reject('staff', order.no, 'stolen card')
    expect((await stand.again(order)).state).toBe('refunding')
    expect(await level(product.sku)).toMatchObject({ available: 1, sold: 0 })
    const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE order_id = $1', [order.id])
    await stand.refund(payment?.id ?? 0n)
    expect(await stand.again(order)).toMatchObject({ state: 'refunded' })
    expect(await level(product.sku)).toMatchObject({ available: 1 })
  })

  it('gets other keys for those that were frozen or have expired while it waited', async () => {
    const product = await stand.product(3)
    await stand.stock(product, [`STALE-1,,${new Date(stand.clock().getTime() + hours(1)).toISOString()}`])
    const { buyer, order } = await heldOrder(product, 2)
    stand.clock.advance(hours(2))
    const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 2 })
    if (!key) throw new Error('no key')
    await stand.shop.inventory.freeze('staff', key, 'complaint')
    await stand.shop.sale.approve('staff', order.no)
    const keys = await stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')
    expect(keys.map(({ key: { code } }) => code).sort()).toEqual(product.codes.slice(1))
  })

  it('stays held when there are no others', async () => {
    const product = await stand.product(1)
    const { order } = await heldOrder(product)
    const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })
    if (!key) throw new Error('no key')
    await stand.shop.inventory.void('staff', key, 'used')
    await expect(stand.shop.sale.approve('staff', order.no)).rejects.toThrow(
      expect.objectContaining({ code: 'order.no_stock' }),
    )
    expect((await stand.again(order)).state).toBe('held')
  })

  it('is the only kind that can be approved or rejected', async () => {
    const product = await stand.product(2)
    const buyer = await stand.meet()
    const unpaid = await stand.order(buyer, product.sku)
    const delivered = await stand.bought(buyer, product.sku)
    for (const { no } of [unpaid, delivered]) {
      const wrongState = expect.objectContaining({ code: 'order.state' })
      await expect(stand.shop.sale.approve('staff', no)).rejects.toThrow(wrongState)
      await expect(stand.shop.sale.reject('staff', no, 'no')).rejects.toThrow(wrongState)
    }
    const unknown = expect.objectContaining({ code: 'order.unknown' })
    await expect(stand.shop.sale.approve('staff', 'ZZZZZZZZ')).rejects.toThrow(unknown)
  })
})
