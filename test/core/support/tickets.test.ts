import { beforeAll, expect, it } from 'vitest'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let staff: Buyer
beforeAll(async () => {
  stand = await openShop({ owners: 'test:boss' })
  staff = await stand.meet({ id: 'boss' })
  await stand.work()
})

const ask = (buyer: Buyer, text: string, orderNo?: string) =>
  stand.shop.support.ask(buyer, { channel: buyer.channel, chat: buyer.chat }, text, 'support', orderNo)

it('brings a question to the staff and the answer to the buyer', async () => {
  const buyer = await stand.meet()
  const id = await ask(buyer, 'My key does not work', 'K7MQ4XD2')
  const asked = await stand.told.notice((notice) => notice.kind === 'ticket' && notice.ticketId === id)
  expect(asked.to).toMatchObject({ customerId: staff.id, chat: staff.chat })
  stand.clock.advance(1000)
  expect(await stand.shop.support.answer(staff, id, 'Here is another')).toBe(true)
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
  expect(await stand.shop.support.ask(buyer, { channel: 'web', chat: 'room' }, 'four', 'support')).not.toBe(id)
  await stand.shop.support.answer(staff, id, 'five')
  expect(await ask(buyer, 'six')).toBe(id)
  const texts = (await stand.shop.support.ticket(id))?.messages.map(({ text }) => text)
  expect(texts).toEqual(['one', 'two', 'five', 'six'])
})

it('shows the latest twenty messages, oldest first', async () => {
  const buyer = await stand.meet()
  let id = 0
  for (let n = 1; n <= 23; n++) id = await ask(buyer, String(n))
  const texts = (await stand.shop.support.ticket(id))?.messages.map(({ text }) => text)
  expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 4)))
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
  expect(await stand.shop.support.answer(staff, 999_999, 'hello?')).toBe(false)
})
