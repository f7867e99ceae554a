import { beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const feedback = () => stand.shop.feedback

async function revealed(product: Stocked, buyer?: Buyer): Promise<{ buyer: Buyer; order: Order }> {
  const who = buyer ?? (await stand.meet())
  const order = await stand.bought(who, product.sku)
  await stand.shop.delivery.reveal(order, who, 'test')
  return { buyer: who, order }
}

const requests = (no: string) => stand.jobs(`feedback:${no}`)

describe('a rating', () => {
  it('is given once, changed for a week, and then stands', async () => {
    const { buyer, order } = await revealed(await stand.product(1))
    await feedback().rate(buyer, order, 4)
    const given = stand.clock()
    expect(await feedback().of(order)).toEqual({
      stars: 4,
      words: undefined,
      at: given,
      openUntil: new Date(given.getTime() + hours(24 * 7)),
    })
    await feedback().say(buyer, order, 'works')
    stand.clock.advance(hours(24 * 7) - 1)
    await feedback().rate(buyer, order, 2)
    await feedback().say(buyer, order, 'not any more')
    expect(await feedback().of(order)).toMatchObject({ stars: 2, words: 'not any more', at: given })
    stand.clock.advance(1)
    await expect(feedback().rate(buyer, order, 5)).rejects.toMatchObject({ code: 'feedback.closed' })
    await expect(feedback().say(buyer, order, 'x')).rejects.toMatchObject({ code: 'feedback.closed' })
    expect(await feedback().of(order)).toMatchObject({ stars: 2, words: 'not any more' })
    const audit = await stand.rows(
      `SELECT actor, data FROM audit_entry WHERE action = 'feedback.given' AND subject = $1 ORDER BY id`,
      [`order:${order.no}`],
    )
    expect(audit).toEqual([
      { actor: buyer.pseudonym, data: { stars: 4 } },
      { actor: buyer.pseudonym, data: { stars: 2 } },
    ])
  })

  it('is written once however often it is said, and of two at once one stands', async () => {
    const { buyer, order } = await revealed(await stand.product(1))
    const other = await openShop({ beside: stand })
    await Promise.all([feedback().rate(buyer, order, 5), other.shop.feedback.rate(buyer, order, 5)])
    await feedback().rate(buyer, order, 5)
    const rows = await stand.rows('SELECT stars FROM feedback WHERE order_id = $1', [order.id])
    expect(rows).toEqual([{ stars: 5 }])
  })

  it('is only for what is theirs and delivered, of 1 to 5 stars, with words after stars', async () => {
    const product = await stand.product(2)
    const { buyer, order } = await revealed(product)
    const stranger = await stand.meet()
    await expect(feedback().rate(stranger, order, 5)).rejects.toMatchObject({ code: 'order.not_yours' })
    await expect(feedback().say(stranger, order, 'x')).rejects.toMatchObject({ code: 'order.not_yours' })
    for (const stars of [0, 6, 2.5, Number.NaN])
      await expect(feedback().rate(buyer, order, stars)).rejects.toMatchObject({ code: 'feedback.stars' })
    await expect(feedback().say(buyer, order, 'x')).rejects.toMatchObject({ code: 'feedback.none' })
    const unpaid = await stand.order(buyer, product.sku)
    await expect(feedback().rate(buyer, unpaid, 5)).rejects.toMatchObject({ code: 'order.state' })
    await feedback().rate(buyer, order, 5)
    await expect(feedback().say(buyer, order, '字'.repeat(501))).rejects.toMatchObject({ code: 'feedback.too_long' })
    await feedback().say(buyer, order, '字'.repeat(500))
  })

  it('is sealed, and keys in it are masked for staff and not for the buyer', async () => {
    const product = await stand.product(0)
    await stand.stock(product, ['FEEDBACK-SECRET-77'])
    const { buyer, order } = await revealed(product)
    await feedback().rate(buyer, order, 1)
    await feedback().say(buyer, order, 'FEEDBACK-SECRET-77 is used already')
    const kept = await stand.rows(
      `SELECT FROM feedback f WHERE f::text LIKE '%SECRET%' OR encode(sealed, 'escape') LIKE '%SECRET%'`,
    )
    expect(kept).toEqual([])
    expect((await feedback().of(order))?.words).toContain('FEEDBACK-SECRET-77')
    const [item] = (await feedback().list(0, product)).items
    expect(item?.words).toBe('FE****77 is used already')
    expect(await feedback().lastWords(product)).toBe('FE****77 is used already')
    expect((await feedback().batches(0, product)).items[0]?.words).toBe('FE****77 is used already')
  })
})

describe('the figures', () => {
  it('count and list the ratings of a product and of its batches, the worst first, page by page', async () => {
    const product = await stand.product(4)
    await stand.stock(product, ['SECOND-BATCH-1', 'SECOND-BATCH-2', 'SECOND-BATCH-3'])
    const before = await feedback().figures()
    const stars = [5, 4, 5, 3, 1, 2, 1]
    const orders: Order[] = []
    for (const [index, given] of stars.entries()) {
      const { buyer, order } = await revealed(product)
      stand.clock.advance(minutes(1))
      await feedback().rate(buyer, order, given)
      if (index % 2 === 0) await feedback().say(buyer, order, `said ${index}`)
      orders.push(order)
    }
    expect(await feedback().figures(product)).toEqual({ count: 7, average: 3 })
    expect((await feedback().figures()).count).toBe(before.count + 7)
    const [first, second] = [await feedback().list(0, product), await feedback().list(1, product)]
    expect(first).toMatchObject({ page: 0, pages: 2, total: 7 })
    const nos = [6, 4, 5, 3, 1, 2, 0].map((index) => orders[index]?.no)
    expect([...first.items, ...second.items].map(({ orderNo }) => orderNo)).toEqual(nos)
    expect(first.items[0]).toMatchObject({ stars: 1, words: 'said 6', title: product.name })
    const batches = await feedback().batches(0, product)
    expect(batches.total).toBe(2)
    expect(batches.items).toMatchObject([
      { count: 3, average: 4 / 3, words: 'said 6' },
      { count: 4, average: 17 / 4, words: 'said 2' },
    ])
    expect(await feedback().figures(await stand.product(0))).toEqual({ count: 0, average: 0 })
  })
})

describe('a request', () => {
  it('is made once, a day after the keys were first shown', async () => {
    const { buyer, order } = await revealed(await stand.product(1))
    stand.clock.advance(hours(23))
    await stand.shop.delivery.reveal(order, buyer, 'test')
    await feedback().askDue()
    expect(await requests(order.no)).toEqual([])
    stand.clock.advance(hours(1))
    const other = await openShop({ beside: stand })
    await Promise.all([feedback().askDue(), other.shop.feedback.askDue()])
    const to = { customerId: buyer.id, channel: 'test', chat: buyer.chat }
    expect(await requests(order.no)).toEqual([{ payload: { kind: 'feedback', to, orderNo: order.no } }])
    expect(await feedback().stillAsks(order.no)).toBe(true)
    await stand.rows('DELETE FROM graphile_worker._private_jobs WHERE key = $1', [`feedback:${order.no}`])
    stand.clock.advance(hours(48))
    await stand.shop.delivery.reveal(order, buyer, 'test')
    stand.clock.advance(hours(48))
    await feedback().askDue()
    expect(await requests(order.no)).toEqual([])
  })

  it('waits for the end of the quiet hours, in the shop’s own time', async () => {
    const { order } = await revealed(await stand.product(1))
    // 08:00 UTC is 16:00 in the shop.
    stand.clock.set(new Date(Math.floor(stand.clock().getTime() / hours(24)) * hours(24) + hours(24 + 14)))
    stand.clock.advance(hours(24))
    expect(await feedback().askDue()).toBe(0)
    await expect(feedback().stillAsks(order.no)).rejects.toMatchObject({
      code: 'marketing.quiet_hours',
      wait: hours(11),
    })
    stand.clock.advance(hours(11) - 1)
    expect(await feedback().askDue()).toBe(0)
    stand.clock.advance(1)
    expect(await feedback().askDue()).toBeGreaterThan(0)
    expect(await requests(order.no)).toHaveLength(1)
  })

  it('is not made of who rated, opted out, cannot be reached, got their money back, or was shown their keys long ago', async () => {
    await feedback().askDue()
    const product = await stand.product(9)
    const all = [await revealed(product), await revealed(product), await revealed(product), await revealed(product)]
    const [rated, quiet, gone, back] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0], (typeof all)[0]]
    await feedback().rate(rated.buyer, rated.order, 5)
    await stand.shop.marketing.setQuiet(quiet.buyer, true)
    await stand.shop.customers.gone('test', gone.buyer.chat)
    await stand.shop.sale.refund('operator', back.order.no, 'no')
    stand.clock.advance(hours(24))
    expect(await feedback().askDue()).toBe(0)
    for (const { order } of all) expect(await feedback().stillAsks(order.no)).toBe(false)
    // Who writes again can be reached again, and is not asked about what was decided.
    await stand.shop.customers.meet({ channel: 'test', externalId: gone.buyer.name ?? '', chat: gone.buyer.chat })
    expect(await feedback().askDue()).toBe(0)
    await revealed(product)
    stand.clock.advance(hours(24 * 15))
    expect(await feedback().askDue()).toBe(0)
  })

  it('is never made when the owner wants none', async () => {
    const here = await openShop()
    await here.shop.profiles.set('operator', 'feedback', '0')
    const buyer = await here.meet()
    const order = await here.bought(buyer, (await here.product(1)).sku)
    await here.shop.delivery.reveal(order, buyer, 'test')
    here.clock.advance(hours(24 * 5))
    expect(await here.shop.feedback.askDue()).toBe(0)
    for (const value of ['-1', '721', 'soon'])
      await expect(here.shop.profiles.set('operator', 'feedback', value)).rejects.toMatchObject({
        code: 'profile.value',
      })
  })
})
