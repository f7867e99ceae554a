import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SeenTicket } from '../../../core/support/model.ts'
import { fillAnswer } from '../../../core/support/policy.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let staff: Buyer
beforeAll(async () => {
  stand = await openShop({ owners: 'test:boss' })
  staff = await stand.meet({ id: 'boss' })
  await stand.work()
})

const ask = (buyer: Buyer, text: string, orderNo?: string, event: string = randomUUID()) =>
  stand.shop.support.ask(buyer, { channel: buyer.channel, chat: buyer.chat, event }, text, 'support', orderNo)
const answer = (id: number, text: string, event: string = randomUUID()) =>
  stand.shop.support.answer(staff, { channel: 'test', event }, id, text)
const textsOf = async (id: number) => (await stand.shop.support.ticket(id))?.messages.map(({ text }) => text)

it('brings a question to the staff and the answer to the buyer', async () => {
  const buyer = await stand.meet()
  const id = await ask(buyer, 'My key does not work', 'K7MQ4XD2')
  const asked = await stand.told.notice((notice) => notice.kind === 'ticket' && notice.ticketId === id)
  expect(asked.to).toMatchObject({ customerId: staff.id, chat: staff.chat })
  stand.clock.advance(1000)
  expect(await answer(id, 'Here is another')).toBe('sent')
  const answered = await stand.told.notice((notice) => notice.kind === 'ticket' && notice.to.customerId === buyer.id)
  expect(answered).toMatchObject({ ticketId: id, to: { channel: 'test', chat: buyer.chat } })
  const ticket = await stand.shop.support.ticket(id)
  expect(ticket).toMatchObject({ id, customerId: buyer.id, chat: buyer.chat, orderNo: 'K7MQ4XD2' })
  expect(ticket?.messages.map(({ fromStaff, text }) => [fromStaff, text])).toEqual([
    [false, 'My key does not work'],
    [true, 'Here is another'],
  ])
})

it('joins what the same buyer asks next, in the same chat', async () => {
  const [buyer, other] = [await stand.meet(), await stand.meet()]
  const id = await ask(buyer, 'one')
  expect(await ask(buyer, 'two')).toBe(id)
  expect(await ask(other, 'three')).not.toBe(id)
  expect(await stand.shop.support.ask(buyer, { channel: 'web', chat: 'room', event: 'e' }, 'four', 'support')).not.toBe(
    id,
  )
  await answer(id, 'five')
  expect(await ask(buyer, 'six')).toBe(id)
  expect(await textsOf(id)).toEqual(['one', 'two', 'five', 'six'])
})

it('says once what an event says, however often it is handled', async () => {
  const buyer = await stand.meet()
  const id = await ask(buyer, 'once', undefined, 'asked')
  await answer(id, 'never twice', 'answered')
  expect(await ask(buyer, 'once', undefined, 'asked')).toBe(id)
  expect((await stand.shop.support.ticket(id))?.state, 'the repeat has opened it again').toBe('answered')
  expect(await answer(id, 'never twice', 'answered')).toBe('sent')
  expect(await textsOf(id)).toEqual(['once', 'never twice'])
  const told = await stand.rows(`SELECT FROM audit_entry WHERE action = 'ticket.answered' AND subject = $1`, [
    `ticket:${id}`,
  ])
  expect(told).toHaveLength(1)
  await stand.shop.support.close(staff, id)
  expect(await ask(buyer, 'once', undefined, 'asked'), 'the repeat has begun another').toBe(id)
  // Another channel has events of its own.
  await stand.shop.support.ask(buyer, { channel: 'web', chat: 'room', event: 'asked' }, 'twice', 'support')
})

it('makes one ticket of first questions that come at once', async () => {
  const buyer = await stand.meet()
  const other = await openShop({ beside: stand })
  const asked = Array.from({ length: 10 }, (_, n) =>
    (n % 2 ? stand : other).shop.support.ask(
      buyer,
      { channel: buyer.channel, chat: buyer.chat, event: `${buyer.id}-${n % 5}` },
      `question ${n % 5}`,
      'support',
    ),
  )
  const ids = new Set(await Promise.all(asked))
  expect(ids.size).toBe(1)
  const [id = 0] = ids
  expect((await textsOf(id))?.sort()).toEqual(Array.from({ length: 5 }, (_, n) => `question ${n}`))
})

