import { beforeAll, describe, expect, it } from 'vitest'
import { hours } from '../../core/platform/clock.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { buy, orderIn, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('feedback on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  const starsOf = ({ t }: Chatter, stars: number) => `${t.rating.stars(stars)} ${t.rating.names[stars - 1]}`
  /** The time at which buyers are asked has come. */
  const pass = async () => {
    await channel.program.pass(hours(24))
    await channel.program.shop.feedback.askDue()
  }

  it.each(languages)('is given on the order, and read by the staff, in %s', async (language) => {
    const { program } = channel
    const boss = await channel.join('boss', { language, owner: true })
    const alice = await channel.join('alice', { language })
    const greeted = program.shown.length
    const product = await program.product(3)
    const { no } = await buy(alice, product)
    await reveal(alice)
    const { rating } = alice.t
    await alice.say(`/order ${no}`)
    await alice.see(orderIn(alice, 'delivered'))
    await alice.press(rating.button)
    const asked = await alice.see(rating.title(no))
    expect(asked.text).toContain(product.name)
    await alice.press(starsOf(alice, 2))
    const sorry = await alice.see(rating.yours(2))
    expect(sorry.text).toContain(rating.sorry)
    expect(sorry.buttons).toContain(alice.t.keyProblem)

    // Meanwhile the staff look.
    await boss.say('/staff')
    await boss.see(boss.staff.last24Hours)
    await boss.press(boss.staff.feedback.button)
    const list = await boss.see(boss.t.rating.stars(2))
    expect(list.text).toContain(no)

    await alice.say('字'.repeat(501))
    await alice.see(rating.tooLong)
    await alice.say(`${product.codes[0]} fails`)
    await alice.see(rating.thanks)
    await alice.say(`/rate ${no}`)
    const mine = await alice.see(rating.yours(2))
    expect(mine.text).toContain(rating.words(`${product.codes[0]} fails`))
    await alice.press(starsOf(alice, 3))
    const better = await alice.see(rating.yours(3))
    expect(better.text).toContain(rating.thanks)
    expect(better.buttons).not.toContain(alice.t.keyProblem)
    await alice.press(rating.skip)
    await alice.see(orderIn(alice, 'delivered'))

    await boss.say(`/feedback ${product.sku}`)
    const one = await boss.see(boss.staff.feedback.titleOf(product.name, 1))
    expect(one.text).toContain('****')
    expect(one.text).not.toContain(product.codes[0])
    expect(one.text).toContain(boss.staff.feedback.figures(1, 3))
    await boss.press(boss.staff.feedback.batches)
    await boss.see(boss.staff.feedback.batchesTitle(product.name))
    await boss.say(`/product ${product.sku}`)
    await boss.see(boss.staff.feedback.figures(1, 3))
    await boss.press(boss.staff.feedback.button)
    await boss.see(boss.staff.feedback.titleOf(product.name, 1))
    await boss.press(boss.staff.feedback.all)
    await boss.see(boss.staff.feedback.title(1))
    await boss.press(boss.staff.feedback.filter)
    await boss.see(boss.staff.feedback.choose())

    // A week later it stands.
    await program.pass(hours(24 * 7))
    await alice.say(`/rate ${no}`)
    const late = await alice.see(rating.closed)
    expect(late.buttons).not.toContain(starsOf(alice, 5))
    await alice.say('/rate')
    await alice.see(rating.askNo)
    await alice.say('/rate ZZZZ-ZZZZ')
    await alice.see(alice.t.orderUnknown)
    const names = [product.name, 'alice', 'fails', product.sku, 'npm run verify-audit']
    expectWording(program.shown.slice(greeted), alice.chat, language, names)
    expectWording(program.shown.slice(greeted), boss.chat, language, names)
    await program.stand.rows('DELETE FROM feedback')
  })

  it('is asked for once, some time after the keys were shown, and not of who wants nothing of the kind', async () => {
    const { program } = channel
    const [carol, dave] = [await channel.join('carol'), await channel.join('dave')]
    const product = await program.product(5)
    const first = await buy(carol, product)
    await reveal(carol)
    const second = await buy(dave, product)
    await reveal(dave)
    carol.sight.act()
    dave.sight.act()
    await pass()
    const asked = await carol.see(carol.t.rating.asked(first.no))
    expect(asked.buttons.slice(-6)).toEqual([
      ...[1, 2, 3, 4, 5].map((stars) => starsOf(carol, stars)),
      carol.t.news.off,
    ])
    await dave.see(dave.t.rating.asked(second.no))
    await carol.press(starsOf(carol, 5))
    await carol.see(carol.t.rating.yours(5))
    await dave.press(dave.t.news.off)
    await dave.see(dave.t.news.isOff)

    const third = await buy(dave, product)
    await reveal(dave)
    const fourth = await buy(carol, product)
    await reveal(carol)
    carol.sight.act()
    await pass()
    await carol.see(carol.t.rating.asked(fourth.no))
    expect(program.shown.filter(({ text }) => text.includes(dave.t.rating.asked(third.no)))).toEqual([])
    expect(program.shown.filter(({ text }) => text.includes(carol.t.rating.asked(first.no)))).toHaveLength(1)
    await dave.say('/subscribe')
    await dave.see(dave.t.news.isOn)
    await dave.say(dave.t.news.words[0] as string)
    await dave.see(dave.t.news.isOff)
    await dave.press(dave.t.news.on)
    await dave.see(dave.t.news.isOn)
  })

  it('is nobody else’s to give, or to read', async () => {
    const [erin, mallory] = [await channel.join('erin'), await channel.join('mallory')]
    const { no } = await buy(erin, await channel.program.product(1))
    await mallory.say(`/rate ${no}`)
    await mallory.see(mallory.t.orderUnknown)
    await mallory.say('/feedback')
    await mallory.see(mallory.t.unknownCommand('feedback'))
    if (!mallory.can.buttons) return
    await mallory.forge(`rate-as:${no.replace('-', '')}:1`)
    await mallory.see(mallory.t.orderUnknown)
    await mallory.forge('s-feedback:all:0')
    await mallory.see(mallory.t.oldButton)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
