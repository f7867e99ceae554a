import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
const back: { reference: string; currency: string }[] = []
/** Takes Stars only, as the one in a chat does. */
const stars: PaymentProvider = {
  name: 'stars-pay',
  currency: 'XTR',
  refund: async (payment) => void back.push(payment),
}
beforeAll(async () => {
  stand = await openShop({ providers: [stars] })
})

const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]
const jobs = (key: string) => stand.jobs(key)
const textsOf = async (order: { no: string }, buyer: Parameters<Stand['shop']['delivery']['reveal']>[1]) =>
  (await stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')).map(({ key }) => key.code)

describe('a payment on time', () => {
  it('delivers the reserved keys, and the buyer and the staff are told', async () => {
    const product = await stand.product(3)
    const order = await stand.order(await stand.meet(), product.sku, 2)
    stand.clock.advance(minutes(5))
    expect(await stand.receive(order)).toMatchObject({ rule: 'on_time', order: 'delivered' })
    expect(await stand.again(order)).toMatchObject({
      state: 'delivered',
      paidAt: stand.clock(),
      deliveredAt: stand.clock(),
      paid: { provider: 'test-pay', amount: 1980, currency: 'CNY' },
    })
    expect(await level(product.sku)).toMatchObject({ available: 1, reserved: 0, sold: 2 })
    expect(await jobs(`order:${order.no}:delivered`)).toMatchObject([{ payload: { event: 'delivered' } }])
    expect(await jobs('sales')).toEqual([{ payload: expect.arrayContaining([order.no]) }])
  })

  it('may come in Stars', async () => {
    const product = await stand.product(1, { stars: '50' })
    const order = await stand.order(await stand.meet(), product.sku)
    const settled = await stand.receive(order, { amount: 50, currency: 'XTR' })
    expect(settled).toMatchObject({ rule: 'on_time', order: 'delivered' })
  })

  it('in another currency than its provider takes buys nothing and goes back, however it is settled', async () => {
    const product = await stand.product(2, { stars: '50' })
    const order = await stand.order(await stand.meet(), product.sku)
    const through = { provider: stars.name, amount: 990, currency: 'CNY' }
    // A fee has it settled by itself, and not among others.
    for (const fee of [{}, { fee: 1 }]) {
      const reference = randomUUID()
      const { paymentId, ...settled } = await stand.receive(order, { ...through, ...fee, reference })
      expect(settled).toEqual({ rule: 'wrong_currency', order: undefined })
      await stand.refund(paymentId)
      expect(back.at(-1)).toMatchObject({ reference, currency: 'CNY' })
      expect(await stand.shop.payments.byId(paymentId)).toMatchObject({ outcome: 'refunded', rule: 'wrong_currency' })
    }
    expect((await stand.again(order)).state).toBe('awaiting_payment')
    expect(await stand.receive(order, { ...through, amount: 50, currency: 'XTR' })).toMatchObject({ rule: 'on_time' })
  })

  it('after the deadline but before anyone released the order still buys its own keys', async () => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    stand.clock.advance(minutes(16))
    expect(await stand.receive(order)).toMatchObject({ rule: 'on_time', order: 'delivered' })
  })
})

