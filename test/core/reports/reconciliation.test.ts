import { beforeEach, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { hours } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

const DAY = '2026-06-01'
let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

const kindsOf = async (date = DAY) => {
  const { differences } = await stand.shop.reconciliation.compare(date)
  return differences.map(({ kind, subject, orderNo, expected, actual }) => [kind, subject, orderNo, expected, actual])
}

/** An order that was paid under this reference, and stands in the provider's book. */
async function bought(reference: string, keys = 2): Promise<Order> {
  const product = await stand.product(keys)
  const order = await stand.order(await stand.meet(), product.sku, keys)
  await stand.receive(order, { reference })
  const notice = {
    provider: 'test-pay',
    reference,
    orderNo: order.no,
    payer: 'payer',
    amount: order.total,
    currency: 'CNY',
  }
  stand.pay.seen.payments.push(notice)
  return stand.again(order)
}

/** Gives an order back at the provider, as its own book shows it. */
async function refunded(order: Order, reference: string): Promise<void> {
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE reference = $1', [reference])
  await stand.refund(payment?.id ?? 0n)
  stand.pay.seen.refunds.push({ provider: 'test-pay', reference })
}

describe('a day without differences', () => {
  it('is what selling, holding, refunding and odd payments leave', async () => {
    await bought('a')
    const back = await bought('b', 1)
    await refunded(back, 'b')
    const seen = await bought('c', 1)
    await stand.shop.delivery.reveal(seen, await customerOf(seen), 'test')
    await refunded(seen, 'c')
    await stand.shop.risk.setLimit('operator', 'hourly-orders', '1')
    const buyer = await stand.meet()
    for (const reference of ['d', 'e']) {
      const order = await stand.order(buyer, (await stand.product(1)).sku)
      await stand.receive(order, { reference })
      stand.pay.seen.payments.push({
        provider: 'test-pay',
        reference,
        orderNo: order.no,
        payer: 'payer',
        amount: 990,
        currency: 'CNY',
      })
    }
    const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 100 }, { reference: 'odd' })
    stand.pay.seen.payments.push({
      provider: 'test-pay',
      reference: 'odd',
      orderNo: 'ZZZZZZZZ',
      payer: 'payer',
      amount: 100,
      currency: 'CNY',
    })
    await stand.refund(paymentId)
    stand.pay.seen.refunds.push({ provider: 'test-pay', reference: 'odd' })
    await stand.order(await stand.meet(), (await stand.product(1)).sku)

    const books = await stand.shop.reconciliation.compare(DAY)
    expect(books).toMatchObject({
      date: DAY,
      payments: [{ provider: 'test-pay', currency: 'CNY', count: 6, amount: 6 * 990 + 100 }],
      refunds: [{ provider: 'test-pay', currency: 'CNY', count: 3, amount: 2 * 990 + 100 }],
      orders: 5,
      units: 5,
      unasked: [],
      differences: [],
    })
    expect((await stand.shop.reconciliation.compare('2026-05-31')).orders).toBe(0)
    await expect(stand.shop.reconciliation.compare('2026-06-02')).rejects.toMatchObject({ code: 'books.date' })
  })
})

const customerOf = async (order: Order) => {
  const customer = await stand.shop.customers.get(order.customerId)
  if (!customer) throw new Error('there is no such customer')
  return customer
}

