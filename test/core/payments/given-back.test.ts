import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'
import { expectSound } from '../sale/invariants.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '1')
})
beforeEach(() => {
  stand.pay.seen.payments = []
  stand.pay.seen.refunds = []
})

const back = (reference: string) => stand.shop.payments.refunded('test-pay', reference)
const jobs = (key: string) => stand.jobs(key)
const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]
const paymentOf = async (reference: string) => {
  const [row] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE reference = $1', [reference])
  return row && stand.shop.payments.byId(row.id)
}

async function paid(keys = 2) {
  const product = await stand.product(keys)
  const buyer = await stand.meet()
  const reference = randomUUID()
  const order = await stand.order(buyer, product.sku, keys)
  await stand.receive(order, { reference })
  return { product, buyer, reference, order: await stand.again(order) }
}

describe('a payment that was given back outside the shop', () => {
  it('refunds the order it bought: keys nobody saw are for sale again, buyer and staff are told', async () => {
    const { product, order, reference } = await paid()
    await back(reference)
    expect((await stand.again(order)).state).toBe('refunded')
    const payment = await paymentOf(reference)
    expect(payment).toMatchObject({ outcome: 'refunded', rule: 'on_time', refund: { state: 'done' } })
    expect(await stand.rows('SELECT requested_by FROM refund WHERE payment_id = $1', [payment?.id])).toEqual([
      { requested_by: 'provider' },
    ])
    expect(await level(product.sku)).toMatchObject({ available: 2, sold: 0 })
    expect(await jobs(`order:${order.no}:refunded`)).toHaveLength(1)
    expect(await jobs(`alert:${payment?.id}:given_back`)).toHaveLength(1)
    expect(stand.pay.asked.has(reference)).toBe(false)
    await expectSound(stand)
  })

  it('writes off keys that were shown', async () => {
    const { product, buyer, order, reference } = await paid(1)
    await stand.shop.delivery.reveal(order, buyer, 'test')
    await back(reference)
    expect(await stand.shop.inventory.find({ text: product.codes[0] ?? '' })).toMatchObject({ state: 'void' })
    await expectSound(stand)
  })

  it('frees the keys of a held order', async () => {
    const buyer = await stand.meet()
    await stand.bought(buyer, (await stand.product(1)).sku)
    const product = await stand.product(1)
    const order = await stand.order(buyer, product.sku)
    const reference = randomUUID()
    expect(await stand.receive(order, { reference })).toMatchObject({ order: 'held' })
    await back(reference)
    expect((await stand.again(order)).state).toBe('refunded')
    expect(await level(product.sku)).toMatchObject({ available: 1, sold: 0 })
    await expectSound(stand)
  })

  it('is one refund, however often and at how many places it is told', async () => {
    const { order, reference } = await paid()
    const other = await openShop({ beside: stand })
    await Promise.all([1, 2, 3].flatMap(() => [back(reference), other.shop.payments.refunded('test-pay', reference)]))
    await back(reference)
    await stand.receive(order, { reference })
    const payment = await paymentOf(reference)
    expect(await stand.rows('SELECT FROM refund WHERE payment_id = $1', [payment?.id])).toHaveLength(1)
    expect((await stand.again(order)).state).toBe('refunded')
    await expectSound(stand)
  })

  it('beside our own refund that is on its way, and that had failed, ends that one', async () => {
    for (const mood of ['willing', 'refusing'] as const) {
      const { order, reference } = await paid(1)
      await stand.shop.sale.refund('staff', order.no, 'goodwill')
      const payment = await paymentOf(reference)
      stand.pay.mood = mood
      if (mood === 'refusing') await stand.refund(payment?.id ?? 0n)
      await back(reference)
      expect((await stand.again(order)).state).toBe('refunded')
      expect(await stand.rows('SELECT FROM refund WHERE payment_id = $1', [payment?.id])).toHaveLength(1)
      expect(await jobs(`alert:${payment?.id}:given_back`)).toHaveLength(0)
    }
    stand.pay.mood = 'willing'
  })

  it('before it was settled buys nothing, and the order can still be paid', async () => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    const reference = randomUUID()
    await stand.rows(
      `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at) VALUES ('test-pay', $1, $2, 'payer', 990, 'CNY', $3)`,
      [reference, order.no, stand.clock()],
    )
    await back(reference)
    const payment = await paymentOf(reference)
    expect(payment).toMatchObject({ outcome: 'refunded', rule: 'given_back' })
    expect(await jobs(`payment:${payment?.id}`)).toHaveLength(1)
    expect(await stand.receive(order, { reference })).toMatchObject({ rule: 'given_back', order: undefined })
    expect((await stand.again(order)).state).toBe('awaiting_payment')
    expect(await stand.receive(order)).toMatchObject({ order: 'delivered' })
    await expectSound(stand)
  })
})

describe('a refund of a payment nobody has told us of', () => {
  it('is put on record with the payment, which the provider knows, and delivers nothing', async () => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    const reference = randomUUID()
    const notice = { provider: 'test-pay', reference, orderNo: order.no, payer: 'payer', amount: 990, currency: 'CNY' }
    stand.pay.seen.payments = [notice]
    stand.pay.seen.refunds = [{ provider: 'test-pay', reference }]
    await back(reference)
    expect(await paymentOf(reference)).toMatchObject({ outcome: 'refunded', rule: 'given_back' })
    // The message of the payment comes last.
    expect(await stand.shop.payments.receive(notice)).toMatchObject({ order: undefined })
    expect((await stand.again(order)).state).toBe('awaiting_payment')
    expect(await jobs(`order:${order.no}:delivered`)).toHaveLength(0)
    await expectSound(stand)
  })

  it('is left alone when the provider does not know the payment either', async () => {
    await back('nobody knows')
    expect(await paymentOf('nobody knows')).toBeUndefined()
  })

  it('is told again when the provider could not be asked', async () => {
    stand.pay.mood = 'away'
    await expect(back(randomUUID())).rejects.toThrow('ECONNREFUSED')
    stand.pay.mood = 'willing'
  })
})

it('is found by asking: a refund at the provider that the shop never asked for', async () => {
  const { order, reference } = await paid()
  stand.pay.seen.refunds = [{ provider: 'test-pay', reference }]
  await stand.shop.payments.recover()
  await stand.shop.payments.recover()
  expect((await stand.again(order)).state).toBe('refunded')
  await expectSound(stand)
})
