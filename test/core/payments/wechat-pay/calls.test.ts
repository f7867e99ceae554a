import { beforeEach, describe, expect, it } from 'vitest'
import { minutes, seconds } from '../../../../core/platform/clock.ts'
import { type Draft, type FakeTransaction, fakeKeys, PUBLIC_KEY_ID } from '../../../fakes/wechat-pay/fake.ts'
import { openPayStand, type PayStand } from './stand.ts'

const keys = fakeKeys()

let pay: PayStand
beforeEach(async () => {
  pay = await openPayStand(keys)
})

const flipped = (at: number) => (bytes: Buffer) => {
  const spoiled = Buffer.from(bytes)
  const place = at < 0 ? spoiled.length + at : at
  spoiled[place] = (spoiled[place] ?? 0) ^ 1
  return spoiled
}
const shifted = (ms: number) => (draft: Draft) => {
  draft.timestamp = String(Number(draft.timestamp) + ms / 1000)
}
const without = (name: string) => (draft: Draft) => {
  draft.headers = ({ [name]: _, ...rest }) => rest as Record<string, string>
}
const as = (fields: Partial<Draft>) => (draft: Draft) => {
  Object.assign(draft, fields)
}
const told = (fields: object) => (draft: Draft) => {
  Object.assign(draft.resource, fields)
}
const amount = (fields: object) => (draft: Draft) => {
  Object.assign(draft.resource.amount as object, fields)
}

const header = (name: string, change: (value: string) => string) =>
  as({ headers: (headers) => ({ ...headers, [name]: change(headers[name] ?? '') }) })
const signature = (change: (value: string) => string) => header('wechatpay-signature', change)
const spoiled = (text: string) => flipped(3)(Buffer.from(text, 'base64')).toString('base64')

type Case = readonly [what: string, change: (draft: Draft) => void, status: number, code: string]

/** Calls that are not to be believed, or not about a payment of ours. What they are answered, and what is logged of them. */
const BAD: readonly Case[] = [
  ['lacks its serial', without('wechatpay-serial'), 401, 'wechat_pay.no_seal'],
  ['lacks its time', without('wechatpay-timestamp'), 401, 'wechat_pay.no_seal'],
  ['lacks its nonce', without('wechatpay-nonce'), 401, 'wechat_pay.no_seal'],
  ['lacks its signature', without('wechatpay-signature'), 401, 'wechat_pay.no_seal'],
  ['is ten minutes old', shifted(-minutes(10)), 401, 'wechat_pay.stale'],
  ['is 301 s old', shifted(-seconds(301)), 401, 'wechat_pay.stale'],
  ['is 301 s ahead', shifted(seconds(301)), 401, 'wechat_pay.stale'],
  ['has words for its time', as({ timestamp: 'now' }), 401, 'wechat_pay.stale'],
  ['names an unknown certificate', as({ serial: '5A'.repeat(20) }), 401, 'wechat_pay.unknown_key'],
  ['names a public key we do not have', as({ serial: PUBLIC_KEY_ID }), 401, 'wechat_pay.unknown_key'],
  ['is signed by another key', as({ by: keys.merchant }), 401, 'wechat_pay.unsealed'],
  ['is signed by a certificate not in the list', as({ by: keys.platform[1] }), 401, 'wechat_pay.unsealed'],
  ['has a spoiled signature', signature(spoiled), 401, 'wechat_pay.unsealed'],
  ['was signed with another nonce', header('wechatpay-nonce', () => 'a'.repeat(32)), 401, 'wechat_pay.unsealed'],
  [
    'was changed after it was signed',
    as({ tamper: (body) => body.replace('成功', '失败') }),
    401,
    'wechat_pay.unsealed',
  ],
  ['has one space more', as({ tamper: (body) => `${body} ` }), 401, 'wechat_pay.unsealed'],
  ['is empty', as({ tamper: () => '' }), 401, 'wechat_pay.unsealed'],
  ['has a corrupted tag', as({ corrupt: flipped(-1) }), 400, 'wechat_pay.unopenable'],
  ['has a corrupted first byte', as({ corrupt: flipped(0) }), 400, 'wechat_pay.unopenable'],
  ['has no tag', as({ corrupt: (bytes) => bytes.subarray(0, -16) }), 400, 'wechat_pay.unopenable'],
  ['has half a tag', as({ corrupt: (bytes) => bytes.subarray(0, -8) }), 400, 'wechat_pay.unopenable'],
  ['is sealed under another APIv3 key', as({ apiV3Key: Buffer.alloc(32, 'x') }), 400, 'wechat_pay.unopenable'],
  ['has nothing in it', as({ resource: {} }), 400, 'wechat_pay.malformed'],
  ['tells of no payer', told({ payer: undefined }), 400, 'wechat_pay.malformed'],
  ['tells of a payment that is not made', told({ trade_state: 'NOTPAY' }), 400, 'wechat_pay.malformed'],
  ['tells of money below zero', amount({ total: -990 }), 400, 'wechat_pay.malformed'],
  ['tells of half a fen', amount({ total: 990.5 }), 400, 'wechat_pay.malformed'],
  ['is for another merchant', told({ mchid: '1900000110' }), 403, 'wechat_pay.other_merchant'],
  ['is for another AppID', told({ appid: 'wx0000000000000000' }), 403, 'wechat_pay.other_app'],
  ['names an attempt we never began', told({ out_trade_no: 'ZZZZZZZZ-1' }), 404, 'payment.intent_unknown'],
  ['is of less money', amount({ total: 1 }), 409, 'payment.intent_amount'],
  ['is of more money', amount({ total: 991 }), 409, 'payment.intent_amount'],
  ['is in another currency', amount({ currency: 'USD' }), 409, 'payment.intent_currency'],
]

