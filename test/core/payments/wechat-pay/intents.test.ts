import { beforeEach, describe, expect, it } from 'vitest'
import { descriptionOf } from '../../../../core/payments/providers/wechat-pay/transactions.ts'
import { minutes, seconds } from '../../../../core/platform/clock.ts'
import { fakeKeys } from '../../../fakes/wechat-pay/fake.ts'
import { openPayStand, type PayStand } from './stand.ts'

const keys = fakeKeys()
let pay: PayStand
beforeEach(async () => {
  pay = await openPayStand(keys, { within: 700 })
})

const WISH = { provider: 'wechat-pay', form: 'code' } as const
const intents = () =>
  pay.stand.rows<{ trade_no: string; state: string }>(
    'SELECT trade_no, state::text AS state FROM payment_intent ORDER BY id',
  )
const watch = () => pay.stand.shop.payments.intents.watch()

describe('beginning a payment', () => {
  it('is the same payment on two devices and in two processes', async () => {
    const order = await pay.order()
    const next = await openPayStand(keys, { beside: pay })
    const codes = await Promise.all([pay.code(order), pay.code(order), next.code(order)])
    expect(new Set(codes).size).toBe(1)
    expect(await intents()).toEqual([{ trade_no: `${order.no}-1`, state: 'open' }])
  })

  it('ends with the reservation, which it extends as far as it may be', async () => {
    const order = await pay.order()
    pay.clock.set(new Date(order.reservedUntil.getTime() - minutes(2)))
    await pay.code(order)
    const { reservedUntil } = await pay.stand.again(order)
    expect(reservedUntil).toEqual(new Date(pay.clock().getTime() + minutes(10)))
    expect([...pay.fake.transactions.values()][0]?.expires).toEqual(reservedUntil)
    pay.clock.advance(minutes(10))
    await expect(pay.code(await pay.stand.again(order))).rejects.toThrow('expired')
  })

  it('is nobody’s who may not pay: cancelled, paid, demo, in another currency', async () => {
    const { intents: desk } = pay.stand.shop.payments
    const cancelled = await pay.order()
    await pay.stand.shop.sale.cancel(cancelled.no, cancelled.customerId)
    expect(await desk.begin(cancelled, WISH)).toEqual({ problem: 'cancelled' })
    const { order: paid } = await pay.bought()
    expect(await desk.begin(paid, WISH)).toEqual({ problem: 'already_paid' })
    const order = await pay.order()
    expect(await desk.begin({ ...order, demo: true }, WISH)).toEqual({ problem: 'wrong_amount' })
    expect(await desk.begin({ ...order, currency: 'USD' }, WISH)).toEqual({ problem: 'wrong_amount' })
    expect(desk.offered({ ...order, demo: true }, 'web')).toEqual([])
    expect(desk.offered({ ...order, currency: 'USD' }, 'web')).toEqual([])
    expect(desk.offered(order, 'telegram')).toEqual([])
    expect(desk.offered(order, 'wechat')).toEqual([{ provider: 'wechat-pay', form: 'page' }])
  })

  it.each(['drop', 'drop-after', 'slow-after', 'system-error', 'unsigned', 'stale', 'wrong-key'] as const)(
    'is of unknown outcome after %s: it is asked about, and is the same payment',
    async (kind) => {
      const order = await pay.order()
      pay.fake.fault(/POST .*native/, kind)
      await expect(pay.code(order)).rejects.toMatchObject({ code: 'wechat_pay.unknown' })
      const before = pay.fake.requests.length
      await pay.code(order)
      expect(pay.fake.requests[before]).toContain(`GET /v3/pay/transactions/out-trade-no/${order.no}-1?`)
      expect(await intents()).toEqual([{ trade_no: `${order.no}-1`, state: 'open' }])
      expect(pay.fake.transactions.size).toBe(1)
    },
  )

  it('survives a crash between the intent and its answer, also when it was paid meanwhile', async () => {
    const order = await pay.order()
    pay.fake.fault(/POST .*native/, 'drop-after')
    await expect(pay.code(order)).rejects.toThrow()
    const [transaction] = pay.fake.transactions.values()
    pay.fake.pay(transaction?.code_url ?? '')
    const next = await openPayStand(keys, { beside: pay })
    await expect(next.code(order)).rejects.toThrow('already_paid')
    expect((await pay.stand.again(order)).state).toBe('delivered')
    expect(await intents()).toEqual([{ trade_no: `${order.no}-1`, state: 'paid' }])
  })

  it('goes on under the next number when the provider has closed the first', async () => {
    const order = await pay.order()
    pay.fake.fault(/POST .*native/, 'drop-after')
    await expect(pay.code(order)).rejects.toThrow()
    for (const transaction of pay.fake.transactions.values()) transaction.state = 'CLOSED'
    await pay.code(order)
    expect(await intents()).toEqual([
      { trade_no: `${order.no}-1`, state: 'closed' },
      { trade_no: `${order.no}-2`, state: 'open' },
    ])
  })
})

