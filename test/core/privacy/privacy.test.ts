import { beforeEach, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { KINDS } from '../../../core/privacy/model.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let staff: Buyer
beforeEach(async () => {
  stand = await openShop({ owners: 'test:boss' })
  staff = await stand.meet({ id: 'boss' })
})

const days = (count: number) => hours(24 * count)
const count = async (table: string, where = 'true') =>
  Number((await stand.rows<{ count: bigint }>(`SELECT count(*) FROM ${table} WHERE ${where}`))[0]?.count)

/** Somebody about whom everything that can be known is known. */
async function wellKnown(id: string): Promise<{ buyer: Buyer; no: string; codes: readonly string[] }> {
  const { shop } = stand
  const buyer = await stand.meet({ id })
  const product = await stand.product(2)
  await shop.sources.add(staff, 'blog')
  await shop.sources.touch(buyer, 'blog')
  const order = await stand.bought(buyer, product.sku)
  await shop.delivery.reveal(order, buyer, 'test')
  await shop.delivery.links.make(order, buyer)
  await shop.feedback.rate(buyer, order, 2)
  await shop.feedback.say(buyer, order, `WORDS-${id} about ${product.codes[0]}`)
  const said = { channel: 'test', chat: buyer.chat, event: `asked-${id}` }
  const ticket = await shop.support.ask(buyer, said, `TICKET-${id} ${product.codes[0]}`, 'support', order.no)
  await shop.support.answer(staff, { channel: 'test', event: `answered-${id}` }, ticket, 'Sorry')
  await shop.chats.saveSession('test', buyer.chat, { basket: [{ sku: product.sku, quantity: 1 }] })
  await shop.chats.rememberMessage('test', buyer.chat, `order:${order.no}:card`, '7')
  const { fresh, turns } = await shop.chats.accept('test', [
    { externalId: `e-${id}`, chat: buyer.chat, payload: { id } },
  ])
  for (const turn of turns) await shop.chats.release(turn, fresh.at(-1)?.id)
  const mailing = await shop.marketing.draft(staff, `News for ${order.no}`)
  await shop.marketing.setSegment(mailing, { product: product.sku })
  await shop.marketing.send(staff, mailing)
  await shop.marketing.tick()
  await shop.risk.challenges.picture(buyer.id, `picture-${id}`)
  await shop.risk.passes.give(staff.pseudonym, buyer)
  await shop.risk.blocklist.block(staff.pseudonym, { kind: 'account', value: `test:${id}` }, 'fraud')
  await expect(stand.ask(buyer, product.sku)).resolves.toHaveProperty('refused')
  return { buyer, no: order.no, codes: product.codes }
}

/** Every row of every table that has this text in it, but the log of what was done. */
async function traces(...texts: readonly string[]): Promise<string[]> {
  const tables = await stand.rows<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' OR tablename = '_private_jobs'`,
  )
  const found: string[] = []
  for (const { name } of tables)
    for (const text of texts)
      if ((await count(name, `${name.split('.')[1]}::text LIKE '%${text}%'`)) > 0) found.push(`${name}: ${text}`)
  return found
}

