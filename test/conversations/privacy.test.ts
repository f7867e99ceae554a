import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { buy, fill, handedOver, jsonIn, order, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('personal data on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  /** What the shop calls the buyer of an order; there are channels that tell no names. */
  const nameOf = (no: string) =>
    channel.program.stand.rows<{ name: string | null }>(
      'SELECT c.name FROM customer c JOIN orders o ON o.customer_id = c.id WHERE o.no = $1',
      [no.replace('-', '')],
    )
  /** What was handed over as a file, or as text where there are none. */
  const dataSeen = async (chatter: Chatter, said: string): Promise<Record<string, unknown>> => {
    const seen = await chatter.see((one) => one.file !== undefined || one.text.includes('keytill-personal-data-1'))
    expect(channel.program.shown.some(({ text, secret }) => secret && text.startsWith(said))).toBe(true)
    return JSON.parse(jsonIn(await handedOver(chatter, channel.program, seen)))
  }
  /** Asks for it, twice. */
  const askTwice = async (chatter: Chatter) => {
    const { privacy } = chatter.t
    await chatter.see(({ buttons }) => buttons.includes(privacy.erase))
    await chatter.press(privacy.erase)
    await chatter.see(privacy.eraseTitle)
    await chatter.press(privacy.goOn)
    await chatter.see(privacy.sure)
  }

  it.each(languages)('is told of, handed over and deleted when its owner wants it, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { language, owner: true })
    const alice = await channel.join('alice', { language })
    const greeted = program.shown.length
    const { privacy } = alice.t
    const product = await program.product(5)
    const { no } = await buy(alice, product)
    await reveal(alice)
    await alice.say(`/support ${product.codes[0]}?`)
    await alice.see(/\d/)

    await alice.say('/privacy')
    const told = await alice.see(privacy.title)
    expect(told.text).toContain(privacy.marketing(true))
    await alice.press(privacy.kept)
    const kept = [(await alice.see(privacy.profile)).text]
    for (const page of [2, 3]) {
      await alice.press(alice.t.nextPage)
      kept.push((await alice.see(alice.t.page(page, 3))).text)
    }
    expect(kept.join('\n')).toContain(privacy.kinds.tickets(365))
    expect(kept.join('\n')).toContain(privacy.kinds.inbox(7))
    expect(kept.join('\n')).toContain(privacy.audit)
    await alice.press(privacy.title)
    await alice.see(privacy.marketing(true))
    await alice.press(privacy.export)
    const data = await dataSeen(alice, privacy.exported)
    expect(data.about).toBe(privacy.exportAbout)
    expect(JSON.stringify(data)).toContain(no.replace('-', ''))
    expect(JSON.stringify(data)).not.toContain(product.codes[0])

    // While an order is open, it says so.
    await fill(alice, product)
    const open = await order(alice)
    await alice.say('/privacy')
    await alice.see(privacy.title)
    await alice.press(privacy.erase)
    const hindered = await alice.see(privacy.hindered)
    expect(hindered.text).toContain(privacy.hindrances.order(open))
    await alice.press(alice.t.orderTitle(open))
    await alice.see(({ buttons }) => buttons.includes(alice.t.cancelOrder))
    await alice.press(alice.t.cancelOrder)
    await alice.see(alice.t.cancelledOrder)

    await alice.say('/privacy')
    await askTwice(alice)
    await alice.say('no, wait')
    await alice.see(privacy.notErased)
    await askTwice(alice)
    await alice.press(privacy.keep)
    await alice.see(privacy.title)
    // Meanwhile the staff see who it is, and afterwards nobody.
    await boss.say(`/order ${no}`)
    const [was] = await nameOf(no)
    await boss.see(was?.name ?? boss.staff.nameless)
    await askTwice(alice)
    await alice.press(privacy.eraseYes)
    await alice.see(privacy.erased)
    const before = program.shown.length
    await boss.say(`/order ${no}`)
    await boss.see(no)
    await boss.see(boss.staff.nameless)
    expect(await nameOf(no)).toEqual([{ name: null }])
    await boss.say(`/privacy ${no}`)
    await boss.see(boss.staff.personal.gone)
    const names = ['alice', 'boss', product.name, 'no, wait']
    expectWording(
      program.shown.slice(greeted).filter(({ text }) => !text.includes('keytill-personal-data-1')),
      boss.chat,
      language,
      names,
    )
    expectWording(
      program.shown.slice(greeted, before).filter(({ text }) => !text.includes('keytill-personal-data-1')),
      alice.chat,
      language,
      names,
    )

    // The same account comes back as somebody new.
    await alice.say('/orders')
    await alice.see(({ text }) => text.includes(alice.t.noOrders) || /You have no orders|您还没有订单/.test(text))
    await alice.say(`/order ${no}`)
    await alice.see(/K7MQ-4XD2/)
  })

  it('is handed over and deleted by staff, for a buyer who asks', async () => {
    const { program } = channel
    const boss = await channel.join('chief', { owner: true })
    const bob = await channel.join('bob')
    const { personal } = boss.staff
    const { no } = await buy(bob, await program.product(1))
    await boss.say(`/privacy ${no}`)
    const [who] = await nameOf(no)
    const page = await boss.see(personal.title(who?.name ?? boss.staff.nameless, no))
    expect(page.text).toContain(personal.hint)
    await boss.press(boss.t.privacy.export)
    const data = await dataSeen(boss, personal.exported)
    expect(data.profile).toMatchObject({ name: who?.name ?? null })
    expect(data.orders).toMatchObject([{ no: no.replace('-', '') }])
    await boss.say(`/privacy ${no}`)
    await askTwice(boss)
    await boss.say('hm')
    await boss.see(boss.t.privacy.notErased)
    await askTwice(boss)
    await boss.press(boss.t.privacy.eraseYes)
    await boss.see(personal.erased)
    await bob.say('/start')
    await bob.see(({ buttons }) => buttons.length > 0)
    expect(await nameOf(no)).toEqual([{ name: null }])
    // Their own is refused, with what to do.
    await boss.say('/privacy')
    await boss.see(boss.t.privacy.title)
    await boss.press(boss.t.privacy.erase)
    await boss.see(boss.t.privacy.hindrances.staff())
  })

  it('is kept for as long as the owner says', async () => {
    const boss = await channel.join('keeper', { owner: true })
    const { personal } = boss.staff
    const name = personal.kinds.tickets
    await boss.say('/retention')
    await boss.see(({ buttons }) => buttons.includes(personal.line(name, 365)))
    await boss.press(personal.line(name, 365))
    await boss.see(personal.ask(name))
    await boss.say('3')
    await boss.see(personal.badDays)
    await boss.say('180')
    await boss.see(personal.set(name, 180))
    await boss.say('/retention nothing 5')
    await boss.see(personal.unknownKind)
    await boss.say('/privacy')
    await boss.see(boss.t.privacy.title)
    await boss.press(boss.t.privacy.kept)
    await boss.see(boss.t.privacy.profile)
    await boss.press(boss.t.nextPage)
    await boss.see(boss.t.privacy.kinds.tickets(180))
    await boss.say('/retention tickets 365')
    await boss.see(({ buttons }) => buttons.includes(personal.line(name, 365)))
  })

  it('is nobody else’s', async () => {
    const [erin, mallory] = [await channel.join('erin'), await channel.join('mallory')]
    const { no } = await buy(erin, await channel.program.product(1))
    await mallory.say(`/privacy ${no}`)
    await mallory.see(mallory.t.privacy.title)
    await mallory.say('/retention tickets 7')
    await mallory.see(mallory.t.unknownCommand('retention'))
    if (!mallory.can.buttons) return
    for (const forged of [`s-privacy-export:${no.replace('-', '')}`, `s-privacy-erase-yes:${no.replace('-', '')}`]) {
      await mallory.forge(forged)
      await mallory.see(mallory.t.oldButton)
    }
    // The last button alone is not asking twice.
    await mallory.forge('erase-yes')
    await mallory.see(mallory.t.privacy.eraseTitle)
    const [erased] = await channel.program.stand.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM customer WHERE erased_at IS NOT NULL',
    )
    expect(erased?.count).toBe(languages.length + 1)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
