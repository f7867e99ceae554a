import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { expect, it } from 'vitest'
import type { Channel as Adapter, ChatEvent, Decode } from '../../bots/dialogue/channel.ts'
import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import { plain, type Screen } from '../../bots/dialogue/screen.ts'
import { minutes } from '../../core/platform/clock.ts'
import { openProgram } from './program.ts'

const BUYERS = 200
const KEYS = 50
const t = TEXTS.en.buyer

it('sells 50 keys to 50 of 200 who press at once, and tells the other 150 that they are gone', async () => {
  const screens = new Map<string, Screen>()
  const news = new EventEmitter()
  const put = (chat: string, screen: Screen) => {
    screens.set(chat, screen)
    news.emit('screen')
  }
  const adapter: Adapter = {
    name: 'crowd',
    capabilities: {
      buttons: true,
      edit: true,
      delete: true,
      invoice: false,
      spoiler: true,
      copy: true,
      files: true,
      pictures: true,
      contact: false,
      textLength: 20_000,
    },
    send: async (chat, screen) => {
      put(chat, screen)
      return randomUUID()
    },
    edit: async (chat, id, screen) => {
      put(chat, screen)
      return id
    },
    remove: async () => true,
    acknowledge: async () => {},
  }
  // What was committed comes back as JSON.
  const decode: Decode = (payload) => {
    const event = payload as Omit<ChatEvent, 'at'> & { at: string }
    return { ...event, at: new Date(event.at) }
  }
  let accept: (items: { externalId: string; chat: string; payload: ChatEvent }[]) => Promise<void> = async () => {}
  const program = await openProgram(
    () => ({
      async open(_shop, acceptOf) {
        accept = acceptOf('crowd')
        return { channel: adapter, decode, close: async () => {} }
      },
    }),
    { demo: 'on' },
  )
  const chats = Array.from({ length: BUYERS }, (_, index) => `buyer-${index}`)
  /** Everybody does the same at once, and is answered. */
  const all = async (content: (chat: string) => ChatEvent['content'], who: readonly string[] = chats) => {
    const events = who.map((chat): ChatEvent => {
      const id = randomUUID()
      return { id, chat, private: true, person: { id: chat, language: 'en' }, at: new Date(), content: content(chat) }
    })
    await Promise.all(events.map((event) => accept([{ externalId: event.id, chat: event.chat, payload: event }])))
    await program.idle()
  }
  const button = (chat: string, label: string): ChatEvent['content'] => {
    const found = screens
      .get(chat)
      ?.buttons?.flat()
      .find((candidate) => candidate.label.startsWith(label))
    if (!found || !('action' in found)) throw new Error(`${chat} sees no ${label}`)
    return { kind: 'press', action: found.action, messageId: '1' }
  }
  const said = (chat: string) => plain(screens.get(chat)?.text ?? [])

  const product = await program.product(KEYS)
  await all(() => ({ kind: 'text', text: `/start p_${product.sku}` }))
  await all((chat) => button(chat, t.buy))
  await all((chat) => button(chat, '1'))
  await all((chat) => button(chat, t.checkout('')))

  const soldOut = t.refused.sold_out(product.name, 0)
  const ordered = chats.filter((chat) => said(chat).includes(t.orderState(t.states.awaiting_payment)))
  expect(ordered).toHaveLength(KEYS)
  expect(chats.filter((chat) => said(chat).includes(soldOut))).toHaveLength(BUYERS - KEYS)

  // Four fifths pay; the others let their time pass.
  const paying = ordered.slice(0, 40)
  await all((chat) => button(chat, t.sandboxPay), paying)
  const level = async () => (await program.shop.inventory.levels(product.sku, 0)).items[0]
  expect(await level()).toMatchObject({ available: 0, reserved: 10, sold: 40 })
  // The keys come by notices, which are jobs.
  while (paying.some((chat) => !said(chat).includes('****'))) await once(news, 'screen')
  await all((chat) => ({ kind: 'press', action: `reveal:${orderOf(chat)}`, messageId: '1' }), paying)
  const keys = paying.map((chat) => product.codes.filter((code) => said(chat).includes(code)))
  expect(keys.every((own) => own.length === 1)).toBe(true)
  expect(new Set(keys.flat()).size).toBe(40)
  await program.pass(minutes(16))
  expect(await level()).toMatchObject({ available: 10, reserved: 0, sold: 40 })
  expect(program.errors).toEqual([])

  function orderOf(chat: string): string {
    const [no = ''] = /[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}/.exec(said(chat)) ?? []
    return no.replace('-', '')
  }
})
