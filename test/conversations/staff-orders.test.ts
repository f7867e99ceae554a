import { beforeAll, describe, expect, it } from 'vitest'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import type { TelegramChatter } from './channels/telegram.ts'
import { begins, buy, fill, order, orderIn, reveal } from './steps.ts'

describe.each(STAFF_CHANNELS)('the orders in the hands of the staff on $name', ({ open }) => {
  let channel: Channel
  let boss: Chatter
  let product: Stocked
  let alice: Chatter
  beforeAll(async () => {
    channel = await open()
    boss = await channel.join('boss', { owner: true })
    product = await channel.program.product(9)
    alice = await channel.join('alice')
    await boss.say('/risk hourly-orders 2')
    await boss.see(boss.staff.ruleLimit(2))
    await buy(alice, product)
    await buy(alice, product)
  })

  /** Buys once more, past the limit. */
  const held = async (): Promise<string> => {
    await fill(alice, product)
    const no = await order(alice)
    boss.sight.act()
    await alice.pay()
    const told = await alice.see(alice.t.notices.delayed(no))
    expect(told.text).toContain(alice.t.heldNote('').split('  ')[0] ?? '')
    const notice = await boss.see(boss.staff.notices.held(no))
    expect(notice.text).toContain(boss.staff.heldBecause)
    expect(notice.text).toMatch(/orders paid of one buyer within 1 hour: \d+ \(more than 2\)/)
    return no
  }
  /** What a buyer has, where the money is a real one of the channel's. */
  const stars = (chatter: Chatter): number =>
    channel.can.invoice ? (chatter as TelegramChatter).person.stars().balance : 0

  it('gives the money back for what is rejected, and says so', async () => {
    const before = stars(alice)
    const no = await held()
    const { staff } = boss
    await boss.say('/held')
    await boss.see(staff.heldTitle(1))
    await boss.press(begins(no))
    await boss.see(({ buttons }) => buttons.includes(staff.reject))
    await boss.press(staff.reject)
    await boss.see(staff.askRejectReason(no))
    alice.sight.act()
    await boss.say('a stolen card')
    await boss.see(staff.rejected)
    const told = await alice.see(alice.t.notices.refunded(no))
    expect(told.text).not.toContain('stolen')
    expect(told.text).not.toContain('****')
    expect(stars(alice)).toBe(before)
  })

  it('delivers what is approved, and holds no other of that buyer’s', async () => {
    const no = await held()
    alice.sight.act()
    await boss.press(boss.staff.approve)
    await boss.see(boss.staff.approved)
    const delivered = await alice.see(alice.t.notices.delivered(no))
    expect(delivered.text).toContain('****')
    await boss.say(`/approve ${no}`)
    await boss.see(boss.staff.orderMoved)
    await buy(alice, product)
  })

  it('refunds a delivered order after asking, and tells the buyer again when asked to', async () => {
    const { staff } = boss
    const bob = await channel.join('bob')
    const before = stars(bob)
    const { no } = await buy(bob, product)
    bob.sight.act()
    await boss.say(`/resend ${no}`)
    await boss.see(staff.resent)
    await bob.see(bob.t.notices.delivered(no))
    await reveal(bob)
    await boss.say(`/refund ${no} does not work`)
    const asked = await boss.see(staff.refundKeysSeen)
    expect(asked.text).toContain(staff.refundReason('does not work'))
    bob.sight.act()
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.refundStarted)
    await bob.see(bob.t.notices.refunded(no))
    expect(stars(bob)).toBe(before)
    await boss.say(`/refund ${no} again`)
    await boss.see(staff.cannotRefund(bob.t.states.refunded))
    await bob.say(no)
    const now = await bob.see(orderIn(bob, 'refunded'))
    expect(now.text).not.toContain('****')
    if (bob.can.buttons) {
      await bob.forge(`reveal:${no.replace('-', '')}`)
      await bob.see(bob.t.noKeys)
    }
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
