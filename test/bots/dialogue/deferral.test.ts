import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Channel } from '../../../bots/dialogue/channel.ts'
import { createDialogue, type Dialogue } from '../../../bots/dialogue/dialogue.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { type ChatMessenger, createMessenger } from '../../../bots/dialogue/notices.ts'
import { plain } from '../../../bots/dialogue/screen.ts'
import type { Notice } from '../../../core/notifications/model.ts'
import { hours } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

const t = TEXTS.en.buyer
const PER_WORD = 5

let stand: Stand
let dialogue: Dialogue
let messenger: ChatMessenger
let buyer: Buyer
/** all that the platform has taken, and how much more it takes before the next word */
let shown: string[] = []
let left = 0
let away = false

/** A platform that takes five messages after each word, and does not hold with buttons or files. */
const channel: Channel = {
  name: 'narrow',
  capabilities: {
    buttons: false,
    edit: false,
    delete: false,
    invoice: false,
    spoiler: false,
    copy: false,
    files: false,
    pictures: true,
    contact: false,
    textLength: 600,
  },
  perWord: PER_WORD,
  send: async (_chat, screen) => {
    if (away) throw new Error('the platform does not answer')
    if (left === 0) throw new KeytillError('chat.window_closed', 'Nothing more before the next word.')
    left--
    shown.push(plain(screen.text))
    return randomUUID()
  },
  edit: () => Promise.reject(new Error('nothing is edited here')),
  remove: async () => false,
  acknowledge: async (_event, toast) => {
    if (toast) throw new Error('there are no toasts here')
  },
}

/** The person says something; returns what was shown for it. */
async function say(text: string, most = PER_WORD): Promise<string[]> {
  const before = shown.length
  left = most
  await dialogue.handle(
    {
      id: randomUUID(),
      chat: buyer.chat,
      private: true,
      person: { id: buyer.chat.slice('chat-'.length), language: 'en' },
      at: stand.clock(),
      content: { kind: 'text', text },
    },
    channel,
  )
  return shown.slice(before)
}

const delivered = (no: string): Notice => ({
  kind: 'order',
  to: { customerId: buyer.id, channel: 'narrow', chat: buyer.chat },
  event: 'delivered',
  orderNo: no,
})
const waiting = () => stand.shop.deferred.count('narrow', buyer.chat)
const numberOf = (label: string, text: string) => {
  const [, number] = new RegExp(`^(\\d+) ${label}`, 'm').exec(text) ?? []
  if (number === undefined) throw new Error(`no number before ${label} in ${text}`)
  return number
}

beforeAll(async () => {
  stand = await openShop()
  messenger = createMessenger(stand.shop, channel)
  dialogue = createDialogue(stand.shop, silentLog, (_channel, chat) => messenger.catchUp(chat))
})
beforeEach(async () => {
  shown = []
  buyer = await stand.meet({ channel: 'narrow' })
  await say('/start')
  shown = []
})

/** A few long keys, bought; the screen of the order. */
async function longKeys(): Promise<{ codes: readonly string[]; card: string }> {
  const product = await stand.product(0)
  const codes = Array.from({ length: 6 }, (_, n) => `${product.sku}-${n}-`.padEnd(450, 'abcdefghij'))
  await stand.stock(product, codes)
  const { no } = await stand.bought(buyer, product.sku, codes.length)
  return { codes, card: (await say(`/order ${no}`)).join('\n') }
}

it('what is longer than the platform takes goes on at the next words, in order, to the last key', async () => {
  const { codes, card } = await longKeys()
  const first = await say(numberOf(`.*${t.reveal}`, card))
  expect(first).toHaveLength(PER_WORD)
  const count = await waiting()
  expect(count).toBeGreaterThan(1)
  expect(first.at(-1)).toBe(t.moreWaits(count))
  const all = first.slice(0, -1)
  for (let word = 0; (await waiting()) > 0; word++) {
    expect(word).toBeLessThan(10)
    const before = await waiting()
    const more = await say('1')
    // All but the last place is for what waited: the word is not taken for anything else, be it a number.
    all.push(...more.slice(0, Math.min(before, PER_WORD - 1)))
    expect(more.slice(PER_WORD - 1)).toEqual(before < PER_WORD ? [] : [t.moreWaits(before - PER_WORD + 1)])
  }
  expect(all.join('').match(/T\w+-\d-[a-j]*/g)).toEqual(codes)
})

