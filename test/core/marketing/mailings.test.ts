import { beforeEach, describe, expect, it } from 'vitest'
import type { Letter } from '../../../core/marketing/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { KeytillError, Postponed } from '../../../core/platform/errors.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { createTold } from '../../stand/told.ts'

let stand: Stand
let staff: Buyer
beforeEach(async () => {
  stand = await openShop({ owners: 'staff:boss' })
  staff = await stand.meet({ id: 'boss', channel: 'staff' })
})

/** Puts letters into the chats of `test` as it is told to. */
function postman(act: (letter: Letter) => Promise<void> = async () => {}) {
  const letters: Letter[] = []
  return {
    ...createTold('test'),
    letters,
    chats: () => letters.map(({ to }) => to.chat).sort(),
    async post(letter: Letter) {
      letters.push(letter)
      await act(letter)
    },
  }
}

const people = (count: number, here = stand) => Promise.all(Array.from({ length: count }, () => here.meet()))
const chatsOf = (buyers: readonly Buyer[]) => buyers.map(({ chat }) => chat).sort()
const toTest = { channel: 'test' }

/** A broadcast to everyone on `test`, on its way. */
async function begun(text = 'News'): Promise<number> {
  const id = await stand.shop.marketing.draft(staff, text)
  await stand.shop.marketing.setSegment(id, toTest)
  await stand.shop.marketing.send(staff, id)
  await stand.shop.marketing.tick()
  return id
}

/** One step of sending. */
const step = (mailingId: number, by: ReturnType<typeof postman>, here = stand) =>
  here.shop.marketing.tasks([by])['mailing:test']?.({ mailingId, channel: 'test' })

const stateOf = async (id: number) => (await stand.shop.marketing.get(id))?.state
const jobs = (id: number) => stand.jobs(`mailing:${id}:test`)