describe('a call that', () => {
  it.each(BAD.map((one) => [`${one[0]} → ${one[2]}, ${one[3]}`, ...one.slice(1)] as unknown as Case))(
    '%s',
    async (_, change, status, code) => {
      const order = await pay.order()
      const transaction = await pay.paid(order)
      const before = pay.fake.requests.length
      const call = pay.fake.draft(transaction, change)
      expect(await pay.take(call)).toBe(status)
      expect(pay.logged).toEqual([`${code}: a call to the address of WeChat Pay was refused`])
      expect((await pay.stand.again(order)).state).toBe('awaiting_payment')
      expect(await pay.stand.rows('SELECT FROM payment')).toEqual([])
      expect(pay.fake.requests.length - before, 'asks for certificates').toBeLessThanOrEqual(1)
      // The right one still counts.
      expect(await pay.take(pay.fake.draft(transaction))).toBe(204)
      expect((await pay.stand.again(order)).state).toBe('delivered')
    },
  )
})

/** Calls of WeChat Pay's own, and what becomes of them. */
const GOOD: readonly (readonly [what: string, change: (draft: Draft) => void])[] = [
  ['as it comes', () => {}],
  ['299 s old', shifted(-seconds(299))],
  ['299 s ahead', shifted(seconds(299))],
  ['with its serial in small letters', header('wechatpay-serial', (serial) => serial.toLowerCase())],
  ['with more in it than is documented', told({ promotion_detail: [{ amount: 1 }] })],
  ['with a coupon: the payer paid less', amount({ payer_total: 500 })],
]

describe('a call of WeChat Pay', () => {
  it.each(GOOD)('%s → 204, delivered', async (_, change) => {
    const order = await pay.order()
    expect(await pay.take(pay.fake.draft(await pay.paid(order), change))).toBe(204)
    expect((await pay.stand.again(order)).state).toBe('delivered')
    expect(pay.logged).toEqual([])
  })

  it('twice, and at once → 204 each, one payment', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    const call = pay.fake.draft(transaction)
    const answers = await Promise.all([pay.take(call), pay.take(call), pay.take(pay.fake.draft(transaction))])
    expect([...answers, await pay.take(call)]).toEqual([204, 204, 204, 204])
    expect(await pay.stand.rows('SELECT FROM payment')).toHaveLength(1)
    expect(await pay.stand.rows(`SELECT FROM payment_intent WHERE state = 'paid'`)).toHaveLength(1)
  })

  it('after it was found by asking → 204, one payment', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    pay.clock.advance(seconds(10))
    await pay.stand.shop.payments.intents.watch()
    expect((await pay.stand.again(order)).state).toBe('delivered')
    expect(await pay.take(pay.fake.draft(transaction))).toBe(204)
    expect(await pay.stand.rows('SELECT FROM payment')).toHaveLength(1)
  })

  it('with the certificate that comes next → 204, once it is in the list', async () => {
    const [one, two] = [await pay.order(), await pay.order()]
    const [first, second] = [await pay.paid(one), await pay.paid(two)]
    pay.fake.sealedBy = 1
    expect(await pay.take(pay.fake.draft(first)), 'not in the list yet').toBe(401)
    pay.fake.rotate()
    expect(await pay.take(pay.fake.draft(first)), 'asked a moment ago').toBe(401)
    pay.clock.advance(minutes(1))
    expect(await pay.take(pay.fake.draft(first))).toBe(204)
    pay.fake.sealedBy = 0
    expect(await pay.take(pay.fake.draft(second)), 'the old one is still good').toBe(204)
  })

  it('with a certificate that has expired → 401', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    pay.clock.advance(366 * 24 * 3_600_000)
    expect(await pay.take(pay.fake.draft(transaction))).toBe(401)
    expect(pay.logged.at(-1)).toContain('wechat_pay.unknown_key')
  })

  it('while its certificates cannot be had → 503, and 204 when it comes again', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    const next = await openPayStand(keys, { beside: pay })
    pay.fake.fault(/certificates/, 'system-error')
    const call = pay.fake.draft(transaction)
    expect(await next.take(call)).toBe(503)
    expect(next.logged).toEqual(['a call of WeChat Pay could not be taken in; it will come again'])
    expect(await next.take(call), 'nor is it its fault a moment later').toBe(503)
    pay.clock.advance(seconds(5))
    expect(await next.take(call)).toBe(204)
  })

  it('of another kind → 204, and nothing happens', async () => {
    const order = await pay.order()
    const call = pay.fake.draft(await pay.paid(order), as({ eventType: 'COUPON.SEND' }))
    expect(await pay.take(call)).toBe(204)
    expect((await pay.stand.again(order)).state).toBe('awaiting_payment')
  })

  it('in public-key mode → 204; with a certificate that there is not → 503', async () => {
    const own = await openPayStand(keys, { publicKeyMode: true })
    const transaction = await own.paid(await own.order())
    own.fake.sealedBy = 0
    expect(await own.take(own.fake.draft(transaction))).toBe(503)
    own.fake.sealedBy = 'public-key'
    expect(await own.take(own.fake.draft(transaction))).toBe(204)
    expect(own.fake.requests.filter((request) => request.includes('certificates'))).toHaveLength(1)
  })

  it('with a certificate while it changes over to the public key → 204, as with the key', async () => {
    const own = await openPayStand(keys, { publicKeyMode: true })
    own.fake.hasCertificates = true
    for (const sealedBy of [0, 'public-key', 0] as const) {
      own.fake.sealedBy = sealedBy
      expect(await own.take(own.fake.draft(await own.paid(await own.order())))).toBe(204)
    }
    expect(own.fake.requests.filter((request) => request.includes('certificates'))).toHaveLength(1)
  })
})