describe('what a person is given about themselves', () => {
  it('is everything, with keys left out and masked', async () => {
    const { buyer, no, codes } = await wellKnown('alice')
    const other = await wellKnown('mallory')
    const data = await stand.shop.privacy.collect(buyer, buyer.id)
    expect(data.profile).toMatchObject({ name: 'alice', language: 'en', broughtBy: 'blog', noMarketingSince: null })
    expect(data.accounts).toMatchObject([{ channel: 'test', id: 'alice', chat: buyer.chat }])
    expect(data.orders).toMatchObject([
      { no, state: 'delivered', total: 990, source: 'blog', keysShown: [{ keys: 1 }] },
    ])
    expect(data.payments).toMatchObject([{ order: no, amount: 990, currency: 'CNY', outcome: 'settled' }])
    expect(data.feedback).toMatchObject([{ order: no, stars: 2 }])
    expect(data.tickets).toMatchObject([{ order: no, messages: [{ from: 'you' }, { from: 'staff', text: 'Sorry' }] }])
    expect(data.links).toMatchObject([{ order: no, openedAt: null }])
    expect(data.visits).toMatchObject([{ source: 'blog' }])
    expect(data.broadcasts).toMatchObject([{ channel: 'test', state: 'waiting' }])
    expect(data.risk).toMatchObject({
      challenges: [{ kind: 'captcha', passedAt: null }],
      passed: [{ kind: 'captcha' }, { kind: 'contact' }, { kind: 'sms' }],
      refusals: [{ channel: 'test', outcome: 'deny' }],
      blocks: [{ kind: 'account', liftedAt: null }],
    })
    const text = JSON.stringify(data)
    expect(text).toContain('WORDS-alice about')
    expect(text).toContain('TICKET-alice')
    for (const secret of [...codes, ...other.codes, 'mallory', other.no]) expect(text).not.toContain(secret)
    const audit = await stand.rows(`SELECT actor, subject, data FROM audit_entry WHERE action = 'privacy.exported'`)
    expect(audit).toEqual([{ actor: buyer.pseudonym, subject: `customer:${buyer.pseudonym}`, data: {} }])
  })

  it('has wallet and refunds in it', async () => {
    const buyer = await stand.meet()
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    await stand.receive(order, { amount: order.total + 10 })
    const data = await stand.shop.privacy.collect(buyer, buyer.id)
    expect(data.wallet).toMatchObject({
      balances: [{ currency: 'CNY', balance: 10 }],
      entries: [{ amount: 10, what: 'excess', order: order.no }],
    })
    expect(data.refunds).toEqual([])
  })
})