describe('what was begun is watched', () => {
  it('finds a payment whose message was lost, with its recovery', async () => {
    const order = await pay.order()
    await pay.paid(order)
    await watch()
    expect((await pay.stand.again(order)).state, 'not due yet').toBe('awaiting_payment')
    pay.clock.advance(seconds(10))
    await pay.stand.shop.payments.recover()
    expect((await pay.stand.again(order)).state).toBe('delivered')
    const before = pay.fake.requests.length
    pay.clock.advance(minutes(10))
    await watch()
    expect(pay.fake.requests.length, 'then it is over').toBe(before)
  })

  it('closes it at once when the order is cancelled, so that nobody can pay', async () => {
    const order = await pay.order()
    const code = await pay.code(order)
    await pay.stand.shop.sale.cancel(order.no, order.customerId)
    await watch()
    expect(() => pay.fake.pay(code)).toThrow('cannot be paid')
    expect(await intents()).toMatchObject([{ state: 'closed' }])
  })

  it('closes it when its time is up, and takes up a payment made at the last moment', async () => {
    const [one, two] = [await pay.order(), await pay.order()]
    await pay.code(one)
    const code = await pay.code(two)
    pay.clock.advance(minutes(14))
    pay.fake.pay(code)
    pay.clock.advance(minutes(2))
    await pay.stand.shop.sale.releaseDue()
    await watch()
    expect((await intents()).map(({ state }) => state)).toEqual(['closed', 'paid'])
    expect((await pay.stand.again(two)).state).toBe('delivered')
  })

  it('goes on when WeChat Pay is away, and leaves nothing open for ever', async () => {
    const [one, two] = [await pay.order(), await pay.order()]
    await pay.code(one)
    await pay.paid(two)
    pay.clock.advance(seconds(20))
    pay.fake.fault(/GET .*out-trade-no/, 'drop')
    await watch()
    expect(pay.logged).toContain('a payment that was begun could not be looked at; it will be tried again')
    pay.clock.advance(minutes(20))
    await pay.stand.shop.sale.releaseDue()
    await watch()
    expect((await intents()).filter(({ state }) => state === 'open')).toEqual([])
    expect((await pay.stand.again(two)).state).toBe('delivered')
  })

  it('closes what the provider was never told of, once it cannot be on its way any more', async () => {
    const order = await pay.order()
    pay.fake.fault(/POST .*native/, 'drop')
    await expect(pay.code(order)).rejects.toThrow()
    await pay.stand.shop.sale.cancel(order.no, order.customerId)
    await watch()
    expect(await intents()).toMatchObject([{ state: 'open' }])
    pay.clock.advance(minutes(3))
    await watch()
    expect(await intents()).toMatchObject([{ state: 'closed' }])
  })

  it('is not held up for long by a desk that is away', async () => {
    for (let n = 0; n < 6; n++) await pay.code(await pay.order())
    pay.clock.advance(seconds(10))
    const before = pay.fake.requests.length
    for (let n = 0; n < 6; n++) pay.fake.fault(/out-trade-no/, 'drop')
    await watch()
    expect(pay.fake.requests.length - before).toBe(3)
  })

  it.each([
    [`${'🎮'.repeat(8)}${'会员月卡'.repeat(8)}`, `${'🎮'.repeat(8)}${'会员月卡'.repeat(7)}会员月`],
    ['a\nb`c', 'a b c'],
  ])('is begun whatever the goods are called: %j', async (name, written) => {
    expect(descriptionOf(name)).toBe(written)
    const product = await pay.stand.product(2, { name })
    const order = await pay.stand.order(await pay.stand.meet(), product.sku)
    expect(await pay.code(order)).toMatch(/^weixin:/)
  })

  it('takes up that it was paid and given back at WeChat Pay: it buys nothing', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    transaction.state = 'REFUND'
    pay.clock.advance(seconds(10))
    await watch()
    expect((await pay.stand.again(order)).state).not.toBe('delivered')
    await pay.stand.shop.payments.recover()
    expect(await pay.stand.rows('SELECT rule, outcome::text AS outcome FROM payment')).toEqual([
      { rule: 'given_back', outcome: 'refunded' },
    ])
  })
})
