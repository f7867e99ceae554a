import { beforeAll, describe, expect, it } from 'vitest'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { type Talk, talkTo } from './memory-channel.ts'

const { buyer: t, staff } = TEXTS.en
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

let stand: Stand
let boss: Talk
let person = 0
beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss' })
  boss = talkTo(stand.shop, 'boss')
  await boss.say('/start')
})

/** Somebody who has bought so many keys of a product of their own, and looked at them. */
async function owner(keys: number): Promise<{ talk: Talk; buyer: Buyer; no: string }> {
  const id = `person-${++person}`
  const talk = talkTo(stand.shop, id)
  await talk.say('/start')
  const customer = await stand.shop.customers.meet({ channel: 'web', externalId: id, chat: id })
  const buyer = { ...customer, channel: 'web', chat: id }
  const order = await stand.bought(buyer, (await stand.product(keys)).sku, keys)
  await stand.shop.delivery.reveal(order, buyer, 'web')
  return { talk, buyer, no: order.no }
}

const labels = (talk: Talk) => talk.screens.flatMap(({ buttons = [] }) => buttons.flat().map(({ label }) => label))

async function complain({ talk, no }: { talk: Talk; no: string }, places: readonly number[]): Promise<number> {
  for (const place of places) await talk.press(`pick:${no}:${place}:0`)
  await talk.press(`because:${no}:invalid`)
  return Number(/ticket (\d+)/.exec(await talk.press(`complain:${no}:invalid`))?.[1])
}

describe('what belongs to a buyer', () => {
  it('is shown to nobody else, whatever button they forge', async () => {
    const alice = await owner(2)
    const id = await complain(alice, [1])
    await alice.talk.press(`ticket-write:${id}`)
    await alice.talk.show(PNG, 'MY-WORDS')
    const [message] = (await stand.shop.support.ticket(id))?.messages.slice(-1) ?? []
    const { talk } = await owner(1)
    const forged = [
      `ticket:${id}`,
      `ticket-write:${id}`,
      `ticket-close:${id}`,
      `ticket-picture:${id}:${message?.id}`,
      `units:${alice.no}:0`,
      `unit:${alice.no}:1`,
      `unit-used:${alice.no}:2`,
      `problem:${alice.no}`,
      `broken:${alice.no}:1`,
      `because:${alice.no}:invalid`,
      `complain:${alice.no}:invalid`,
      `s-ticket:${id}`,
      `s-replace-yes:${id}:all`,
      `s-refund-keys-yes:${id}:all`,
      `s-ticket-picture:${id}:${message?.id}`,
    ]
    for (const action of forged) {
      expect(await talk.press(action), action).toMatch(
        /No such order|no such ticket|out of date|not your order|no longer|Which keys|current/i,
      )
      expect(talk.screens.some(({ picture }) => picture)).toBe(false)
      expect(talk.said.join()).not.toContain('MY-WORDS')
    }
    expect((await stand.shop.complaints.ofTicket(id))[0]?.state).toBe('open')
    expect((await stand.shop.support.ticket(id))?.state).toBe('open')
  })

  it.each(['ticket:x', 'ticket:1:x', 'unit:NO:x', 'pick:NO:x:x', 'why:NO', 'because:NO:x', 'tickets:x', 'units:NO:x'])(
    'is not mistaken in %s',
    async (action) => {
      const { talk, no } = await owner(1)
      expect(await talk.press(action.replace('NO', no))).not.toBe('')
    },
  )
})

describe('pictures', () => {
  it('of an album go with what was written a moment ago, and not later', async () => {
    const alice = await owner(2)
    const id = await complain(alice, [1, 2])
    expect(await alice.talk.show(PNG)).toContain(t.supportSent(id))
    expect(await alice.talk.show(PNG, 'and this')).toContain('and this')
    stand.clock.advance(minutes(11))
    expect(await alice.talk.show(PNG)).toBe(t.fileUnwanted)
    expect((await stand.shop.support.ticket(id))?.messages.filter(({ hasPicture }) => hasPicture)).toHaveLength(2)
  })

  it('that are none are asked for again', async () => {
    const { talk } = await owner(1)
    await talk.press('support')
    expect(await talk.send('x.png', Buffer.from('no picture'))).toBe(t.problems['ticket.picture']?.(''))
    expect(await talk.say('Then in words')).toMatch(/Passed on/)
  })
})

describe('staff', () => {
  it('are offered what their role may do: support replaces and rejects, finance does not see tickets', async () => {
    const alice = await owner(1)
    await stand.stock((await stand.again({ no: alice.no })).lines[0] ?? { sku: '' }, ['SPARE-KEY-1'])
    const id = await complain(alice, [1])
    const roleOf = async (role: 'support' | 'finance'): Promise<Talk> => {
      const talk = talkTo(stand.shop, `${role}-${++person}`)
      await talk.say('/start')
      await talk.say(`/claim ${(await stand.shop.staff.invite('operator', role, minutes(1))).code}`)
      return talk
    }
    const [support, finance] = [await roleOf('support'), await roleOf('finance')]
    await support.say(`/ticket ${id}`)
    expect(labels(support)).toContain(staff.replaceAll(1))
    expect(labels(support)).toContain(staff.rejectAll(1))
    expect(labels(support)).not.toContain(staff.refundWhole)
    expect(await support.press(`s-refund-keys-yes:${id}:all`)).toContain(staff.roles.finance)
    // Whoever may not use the staff's has the buyer's.
    expect(await finance.say(`/ticket ${id}`)).toBe(t.ticketMineUnknown)
    await support.press(`s-replace:${id}:all`)
    expect(await support.press(`s-replace-yes:${id}:all`)).toContain(staff.replacedNow)
    expect(await support.press(`s-replace-yes:${id}:all`)).toContain(staff.complaintDecided)
    expect(await alice.talk.say(`/ticket ${id}`)).toContain(t.complaintStates.replaced)
  })

  it('reach every key of a large complaint', async () => {
    const alice = await owner(10)
    const id = await complain(
      alice,
      Array.from({ length: 10 }, (_, n) => n + 1),
    )
    await boss.say(`/ticket ${id}`)
    expect(labels(boss)).toContain(staff.complaintsMore(10))
    await boss.press(`s-complaints:${id}:1`)
    expect(labels(boss).filter((label) => label.includes(t.complainReasons.invalid))).toHaveLength(2)
  })

  it('cannot close a ticket in which something is undecided', async () => {
    const alice = await owner(1)
    const id = await complain(alice, [1])
    expect(await boss.press(`s-ticket-close:${id}`)).toContain(staff.ticketCloseOpen)
    await boss.press(`s-reject-keys:${id}:all`)
    expect(await boss.say('It works for us.')).toContain(staff.rejectedNow)
    expect(await boss.press(`s-ticket-close:${id}`)).toContain(staff.ticketStates.closed)
  })
})