it('lists what waits for an answer, the longest waiting first, until it is answered or closed', async () => {
  const here = await openShop()
  const [buyer, boss] = [await here.meet(), await here.meet()]
  const { support } = here.shop
  const ids: number[] = []
  for (let n = 0; n < 10; n++) {
    here.clock.advance(1000)
    ids.push(await support.ask(buyer, { channel: 'test', chat: `chat ${n}`, event: `${n}` }, 'help', 'support'))
  }
  const waiting = (page: number) => support.list('waiting', boss, page)
  const first = await waiting(0)
  expect(first).toMatchObject({ page: 0, pages: 2, total: 10 })
  expect(first.items[0]).toMatchObject({ id: ids[0], customerId: buyer.id, kind: 'support', state: 'open' })
  expect([...first.items, ...(await waiting(1)).items].map(({ id }) => id)).toEqual(ids)

  const [answered = 0, closed = 0] = ids
  await support.answer(boss, { channel: 'test', event: 'a' }, answered, 'like this')
  expect(await support.close(boss, closed)).toBe(true)
  expect(await support.close(boss, closed)).toBe(false)
  expect(await support.close(boss, 999_999)).toBe(false)
  expect((await support.ticket(closed))?.state).toBe('closed')
  expect([...(await waiting(0)).items].map(({ id }) => id)).toEqual(ids.slice(2))
  const audit = await here.rows(`SELECT actor, subject FROM audit_entry WHERE action = 'ticket.closed'`)
  expect(audit).toEqual([{ actor: boss.pseudonym, subject: `ticket:${closed}` }])
  // What the buyer says next brings the answered one back, and begins another in place of the closed one.
  expect(await support.ask(buyer, { channel: 'test', chat: 'chat 0', event: 'b' }, 'still', 'support')).toBe(answered)
  expect(await support.ask(buyer, { channel: 'test', chat: 'chat 1', event: 'c' }, 'new', 'support')).toBeGreaterThan(
    Math.max(...ids),
  )
  expect((await waiting(0)).total).toBe(10)
})

it('shows the latest twenty messages, oldest first', async () => {
  const buyer = await stand.meet()
  let id = 0
  for (let n = 1; n <= 23; n++) id = await ask(buyer, String(n))
  expect(await textsOf(id)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 4)))
})

it('seals what is said, for buyers paste keys into their questions', async () => {
  const id = await ask(await stand.meet(), 'SEALED-TICKET-1')
  const [message] = await stand.rows<{ sealed: Buffer }>('SELECT sealed FROM ticket_message WHERE ticket_id = $1', [id])
  expect(message?.sealed.includes('SEALED-TICKET')).toBe(false)
  const audit = await stand.rows(`SELECT FROM audit_entry a WHERE a::text LIKE '%SEALED-TICKET%'`)
  expect(audit).toHaveLength(0)
})

it('knows no ticket that there is not', async () => {
  expect(await stand.shop.support.ticket(999_999)).toBeUndefined()
  expect(await answer(999_999, 'hello?')).toBe('unknown')
})

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

describe('staff who answer the same ticket', () => {
  it('do not answer past each other', async () => {
    const [buyer, other] = [await stand.meet(), await stand.meet()]
    const { support } = stand.shop
    const id = await ask(buyer, 'help')
    const seen = { message: (await support.ticket(id))?.messages.at(-1)?.id ?? 0n, assigneeId: undefined }
    const say = (who: Buyer, text: string, since?: SeenTicket) =>
      support.answer(who, { channel: 'test', event: randomUUID() }, id, text, since)
    const both = await Promise.all([say(staff, 'mine', seen), say(other, 'also mine', seen)])
    expect(both.sort()).toEqual(['overtaken', 'sent'])
    expect(await textsOf(id)).toHaveLength(2)
    // Whoever was first has it; the other may still say something once they have seen that.
    const { assigneeId, messages = [] } = (await support.ticket(id)) ?? {}
    expect([staff.id, other.id]).toContain(assigneeId)
    const late = assigneeId === staff.id ? other : staff
    const latest = messages.at(-1)?.id ?? 0n
    expect(await say(late, 'as well', { message: latest, assigneeId: undefined }), 'it was taken').toBe('overtaken')
    expect(await say(late, 'as well', { message: latest, assigneeId })).toBe('sent')
  })

  it('take, give and release it, each only from whom it was', async () => {
    const [buyer, other] = [await stand.meet(), await stand.meet()]
    const { support } = stand.shop
    const id = await ask(buyer, 'help')
    const taken = await Promise.all([
      support.assign(staff, id, undefined, staff.id),
      support.assign(other, id, undefined, other.id),
    ])
    expect(taken.filter(Boolean)).toHaveLength(1)
    const owner = (await support.ticket(id))?.assigneeId
    expect(await support.assign(staff, id, owner, other.id)).toBe(true)
    expect((await support.list('mine', other, 0)).items.map((ticket) => ticket.id)).toContain(id)
    expect(await support.assign(staff, id, other.id, undefined)).toBe(true)
    expect((await support.ticket(id))?.assigneeId).toBeUndefined()
  })

  it('are told alone of what is theirs, and all again when they are no longer staff', async () => {
    const here = await openShop({ owners: 'test:one,test:two' })
    const [one, two] = [await here.meet({ id: 'one' }), await here.meet({ id: 'two' })]
    await here.work()
    const buyer = await here.meet()
    const told = (text: string, event: string) =>
      here.shop.support.ask(buyer, { channel: 'test', chat: buyer.chat, event }, text, 'support')
    const id = await told('first', 'e1')
    const of = (who: Buyer, message: number) =>
      here.told.notice((n) => n.kind === 'ticket' && n.to.customerId === who.id && Number(n.messageId) === message)
    await Promise.all([of(one, 1), of(two, 1)])
    await here.shop.support.assign(one, id, undefined, one.id)
    await told('second', 'e2')
    await of(one, 2)
    await here.rows('UPDATE staff_member SET suspended_at = now() WHERE customer_id = $1', [one.id])
    await told('third', 'e3')
    await of(two, 3)
    expect(here.told.notices.filter((n) => n.kind === 'ticket' && n.to.customerId === two.id)).toHaveLength(2)
  })
})