describe('a payment that comes twice', () => {
  it('is one payment, and has the same answer', async () => {
    const product = await stand.product(2)
    const order = await stand.order(await stand.meet(), product.sku)
    const reference = randomUUID()
    const first = await stand.receive(order, { reference })
    expect(await stand.receive(order, { reference })).toEqual(first)
    expect(await stand.rows('SELECT FROM payment WHERE reference = $1', [reference])).toHaveLength(1)
    expect(await level(product.sku)).toMatchObject({ available: 1, sold: 1 })
  })

  it('at the same moment, in two processes, too', async () => {
    const product = await stand.product(2)
    const order = await stand.order(await stand.meet(), product.sku)
    const reference = randomUUID()
    const other = await openShop({ beside: stand })
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? stand : other).receive(order, { reference })),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ rule: 'on_time', order: 'delivered' })
    expect(await level(product.sku)).toMatchObject({ available: 1, sold: 1 })
  })

  it('at the same moment and for no order of ours goes back once', async () => {
    const reference = randomUUID()
    const repeats = Array.from({ length: 8 }, () => stand.receive({ no: 'ZZZZZZZZ', total: 990 }, { reference }))
    const [{ paymentId } = { paymentId: 0n }] = await Promise.all(repeats)
    expect(await stand.rows('SELECT FROM refund WHERE payment_id = $1', [paymentId])).toHaveLength(1)
  })

  it('under another reference goes back', async () => {
    const product = await stand.product(2)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku)
    const second = await stand.receive(order)
    expect(second).toMatchObject({ rule: 'already_paid', order: undefined })
    expect(await stand.shop.payments.byId(second.paymentId)).toMatchObject({ outcome: 'refunding' })
    expect(await jobs(`payment:${second.paymentId}`)).toMatchObject([{ payload: { to: { customerId: buyer.id } } }])
    expect(await jobs(`alert:${second.paymentId}:odd_payment`)).toHaveLength(1)
    await stand.refund(second.paymentId)
    expect(await stand.shop.payments.byId(second.paymentId)).toMatchObject({ outcome: 'refunded' })
    expect((await stand.again(order)).state).toBe('delivered')
  })

  it('two payments at the same moment: one buys, one goes back', async () => {
    const product = await stand.product(2)
    const order = await stand.order(await stand.meet(), product.sku)
    const answers = await Promise.all([stand.receive(order), stand.receive(order)])
    expect(answers.map(({ rule }) => rule).sort()).toEqual(['already_paid', 'on_time'])
    expect(await level(product.sku)).toMatchObject({ available: 1, sold: 1 })
  })
})

describe('money that goes back', () => {
  it('for no order of ours is told to the staff', async () => {
    const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 })
    expect(await jobs(`alert:${paymentId}:odd_payment`)).toHaveLength(1)
    expect(await jobs(`payment:${paymentId}`)).toHaveLength(0)
  })

  it('is told to the payer when it begins, and again when it is there', async () => {
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, (await stand.product(1)).sku)
    const { paymentId } = await stand.receive(order)
    await stand.rows('DELETE FROM graphile_worker._private_jobs')
    await stand.refund(paymentId)
    expect(await jobs(`payment:${paymentId}`)).toMatchObject([{ payload: { to: { customerId: buyer.id } } }])
  })

  it('twice for one order is two alerts', async () => {
    const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
    const [second, third] = [await stand.receive(order), await stand.receive(order)]
    for (const { paymentId } of [second, third]) expect(await jobs(`alert:${paymentId}:odd_payment`)).toHaveLength(1)
  })
})

describe('a payment that is not what was asked for', () => {
  it.each([
    ['too little', { amount: 989 }, 'wrong_amount'],
    ['another currency', { currency: 'USD' }, 'wrong_currency'],
    ['Stars for what has no price in them', { amount: 50, currency: 'XTR' }, 'wrong_currency'],
  ])('%s goes back, and the order can still be paid', async (_, different, rule) => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    const odd = await stand.receive(order, { ...different, reference: `odd-${rule}-${_}` })
    expect(odd).toMatchObject({ rule, order: undefined })
    await stand.refund(odd.paymentId)
    expect(stand.pay.returned.get(`odd-${rule}-${_}`)).toMatchObject({ amount: 990, currency: 'CNY', ...different })
    expect(await stand.receive(order)).toMatchObject({ rule: 'on_time', order: 'delivered' })
  })

  it.each(['ZZZZZZZZ', '', "'; DROP TABLE payment; --"])(
    'for the order %j, which there is not, goes back',
    async (no) => {
      const odd = await stand.receive({ no, total: 990 })
      expect(odd).toMatchObject({ rule: 'unknown_order', order: undefined })
      await stand.refund(odd.paymentId)
      expect(await stand.shop.payments.byId(odd.paymentId)).toMatchObject({ outcome: 'refunded', orderNo: no })
    },
  )
})

