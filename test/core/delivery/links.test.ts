import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { LinkView } from '../../../core/delivery/model.ts'
import type { Order } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { tablesOf } from '../../security/places.ts'
import { connect } from '../../security/shop.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let other: Stand
beforeAll(async () => {
  stand = await openShop()
  // As after a restart, or in another process: nothing of a link is in the memory of the one that made it.
  other = await openShop({ beside: stand })
})

interface Linked {
  readonly buyer: Buyer
  readonly order: Order
  readonly codes: readonly string[]
  readonly token: string
}

/** An order of so many keys, and a link to it. */
async function linked(keys = 1): Promise<Linked> {
  const { sku, codes } = await stand.product(keys)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, sku, keys)
  const { token } = await stand.shop.delivery.links.make(order, buyer)
  return { buyer, order, codes, token }
}

const codesOf = (view: LinkView): string[] | undefined =>
  view.state === 'shown' ? view.keys.map(({ key }) => key.code) : undefined
const paymentOf = async (order: Order): Promise<bigint> => {
  const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE order_id = $1', [order.id])
  if (!payment) throw new Error('no payment')
  return payment.id
}

describe('a one-time link', () => {
  it('opens once, in whatever process, and tells where and when on the order, in the log and to its buyer', async () => {
    const { buyer, order, codes, token } = await linked(2)
    expect(token).toMatch(/^[\w-]{43}$/)
    const { links } = other.shop.delivery
    expect(await links.look(token, undefined)).toEqual({
      state: 'unopened',
      expiresAt: new Date(stand.clock().getTime() + hours(7 * 24)),
    })
    expect(await links.look(token, 'someone')).toMatchObject({ state: 'unopened' })
    expect((await stand.again(order)).reveals).toEqual([])

    stand.clock.advance(minutes(1))
    const openedAt = stand.clock()
    const opened = await links.open(token, 'phone')
    expect(codesOf(opened)).toEqual(codes)
    expect(opened).toMatchObject({ openedAt, until: new Date(openedAt.getTime() + minutes(10)) })
    stand.clock.advance(minutes(1))
    for (const viewer of ['laptop', '', undefined])
      expect(await stand.shop.delivery.links.look(token, viewer)).toEqual({ state: 'opened', openedAt })
    expect(await stand.shop.delivery.links.open(token, 'laptop')).toEqual({ state: 'opened', openedAt })

    expect((await stand.again(order)).reveals).toEqual([{ at: openedAt, channel: 'link', units: 2 }])
    expect(await stand.shop.delivery.links.newest(order)).toMatchObject({ state: 'opened', openedAt })
    const audit = await stand.rows<{ actor: string; action: string; data: object }>(
      `SELECT actor, action, data FROM audit_entry WHERE subject = $1 AND action ~ 'link|revealed' ORDER BY id`,
      [`order:${order.no}`],
    )
    expect(audit).toMatchObject([
      { actor: buyer.pseudonym, action: 'link.made' },
      { actor: buyer.pseudonym, action: 'order.revealed', data: { units: 2, channel: 'link' } },
    ])
    const iso = openedAt.toISOString()
    expect(await stand.jobs(`link:${order.no}:${iso}`)).toMatchObject([
      { payload: { kind: 'link', orderNo: order.no, openedAt: iso, to: { customerId: buyer.id, chat: buyer.chat } } },
    ])
  })

  it('is opened by exactly one of many who come at once', async () => {
    const { order, codes, token } = await linked(3)
    const viewers = Array.from({ length: 12 }, (_, n) => `viewer ${n}`)
    const views = await Promise.all(
      viewers.map((viewer, n) => (n % 2 ? stand : other).shop.delivery.links.open(token, viewer)),
    )
    const winners = views.filter(({ state }) => state === 'shown')
    expect(winners.map(codesOf)).toEqual([codes])
    expect(views.filter(({ state }) => state === 'opened')).toHaveLength(11)
    expect((await stand.again(order)).reveals).toMatchObject([{ channel: 'link', units: 3 }])
    const audit = await stand.rows('SELECT FROM audit_entry WHERE subject = $1 AND action = $2', [
      `order:${order.no}`,
      'order.revealed',
    ])
    expect(audit).toHaveLength(1)
  })

  it('is shown again for ten minutes to the browser that opened it, without another reveal', async () => {
    const { order, codes, token } = await linked()
    const { links } = stand.shop.delivery
    await Promise.all([links.open(token, 'phone'), links.open(token, 'phone')])
    stand.clock.advance(minutes(10) - 1)
    expect(codesOf(await other.shop.delivery.links.look(token, 'phone'))).toEqual(codes)
    expect(codesOf(await links.open(token, 'phone'))).toEqual(codes)
    expect(await links.look(token, 'laptop')).toMatchObject({ state: 'opened' })
    stand.clock.advance(1)
    expect(await links.look(token, 'phone')).toMatchObject({ state: 'opened' })
    expect(await links.open(token, 'phone')).toMatchObject({ state: 'opened' })
    expect((await stand.again(order)).reveals).toHaveLength(1)
  })

  it('expires when the shop says', async () => {
    const { token } = await linked()
    await stand.shop.profiles.set('operator', 'link', '2')
    const short = await linked()
    await stand.shop.profiles.set('operator', 'link', '168')
    const { links } = stand.shop.delivery
    stand.clock.advance(hours(2) - 1)
    expect(await links.look(short.token, undefined)).toMatchObject({ state: 'unopened' })
    stand.clock.advance(1)
    expect(await links.look(short.token, undefined)).toEqual({ state: 'expired' })
    expect(await links.open(short.token, 'phone')).toEqual({ state: 'expired' })
    expect((await stand.again(short.order)).reveals).toEqual([])
    expect(await links.newest(short.order)).toMatchObject({ state: 'expired' })
    expect(await links.look(token, undefined)).toMatchObject({ state: 'unopened' })
  })

  it('ends when its buyer revokes it or makes another', async () => {
    const { buyer, order, codes, token } = await linked()
    const { links } = stand.shop.delivery
    const { token: second } = await links.make(order, buyer)
    expect(await links.open(token, 'phone')).toEqual({ state: 'revoked' })
    expect(await links.revoke(order, buyer)).toBe(true)
    expect(await links.revoke(order, buyer)).toBe(false)
    expect(await links.open(second, 'phone')).toEqual({ state: 'revoked' })
    const { token: third } = await links.make(order, buyer)
    expect(codesOf(await links.open(third, 'phone'))).toEqual(codes)
    // Nothing is left to revoke, but whoever opened it does not see it again.
    expect(await links.revoke(order, buyer)).toBe(false)
    expect(await links.look(third, 'phone')).toMatchObject({ state: 'opened' })
    const audit = await stand.rows('SELECT action FROM audit_entry WHERE subject = $1 AND action ~ $2 ORDER BY id', [
      `order:${order.no}`,
      'link',
    ])
    const actions = ['link.made', 'link.revoked', 'link.made', 'link.revoked', 'link.made']
    expect(audit).toEqual(actions.map((action) => ({ action })))
  })

  it('is not opened by who was about to when it was revoked', async () => {
    const { buyer, order, token } = await linked()
    const { links } = stand.shop.delivery
    const client = await connect(stand.connection)
    await client.query('BEGIN')
    await client.query('LOCK TABLE reveal')
    const opening = links.open(token, 'phone')
    await vi.waitFor(
      async () => {
        const waiting = await stand.rows(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'reveal'::regclass`)
        expect(waiting).toHaveLength(1)
      },
      { timeout: 20_000 },
    )
    expect(await links.revoke(order, buyer)).toBe(true)
    await client.query('COMMIT')
    await client.end()
    expect(await opening).toEqual({ state: 'revoked' })
    expect((await stand.again(order)).reveals).toEqual([])
  })

  it('leaves one open of many that are made at once', async () => {
    const { buyer, order } = await linked()
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, n) => (n % 2 ? stand : other).shop.delivery.links.make(order, buyer)),
    )
    const views = await Promise.all(made.map(({ token }) => stand.shop.delivery.links.look(token, undefined)))
    expect(views.filter(({ state }) => state === 'unopened')).toHaveLength(1)
  })

  it('is made and revoked by the buyer of a delivered order only', async () => {
    const { sku } = await stand.product(2)
    const [buyer, stranger] = [await stand.meet(), await stand.meet()]
    const { links } = stand.shop.delivery
    const unpaid = await stand.order(buyer, sku)
    const refused = (code: string) => expect.objectContaining({ code })
    await expect(links.make(unpaid, buyer)).rejects.toThrow(refused('order.state'))
    await expect(links.make({ ...unpaid, state: 'delivered' }, buyer)).rejects.toThrow(refused('order.state'))
    const order = await stand.bought(buyer, sku)
    await expect(links.make(order, stranger)).rejects.toThrow(refused('order.not_yours'))
    const { token } = await links.make(order, buyer)
    await expect(links.revoke(order, stranger)).rejects.toThrow(refused('order.not_yours'))
    expect(await links.look(token, undefined)).toMatchObject({ state: 'unopened' })
    expect(await links.newest(unpaid)).toBeUndefined()
  })

  it.each(['', 'k', 'a'.repeat(43), `${'a'.repeat(42)}/`])('is not any other text: %s', async (token) => {
    const { links } = stand.shop.delivery
    expect(await links.look(token, 'phone')).toEqual({ state: 'unknown' })
    expect(await links.open(token, 'phone')).toEqual({ state: 'unknown' })
  })
})

describe('what an order withholds', () => {
  it('no link shows once it is refunded, not even again', async () => {
    const [unopened, opened] = [await linked(), await linked()]
    const { links } = stand.shop.delivery
    await links.open(opened.token, 'phone')
    for (const { order } of [unopened, opened]) {
      await stand.shop.sale.refund('staff', order.no, 'complaint')
      await stand.refund(await paymentOf(order))
    }
    expect(await links.open(unopened.token, 'phone')).toEqual({ state: 'withheld' })
    expect(await links.look(opened.token, 'phone')).toEqual({ state: 'withheld' })
    expect((await stand.again(unopened.order)).reveals).toEqual([])
    expect(
      await stand.rows(`SELECT FROM redemption_link WHERE order_id = $1 AND opened_at IS NULL`, [unopened.order.id]),
    ).toHaveLength(1)
  })

  it('a link neither shows nor is used up by, until it is shown again', async () => {
    const { buyer, order, codes, token } = await linked(2)
    const { links } = stand.shop.delivery
    const { inventory } = stand.shop
    const keys = await Promise.all([1, 2].map((unit) => inventory.find({ orderNo: order.no, unit })))
    const [first, second] = keys
    if (!first || !second) throw new Error('no keys')
    await inventory.freeze('staff', first, 'complaint')
    await inventory.freeze('staff', second, 'complaint')
    expect(await links.open(token, 'phone')).toEqual({ state: 'withheld' })
    const withheld = expect.objectContaining({ code: 'order.keys_withheld' })
    await expect(links.make(order, buyer)).rejects.toThrow(withheld)
    await inventory.unfreeze('staff', second)
    expect(codesOf(await links.open(token, 'phone'))).toEqual(codes.slice(1))
    await inventory.unfreeze('staff', first)
    expect(codesOf(await links.look(token, 'phone'))).toEqual(codes)
  })
})

it('writes down neither a token nor the secret of a browser, and forgets links a month after they expired', async () => {
  const { order, token } = await linked()
  const secret = 'the secret of a browser that opened it'
  await stand.shop.delivery.links.open(token, secret)
  const client = await connect(stand.connection)
  const tables = await tablesOf(client)
  await client.end()
  // The search finds what is there.
  expect(tables.filter(({ bytes }) => bytes.includes(order.no)).map(({ name }) => name)).toContain('table orders')
  for (const written of [token, secret, Buffer.from(token).toString('hex'), Buffer.from(token, 'base64url')])
    expect(tables.filter(({ bytes }) => bytes.includes(written)).map(({ name }) => name)).toEqual([])

  const { links } = stand.shop.delivery
  stand.clock.advance(hours(24 * 37) - 1)
  await links.prune()
  expect(await links.look(token, undefined)).toMatchObject({ state: 'opened' })
  stand.clock.advance(2)
  await links.prune()
  expect(await links.look(token, undefined)).toEqual({ state: 'unknown' })
})

it('tells the buyer by a notice', async () => {
  const own = await openShop()
  const { sku } = await own.product(1)
  const buyer = await own.meet({ channel: 'test' })
  const order = await own.bought(buyer, sku)
  const { token } = await own.shop.delivery.links.make(order, buyer)
  await own.work()
  await own.shop.delivery.links.open(token, 'phone')
  await own.told.notice((notice) => notice.kind === 'link' && notice.orderNo === order.no)
})
