import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import type { Log } from '../../../core/platform/log.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let logged: string[]
const log = (): Log => {
  const write = (_: object, message: string) => void logged.push(message)
  return { debug: write, info: write, warn: write, error: write }
}
beforeEach(async () => {
  logged = []
  stand = await openShop({ log: log() })
})

/** A payment that was committed to the inbox by a process that died before it settled it. */
async function received(orderNo: string, amount = 990): Promise<bigint> {
  const [row] = await stand.rows<{ id: bigint }>(
    `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at) VALUES ('test-pay', $1, $2, 'payer', $3, 'CNY', $4) RETURNING id`,
    [randomUUID(), orderNo, amount, stand.clock()],
  )
  return row?.id ?? 0n
}
const lost = (orderNo: string, reference: string) => ({
  provider: 'test-pay',
  reference,
  orderNo,
  payer: 'payer',
  amount: 990,
  currency: 'CNY',
})

it('settles what was received before a crash, each to its end', async () => {
  const product = await stand.product(3)
  const order = await stand.order(await stand.meet(), product.sku)
  const paid = await received(order.no)
  const twice = await received(order.no)
  const unknown = await received('ZZZZZZZZ')
  await stand.shop.payments.recover()
  await stand.shop.payments.recover()
  expect((await stand.again(order)).state).toBe('delivered')
  const outcomes = await Promise.all([paid, twice, unknown].map((id) => stand.shop.payments.byId(id)))
  expect(outcomes).toMatchObject([
    { outcome: 'settled', rule: 'on_time' },
    { outcome: 'refunding', rule: 'already_paid' },
    { outcome: 'refunding', rule: 'unknown_order' },
  ])
})

it('does so when a shop begins to work', async () => {
  const product = await stand.product(1)
  const order = await stand.order(await stand.meet(), product.sku)
  await received(order.no)
  const next = await openShop({ beside: stand })
  await next.work()
  await next.told.notice((notice) => notice.kind === 'order' && notice.event === 'delivered')
  expect((await stand.again(order)).state).toBe('delivered')
})

it('finds a payment whose message was lost by asking the provider', async () => {
  const product = await stand.product(2)
  const order = await stand.order(await stand.meet(), product.sku)
  stand.pay.seen.payments = [lost(order.no, 'lost-1')]
  await stand.shop.payments.recover()
  await stand.shop.payments.recover()
  expect((await stand.again(order)).state).toBe('delivered')
  expect(await stand.rows('SELECT FROM payment')).toHaveLength(1)
  expect(logged).toEqual(['a payment whose message was lost was found by asking the provider'])
})

it('finds a refund whose message was lost, and leaves alone what it does not know', async () => {
  const product = await stand.product(1)
  const order = await stand.order(await stand.meet(), product.sku)
  await stand.receive(order, { reference: 'paid-1' })
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  stand.pay.seen.refunds = [
    { provider: 'test-pay', reference: 'never heard of' },
    { provider: 'test-pay', reference: 'paid-1' },
  ]
  await stand.shop.payments.recover()
  expect((await stand.again(order)).state).toBe('refunded')
  expect(stand.pay.asked.size).toBe(0)
})

it('goes on when a provider is away', async () => {
  const product = await stand.product(1)
  const order = await stand.order(await stand.meet(), product.sku)
  await received(order.no)
  stand.pay.mood = 'away'
  await stand.shop.payments.recover()
  expect((await stand.again(order)).state).toBe('delivered')
  expect(logged).toEqual(['a payment provider could not be asked; it will be asked again'])
})

it('goes on when one payment cannot be settled', async () => {
  const product = await stand.product(2)
  const bad = await stand.order(await stand.meet(), product.sku)
  const good = await stand.order(await stand.meet(), product.sku)
  await stand.rows(`ALTER TABLE orders ADD CONSTRAINT broken CHECK (no <> '${bad.no}' OR state = 'awaiting_payment')`)
  const stuck = await received(bad.no)
  await received(good.no)
  await stand.shop.payments.recover()
  expect((await stand.again(good)).state).toBe('delivered')
  expect(await stand.shop.payments.byId(stuck)).toMatchObject({ outcome: 'received' })
  await stand.rows('ALTER TABLE orders DROP CONSTRAINT broken')
  await stand.shop.payments.recover()
  expect((await stand.again(bad)).state).toBe('delivered')
})
