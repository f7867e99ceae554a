import { beforeAll, describe, expect, it, vi } from 'vitest'
import { hours } from '../../core/platform/clock.ts'
import { talkTo } from '../bots/dialogue/memory-channel.ts'
import type { FakeBot } from '../fakes/telegram/fake.ts'
import type { TelegramChatter } from './channels/telegram.ts'
import { openTelegramStaff, type TelegramStaffChannel } from './channels/telegram-staff.ts'
import { buy, holds } from './steps.ts'

let channel: TelegramStaffChannel
let boss: TelegramChatter
beforeAll(async () => {
  channel = await openTelegramStaff()
  boss = await channel.join('boss', { owner: true })
})

const saidBy = (bot: FakeBot, { person }: TelegramChatter) => bot.messages(person.id).filter(({ from }) => from.is_bot)
/** The links under the newest message of a bot. */
const linksOf = ({ person }: TelegramChatter) =>
  (person.history().at(-1)?.reply_markup?.inline_keyboard ?? []).flat().flatMap(({ url }) => url ?? [])
const shopLink = (payload?: string) =>
  `https://t.me/${channel.shopBot.username}${payload === undefined ? '' : `?start=${payload}`}`
const staffLink = () => `https://t.me/${channel.staffBot.username}`
const claim = async (chatter: TelegramChatter) => {
  await chatter.say(`/claim ${(await channel.program.shop.staff.invite('operator', 'owner', hours(1))).code}`)
  await chatter.see(chatter.t.claimDone(chatter.staff.roles.owner ?? ''))
}

describe('someone who is not staff', () => {
  it.each(['en', 'zh'] as const)(
    'hears in the staff bot whom it is for and where the shop is, in %s',
    async (language) => {
      const product = await channel.program.product(1)
      const alice = await channel.join('alice', { language })
      await buy(alice, product)
      const there = channel.cross(alice)
      const door = there.staff.doorShop('keytill', shopLink())
      const acts = [
        () => there.say('/start'),
        () => there.say('/start something_else'),
        () => there.say(`/start p_${product.sku}`),
        () => there.say('/staff'),
        () => there.say('/help'),
        () => there.say('/orders'),
        () => there.say('hello'),
        () => there.sendFile('keys.csv', Buffer.from('A-1'), `/import ${product.sku}`),
      ]
      for (const act of acts) {
        await act()
        await there.see(door)
      }
      // Under a message that says so already there is nothing to change.
      for (const action of ['s-menu', 'home']) await there.forge(action)
      await channel.program.idle()
      expect(saidBy(channel.staffBot, there)).toHaveLength(acts.length)
      expect(new Set(saidBy(channel.staffBot, there).map(({ text }) => text))).toEqual(new Set([door]))
    },
  )

  it('becomes staff there with a code, and is the customer that they were', async () => {
    const { shop, stand } = channel.program
    const carol = await channel.join('carol')
    const there = channel.cross(carol)
    await there.say('/claim NONSENSE')
    await there.see(there.t.claimFailed)
    await claim(there)
    await there.say('/staff')
    await there.see(there.staff.last24Hours)
    const places = await stand.rows<{ customer_id: number; channel: string }>(
      'SELECT customer_id, channel FROM identity WHERE external_id = $1 ORDER BY channel',
      [String(carol.person.id)],
    )
    expect(places.map((place) => place.channel)).toEqual(['telegram', 'telegram-staff'])
    expect(new Set(places.map(({ customer_id: id }) => id)).size).toBe(1)
    expect((await shop.customers.get(places[0]?.customer_id ?? 0))?.role).toBe('owner')
  })
})