describe('forgetting a person', () => {
  it('leaves a number, what was sold under it, and nobody who could be asked who it was', async () => {
    const { buyer, no } = await wellKnown('alice')
    const [entries, audit] = [await count('ledger_entry'), await count('audit_entry')]
    expect((await traces('alice', buyer.chat)).length).toBeGreaterThan(5)
    expect(await stand.shop.privacy.erase(buyer, buyer.id)).toEqual([])
    expect(await traces('alice', buyer.chat)).toEqual([])
    expect(await count('ticket')).toBe(0)
    expect(await count('ticket_message')).toBe(0)
    expect(await count('redemption_link')).toBe(0)
    expect(await count('risk_refusal')).toBe(0)
    // Whoever is blocked does not get in again by being forgotten.
    expect(await stand.rows('SELECT kind, label FROM blocklist')).toEqual([{ kind: 'account', label: null }])
    expect(await stand.rows('SELECT stars, sealed FROM feedback')).toEqual([{ stars: 2, sealed: null }])
    expect(await stand.rows('SELECT payer FROM payment')).toEqual([{ payer: 'erased' }])
    expect(await count('ledger_entry')).toBe(entries)
    expect(await count('audit_entry')).toBe(audit + 1)
    const [erased] = await stand.rows<{ actor: string; subject: string }>(
      `SELECT actor, subject FROM audit_entry WHERE action = 'privacy.erased'`,
    )
    expect(erased).toEqual({ actor: buyer.pseudonym, subject: `customer:${buyer.pseudonym}` })
    expect(await stand.shop.customers.get(buyer.id)).toBeUndefined()
    expect(await stand.again({ no })).toMatchObject({ state: 'delivered', customerId: buyer.id, chat: '' })
    const again = await stand.meet({ id: 'alice' })
    expect(again.id).not.toBe(buyer.id)
    expect((await stand.shop.orders.ofCustomer(again.id, 0)).total).toBe(0)
    await expect(stand.shop.delivery.reveal(await stand.again({ no }), again, 'test')).rejects.toMatchObject({
      code: 'order.not_yours',
    })
    // A second time there is nobody to forget.
    expect(await stand.shop.privacy.erase(staff, buyer.id)).toEqual([])
    expect(await count('audit_entry', `action = 'privacy.erased'`)).toBe(1)
  })

  it('says what stands in the way, and does nothing', async () => {
    const { privacy, sale } = stand.shop
    const product = await stand.product(9)
    const buyer = await stand.meet({ id: 'bob' })
    const unpaid = await stand.order(buyer, product.sku)
    expect(await privacy.erase(buyer, buyer.id)).toEqual([{ kind: 'order', no: unpaid.no }])
    await sale.cancel(unpaid.no, buyer.id)
    const bought = await stand.bought(buyer, product.sku)
    await sale.refund('operator', bought.no, 'no')
    expect(await privacy.erase(buyer, buyer.id)).toEqual([
      { kind: 'order', no: bought.no },
      { kind: 'money', no: bought.no },
    ])
    const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment ORDER BY id DESC LIMIT 1')
    await stand.refund(payment?.id as bigint)
    const rich = await stand.order(buyer, product.sku)
    await stand.receive(rich, { amount: rich.total + 10 })
    expect(await privacy.hindrances(buyer.id)).toEqual([
      { kind: 'wallet', balances: [{ amount: 10, currency: 'CNY' }] },
    ])
    expect(await privacy.erase(buyer, buyer.id)).toHaveLength(1)
    expect((await stand.shop.customers.get(buyer.id))?.name).toBe('bob')
    expect(await privacy.erase(staff, staff.id)).toMatchObject([{ kind: 'staff' }])
    expect(await count('audit_entry', `action = 'privacy.erased'`)).toBe(0)
  })

  it('waits for an order that is being paid at that moment, or has it find nobody to forget', async () => {
    const product = await stand.product(30)
    for (let n = 0; n < 10; n++) {
      const buyer = await stand.meet()
      const order = await stand.order(buyer, product.sku)
      stand.clock.advance(minutes(16))
      await stand.shop.sale.releaseDue()
      const [, hindrances] = await Promise.all([stand.receive(order), stand.shop.privacy.erase(buyer, buyer.id)])
      const { state, chat } = await stand.again(order)
      expect(state).toBe('delivered')
      // Both orders of things are fine; half of one is not.
      expect(hindrances).toEqual([])
      expect(chat).toBe('')
    }
  })

  it('sends them nothing more', async () => {
    const { buyer, no } = await wellKnown('carol')
    expect(await stand.jobs(`order:${no}:delivered`)).not.toEqual([])
    await stand.work()
    await stand.told.notice((notice) => notice.kind === 'order' && notice.orderNo === no)
    await stand.shop.privacy.erase(buyer, buyer.id)
    expect((await stand.shop.marketing.reach({})).waiting).toBe(1)
    await stand.shop.sale.resend('operator', no)
    const told = await stand.told.notice(
      (notice) => notice.kind === 'order' && 'again' in notice && notice.orderNo === no,
    )
    // Who sends looks the person up, and finds nobody.
    expect(told.to).toMatchObject({ customerId: buyer.id, chat: '' })
  })
})

