import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'
import { begins, buy, holds } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(STAFF_CHANNELS)('what else is said on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  it.each(languages)('answers every command of a buyer, in %s', async (language) => {
    const { program } = channel
    const alice = await channel.join('alice', { language })
    const greeted = program.shown.length
    const { t } = alice
    const answers: [string, string][] = [
      ['/help', t.helpTitle],
      ['/terms', t.termsDefault],
      ['/language', t.chooseLanguage],
      ['/orders', t.noOrders],
      ['/order', t.askOrderNo],
      ['/order K7MQ-4XD2', t.orderUnknown],
      ['/shop', t.emptyShop],
      ['/support', t.askSupport],
      ['/paysupport', t.askPaySupport],
      ['/cancel', t.cancelled],
      ['/cancel', t.nothingToCancel],
      ['/claim', t.claimUsage],
      ['/claim WRONG', t.claimFailed],
      ['/nonsense', t.unknownCommand('nonsense')],
      ['/staff', t.unknownCommand('staff')],
      ['/import X', t.unknownCommand('import')],
      ['/START', t.homeHint],
    ]
    for (const [said, answer] of answers) {
      await alice.say(said)
      await alice.see(answer)
    }
    await alice.sendFile('notes.txt', Buffer.from('hello'))
    await alice.see(t.fileUnwanted)
    await alice.sendFile('keys.csv', Buffer.from('A-1'), '/import X')
    await alice.see(channel.can.captions ? t.fileUnwanted : t.unknownCommand('import'))
    expectWording(program.shown.slice(greeted), alice.chat, language, [])
  })

  it('speaks the language that was chosen, from then on', async () => {
    const { program } = channel
    const alice = await channel.join('alice')
    await alice.press(alice.t.changeLanguage)
    await alice.see(alice.t.chooseLanguage)
    await alice.press('中文')
    await alice.see('一样商品')
    await program.reopen()
    await alice.say('/help')
    await alice.see('我能帮您做什么')
    await alice.say('/language')
    await alice.see('Choose a language')
    await alice.press('English')
    await alice.see(alice.t.homeHint)
  })

  it('carries questions and answers between a buyer and the owner', async () => {
    const product = await channel.program.product(3)
    const [alice, boss] = [await channel.join('alice'), await channel.join('boss', { owner: true })]
    const { t } = alice
    const { no } = await buy(alice, product)
    await alice.press(t.keyProblem)
    await alice.see(t.complainNothing)
    await alice.press(t.complainAsk)
    await alice.see(t.askSupport)
    await alice.say('It says <b>used</b> & *nothing*.')
    await alice.see(/Passed on/)
    const asked = await boss.see('It says <b>used</b> & *nothing*.')
    expect(asked.buttons).toContain(boss.staff.openOrder(no))
    await boss.press(boss.staff.openOrder(no))
    await boss.see(boss.staff.orderState(t.states.delivered))
    await boss.say('/staff')
    await boss.see(boss.staff.figureTickets(1))
    await boss.press(boss.staff.ticketsButton(1))
    await boss.see(boss.staff.ticketsIn(boss.staff.ticketFilters.waiting, 1))
    await boss.press(begins(`1 · ${t.ticketKinds.support} · `))
    await boss.see('It says <b>used</b>')
    await boss.say('/ticket 1')
    await boss.see('It says <b>used</b>')
    await boss.press(boss.staff.ticketReply)
    await boss.see(boss.staff.ticketAsk(1))
    alice.sight.act()
    await boss.say('We have looked: it is fresh.')
    await boss.see(boss.staff.ticketSent)
    const answer = await alice.see('We have looked: it is fresh.')
    expect(answer.text).toContain(t.supportAnswer(1))
    await alice.press(t.supportReply)
    await alice.see(t.ticketAskWrite(1, alice.can.pictures))
    boss.sight.act()
    await alice.say('It works now, thanks.')
    await boss.see('It works now, thanks.')
    await alice.say('/support x'.padEnd(2100, 'x'))
    await alice.see(t.supportTooLong)
    await alice.say('/paysupport Paid twice?')
    await boss.see('Paid twice?')
    await boss.say('/tickets')
    await boss.see(boss.staff.ticketsIn(boss.staff.ticketFilters.waiting, 1))
    await boss.press(begins(`1 · ${t.ticketKinds.support} · `))
    await boss.see('Paid twice?')
    await boss.press(boss.staff.ticketClose)
    const closed = await boss.see(boss.staff.ticketState(boss.staff.ticketStates.closed))
    expect(closed.buttons).not.toContain(boss.staff.ticketClose)
    await boss.press(boss.staff.ticketsButton(0))
    await boss.see(boss.staff.ticketsNone(boss.staff.ticketFilters.waiting))
  })

  it('tells the owner of a sale', async () => {
    const product = await channel.program.product(1)
    const [alice, boss] = [await channel.join('alice'), await channel.join('boss', { owner: true })]
    boss.sight.act()
    const { no } = await buy(alice, product)
    const told = await boss.see(boss.staff.notices.sale(no))
    expect(told.text).toContain(product.name)
    expect(told.text).not.toContain(product.codes[0])
  })

  it('says nothing private in a group', async () => {
    if (!channel.group) return
    const { program } = channel
    const product = await program.product(1)
    const [alice, bob] = [await channel.join('alice'), await channel.join('bob')]
    const { no } = await buy(alice, product)
    const room = await channel.group(alice, bob)
    await room.say(alice, no, 'nobody')
    await room.say(alice, `/order ${no}`, 'shop')
    await room.see(holds(alice.t.inPrivate))
    await room.say(alice, `/orders`, 'shop')
    await room.say(alice, no, 'shop')
    await room.say(alice, '1', 'shop')
    await room.say(bob, '/start', 'shop')
    await program.idle()
    await alice.say('/orders')
    await alice.see(alice.t.ordersTitle)
    const said = room.said()
    expect(said.length).toBeGreaterThanOrEqual(2)
    expect(new Set(said)).toEqual(new Set([alice.t.inPrivate]))
    // What happens to the order later is still told in the private chat.
    alice.sight.act()
    await program.shop.sale.resend('operator', no.replace('-', ''))
    await alice.see(alice.t.notices.delivered(no))
    expect(room.said().join()).not.toContain(no)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