describe('staff in the shop bot', () => {
  let buyer: TelegramChatter
  beforeAll(() => {
    buyer = boss.asBuyer
  })

  it('are told where to go, by commands, buttons and files', async () => {
    const product = await channel.program.product(1)
    await buyer.say('/start')
    await buyer.see(buyer.t.homeHint)
    const acts = [
      () => buyer.say('/staff'),
      () => buyer.say('/held'),
      () => buyer.say(`/product set ${product.sku} price 1`),
      () => buyer.forge('s-menu'),
      () => buyer.forge(`s-shelf:${product.sku}:off`),
      () => buyer.say(`/freeze ${product.codes[0]}`),
      () => buyer.sendFile('keys.csv', Buffer.from('A-1'), `/import ${product.sku}`),
    ]
    for (const act of acts) {
      const before = saidBy(channel.shopBot, buyer).length
      await act()
      await buyer.see(buyer.staff.staffElsewhere)
      expect(saidBy(channel.shopBot, buyer)).toHaveLength(before + 1)
      expect(linksOf(buyer)).toEqual([staffLink()])
    }
    await channel.program.idle()
    expect(buyer.own().filter((text) => /^\/(freeze|import)/.test(text))).toEqual([])
    expect(await channel.program.shop.catalog.product(product.sku, 'en')).toMatchObject({ price: 990, onShelf: true })
  })

  it('get the buyer’s answer to what buyers know too, and the way if they meant more', async () => {
    await buyer.say('/shop')
    await buyer.see(holds(buyer.t.allProducts))
    await channel.program.idle()
    expect(linksOf(buyer)).toEqual([])
    await buyer.say('/shop set name Nowhere')
    await buyer.see(holds(buyer.t.allProducts))
    await buyer.see(buyer.staff.staffElsewhere)
    expect((await channel.program.shop.profiles.read()).name).not.toBe('Nowhere')
    const { no } = await buy(buyer, await channel.program.product(1))
    await buyer.say(`/order ${no}`)
    await buyer.see(buyer.t.orderTitle(no))
    await buyer.see(buyer.staff.staffElsewhere)
  })

  it('leave behind what they had begun there, and their keys do not stay', async () => {
    const { chats } = channel.program.shop
    await channel.program.idle()
    const asked = { question: 's-key-find', args: [], digits: false }
    await chats.saveSession('telegram', buyer.chat, { asked, draft: { id: 1, sku: 'X' } })
    await buyer.say('ABCD-1234-EFGH')
    await buyer.see(buyer.staff.staffElsewhere)
    await channel.program.idle()
    expect(buyer.own()).not.toContain('ABCD-1234-EFGH')
    await buyer.say('something')
    await buyer.see(buyer.t.noMatch('something'))
  })

  it('who claim the shop there are told where to go at once', async () => {
    const dan = await channel.join('dan')
    await claim(dan)
    await dan.see(dan.staff.staffElsewhere)
    expect(linksOf(dan)).toEqual([staffLink()])
  })
})