describe('a broadcast', () => {
  it('comes to everyone once, and is over', async () => {
    const buyers = await people(20)
    const id = await begun()
    expect(await jobs(id)).toEqual([{ payload: { mailingId: id, channel: 'test' } }])
    const post = postman()
    await step(id, post)
    expect(post.chats()).toEqual(chatsOf(buyers))
    expect(post.letters[0]).toMatchObject({ mailing: { id, text: 'News' }, to: { language: 'en' } })
    await step(id, post)
    expect(post.letters).toHaveLength(20)
    expect(await stand.shop.marketing.progress(id)).toMatchObject({ sent: 20, waiting: 0, failed: 0 })
    await stand.shop.marketing.tick()
    expect(await stateOf(id)).toBe('done')
    const audit = await stand.rows<{ action: string; data: object }>(
      'SELECT action, data FROM audit_entry WHERE subject = $1 ORDER BY id',
      [`broadcast:${id}`],
    )
    expect(audit).toEqual([
      { action: 'broadcast.begun', data: { segment: toTest, recipients: 20 } },
      { action: 'broadcast.done', data: { sent: 20, failed: 0 } },
    ])
  })

  it('is sent once by two processes that send, and look for recipients, at once', async () => {
    const buyers = await people(60)
    const other = await openShop({ beside: stand })
    const id = await stand.shop.marketing.draft(staff, 'Twice?')
    await stand.shop.marketing.setSegment(id, toTest)
    await stand.shop.marketing.send(staff, id)
    await Promise.all([stand, other, stand, other].map(({ shop }) => shop.marketing.tick()))
    const posts = [postman(), postman()] as const
    await Promise.all([step(id, posts[0]), step(id, posts[1], other), step(id, posts[0]), step(id, posts[1], other)])
    expect(posts.flatMap((post) => post.chats()).sort()).toEqual(chatsOf(buyers))
  })

  it('is not repeated for whom the program died in the middle: they may have had it', async () => {
    await people(3)
    const id = await begun()
    // The process dies when the platform has one letter: the job never comes back from it.
    const dying = postman(() => new Promise(() => {}))
    void step(id, dying)
    await expect.poll(() => dying.letters.length).toBe(3)
    expect(await stand.shop.marketing.progress(id)).toMatchObject({ sent: 0, waiting: 3 })
    const after = postman()
    await step(id, after)
    expect(after.letters).toEqual([])
    stand.clock.advance(minutes(10) + 1)
    await stand.shop.marketing.tick()
    await step(id, after)
    expect(after.letters).toEqual([])
    expect(await stand.shop.marketing.progress(id)).toMatchObject({ sent: 0, waiting: 0, unsure: 3 })
    expect(await stateOf(id)).toBe('done')
  })

  it('passes over who opted out, is restricted or cannot be reached, also when that is since it began', async () => {
    const [fine, quiet, barred, gone, quietLater, blocks] = (await people(6)) as [
      Buyer,
      Buyer,
      Buyer,
      Buyer,
      Buyer,
      Buyer,
    ]
    const product = await stand.product(1)
    await stand.shop.marketing.setQuiet(quiet, true)
    const order = await stand.order(barred, product.sku)
    await stand.shop.quotas.trust('operator', order.customerId, 'restricted')
    await stand.shop.customers.gone('test', gone.chat)
    expect(await stand.shop.marketing.reach(toTest)).toEqual({ waiting: 3, quiet: 1, barred: 1, gone: 1 })
    const id = await begun()
    await stand.shop.marketing.setQuiet(quietLater, true)
    const post = postman(async ({ to }) => {
      if (to.chat === blocks.chat) throw new KeytillError('chat.unreachable', 'blocked')
    })
    await step(id, post)
    expect(post.chats()).toEqual(chatsOf([fine, blocks]))
    expect(await stand.shop.marketing.progress(id)).toEqual({
      sent: 1,
      quiet: 2,
      barred: 1,
      gone: 2,
      failed: 0,
      unsure: 0,
      waiting: 0,
    })
    // Blocked once, they are not tried again until they write.
    expect((await stand.shop.marketing.reach(toTest)).gone).toBe(2)
    await stand.shop.customers.meet({ channel: 'test', externalId: blocks.name ?? '', chat: blocks.chat })
    expect((await stand.shop.marketing.reach(toTest)).gone).toBe(1)
  })

  it('notes what failed and goes on, and waits when the platform wants a pause', async () => {
    const [unlucky] = await people(3)
    const id = await begun()
    let paused = true
    const post = postman(async ({ to }) => {
      if (paused) throw new Postponed('telegram.paused', 'later', 1000)
      if (to.chat === unlucky?.chat) throw new Error('no')
    })
    await step(id, post)
    expect(await stand.shop.marketing.progress(id)).toMatchObject({ waiting: 3, failed: 0 })
    expect(await stateOf(id)).toBe('sending')
    paused = false
    await step(id, post)
    expect(await stand.shop.marketing.progress(id)).toMatchObject({ sent: 2, failed: 1, waiting: 0 })
  })

  it('is held back in the quiet hours', async () => {
    await people(1)
    stand.clock.set(new Date('2026-06-01T14:00:00Z'))
    const id = await begun()
    expect(await jobs(id)).toEqual([])
    const post = postman()
    await step(id, post)
    expect(post.letters).toEqual([])
    stand.clock.advance(hours(11))
    await stand.shop.marketing.tick()
    expect(await jobs(id)).toHaveLength(1)
    await step(id, post)
    expect(post.letters).toHaveLength(1)
  })

  it('can be paused, go on, and be stopped for good, as far as it was not sent', async () => {
    await people(5)
    const { marketing } = stand.shop
    const id = await begun()
    await marketing.pause(staff, id)
    const post = postman()
    await step(id, post)
    expect(post.letters).toEqual([])
    await expect(marketing.pause(staff, id)).rejects.toMatchObject({ code: 'mailing.state' })
    await marketing.resume(staff, id)
    const stopping = postman(async () => {
      if (stopping.letters.length === 1) await marketing.stop(staff, id)
    })
    await step(id, stopping)
    const { sent, waiting } = await marketing.progress(id)
    // Those whose turn had come at that moment still had theirs.
    expect(sent).toBe(stopping.letters.length)
    expect(waiting).toBe(5 - sent)
    for (const again of [marketing.resume, marketing.pause, marketing.stop, marketing.unschedule])
      await expect(again(staff, id)).rejects.toMatchObject({ code: 'mailing.state' })
    await marketing.tick()
    await step(id, stopping)
    expect((await marketing.progress(id)).sent).toBe(sent)
  })

  it('begins at its time, once, unless it is taken back before', async () => {
    await people(2)
    const { marketing } = stand.shop
    const id = await marketing.draft(staff, 'Later')
    await marketing.setSegment(id, toTest)
    const at = new Date(stand.clock().getTime() + hours(1))
    await marketing.send(staff, id, at)
    expect(await marketing.get(id)).toMatchObject({ state: 'scheduled', sendAt: at })
    await expect(marketing.setText(staff, id, 'Other')).rejects.toMatchObject({ code: 'mailing.state' })
    await marketing.unschedule(staff, id)
    stand.clock.advance(hours(1))
    await marketing.tick()
    expect(await stateOf(id)).toBe('draft')
    await marketing.send(staff, id, new Date(stand.clock().getTime() + hours(1)))
    await marketing.tick()
    expect(await stateOf(id)).toBe('scheduled')
    stand.clock.advance(hours(1))
    const other = await openShop({ beside: stand })
    await Promise.all([marketing.tick(), other.shop.marketing.tick()])
    expect(await stateOf(id)).toBe('sending')
    const begun = await stand.rows(`SELECT FROM audit_entry WHERE action = 'broadcast.begun' AND subject = $1`, [
      `broadcast:${id}`,
    ])
    expect(begun).toHaveLength(1)
  })

  it('finds everyone among more customers than one step looks at', async () => {
    await stand.rows(`INSERT INTO customer (name) SELECT 'x' FROM generate_series(1, 2500)`)
    await stand.rows(
      `INSERT INTO identity (channel, external_id, customer_id, chat) SELECT 'test', 'x' || id, id, 'x' || id FROM customer WHERE name = 'x'`,
    )
    const id = await begun()
    expect((await stand.shop.marketing.progress(id)).waiting).toBe(2500)
    expect((await stand.shop.marketing.get(id))?.isFilled).toBe(true)
  })

  it('takes no key of the shop, no empty text and no long one; the same draft twice is one', async () => {
    const { marketing } = stand.shop
    const product = await stand.product(1)
    await expect(marketing.draft(staff, `Use ${product.codes[0]} now`)).rejects.toMatchObject({ code: 'mailing.keys' })
    await expect(marketing.draft(staff, ' ')).rejects.toMatchObject({ code: 'mailing.text' })
    await expect(marketing.draft(staff, 'x'.repeat(901))).rejects.toMatchObject({ code: 'mailing.text' })
    const id = await marketing.draft(staff, 'Sale')
    expect(await marketing.draft(staff, 'Sale')).toBe(id)
    await expect(marketing.setText(staff, id, product.codes[0] ?? '')).rejects.toMatchObject({ code: 'mailing.keys' })
    await expect(marketing.setPicture(id, Buffer.from('not a picture'))).rejects.toMatchObject({
      code: 'product.picture',
    })
    await marketing.drop(id)
    expect(await marketing.get(id)).toBeUndefined()
    expect((await marketing.list(0)).total).toBe(0)
  })

  it('tells what came of it within a week, and still does when its recipients are forgotten', async () => {
    const { marketing } = stand.shop
    const [looks, buys, later] = (await people(3)) as [Buyer, Buyer, Buyer]
    const product = await stand.product(9)
    await stand.bought(buys, product.sku)
    stand.clock.advance(1)
    const id = await marketing.draft(staff, 'Buy this')
    await marketing.setProduct(id, product.sku)
    await marketing.setSegment(id, toTest)
    await marketing.send(staff, id)
    await marketing.tick()
    await step(id, postman())
    await marketing.tick()
    stand.clock.advance(1)
    expect(await marketing.open(looks, id)).toBe(product.sku)
    await marketing.open(looks, id)
    await stand.bought(buys, product.sku)
    await stand.bought(buys, product.sku, 2)
    stand.clock.advance(hours(24 * 7))
    await stand.bought(later, product.sku)
    const results = { opened: 1, buyers: 1, orders: 2, sums: [{ currency: 'CNY', amount: 2970 }] }
    expect(await marketing.results(id)).toEqual(results)
    stand.clock.advance(1)
    expect(await marketing.forget(stand.clock(), 2, async () => {})).toBe(2)
    expect(await marketing.forget(stand.clock(), 2, async () => {})).toBe(1)
    expect(await marketing.forget(stand.clock(), 2, async () => {})).toBe(0)
    expect(await marketing.results(id)).toEqual(results)
    expect(await marketing.progress(id)).toMatchObject({ sent: 3 })
    expect((await marketing.list(0)).items[0]).toMatchObject({ id, state: 'done', sent: 3 })
  })
})

