import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})
beforeEach(() => {
  stand.pay.mood = 'willing'
})

const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]
const jobs = (key: string) => stand.jobs(key)
async function paymentOf(order: Pick<Order, 'id'>) {
  const rows = await stand.rows<{ id: bigint; reference: string; outcome: string }>(
    'SELECT id, reference, outcome FROM payment WHERE order_id = $1 ORDER BY id',
    [order.id],
  )
  if (!rows[0]) throw new Error('no payment')
  return rows[0]
}

describe('a refund', () => {
  it('gives the whole payment back once, and then closes the order', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect((await stand.again(order)).state).toBe('refunding')
    expect(await jobs(`order:${order.no}:refunding`)).toHaveLength(1)
    const payment = await paymentOf(order)
    await stand.refund(payment.id)
    await stand.refund(payment.id)
    expect(stand.pay.asked.get(payment.reference)).toBe(1)
    expect(stand.pay.returned.get(payment.reference)).toEqual({
      payer: `payer-of-${order.no}`,
      amount: 990,
      currency: 'CNY',
    })
    expect((await stand.again(order)).state).toBe('refunded')
    expect(await paymentOf(order)).toMatchObject({ outcome: 'refunded' })
    expect(await jobs(`order:${order.no}:refunded`)).toHaveLength(1)
  })

  it('puts keys that nobody saw back on the shelf', async () => {
    const product = await stand.product(2)
    const order = await stand.bought(await stand.meet(), product.sku, 2)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect(await level(product.sku)).toMatchObject({ available: 0, sold: 2 })
    await stand.refund((await paymentOf(order)).id)
    expect(await level(product.sku)).toMatchObject({ available: 2, sold: 0 })
    const buyer = await stand.meet()
    const again = await stand.bought(buyer, product.sku, 2)
    expect((await stand.shop.delivery.reveal(again, buyer, 'test')).map(({ key }) => key.code)).toEqual(product.codes)
  })

  it('writes off keys that were shown, for good', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku)
    await stand.shop.delivery.reveal(order, buyer, 'test')
    const key = await stand.shop.inventory.find({ text: product.codes[0] ?? '' })
    if (!key) throw new Error('no key')
    // Frozen over a complaint first: the refund ends what an unfreezing could put back into the trade.
    await stand.shop.inventory.freeze('staff', key, 'complaint')
    await stand.shop.sale.refund('staff', order.no, 'does not work')
    await stand.refund((await paymentOf(order)).id)
    expect(await stand.shop.inventory.find({ cardId: key.cardId })).toMatchObject({ state: 'void', orderNo: order.no })
    expect(await stand.shop.inventory.unfreeze('staff', key)).toBe(false)
    expect(await level(product.sku)).toMatchObject({ available: 0, sold: 0, frozen: 0 })
  })

  it('shows no key from the moment it is asked for', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    const refused = expect.objectContaining({ code: 'order.state' })
    await expect(stand.shop.delivery.reveal(order, buyer, 'test')).rejects.toThrow(refused)
    await expect(stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')).rejects.toThrow(refused)
    expect(await stand.shop.delivery.masked(await stand.again(order), 10)).toEqual([])
    expect(await stand.rows('SELECT FROM reveal WHERE order_id = $1', [order.id])).toHaveLength(0)
  })

  it('that is being decided keeps the buyer waiting, and then shows nothing', async () => {
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, (await stand.product(1)).sku)
    const refunding = new pg.Client({ ...stand.connection })
    await refunding.connect()
    await refunding.query('BEGIN')
    await refunding.query(`UPDATE orders SET state = 'refunding' WHERE id = $1`, [order.id])
    let isAnswered = false
    const shown = stand.shop.delivery.reveal(order, buyer, 'test').finally(() => {
      isAnswered = true
    })
    const refused = expect(shown).rejects.toThrow(expect.objectContaining({ code: 'order.state' }))
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    while (!isAnswered && (await stand.rows(waiting)).length === 0);
    await refunding.query('COMMIT')
    await refunding.end()
    await refused
  })

  it('is asked for once', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    const asked = await Promise.allSettled([1, 2, 3].map(() => stand.shop.sale.refund('staff', order.no, 'goodwill')))
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(
      await stand.rows('SELECT FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.order_id = $1', [order.id]),
    ).toHaveLength(1)
  })

  it('is refused where there is no money to give back', async () => {
    const product = await stand.product(3)
    const buyer = await stand.meet()
    const unpaid = await stand.order(buyer, product.sku)
    const refused = expect.objectContaining({ code: 'order.state' })
    await expect(stand.shop.sale.refund('staff', unpaid.no, 'x')).rejects.toThrow(refused)
    await stand.receive(unpaid, { amount: 1 })
    await expect(stand.shop.sale.refund('staff', unpaid.no, 'x')).rejects.toThrow(refused)
    const unknown = expect.objectContaining({ code: 'order.unknown' })
    await expect(stand.shop.sale.refund('staff', 'ZZZZZZZZ', 'x')).rejects.toThrow(unknown)
  })
})

