import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
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
  expect(await answer(id, 'Here is another')).toBe(true)
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
  expect(await answer(id, 'never twice', 'answered')).toBe(true)
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

it('lists what waits for an answer, newest first, until it is answered or closed', async () => {
  const here = await openShop()
  const [buyer, boss] = [await here.meet(), await here.meet()]
  const { support } = here.shop
  const ids: number[] = []
  for (let n = 0; n < 10; n++) {
    here.clock.advance(1000)
    ids.unshift(await support.ask(buyer, { channel: 'test', chat: `chat ${n}`, event: `${n}` }, 'help', 'support'))
  }
  const at = here.clock()
  const first = await support.waiting(0)
  expect(first).toMatchObject({ page: 0, pages: 2, total: 10 })
  expect(first.items[0]).toEqual({ id: ids[0], customerId: buyer.id, at })
  expect([...first.items, ...(await support.waiting(1)).items].map(({ id }) => id)).toEqual(ids)

  const [answered = 0, closed = 0] = ids
  await support.answer(boss, { channel: 'test', event: 'a' }, answered, 'like this')
  expect(await support.close(boss, closed)).toBe(true)
  expect(await support.close(boss, closed)).toBe(false)
  expect(await support.close(boss, 999_999)).toBe(false)
  expect((await support.ticket(closed))?.state).toBe('closed')
  expect((await support.waiting(0)).items.map(({ id }) => id)).toEqual(ids.slice(2))
  const audit = await here.rows(`SELECT actor, subject FROM audit_entry WHERE action = 'ticket.closed'`)
  expect(audit).toEqual([{ actor: boss.pseudonym, subject: `ticket:${closed}` }])
  // What the buyer says next brings the answered one back, and begins another in place of the closed one.
  expect(await support.ask(buyer, { channel: 'test', chat: 'chat 9', event: 'b' }, 'still', 'support')).toBe(answered)
  expect(await support.ask(buyer, { channel: 'test', chat: 'chat 8', event: 'c' }, 'new', 'support')).toBeGreaterThan(
    Math.max(...ids),
  )
  expect((await support.waiting(0)).total).toBe(10)
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
  expect(await answer(999_999, 'hello?')).toBe(false)
})
