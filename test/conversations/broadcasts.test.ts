import { beforeAll, describe, expect, it } from 'vitest'
import { MOST_TEXT } from '../../core/marketing/policy.ts'
import { hours, minutes } from '../../core/platform/clock.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { buy } from './steps.ts'
import { expectWording } from './wording.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe.each(CHANNELS)('broadcasts on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  const titleOf = ({ staff }: Chatter, state: keyof Chatter['staff']['broadcasts']['states']) =>
    staff.broadcasts.states[state]
  const tick = () => channel.program.shop.marketing.tick()
  const shownTo = (chatter: Chatter, text: string) =>
    channel.program.shown.filter((item) => item.chat === chatter.chat && item.text.startsWith(text))

  it.each(languages)(
    'are written, aimed, looked at and sent, and what came of them is told, in %s',
    async (language) => {
      const { program } = channel
      const boss = await channel.join('boss', { language, owner: true })
      const [alice, bob] = [await channel.join('alice', { language }), await channel.join('bob', { language })]
      const greeted = program.shown.length
      const product = await program.product(9)
      await buy(alice, product)
      const { broadcasts: words } = boss.staff
      const text = `SALE${language}`

      await boss.say('/staff')
      await boss.see(boss.staff.last24Hours)
      await boss.press(words.button)
      await boss.see(words.listTitle)
      await boss.press(words.write)
      await boss.see(words.askText(MOST_TEXT))
      await boss.say('x'.repeat(MOST_TEXT + 1))
      await boss.see(words.problems['mailing.text'](MOST_TEXT))
      await boss.say(text)
      const draft = await boss.see(titleOf(boss, 'draft'))
      expect(draft.text).toContain(words.whom(words.everyone))

      await boss.press(words.change.product)
      await boss.see(words.askProduct)
      await boss.say('NOSUCH')
      await boss.see(words.noSuchProduct)
      await boss.say(product.sku.toLowerCase())
      await boss.see(words.leadsTo(product.name))

      await boss.press(words.change.whom)
      await boss.see(words.chooseWhom)
      await boss.press(words.conditions.product.name)
      await boss.see(words.conditions.product.ask)
      await boss.say('NOSUCH')
      await boss.see(words.noSuchValue)
      await boss.say(product.sku)
      const aimed = await boss.see(words.conditions.product.is(product.name))
      expect(aimed.text).toContain(words.reach(1))
      await boss.press(words.conditions.spent.name)
      await boss.see(words.conditions.spent.ask)
      await boss.say('5')
      await boss.see(words.also)
      await boss.press(words.conditions.language.name)
      await boss.see(words.conditions.language.ask)
      await boss.press(language === 'zh' ? '中文' : 'English')
      await boss.see(words.reach(1))
      await boss.press(new RegExp(words.conditions.spent.name))
      await boss.see(words.conditions.spent.ask)
      await boss.press(words.anyone)
      await boss.see(words.reach(1))
      await boss.press(boss.t.back)
      await boss.see(titleOf(boss, 'draft'))

      await boss.press(words.look)
      await boss.see(words.lookNote)
      const look = await boss.see((seen) => seen.text.startsWith(text))
      expect(look.buttons.slice(-2)).toEqual([boss.t.news.look(product.name), boss.t.news.off])
      await boss.see(titleOf(boss, 'draft'))
      await boss.press(words.send)
      await boss.see(words.confirm(1))
      alice.sight.act()
      await boss.press(words.yes)
      await boss.see(titleOf(boss, 'sending'))
      await tick()
      const got = await alice.see((seen) => seen.text.startsWith(text))
      expect(got.buttons.slice(-2)).toEqual(look.buttons.slice(-2))
      expect(shownTo(bob, text)).toEqual([])

      await alice.press(alice.t.news.look(product.name))
      await alice.see(product.name)
      program.stand.clock.advance(minutes(1))
      await buy(alice, product)
      await expect.poll(async () => (await program.shop.marketing.list(0)).items[0]?.sent).toBe(1)
      await tick()
      await boss.press(words.refresh)
      const done = await boss.see(titleOf(boss, 'done'))
      expect(done.text).toContain(words.progress(1, 0))
      expect(done.text).toContain(words.opened(1))
      expect(done.text).toContain(words.bought(1, 1, '').replace(/\D+$/, ''))
      expect(shownTo(alice, text)).toHaveLength(1)

      await alice.say('/stop')
      await alice.see(alice.t.news.isOff)
      await boss.say(`/broadcast ${text} again`)
      const reach = await boss.see(titleOf(boss, 'draft'))
      const { quiet, gone, barred } = await program.shop.marketing.reach({})
      expect(quiet).toBeGreaterThan(0)
      expect(reach.text).toContain(words.reachNot(quiet, gone, barred))
      await boss.press(words.drop)
      await boss.see(words.dropped)
      const names = [product.name, 'alice', text, 'again', product.sku, 'x'.repeat(MOST_TEXT + 1), 'xiaohongshu']
      expectWording(program.shown.slice(greeted), boss.chat, language, names)
      expectWording(program.shown.slice(greeted), alice.chat, language, names)
    },
  )

  it('can be put off, taken back, paused and stopped', async () => {
    const { program } = channel
    const boss = await channel.join('chief', { owner: true })
    const { broadcasts: words } = boss.staff
    await boss.say('/broadcast Night news')
    await boss.see(titleOf(boss, 'draft'))
    await boss.press(words.schedule)
    await boss.see(/2026-06-01 16:\d\d \(UTC\+8\)/)
    await boss.say('yesterday')
    await boss.see(words.badTime)
    await boss.say('23:00')
    const waits = await boss.see(titleOf(boss, 'scheduled'))
    expect(waits.text).toContain(words.sendAt('2026-06-01 23:00 (UTC+8)'))
    await boss.press(words.back)
    await boss.see(words.isDraft)
    await boss.press(words.schedule)
    await boss.see(/UTC\+8/)
    await boss.say('23:00')
    await boss.see(titleOf(boss, 'scheduled'))

    // Its time comes in the quiet hours.
    await program.pass(hours(7))
    await tick()
    await boss.say('/broadcast')
    await boss.see(words.listTitle)
    await boss.press(/Night news/)
    const quiet = await boss.see(titleOf(boss, 'sending'))
    expect(quiet.text).toContain(words.quietNow('2026-06-02 09:00 (UTC+8)'))
    await boss.press(words.pause)
    await boss.see(titleOf(boss, 'paused'))
    await boss.press(words.resume)
    await boss.see(titleOf(boss, 'sending'))
    await boss.press(words.stop)
    const ask = await boss.see(({ buttons }) => buttons.includes(words.stopYes))
    expect(ask.text).toContain(words.stopAsk(0, 5).split(/[?？]/)[0])
    await boss.press(words.stopYes)
    const over = await boss.see(titleOf(boss, 'stopped'))
    expect(over.buttons).not.toContain(words.resume)
  })

  it('carry a picture, that comes with the text or after it', async () => {
    const boss = await channel.join('painter', { owner: true })
    const { broadcasts: words } = boss.staff
    await boss.say('/broadcast Look at this')
    await boss.see(titleOf(boss, 'draft'))
    await boss.press(words.change.picture)
    await boss.see(words.askPicture)
    await boss.sendFile('look.png', PNG)
    await boss.see(words.picture(boss.staff.on))
    await boss.press(words.look)
    await boss.see('Look at this')
    if (boss.can.pictures) await boss.see((seen) => seen.picture === true)
    await boss.say('/staff')
    await boss.see(boss.staff.last24Hours)
    if (boss.can.captions) {
      await boss.sendFile('more.png', PNG, '/broadcast And at that')
      const both = await boss.see(words.picture(boss.staff.on))
      expect(both.text).toContain('And at that')
    }
  })

  it('hold no key, and are nobody else’s business', async () => {
    const { program } = channel
    const boss = await channel.join('careful', { owner: true })
    const mallory = await channel.join('mallory')
    const product = await program.product(1)
    await boss.say(`/broadcast free: ${product.codes[0]}`)
    await boss.see(boss.staff.broadcasts.problems['mailing.keys']())
    if (boss.can.delete) expect((boss.own() ?? []).filter((said) => said.includes(product.codes[0] ?? ''))).toEqual([])
    await mallory.say('/broadcast everyone, look')
    await mallory.see(mallory.t.unknownCommand('broadcast'))
    if (!mallory.can.buttons) return
    for (const forged of ['s-mails:0', 's-mail-send-yes:1', 's-mail-stop-yes:1']) {
      await mallory.forge(forged)
      await mallory.see(mallory.t.oldButton)
    }
    await mallory.forge('mail:999999')
    await mallory.see(mallory.t.news.gone)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