describe('a provider', () => {
  it('whose answer was lost is asked again, and the money goes back once', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    const { id, reference } = await paymentOf(order)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    stand.pay.mood = 'unknown'
    await expect(stand.refund(id)).rejects.toThrow('timeout')
    expect((await stand.again(order)).state).toBe('refunding')
    expect(await stand.rows('SELECT state FROM refund WHERE payment_id = $1', [id])).toEqual([{ state: 'requested' }])
    stand.pay.mood = 'willing'
    await stand.refund(id)
    expect(stand.pay.asked.get(reference)).toBe(2)
    expect((await stand.again(order)).state).toBe('refunded')
    const booked = await stand.rows(
      `SELECT FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id JOIN refund r ON t.ref = 'refund-paid:' || r.id WHERE r.payment_id = $1`,
      [id],
    )
    expect(booked).toHaveLength(1)
  })

  it('that will never do it leaves it to the staff, who may try again', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    const { id } = await paymentOf(order)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    stand.pay.mood = 'refusing'
    await stand.refund(id)
    expect(await stand.rows('SELECT state, problem FROM refund WHERE payment_id = $1', [id])).toEqual([
      { state: 'failed', problem: 'The payment is too old.' },
    ])
    expect(await jobs(`alert:${id}:refund_failed`)).toHaveLength(1)
    expect((await stand.again(order)).state).toBe('refunding')
    stand.pay.mood = 'willing'
    await stand.shop.sale.refund('staff', order.no, 'once more')
    await stand.refund(id)
    expect((await stand.again(order)).state).toBe('refunded')
  })

  it.each([
    ['a second one', 'already_paid', {}],
    ['of another amount', 'wrong_amount', { amount: 1 }],
    ['in another currency', 'wrong_currency', { currency: 'USD' }],
    ['for no order', 'unknown_order', { orderNo: 'ZZZZZZZZ' }],
  ])('that refuses to take back a payment, %s, leaves that to the staff too', async (_, rule, different) => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    if (rule === 'already_paid') await stand.receive(order)
    const { paymentId: id } = await stand.receive(order, different)
    stand.pay.mood = 'refusing'
    await stand.refund(id)
    expect(await stand.shop.payments.byId(id)).toMatchObject({
      rule,
      outcome: 'refunding',
      refund: { state: 'failed', problem: 'The payment is too old.' },
    })
    expect(await jobs(`alert:${id}:refund_failed`)).toHaveLength(1)
    stand.pay.mood = 'willing'
    expect(await stand.shop.payments.retryRefund('staff', id)).toBe(true)
    expect(await stand.shop.payments.retryRefund('staff', id)).toBe(false)
    await stand.refund(id)
    expect(await stand.shop.payments.byId(id)).toMatchObject({
      outcome: 'refunded',
      refund: { state: 'done', problem: undefined },
    })
    expect(await stand.shop.payments.retryRefund('staff', id)).toBe(false)
  })

  it('that refuses once more is told of in a new message', async () => {
    const { paymentId: id } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 })
    stand.pay.mood = 'refusing'
    await stand.refund(id)
    await stand.shop.chats.rememberMessage('test', 'boss', `alert:${id}:refund_failed`, '10')
    await stand.shop.payments.retryRefund('staff', id)
    expect(await stand.shop.chats.message('test', 'boss', `alert:${id}:refund_failed`)).toBe('10')
    await stand.refund(id)
    expect(await stand.shop.chats.message('test', 'boss', `alert:${id}:refund_failed`)).toBeUndefined()
  })

  it('that is not configured here leaves the refund waiting', async () => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    await stand.receive(order, { provider: 'elsewhere' })
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    const unknown = expect.objectContaining({ code: 'payment.provider_unknown' })
    await expect(stand.refund((await paymentOf(order)).id)).rejects.toThrow(unknown)
    expect((await stand.again(order)).state).toBe('refunding')
  })

  it('that says by itself that the money is back ends the refund, and the job asks no more', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    const { id, reference } = await paymentOf(order)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    await stand.shop.payments.refunded('test-pay', reference)
    await stand.shop.payments.refunded('test-pay', reference)
    await stand.shop.payments.refunded('test-pay', 'nobody knows')
    expect((await stand.again(order)).state).toBe('refunded')
    await stand.refund(id)
    expect(stand.pay.asked.has(reference)).toBe(false)
  })
})

it('does not close an order because its second payment went back', async () => {
  const product = await stand.product(1)
  const order = await stand.bought(await stand.meet(), product.sku)
  const second = await stand.receive(order)
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  await stand.refund(second.paymentId)
  expect((await stand.again(order)).state).toBe('refunding')
  expect(await level(product.sku)).toMatchObject({ available: 0 })
  await stand.refund((await paymentOf(order)).id)
  expect((await stand.again(order)).state).toBe('refunded')
})

it('does not tie itself up with the payment’s notice that comes again', async () => {
  const product = await stand.product(10)
  await Promise.all(
    product.codes.map(async (_, index) => {
      const order = await stand.order(await stand.meet(), product.sku)
      const reference = `again-${index}`
      await stand.receive(order, { reference })
      const repeats = Array.from({ length: 5 }, () => stand.receive(order, { reference }))
      await Promise.all([...repeats, stand.shop.sale.refund('staff', order.no, 'goodwill')])
      await Promise.all([
        stand.refund((await paymentOf(order)).id),
        ...repeats.map(() => stand.receive(order, { reference })),
      ])
      expect((await stand.again(order)).state).toBe('refunded')
    }),
  )
})