describe('staff in the staff bot', () => {
  it('begin, get help, change the language and cancel', async () => {
    const { staff } = boss
    for (const words of ['/start', '/start nothing_AT_ALL', '/staff', '/cancel']) {
      await boss.say(words)
      await boss.see(staff.last24Hours)
    }
    expect(linksOf(boss)).toEqual([shopLink()])
    await boss.say('/help')
    await boss.see(staff.helpTitle)
    await boss.say('/language')
    await boss.see('Choose a language')
    await boss.press('中文')
    await boss.see('过去 24 小时')
    await boss.say('/language')
    await boss.see('Choose a language')
    await boss.press('English')
    await boss.see(staff.last24Hours)
    await boss.forge('no-such-button')
    await boss.see(boss.t.oldButton)
    await boss.say('/nonsense')
    await boss.see(boss.t.unknownCommand('nonsense'))
    await boss.say('hello?')
    await boss.see(staff.unread)
    await boss.sendFile('keys.txt', Buffer.from('A-1'))
    await boss.see(staff.fileUnread)
  })

  it('are told that buying is done in the shop bot, with a link to what they wanted', async () => {
    const product = await channel.program.product(1)
    for (const words of ['/orders', '/support', '/terms', '/receipt K7MQ-4XD2']) {
      await boss.say(words)
      await boss.see(boss.staff.buyingElsewhere)
      expect(linksOf(boss)).toEqual([shopLink()])
    }
    await boss.forge(`buy:${product.sku}`)
    await boss.see(boss.staff.buyingElsewhere)
    await boss.say(`/start p_${product.sku}`)
    await boss.see(boss.staff.buyingElsewhere)
    expect(linksOf(boss)).toEqual([shopLink(`p_${product.sku}`)])
    await boss.say(`/product ${product.sku}`)
    await boss.see(boss.staff.limit(product.limit))
    expect(linksOf(boss)).toEqual([shopLink(`p_${product.sku}`)])
  })

  it('find an order by its number alone', async () => {
    const { no } = await buy(await channel.join('erin'), await channel.program.product(1))
    await boss.say(no)
    await boss.see(boss.staff.orderBuyer('erin', 'Telegram', 0).split('erin')[0] ?? '')
  })

  it('are only asked to come into the private chat by a group, and nothing is sent to who has not', async () => {
    const { program, staffBot } = channel
    const frank = await channel.join('frank')
    await claim(frank)
    const there = channel.cross(frank)
    staffBot.group({ id: -5 })
    const inGroup = there.person.inGroup(-5)
    await inGroup.say('/staff')
    await inGroup.see(there.t.inPrivate)
    await inGroup.say(`/held@${staffBot.username}`)
    await inGroup.say(`/held@${channel.shopBot.username}`)
    await program.idle()
    expect(new Set(staffBot.messages(-5).flatMap(({ from, text }) => (from.is_bot ? [text] : [])))).toEqual(
      new Set([there.t.inPrivate]),
    )
    frank.sight.act()
    const { no } = await buy(await channel.join('grace'), await program.product(1))
    await frank.see(frank.staff.notices.sale(no))
    await there.say('/start')
    await there.see(there.staff.last24Hours)
    frank.sight.act()
    there.sight.act()
    const { no: next } = await buy(await channel.join('heidi'), await program.product(1))
    await there.see(there.staff.notices.sale(next))
    await boss.see(boss.staff.notices.sale(next))
    await program.idle()
    expect(frank.sight.all().filter(({ text }) => text.includes(next))).toEqual([])
    expect(boss.asBuyer.sight.all().filter(({ text }) => text.includes(next))).toEqual([])
  })

  it('see their commands in the menu of each language', () => {
    const { zh, en } = { zh: channel.staffBot.commands('default', 'zh'), en: channel.staffBot.commands() }
    expect(zh?.find(({ command }) => command === 'held')?.description).toBe('待核实的订单')
    expect(en?.map(({ command }) => command)).toEqual(zh?.map(({ command }) => command))
    expect(channel.shopBot.commands()?.map(({ command }) => command)).not.toContain('held')
  })
})

it('answers staff on other channels as it always did', async () => {
  const { shop } = channel.program
  const web = talkTo(shop, 'web-boss')
  await web.say(`/claim ${(await shop.staff.invite('operator', 'owner', hours(1))).code}`)
  expect(await web.say('/staff')).toContain(boss.staff.last24Hours)
  expect(await web.say('/start')).toContain(boss.t.homeHint)
})

it('went without an error until now', () => {
  expect(channel.program.errors).toEqual([])
})

it('goes on after an error in the middle of an answer', async () => {
  const today = vi.spyOn(channel.program.shop.reports, 'today').mockRejectedValue(new Error('a mistake of ours'))
  await boss.say('/staff')
  await boss.see(boss.t.busy)
  today.mockRestore()
  await boss.say('/staff')
  await boss.see(boss.staff.last24Hours)
  expect(channel.program.errors.join()).toContain('an event could not be handled')
  await channel.staffBot.allConfirmed()
})