it('a platform that closes earlier than it says ends no answer: the rest waits, in order', async () => {
  const { codes, card } = await longKeys()
  const number = numberOf(`.*${t.reveal}`, card)
  const most = PER_WORD - 3
  const first = await say(number, most)
  expect(first).toHaveLength(most)
  const all = [...first]
  for (let word = 0; (await waiting()) > 0; word++) {
    expect(word).toBeLessThan(10)
    const before = await waiting()
    all.push(...(await say('1', most)))
    // The number chose nothing: only what had waited was shown.
    expect(await waiting()).toBe(Math.max(0, before - most))
  }
  expect(all.join('').match(/T\w+-\d-[a-j]*/g)).toEqual(codes)
})

it('keeps what waits sealed, and for a week', async () => {
  const { codes, card } = await longKeys()
  await say(numberOf(`.*${t.reveal}`, card))
  const rows = await stand.rows<{ sealed: Buffer }>('SELECT sealed FROM deferred_message WHERE chat = $1', [buyer.chat])
  expect(rows.length).toBeGreaterThan(0)
  for (const { sealed } of rows) expect(sealed.toString('latin1')).not.toContain(codes[0]?.slice(0, 9))
  stand.clock.advance(hours(7 * 24 - 1))
  await stand.shop.deferred.prune()
  expect(await waiting()).toBe(rows.length)
  stand.clock.advance(hours(2))
  await stand.shop.deferred.prune()
  expect(await waiting()).toBe(0)
})

it('notices that are not taken come at the next word, before its answer, and their numbers count', async () => {
  const product = await stand.product(9)
  const orders = [await stand.bought(buyer, product.sku), await stand.bought(buyer, product.sku)]
  left = 1
  for (const { no } of orders) await messenger.deliver(delivered(no))
  const [one, other] = orders.map(({ no }) => t.notices.delivered(spoken(no)))
  expect(shown).toHaveLength(1)
  expect(shown[0]).toContain(one)
  const answered = await say('/nonsense')
  expect(answered).toHaveLength(2)
  expect(answered[0]).toContain(other)
  expect(answered[1]).toBe(t.unknownCommand('nonsense'))
  const [keys] = await say(numberOf(`.*${t.reveal}`, answered[0] ?? ''))
  expect(keys).toContain(product.codes[1])
  expect(await waiting()).toBe(0)
})

it('who is told twice of the same is told once, and nothing overtakes what waits', async () => {
  const product = await stand.product(9)
  const orders = [await stand.bought(buyer, product.sku), await stand.bought(buyer, product.sku)]
  left = 0
  await messenger.deliver(delivered(orders[0]?.no ?? ''))
  await messenger.deliver(delivered(orders[0]?.no ?? ''))
  left = PER_WORD
  await messenger.deliver(delivered(orders[1]?.no ?? ''))
  expect(shown).toEqual([])
  expect(await waiting()).toBe(2)
  const answered = await say('/nonsense')
  expect(answered).toHaveLength(3)
  for (const [index, { no }] of orders.entries()) expect(answered[index]).toContain(t.notices.delivered(spoken(no)))
})

it('what still cannot be shown goes on waiting, and the word is answered', async () => {
  const product = await stand.product(9)
  const { no } = await stand.bought(buyer, product.sku)
  left = 0
  await messenger.deliver(delivered(no))
  away = true
  await expect(say('/nonsense')).rejects.toThrow('does not answer')
  away = false
  expect(await waiting()).toBe(1)
  expect((await say('/nonsense'))[0]).toContain(t.notices.delivered(spoken(no)))
})

it('what another version of the program has kept holds nothing up', async () => {
  const { no } = await stand.bought(buyer, (await stand.product(9)).sku)
  await stand.shop.deferred.add('narrow', buyer.chat, { notice: { kind: 'of tomorrow' } })
  left = 0
  await messenger.deliver(delivered(no))
  expect(await waiting()).toBe(2)
  expect((await say('/nonsense'))[0]).toContain(t.notices.delivered(spoken(no)))
  expect(await waiting()).toBe(0)
})

it('a picture that waits is the same picture when it is shown', async () => {
  const bytes = Uint8Array.from([0, 255, 137, 80])
  const { deferMessage, readWaiting } = await import('../../../bots/dialogue/deferral.ts')
  const message = { text: ['look'], picture: { id: 'p', mime: 'image/png', bytes } }
  await deferMessage(stand.shop, { channel, chat: buyer.chat }, message)
  const [kept] = await stand.shop.deferred.oldest('narrow', buyer.chat, 1)
  expect(readWaiting(kept?.content)).toEqual({
    message: { ...message, picture: { ...message.picture, bytes: Buffer.from(bytes) } },
  })
})