describe('a segment', () => {
  it('is whom every condition fits', async () => {
    const { marketing, catalog } = stand.shop
    const [game, card] = [
      await stand.product(20, { category: 'Games' }),
      await stand.product(20, { category: 'Cards' }),
    ]
    const zh = await stand.meet({ language: 'zh-CN' })
    const gamer = await stand.meet()
    const both = await stand.meet()
    const web = await stand.meet({ channel: 'web' })
    await stand.bought(gamer, game.sku)
    await stand.bought(both, card.sku, 3)
    stand.clock.advance(hours(24 * 30))
    await stand.bought(both, game.sku)
    const refunded = await stand.bought(zh, game.sku)
    await stand.shop.sale.refund('operator', refunded.no, 'no')
    const games = (await catalog.categories()).find(({ name }) => name === 'Games')?.id
    await stand.shop.sources.add(staff, 'blog')
    await stand.shop.sources.touch(web, 'blog')

    const ids = async (segment: Parameters<typeof marketing.reach>[0]) => {
      const id = await marketing.draft(staff, JSON.stringify(segment))
      await marketing.setSegment(id, segment)
      await marketing.send(staff, id)
      await marketing.tick()
      const rows = await stand.rows<{ customer_id: number }>(
        'SELECT customer_id FROM mailing_recipient WHERE mailing_id = $1 ORDER BY customer_id',
        [id],
      )
      const { waiting } = await marketing.reach(segment)
      expect(rows).toHaveLength(waiting)
      return rows.map(({ customer_id }) => customer_id)
    }
    expect(await ids({})).toEqual([staff.id, zh.id, gamer.id, both.id, web.id])
    expect(await ids({ product: game.sku })).toEqual([gamer.id, both.id])
    expect(await ids({ category: games as number })).toEqual([gamer.id, both.id])
    expect(await ids({ boughtWithin: 7 })).toEqual([both.id])
    expect(await ids({ notBoughtFor: 7 })).toEqual([gamer.id])
    expect(await ids({ language: 'zh' })).toEqual([zh.id])
    expect(await ids({ channel: 'web' })).toEqual([web.id])
    expect(await ids({ source: 'blog' })).toEqual([web.id])
    expect(await ids({ spent: 991 })).toEqual([both.id])
    expect(await ids({ spent: 990 })).toEqual([gamer.id, both.id])
    expect(await ids({ product: card.sku, boughtWithin: 7, language: 'en' })).toEqual([both.id])
    expect(await ids({ product: card.sku, language: 'zh' })).toEqual([])
  })
})

describe('opting out', () => {
  it('counts from the first time on, is audited once, and can be taken back', async () => {
    const buyer = await stand.meet()
    const { marketing } = stand.shop
    expect(await marketing.isQuiet(buyer)).toBe(false)
    await marketing.setQuiet(buyer, true)
    await marketing.setQuiet(buyer, true)
    expect(await marketing.isQuiet(buyer)).toBe(true)
    await marketing.setQuiet(buyer, false)
    expect(await marketing.isQuiet(buyer)).toBe(false)
    const audit = await stand.rows<{ action: string }>('SELECT action FROM audit_entry WHERE actor = $1 ORDER BY id', [
      buyer.pseudonym,
    ])
    expect(audit.map(({ action }) => action)).toEqual(['marketing.off', 'marketing.on'])
  })
})