describe('when money comes too late, or twice', () => {
  const end = async (transaction: FakeTransaction) =>
    (
      await pay.stand.rows<{ rule: string; outcome: string }>(
        'SELECT rule, outcome FROM payment WHERE reference = $1',
        [transaction.transaction_id],
      )
    )[0]

  it('for an order that has expired: it gets other keys', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    pay.clock.advance(minutes(60))
    await pay.stand.shop.sale.releaseDue()
    expect(await pay.take(pay.fake.draft(transaction))).toBe(204)
    expect(await end(transaction)).toEqual({ rule: 'late', outcome: 'settled' })
    expect((await pay.stand.again(order)).state).toBe('delivered')
  })

  it('for an order that was cancelled and is sold out: it goes back', async () => {
    const product = await pay.stand.product(1)
    const [alice, bob] = [await pay.stand.meet(), await pay.stand.meet()]
    const order = await pay.stand.order(alice, product.sku)
    const transaction = await pay.paid(order)
    await pay.stand.shop.sale.cancel(order.no, alice.id)
    await pay.stand.bought(bob, product.sku)
    expect(await pay.take(pay.fake.draft(transaction))).toBe(204)
    expect(await end(transaction)).toEqual({ rule: 'late_no_stock', outcome: 'refunding' })
  })

  it('by two people at once: the second goes back', async () => {
    const order = await pay.order()
    const { intents } = pay.stand.shop.payments
    const page = await intents.begin(order, { provider: 'wechat-pay', form: 'page', payer: 'o'.padEnd(28, 'A') })
    const code = await pay.code(order)
    const first = pay.fake.pay(code)
    const second = pay.fake.pay('prepared' in page ? page.prepared.handle : '')
    expect([first.out_trade_no, second.out_trade_no]).toEqual([`${order.no}-2`, `${order.no}-1`])
    expect(await pay.take(pay.fake.draft(first))).toBe(204)
    expect(await pay.take(pay.fake.draft(second))).toBe(204)
    expect(await end(first)).toEqual({ rule: 'on_time', outcome: 'settled' })
    expect(await end(second)).toEqual({ rule: 'already_paid', outcome: 'refunding' })
  })
})

describe('whoever forges calls', () => {
  it('is WeChat Pay itself now and then, to see whether we look: refused, and listened to as before', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    const probe = signature((text) => `WECHATPAY/SIGNTEST/${text}`)
    for (let n = 0; n < 30; n++) expect(await pay.take(pay.fake.draft(transaction, probe))).toBe(401)
    expect(pay.logged).toEqual([])
    expect(await pay.take(pay.fake.draft(transaction))).toBe(204)
    expect((await pay.stand.again(order)).state).toBe('delivered')
  })

  it('is no longer listened to, and cannot make us ask WeChat Pay again and again', async () => {
    const transaction = await pay.paid(await pay.order())
    const before = pay.fake.requests.length
    const answers: number[] = []
    for (let n = 0; n < 40; n++) {
      const serial = n.toString(16).toUpperCase().padStart(40, '5')
      answers.push(await pay.take(pay.fake.draft(transaction, as({ serial: serial })), '6.6.6.6'))
    }
    expect(answers.filter((status) => status === 401).length).toBe(21)
    expect(answers.filter((status) => status === 429).length).toBe(19)
    expect(pay.logged).toHaveLength(21)
    expect(pay.fake.requests.length - before).toBeLessThanOrEqual(1)
    expect(await pay.take(pay.fake.draft(transaction)), 'from its own address').toBe(204)
  })
})