describe('the night’s work', () => {
  it('forgets what is over its age, and tells the log how much', async () => {
    await wellKnown('dave')
    const { shop, clock } = stand
    const tickets = await stand.rows<{ id: number }>('SELECT id FROM ticket')
    clock.advance(days(200))
    const { buyer: fresh } = await wellKnown('erin')
    await shop.privacy.nightly()
    expect(await traces('chat-dave')).not.toContain('public.chat_session: chat-dave')
    expect(await count('chat_session', `chat = '${fresh.chat}'`)).toBe(1)
    expect(await count('ticket')).toBe(tickets.length + 1)
    expect(await count('feedback', 'sealed IS NOT NULL')).toBe(2)
    clock.advance(days(250))
    await shop.privacy.nightly()
    expect(await count('ticket')).toBe(1)
    expect(await count('ticket_message')).toBe(2)
    expect(await count('feedback', 'sealed IS NOT NULL')).toBe(1)
    expect(await count('feedback')).toBe(2)
    expect(await count('source_visit')).toBe(1)
    const audit = await stand.rows<{ subject: string; rows: number; actor: string }>(
      `SELECT subject, actor, sum((data ->> 'rows')::int)::int AS rows FROM audit_entry WHERE action = 'retention.applied' GROUP BY 1, 2 ORDER BY 1`,
    )
    const told = Object.fromEntries(audit.map(({ subject, rows }) => [subject, rows]))
    expect(told['retention:tickets']).toBe(2 + 1)
    expect(told['retention:feedback']).toBe(1)
    expect(audit.every(({ actor }) => actor === 'system')).toBe(true)
  })

  it('leaves open tickets, and forgets broadcasts with their figures kept', async () => {
    const { shop, clock } = stand
    const buyer = await stand.meet()
    const open = await shop.support.ask(
      buyer,
      { channel: 'test', chat: buyer.chat, event: 'open' },
      'Still?',
      'support',
    )
    const mailing = await shop.marketing.draft(staff, 'Old news')
    await shop.marketing.send(staff, mailing)
    await shop.marketing.tick()
    await shop.marketing.stop(staff, mailing)
    clock.advance(days(400))
    await shop.privacy.nightly()
    expect((await shop.support.ticket(open))?.messages).toHaveLength(1)
    expect(await count('mailing_recipient')).toBe(0)
    expect((await shop.marketing.progress(mailing)).waiting).toBe(2)
  })

  it('is done once a night, in the shop’s own time, by one of several workers', async () => {
    const { shop, clock } = stand
    const other = await openShop({ beside: stand })
    // 08:00 UTC is 16:00 in the shop; its night begins at 3:00, 19:00 UTC.
    await Promise.all([shop.privacy.nightly(), other.shop.privacy.nightly(), shop.privacy.nightly()])
    expect(await count('retention_run')).toBe(1)
    clock.set(new Date('2026-06-01T18:59:00Z'))
    await shop.privacy.nightly()
    expect(await count('retention_run')).toBe(1)
    clock.set(new Date('2026-06-01T19:00:00Z'))
    await shop.privacy.nightly()
    expect(await count('retention_run')).toBe(2)
  })

  it('goes by the owner’s days, which are audited and bounded', async () => {
    const { privacy, chats } = stand.shop
    const buyer = await stand.meet()
    await chats.saveSession('test', buyer.chat, {})
    await privacy.setRetention(staff, 'sessions', 10)
    expect(await privacy.retention()).toMatchObject({ sessions: 10, tickets: 365, inbox: 7, drafts: 1, links: 30 })
    for (const value of [6, 3651, 7.5, Number.NaN])
      await expect(privacy.setRetention(staff, 'sessions', value)).rejects.toMatchObject({ code: 'privacy.days' })
    for (const kind of ['inbox', 'orders', ''])
      await expect(privacy.setRetention(staff, kind, 30)).rejects.toMatchObject({ code: 'privacy.kind' })
    stand.clock.advance(days(10))
    await privacy.nightly()
    expect(await count('chat_session')).toBe(1)
    stand.clock.advance(days(1))
    await privacy.nightly()
    expect(await count('chat_session')).toBe(0)
    const audit = await stand.rows(`SELECT actor, subject, data FROM audit_entry WHERE action = 'retention.set'`)
    expect(audit).toEqual([{ actor: staff.pseudonym, subject: 'retention:sessions', data: { days: 10 } }])
  })

  it('forgets more than one step of rows, and what stands about chats of nobody', async () => {
    await stand.rows(
      `INSERT INTO chat_session (channel, chat, state, updated_at) SELECT 'test', 'x' || n, '{}', $1 FROM generate_series(1, 2500) AS n`,
      [stand.clock()],
    )
    const buyer = await stand.meet()
    await stand.shop.chats.saveSession('test', buyer.chat, {})
    stand.clock.advance(days(2))
    await stand.shop.privacy.nightly()
    expect(await stand.rows('SELECT chat FROM chat_session')).toEqual([{ chat: buyer.chat }])
    expect(KINDS).not.toContain('nobody')
  })
})