describe('a difference is found', () => {
  it.each<[string, (order: Order) => string, (order: Order) => unknown[]]>([
    [
      'of a payment whose order is not paid',
      () => `UPDATE orders SET state = 'cancelled'`,
      (o) => ['payment_without_order', 'a', o.no, 'settled', 'cancelled'],
    ],
    [
      'of an order without its payment',
      () => `UPDATE payment SET outcome = 'refunded', rule = 'already_paid'`,
      (o) => ['order_without_payment', o.no, o.no, '1', '0'],
    ],
    [
      'of an order that was paid twice',
      () =>
        `INSERT INTO payment (provider, reference, order_no, order_id, payer, amount, currency, received_at, outcome, rule)
         SELECT provider, 'again', order_no, order_id, payer, amount, currency, received_at, outcome, rule FROM payment`,
      (o) => ['order_without_payment', o.no, o.no, '1', '2'],
    ],
    [
      'of an order that was sold for another price',
      () => 'UPDATE orders SET total = 5',
      (o) => ['order_amount', o.no, o.no, '5 CNY', '1980 CNY'],
    ],
    [
      'of a refund that the payment knows nothing of',
      () =>
        `INSERT INTO refund (payment_id, amount, currency, reason, requested_by, requested_at) SELECT id, 5, 'CNY', 'x', 'y', received_at - interval '1 day' FROM payment`,
      (o) => ['payment_refund', 'a', o.no, 'settled', '1 · 0 CNY'],
    ],
    [
      'of an order that lacks a key',
      () => 'DELETE FROM order_unit WHERE ordinal = 2',
      (o) => ['order_keys', o.no, o.no, '2', '1'],
    ],
    [
      'of a sold key in stock',
      () =>
        `INSERT INTO stock (product_id, rank, card_id) SELECT k.product_id, 1, k.id FROM order_unit u JOIN card_key k ON k.id = u.card_id WHERE u.ordinal = 1`,
      (o) => ['key_for_sale', '1', o.no, undefined, undefined],
    ],
    [
      'of a key in a closed order',
      () => `UPDATE orders SET state = 'expired', closed_at = paid_at`,
      (o) => ['key_kept', '1', o.no, undefined, 'expired'],
    ],
    [
      'of a booking of another amount',
      () => `UPDATE ledger_entry SET amount = 5 WHERE credit = 'income:sales'`,
      (o) => [
        'ledger',
        'payment:1',
        o.no,
        'assets:test-pay ← income:sales 1980 CNY',
        'assets:test-pay ← income:sales 5 CNY',
      ],
    ],
    [
      'of a payment that was not booked',
      () => `UPDATE ledger_transaction SET ref = 'gone'`,
      (o) => ['ledger', 'payment:1', o.no, 'assets:test-pay ← income:sales 1980 CNY', undefined],
    ],
    [
      'of a booking of nothing',
      () => `UPDATE ledger_transaction SET ref = 'payment:99'`,
      () => ['ledger_stray', 'payment:99', undefined, undefined, 'assets:test-pay ← income:sales 1980 CNY'],
    ],
  ])('%s', async (_, change, found) => {
    const order = await bought('a')
    expect(await kindsOf()).toEqual([])
    await stand.rows(change(order))
    const wanted = found(order)
    expect((await kindsOf()).find(([kind]) => kind === wanted[0])).toEqual(wanted)
  })

  it('of a payment that cannot be brought to its end', async () => {
    const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
    await stand.rows(`ALTER TABLE orders ADD CONSTRAINT broken CHECK (state = 'awaiting_payment')`)
    await expect(stand.receive(order, { reference: 'a' })).rejects.toThrow()
    expect(await kindsOf()).toContainEqual(['payment_open', 'a', order.no, undefined, 'received'])
  })

  it('of a key sold twice, should the database ever have let it happen', async () => {
    const order = await bought('a')
    await stand.rows('DROP INDEX order_unit_card_id_key')
    await stand.rows('UPDATE order_unit SET card_id = 1')
    expect(await kindsOf()).toContainEqual(['key_twice', '1', order.no, undefined, undefined])
  })

  it('of money that a provider has and we do not, of another amount, and that went back there', async () => {
    const order = await bought('a')
    await bought('b')
    await bought('c')
    stand.pay.seen.payments = stand.pay.seen.payments.filter(({ reference }) => reference !== 'a')
    stand.pay.seen.payments = stand.pay.seen.payments.map((seen) =>
      seen.reference === 'b' ? { ...seen, amount: 7 } : seen,
    )
    const found = await kindsOf()
    expect(found.map(([kind, subject]) => [kind, subject])).toEqual([
      ['book_amount', 'b'],
      ['book_missing', 'a'],
    ])
    expect(found[1]).toEqual(['book_missing', 'a', order.no, undefined, '1980 CNY'])
  })

  it('but not of a payment that was lost and is found by asking', async () => {
    const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
    stand.pay.seen.payments.push({
      provider: 'test-pay',
      reference: 'lost',
      orderNo: order.no,
      payer: 'p',
      amount: 990,
      currency: 'CNY',
    })
    expect(await kindsOf()).toEqual([])
    expect((await stand.again(order)).state).toBe('delivered')
  })

  it('and a refund that is not done stands in every later list', async () => {
    const order = await bought('a')
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    stand.clock.advance(hours(72))
    expect(await kindsOf('2026-06-03')).toEqual([['refund_open', 'a', order.no, undefined, 'requested']])
  })
})

describe('every day', () => {
  const jobs = async () =>
    (
      await stand.rows<{ key: string }>(
        `SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'reconcile' ORDER BY key`,
      )
    ).map(({ key }) => key)

  it('is given to a job once, among all processes, and those that were missed are made up for', async () => {
    const next = await openShop({ beside: stand })
    const daily = () => Promise.all([stand.shop.reconciliation.daily(), next.shop.reconciliation.daily()])
    stand.clock.set(new Date('2026-06-02T00:09:00Z'))
    await daily()
    expect(await jobs()).toEqual(['reconcile:2026-05-31'])
    stand.clock.set(new Date('2026-06-02T00:10:00Z'))
    await stand.rows(`DELETE FROM graphile_worker._private_jobs`)
    await daily()
    expect(await jobs()).toEqual(['reconcile:2026-06-01'])
    await stand.rows(`DELETE FROM graphile_worker._private_jobs`)
    await daily()
    expect(await jobs()).toEqual([])
    stand.clock.set(new Date('2026-06-04T08:00:00Z'))
    await daily()
    expect(await jobs()).toEqual(['reconcile:2026-06-02', 'reconcile:2026-06-03'])
  })

  const told = () =>
    stand.rows<{ payload: unknown }>(`SELECT payload FROM graphile_worker._private_jobs WHERE key LIKE 'books:%'`)

  it('is told to staff with its differences, and kept in the audit log', async () => {
    await bought('a')
    await stand.rows(`UPDATE orders SET total = 5`)
    await stand.shop.reconciliation.tasks.reconcile?.({ date: DAY })
    expect(await told()).toEqual([{ payload: { kind: 'books', date: DAY, differences: 1 } }])
    expect(await stand.rows(`SELECT action, data FROM audit_entry WHERE subject = 'day:${DAY}'`)).toEqual([
      { action: 'books.compared', data: { differences: 1, unasked: [] } },
    ])
  })

  it('is not told of when nothing happened', async () => {
    await stand.shop.reconciliation.tasks.reconcile?.({ date: DAY })
    expect(await told()).toEqual([])
  })

  it('is compared again when a provider could not be asked', async () => {
    await bought('a')
    stand.pay.mood = 'away'
    await expect(stand.shop.reconciliation.tasks.reconcile?.({ date: DAY })).rejects.toMatchObject({
      code: 'books.provider_away',
    })
    expect(await told()).toHaveLength(1)
    expect((await stand.shop.reconciliation.books(DAY)).unasked).toEqual(['test-pay'])
    stand.pay.mood = 'willing'
    await stand.shop.reconciliation.tasks.reconcile?.({ date: DAY })
    expect((await stand.shop.reconciliation.books(DAY)).unasked).toEqual([])
  })
})