it('keeps notes from the buyer, and masks nothing they wrote themselves', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku)
  await stand.shop.delivery.reveal(order, buyer, 'test')
  const [code = ''] = product.codes
  const id = await ask(buyer, `my key is ${code}`)
  await stand.shop.support.note(staff, { channel: 'test', event: randomUUID() }, id, `they say ${code}, odd`)
  expect(await textsOf(id)).toEqual([expect.not.stringContaining(code), expect.not.stringContaining(code)])
  const own = await stand.shop.support.own(buyer, id)
  expect(own?.messages.map(({ text }) => text)).toEqual([`my key is ${code}`])
  expect(await stand.shop.support.own(await stand.meet(), id), "another person's").toBeUndefined()
})

it('pages a whole conversation, the latest last', async () => {
  const buyer = await stand.meet()
  let id = 0
  for (let n = 1; n <= 12; n++) id = await ask(buyer, String(n))
  const page = async (wanted?: number) => (await stand.shop.support.own(buyer, id, wanted))?.shown
  expect((await page())?.items.map(({ text }) => text)).toEqual(['11', '12'])
  expect((await page(0))?.items.map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5'])
  expect((await page(1))?.items.map(({ text }) => text)).toEqual(['6', '7', '8', '9', '10'])
  expect(await page()).toMatchObject({ page: 2, pages: 3, total: 12 })
})

it('opens a closed ticket again within 30 days; later a new one names it', async () => {
  const here = await openShop()
  const [buyer, boss] = [await here.meet(), await here.meet()]
  const { support } = here.shop
  const say = (id: number, event: string) =>
    support.write(buyer, { channel: 'web', chat: 'room', event }, id, `again ${event}`)
  const id = await support.ask(buyer, { channel: 'test', chat: 'chat', event: 'a' }, 'help', 'support')
  await support.close(boss, id)
  here.clock.advance(29 * 86_400_000)
  expect(await say(id, 'b')).toBe(id)
  expect(await support.ticket(id)).toMatchObject({ state: 'open', channel: 'web', chat: 'room' })
  await support.close(boss, id)
  here.clock.advance(31 * 86_400_000)
  const next = await say(id, 'c')
  expect(next).toBeGreaterThan(id)
  expect(await say(id, 'c'), 'the repeat').toBe(next)
  expect(await support.ticket(next ?? 0)).toMatchObject({ previousId: id, state: 'open' })
  expect(await support.write(await here.meet(), { channel: 'x', chat: 'x', event: 'd' }, id, 'mine?')).toBeUndefined()
})

it('has one appeal of a customer at a time, wherever they write, apart from their questions', async () => {
  const here = await openShop()
  const [buyer, boss] = [await here.meet(), await here.meet()]
  const { support } = here.shop
  const say = (kind: 'appeal' | 'support', chat: string) =>
    support.ask(buyer, { channel: 'test', chat, event: randomUUID() }, 'please', kind)
  const first = await say('appeal', 'chat')
  expect(await say('support', 'chat'), 'a question').not.toBe(first)
  expect(await say('appeal', 'elsewhere')).toBe(first)
  expect(await support.ticket(first)).toMatchObject({ kind: 'appeal', chat: 'elsewhere' })
  expect(await support.appealOf(buyer.id)).toBe(first)
  expect(await support.appealOf(boss.id)).toBeUndefined()
  await support.close(boss, first)
  expect(await support.appealOf(buyer.id)).toBeUndefined()
  const second = await say('appeal', 'chat')
  expect(second).toBeGreaterThan(first)

  const again = () => support.write(buyer, { channel: 'test', chat: 'chat', event: randomUUID() }, first, 'and this')
  expect(await again(), 'while another is open').toBe(second)
  expect((await support.ticket(first))?.state).toBe('closed')
  await support.close(boss, second)
  expect(await again()).toBe(first)
  await support.close(boss, first)
  here.clock.advance(31 * 86_400_000)
  const late = (await again()) ?? 0
  expect(await support.ticket(late)).toMatchObject({ kind: 'support', previousId: first })
})

it('keeps pictures sealed, of at most 5 MB and ten of a ticket', async () => {
  const buyer = await stand.meet()
  const send = (picture: Buffer, event: string = randomUUID()) =>
    stand.shop.support.ask(buyer, { channel: 'test', chat: buyer.chat, event, picture }, 'look', 'support')
  const id = await send(PNG, 'pictured')
  await send(PNG, 'pictured')
  const [message] = (await stand.shop.support.ticket(id))?.messages ?? []
  expect(message?.hasPicture).toBe(true)
  expect(await stand.shop.support.picture(id, message?.id ?? 0n)).toEqual({ mime: 'image/png', bytes: PNG })
  const rows = await stand.rows<{ sealed: Buffer }>('SELECT sealed FROM ticket_picture WHERE message_id = $1', [
    message?.id,
  ])
  expect(rows).toHaveLength(1)
  expect(rows[0]?.sealed.includes(PNG.subarray(0, 20))).toBe(false)
  await expect(send(Buffer.from('not a picture'))).rejects.toMatchObject({ code: 'ticket.picture' })
  await expect(send(Buffer.concat([PNG, Buffer.alloc(5 << 20)]))).rejects.toMatchObject({ code: 'ticket.picture' })
  for (let n = 1; n < 10; n++) await send(PNG)
  await expect(send(PNG)).rejects.toMatchObject({ code: 'ticket.pictures' })
})

it('tells how fast tickets were answered', async () => {
  const here = await openShop()
  const [buyer, boss] = [await here.meet(), await here.meet()]
  const { support } = here.shop
  for (const [n, waited] of [60, 120, 600].entries()) {
    const id = await support.ask(buyer, { channel: 'test', chat: `${n}`, event: `q${n}` }, 'help', 'support')
    here.clock.advance(waited * 1000)
    await support.answer(boss, { channel: 'test', event: `a${n}` }, id, 'so')
    expect((await support.ticket(id))?.messages.at(-1)?.waited).toBe(waited)
  }
  expect(await support.replyTimes(7)).toEqual({ opened: 3, closed: 0, answers: 3, first: 120, every: 120 })
  here.clock.advance(8 * 86_400_000)
  expect(await support.replyTimes(7)).toEqual({ opened: 0, closed: 0, answers: 0, first: undefined, every: undefined })
  expect((await support.replyTimes(30)).answers).toBe(3)
})

describe('canned answers', () => {
  it('are kept by language, and dropped', async () => {
    const { answers } = stand.shop.support
    await answers.put(staff, 'hello', '', 'Hello {name}')
    await answers.put(staff, 'hello', 'zh', '您好 {name}')
    await answers.put(staff, 'bye', 'en', 'Bye')
    expect((await answers.for('zh')).map(({ text }) => text)).toEqual(['您好 {name}'])
    expect((await answers.for('en')).map(({ text }) => text)).toEqual(['Bye', 'Hello {name}'])
    await answers.put(staff, 'bye', 'en', 'Goodbye')
    const bye = (await answers.all()).find(({ name }) => name === 'bye')
    expect(bye?.text).toBe('Goodbye')
    expect(await answers.drop(staff, bye?.id ?? 0)).toBe(true)
    expect(await answers.drop(staff, bye?.id ?? 0)).toBe(false)
    await expect(answers.put(staff, 'no spaces', '', 'x')).rejects.toMatchObject({ code: 'answer.name' })
    await expect(answers.put(staff, 'empty', '', ' ')).rejects.toMatchObject({ code: 'answer.text' })
  })

  it('are filled in once: a name that looks like a variable stays as it is', () => {
    const filled = fillAnswer('{name}: {order} {product} {other}', { name: '{order}', order: 'K7MQ', product: 'P' })
    expect(filled).toBe('{order}: K7MQ P {other}')
  })
})