describe('a payment that comes too late', () => {
  const late = async (keys: number) => {
    const product = await stand.product(keys)
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku)
    stand.clock.advance(minutes(15))
    await stand.shop.sale.releaseDue()
    return { product, buyer, order }
  }

  it('takes other keys when there are some', async () => {
    const { product, buyer, order } = await late(1)
    const settled = await stand.receive(order)
    expect(settled).toMatchObject({ rule: 'late', order: 'delivered' })
    expect(await textsOf(order, buyer)).toEqual(product.codes)
    expect(await jobs(`alert:${settled.paymentId}:late_payment`)).toHaveLength(1)
    expect(await jobs(`staff:${order.no}:sale`)).toHaveLength(0)
  })

  it('opens the order again: it is no longer closed', async () => {
    const { order } = await late(1)
    const closed = () => stand.rows('SELECT closed_at FROM orders WHERE id = $1', [order.id])
    expect(await closed()).toEqual([{ closed_at: stand.clock() }])
    const { paymentId } = await stand.receive(order)
    expect(await closed()).toEqual([{ closed_at: null }])
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    await stand.refund(paymentId)
    expect(await closed()).toEqual([{ closed_at: stand.clock() }])
  })

  it('for a cancelled order too', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku)
    await stand.shop.sale.cancel(order.no, buyer.id)
    expect(await stand.receive(order)).toMatchObject({ rule: 'late', order: 'delivered' })
  })

  it('goes back when another has the keys, all of it, and leaves the rest on the shelf', async () => {
    const product = await stand.product(3)
    const order = await stand.order(await stand.meet(), product.sku, 2)
    stand.clock.advance(minutes(15))
    await stand.order(await stand.meet(), product.sku, 2)
    const back = await stand.receive(order)
    expect(back).toMatchObject({ rule: 'late_no_stock', order: undefined })
    expect((await stand.again(order)).state).toBe('expired')
    expect(await level(product.sku)).toMatchObject({ available: 1, reserved: 2, sold: 0 })
    await stand.refund(back.paymentId)
    expect(await stand.shop.payments.byId(back.paymentId)).toMatchObject({ outcome: 'refunded', rule: 'late_no_stock' })
  })

  it('buys it after an earlier late one went back, once there is stock again', async () => {
    const { product, order } = await late(1)
    const thief = await stand.order(await stand.meet(), product.sku)
    expect(await stand.receive(order)).toMatchObject({ rule: 'late_no_stock' })
    await stand.shop.sale.cancel(thief.no, thief.customerId)
    expect(await stand.receive(order)).toMatchObject({ rule: 'late', order: 'delivered' })
  })
})

describe('a key that went bad while it was reserved', () => {
  it('is swapped when it was frozen', async () => {
    const product = await stand.product(3)
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku, 2)
    const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })
    if (!key) throw new Error('no key')
    expect(await stand.shop.inventory.freeze('operator', key, 'complaint')).toBe(true)
    expect(await stand.receive(order)).toMatchObject({ rule: 'on_time', order: 'delivered' })
    expect((await textsOf(order, buyer)).sort()).toEqual(product.codes.slice(1))
    expect(await level(product.sku)).toMatchObject({ available: 0, sold: 2, frozen: 1 })
  })

  it('is swapped when it has expired', async () => {
    const product = await stand.product(1)
    await stand.stock(product, [
      'FRESH-1,,2026-06-30',
      `STALE-1,,${new Date(stand.clock().getTime() + minutes(5)).toISOString()}`,
    ])
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku, 2)
    stand.clock.advance(minutes(6))
    expect(await stand.receive(order)).toMatchObject({ rule: 'on_time', order: 'delivered' })
    expect((await textsOf(order, buyer)).sort()).toEqual(['FRESH-1', ...product.codes].sort())
    expect(await level(product.sku)).toMatchObject({ available: 0, expired: 1, sold: 2 })
  })

  it('and cannot be swapped: the money goes back, and nothing is delivered', async () => {
    const product = await stand.product(1)
    const order = await stand.order(await stand.meet(), product.sku)
    const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })
    if (!key) throw new Error('no key')
    await stand.shop.inventory.void('operator', key, 'used')
    expect(await stand.receive(order)).toMatchObject({ rule: 'late_no_stock', order: undefined })
    expect((await stand.again(order)).deliveredAt).toBeUndefined()
  })
})
