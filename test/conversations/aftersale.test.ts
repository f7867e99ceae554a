import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { begins, buy, expectUnseen, holds, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

describe.each(CHANNELS)('after the sale on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  const ticketIn = ({ text }: { text: string }): number => Number(/(?:ticket|工单) ?(\d+)/i.exec(text)?.[1])

  /** Says that these keys of the order on the screen do not work; resolves with the number of the ticket. */
  async function complain(buyer: Chatter, places: readonly number[], words: string): Promise<number> {
    const { t } = buyer
    await buyer.press(t.keyProblem)
    await buyer.see(t.complainHint)
    for (const place of places) {
      await buyer.press(begins(`▫️ ${place}. `))
      await buyer.see(({ buttons }) => buttons.some((label) => label.startsWith(`☑️ ${place}. `)))
    }
    await buyer.press(t.complainNext(places.length))
    await buyer.see(t.complainWhy(places.length))
    await buyer.press(t.complainReasons.invalid)
    await buyer.see(t.complainSay(buyer.can.pictures))
    await buyer.say(words)
    return ticketIn(await buyer.see(/\((?:ticket )?.*\d+|（工单 \d+/))
  }

  it.each(languages)('replaces one key that does not work and refunds another, in %s', async (language) => {
    const { program } = channel
    const product = await program.product(4)
    const [first = '', , third = '', fourth = ''] = product.codes
    const alice = await channel.join('alice', { language })
    const boss = await channel.join('boss', { owner: true, language })
    const began = program.shown.length
    const { t } = alice
    const { staff } = boss
    const { no } = await buy(alice, product, 3)
    await reveal(alice)
    boss.sight.act()
    const id = await complain(alice, [1, 3], `${first}!`)
    await boss.see(({ buttons }) => buttons.some((label) => label.startsWith('🔑')))
    // The keys are not shown while they are judged, and nobody complains of them twice.
    await alice.say(`/order ${no}`)
    await alice.see(t.inComplaint(2))
    await alice.press(t.keysStatus)
    await alice.see(({ buttons }) => buttons.some((label) => label.includes(t.unitStates.complained)))
    await alice.press(begins('1. '))
    await alice.see(t.unitComplaint(id, t.complaintStates.open))

    // One key is left: both cannot be replaced.
    await boss.press(staff.replaceAll(2))
    await boss.see(staff.replaceAsk(2))
    await boss.press(staff.confirmYes)
    await boss.see(staff.complaintNoStock)
    await boss.press(staff.complaintOpen(1, t.complainReasons.invalid, t.complaintStates.open))
    const judged = await boss.see(staff.keyHappened.revealed)
    expect(judged.text).toContain(t.complainReasons.invalid)
    await boss.press(staff.replaceAll(1))
    await boss.see(staff.replaceAsk(1))
    alice.sight.act()
    await boss.press(staff.confirmYes)
    await boss.see(staff.replacedNow)
    await alice.see(t.verdicts.replaced(no, 1))
    await boss.press(begins(staff.refundPart(1, '').trim()))
    await boss.see(({ buttons }) => buttons.includes(staff.confirmYes))
    alice.sight.act()
    await boss.press(staff.confirmYes)
    await boss.see(staff.refundedNow)
    await alice.see(t.verdicts.refunded(no, 1))
    await alice.say(`/order ${no}`)
    await alice.see(t.unitsRefunded(1))
    const shown = await reveal(alice)
    expect(shown.text).toContain(fourth)
    for (const gone of [first, third]) expect(shown.text).not.toContain(gone)

    // A buyer says that a key was used; staff see all that happened to it.
    await alice.say(`/order ${no}`)
    await alice.see(t.unitsRefunded(1))
    await alice.press(t.keysStatus)
    await alice.see(({ buttons }) => buttons.some((label) => label.startsWith('1. ')))
    await alice.press(begins('1. '))
    await alice.see(t.unitReplaced)
    await alice.press(t.unitMarkUsed)
    await alice.see(t.unitMarked)
    await boss.say(`/key ${no} 1`)
    await boss.see(staff.keyState(staff.keyStates.used))
    await boss.press(staff.keyHistory)
    const history = await boss.see(staff.keyHappened.replaces)
    expect(history.text).toContain(staff.keyHappened.imported)
    expect(history.text).toContain(staff.keyHappened.used)
    await boss.say(`/key ${first}`)
    await boss.see(staff.keyState(staff.keyStates.replaced))
    const names = [product.name, 'alice', 'boss', first, product.sku]
    for (const { chat } of [alice, boss]) expectWording(program.shown.slice(began), chat, language, names)
    expectUnseen(
      program.shown.filter(({ chat }) => chat === boss.chat),
      product.codes,
    )
  })

  it('rejects with words, gives the key back, and lets the buyer withdraw', async () => {
    const product = await channel.program.product(2)
    const alice = await channel.join('alice')
    const boss = await channel.join('boss', { owner: true })
    const { t } = alice
    const { staff } = boss
    const { no } = await buy(alice, product, 2)
    await reveal(alice)
    boss.sight.act()
    const id = await complain(alice, [2], 'nothing happens')
    await boss.see('nothing happens')
    await boss.press(staff.rejectAll(1))
    await boss.see(staff.rejectAsk(1))
    alice.sight.act()
    await boss.say('The supplier shows that it was redeemed on your account.')
    await boss.see(staff.rejectedNow)
    const told = await alice.see(t.verdicts.rejected(no, 1))
    expect(told.text).toContain('redeemed on your account')
    await alice.say(`/order ${no}`)
    await alice.see(holds(no))
    expect((await reveal(alice)).text).toContain(product.codes[1])
    // The other key: a complaint that is withdrawn by closing the ticket.
    await alice.press(t.keyProblem)
    await alice.see(t.complainWhy(1))
    await alice.press(t.complainReasons.already_used)
    await alice.see(t.complainSay(alice.can.pictures))
    await alice.press(t.complainSend)
    await alice.see(({ buttons }) => buttons.includes(t.openTicket(id + 1)))
    await alice.press(t.openTicket(id + 1))
    await alice.see(t.complaintStates.open)
    await alice.press(t.ticketCloseMine)
    await alice.see(t.ticketClosedWithdrawn)
    await boss.say(`/ticket ${id + 1}`)
    await boss.see(({ buttons }) => buttons.some((label) => label.endsWith(t.complaintStates.withdrawn)))
    await alice.say(`/order ${no}`)
    await alice.see(holds(no))
    const both = await reveal(alice)
    for (const code of product.codes) expect(both.text).toContain(code)
  })

  it.each(languages)('is a conversation with pictures, notes and canned answers, in %s', async (language) => {
    const { program } = channel
    const alice = await channel.join('alice', { language })
    const boss = await channel.join('boss', { owner: true, language })
    const carol = await channel.join(`carol-${language}`, { owner: true, language })
    const nameOf = async ({ chat }: Chatter): Promise<string> => {
      const [known] = await program.stand.rows<{ id: number; name: string | null }>(
        'SELECT c.id, c.name FROM customer c JOIN identity i ON i.customer_id = c.id WHERE i.chat = $1',
        [chat],
      )
      return known?.name ?? `#${known?.id}`
    }
    const [owner, colleague] = [await nameOf(boss), await nameOf(carol)]
    const began = program.shown.length
    const { t } = alice
    const { staff } = boss
    await alice.say('/tickets')
    await alice.see(t.noTicketsMine)
    await alice.press(t.support)
    await alice.see(t.askSupport)
    boss.sight.act()
    await alice.sendFile('shot.png', PNG)
    const id = ticketIn(
      await alice.see(({ buttons }) => buttons.some((label) => label.includes(t.openTicket(0).split(' ')[0] ?? ''))),
    )
    await boss.see(alice.can.pictures ? t.pictureHere : t.pictureNotHere)
    if (alice.can.pictures) {
      await boss.press(t.ticketPicture(1))
      await boss.see(({ picture }) => picture === true)
    }
    await boss.say(`/ticket ${id}`)
    await boss.see(staff.ticketNoOwner)
    await boss.press(staff.ticketTake)
    await boss.see(staff.ticketTaken)
    await boss.press(staff.ticketNote)
    await boss.see(staff.ticketAskNote(id))
    await boss.say('####')
    await boss.see(staff.ticketNoted)
    // Two of the staff do not answer past each other.
    await carol.say(`/ticket ${id}`)
    await carol.see(staff.ticketOwner(owner))
    await carol.press(staff.ticketReply)
    await carol.see(staff.ticketAsk(id))
    await boss.press(staff.ticketReply)
    await boss.see(staff.ticketAsk(id))
    alice.sight.act()
    await boss.say('1111')
    await boss.see(staff.ticketSent)
    await alice.see('1111')
    await carol.say('2222')
    const overtaken = await carol.see(staff.ticketOvertaken)
    expect(overtaken.text).toContain('1111')
    await carol.see(staff.ticketAsk(id))
    alice.sight.act()
    await carol.say('3333')
    await carol.see(staff.ticketSent)
    await alice.see('3333')
    // A canned answer, filled in.
    await boss.say('/answers')
    await boss.see(staff.answersHint)
    await boss.say('/answers A1 {name}: 4444')
    await boss.see(staff.answerSaved('A1'))
    await boss.say(`/ticket ${id}`)
    await boss.see('####')
    await boss.press(staff.ticketCanned)
    await boss.see(staff.answersChoose(id))
    await boss.press('A1')
    await boss.see(/[^}]: 4444/)
    alice.sight.act()
    await boss.press(staff.answerSend)
    await boss.see(staff.ticketSent)
    await alice.see(/[^}]: 4444/)
    // Staff send a picture too.
    await boss.say(`/ticket ${id}`)
    await boss.see('4444')
    await boss.press(staff.ticketReply)
    await boss.see(staff.ticketAsk(id))
    alice.sight.act()
    await boss.sendFile('help.png', PNG)
    await boss.see(staff.ticketSent)
    await alice.see((seen) => (alice.can.pictures ? seen.picture === true : seen.text.includes(t.pictureNotHere)))
    await boss.say(`/ticket ${id}`)
    await boss.see(staff.ticketStates.answered)
    await boss.press(staff.ticketGive)
    await boss.see(staff.ticketGiveWhom(id))
    await boss.press(begins(colleague))
    await boss.see(staff.ticketGiven(colleague))
    // The buyer reads it all, without the note, closes it and opens it again.
    await alice.say(`/ticket ${id}`)
    const all = await alice.see('4444')
    expect(all.text).not.toContain('####')
    await alice.press(t.ticketCloseMine)
    await alice.see(t.ticketClosedMine)
    await alice.press(t.ticketReopen)
    await alice.see(t.ticketAskReopen(id))
    carol.sight.act()
    await alice.say('5555')
    await alice.see('5555')
    await carol.see('5555')
    await carol.say('/tickets')
    await carol.see(({ buttons }) => buttons.some((label) => label.startsWith(`${id} · `)))
    await carol.press(staff.ticketFilters.mine)
    await carol.see(staff.ticketsIn(staff.ticketFilters.mine, 1))
    await carol.press(staff.ticketFigures)
    await carol.see(staff.ticketFiguresOf(30))
    await carol.say('/answers')
    await carol.see(staff.answersHint)
    await carol.press('A1')
    await carol.see('{name}: 4444')
    await carol.press(staff.answerDrop)
    await carol.see(staff.answerDropped)
    // A stranger to it sees nothing.
    const bob = await channel.join('bob', { language })
    await bob.say(`/ticket ${id}`)
    await bob.see(t.ticketMineUnknown)
    for (const { chat } of [alice, boss, carol])
      expectWording(program.shown.slice(began), chat, language, ['alice', owner, colleague, 'A1', staff.answerCustomer])
  })

  it.each(languages)('claims keys that did not work from their supplier, in %s', async (language) => {
    const { program } = channel
    const product = await program.product(0)
    await program.stand.stock(product, [
      `${product.sku}-A1,,,4.00`,
      `${product.sku}-A2,,,4.00`,
      `${product.sku}-A3,,,4.00`,
    ])
    const alice = await channel.join('alice', { language })
    const boss = await channel.join('boss', { owner: true, language })
    const began = program.shown.length
    const { staff } = boss
    const supplier = language === 'en' ? 'Globex' : '好卡'
    const [batch] = await program.stand.rows<{ id: number }>('SELECT max(id)::int AS id FROM batch')
    await boss.say('/batch')
    await boss.see(begins(staff.batchesTitle(0).slice(0, 2)))
    await boss.say(`/batch ${batch?.id}`)
    await boss.see(staff.batchNoSupplier)
    await boss.press(staff.batchSetSupplier)
    await boss.see(staff.batchAskSupplier(batch?.id ?? 0))
    await boss.say(supplier)
    await boss.see(staff.batchSupplierSet)
    await buy(alice, product, 2)
    await reveal(alice)
    boss.sight.act()
    await complain(alice, [1, 2], '…')
    await boss.see(({ buttons }) => buttons.some((label) => label.startsWith('🔑')))
    await boss.press(staff.refundWhole)
    await boss.see(staff.refundWholeAsk)
    await boss.press(staff.confirmYes)
    await boss.see(staff.refundedNow)
    await boss.say('/claims')
    await boss.see(staff.claimsTitle)
    await boss.press(begins(supplier))
    await boss.see(staff.claimsOf(supplier))
    await boss.press(staff.claimExport)
    const file = await boss.see(({ file, text }) => file !== undefined || text.includes(product.sku))
    expect(file.file ? file.file.bytes.toString() : file.text).toContain(`,${product.sku},`)
    await boss.say('/claims')
    await boss.see(staff.claimsTitle)
    await boss.press(begins(supplier))
    await boss.see(staff.claimsOf(supplier))
    await boss.press(holds(` · ${staff.claimStates.open}`))
    await boss.see(staff.claimState(staff.claimStates.open))
    await boss.press(staff.claimAccept)
    await boss.see(staff.claimState(staff.claimStates.accepted))
    await boss.press(staff.claimSettle)
    await boss.see(staff.claimSettleAsk('CNY'))
    await boss.say('3.00')
    await boss.see(staff.claimState(staff.claimStates.settled))
    await boss.press(staff.claimsOf(supplier))
    await boss.see(({ buttons }) => buttons.some((label) => label.includes(staff.claimStates.settled)))
    await boss.press(holds(` · ${staff.claimStates.open}`))
    await boss.see(staff.claimState(staff.claimStates.open))
    await boss.press(staff.claimRefuse)
    await boss.see(staff.claimRefuseAsk)
    await boss.press(staff.confirmYes)
    await boss.see(staff.claimState(staff.claimStates.refused))
    await boss.say(`/batch ${batch?.id}`)
    const page = await boss.see(staff.batchRate(staff.defects(2, 2, '100')))
    expect(page.text).toContain(staff.batchState(staff.keyStates.returned, 2))
    await boss.press(staff.batchKeys)
    await boss.see(({ buttons }) => buttons.some((label) => label.includes(staff.keyStates.returned)))
    const names = [supplier, product.name, product.sku, 'alice', 'boss']
    expectWording(program.shown.slice(began), boss.chat, language, [
      ...names,
      'claim,supplier,batch,key,product,order,reason,cost,currency,state,settled,opened,closed',
    ])
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
