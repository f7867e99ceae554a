import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Channel, ChatEvent } from '../../../bots/dialogue/channel.ts'
import { deferRest, readWaiting } from '../../../bots/dialogue/deferral.ts'
import { createDialogue, type Dialogue } from '../../../bots/dialogue/dialogue.ts'
import { TEXTS } from '../../../bots/dialogue/locales/texts.ts'
import { type ChatMessenger, createMessenger } from '../../../bots/dialogue/notices.ts'
import { partsOf } from '../../../bots/dialogue/present.ts'
import { type Button, plain } from '../../../bots/dialogue/screen.ts'
import type { Notice } from '../../../core/notifications/model.ts'
import { after, hours, minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { silentLog } from '../../../core/platform/log.ts'
import type { Permission } from '../../../core/staff/model.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { appCode, staffOf } from '../../stand/staff.ts'

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
/** whom it has told that something waits for them */
const reminded: string[] = []
/** what the platform does not take, and what happens beside while it takes something */
let refused: RegExp | undefined
let beside: (() => Promise<void>) | undefined

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
    const text = plain(screen.text)
    if (away || refused?.test(text)) throw new Error('the platform does not answer')
    if (left === 0) throw new KeytillError('chat.window_closed', 'Nothing more before the next word.')
    left--
    shown.push(text)
    const work = beside
    beside = undefined
    await work?.()
    return randomUUID()
  },
  edit: () => Promise.reject(new Error('nothing is edited here')),
  remove: async () => false,
  remind: async (chat) => void reminded.push(chat),
  acknowledge: async (_event, toast) => {
    if (toast) throw new Error('there are no toasts here')
  },
}

const worded = (
  text: string,
  { id = randomUUID() as string, stamp }: { id?: string; stamp?: number } = {},
): ChatEvent => ({
  id,
  chat: buyer.chat,
  private: true,
  person: { id: buyer.chat.slice('chat-'.length), language: 'en' },
  at: stand.clock(),
  content: { kind: 'text', text, ...(stamp === undefined ? {} : { stamp }) },
})

/** The person says something; returns what was shown for it. */
async function say(text: string, most = PER_WORD, how: Parameters<typeof worded>[1] = {}): Promise<string[]> {
  const before = shown.length
  left = most
  await dialogue.handle(worded(text, how), channel)
  return shown.slice(before)
}

/** The same, found when it is too late to act on it. */
async function late(text: string): Promise<string[]> {
  const before = shown.length
  left = PER_WORD
  await dialogue.miss(worded(text), channel, after(stand.clock(), -hours(1)))
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
  dialogue = createDialogue(stand.shop, silentLog, (_channel, chat, event) => messenger.catchUp(chat, event))
})
beforeEach(async () => {
  shown = []
  away = false
  refused = undefined
  beside = undefined
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
  const before = await waiting()
  stand.clock.advance(hours(7 * 24 - 1))
  await stand.shop.deferred.prune()
  expect(await waiting()).toBe(before)
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
  reminded.length = 0
  await messenger.deliver(delivered(orders[1]?.no ?? ''))
  expect(shown).toEqual([])
  expect(reminded).toEqual([buyer.chat])
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
  // However often: it is the platform's fault, and nothing is given up.
  for (let word = 0; word < 6; word++) await expect(say('/nonsense')).rejects.toThrow('does not answer')
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
  const messages = [{ text: ['look'], picture: { id: 'p', mime: 'image/png', bytes } }]
  const rest = { messages, to: buyer.id, held: [] }
  await deferRest(stand.shop, { channel, chat: buyer.chat }, rest, { event: 'e' })
  const [kept] = await stand.shop.deferred.oldest('narrow', buyer.chat, 1)
  expect(readWaiting(kept?.content)).toEqual({
    ...rest,
    messages: [{ ...messages[0], picture: { ...messages[0]?.picture, bytes: Buffer.from(bytes) } }],
  })
})

/** Lines that stand in a text once each, in as many parts as it takes. */
const many = (of: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${of}${String(n).padStart(3, '0')} `.padEnd(90, '.'))
const linesIn = (texts: readonly string[], of: string) => texts.join('\n').match(new RegExp(`${of}\\d{3} [.]+`, 'g'))

/** Has something of an answer wait: that many lines, five of which make a part, and what can be chosen under them. */
async function letWait(lines: readonly string[], held: readonly Permission[] = []): Promise<void> {
  const buttons = [[{ label: 'Go home', action: 'home' }]]
  const messages = partsOf({ text: [lines.join('\n')], buttons }, channel.capabilities)
  await deferRest(stand.shop, { channel, chat: buyer.chat }, { messages, to: buyer.id, held }, { event: randomUUID() })
}

it('a notice that is longer than the platform takes goes on at the next words, each part once', async () => {
  const staff = await staffOf(stand, 'owner')
  const { support } = stand.shop
  const ticketId = await support.ask(
    buyer,
    { channel: 'narrow', chat: buyer.chat, event: randomUUID() },
    'How?',
    'support',
  )
  const lines = many('L', 42)
  await support.answer(staff, { channel: 'test', event: randomUUID() }, ticketId, lines.join('\n'))
  const message = (await support.ticket(ticketId))?.messages.find(({ fromStaff }) => fromStaff)
  const notice: Notice = {
    kind: 'ticket',
    to: { customerId: buyer.id, channel: 'narrow', chat: buyer.chat },
    ticketId,
    messageId: String(message?.id),
  }
  left = PER_WORD
  await messenger.deliver(notice)
  expect(shown).toHaveLength(PER_WORD)
  expect(await stand.shop.chats.message('narrow', buyer.chat, `ticket:${ticketId}:${message?.id}`)).toBeDefined()
  for (let word = 0; (await waiting()) > 0; word++) {
    expect(word).toBeLessThan(10)
    expect((await say('/nonsense')).join('\n')).toContain(t.unknownCommand('nonsense'))
  }
  expect(linesIn(shown, 'L')).toEqual(lines)

  // The same, when nothing of it is taken before the next word.
  shown = []
  await stand.rows(`DELETE FROM chat_message WHERE chat = $1`, [buyer.chat])
  left = 0
  await messenger.deliver(notice)
  for (let word = 0; (await waiting()) > 0; word++) {
    expect(word).toBeLessThan(10)
    expect((await say('/nonsense')).join('\n')).toContain(t.unknownCommand('nonsense'))
  }
  expect(linesIn(shown, 'L')).toEqual(lines)
})

it('says what else waits: news leave the next word its answer', async () => {
  const product = await stand.product(9)
  left = 0
  for (let n = 0; n < 4; n++) await messenger.deliver(delivered((await stand.bought(buyer, product.sku)).no))
  const count = await waiting()
  expect((await say('/nonsense')).at(-1)).toBe(t.newsWaits(count - 2))
})

it('what waits is shown to nobody who may not see it any more', async () => {
  await letWait(many('A', 12), ['tickets.read'])
  expect(linesIn(await say('1'), 'A')).toBeNull()
  expect(await waiting()).toBe(0)

  const { codes, card } = await longKeys()
  const first = await say(numberOf(`.*${t.reveal}`, card))
  expect(await waiting()).toBeGreaterThan(0)
  // The account goes its own way, and the order stays with the other ones.
  const other = await stand.meet({ channel: 'elsewhere' })
  await stand.rows(`UPDATE identity SET customer_id = $1 WHERE chat = $2`, [other.id, buyer.chat])
  const later = (await say('1')).join('\n')
  for (const code of codes.filter((one) => !first.join('').includes(one))) expect(later).not.toContain(code)
  expect(await waiting()).toBe(0)
})

it('the rest of what was shown to staff is not shown to who was removed', async () => {
  const { staff } = stand.shop
  const { code } = await staff.invite('operator', 'support', hours(1))
  const { card } = await longKeys()
  await staff.join(buyer, code)
  await say(numberOf(`.*${t.reveal}`, card))
  expect(await waiting()).toBeGreaterThan(0)
  await staff.remove(await staffOf(stand, 'owner'), buyer.id)
  expect((await say('1')).join('\n')).not.toContain('abcdefghij')
  expect(await waiting()).toBe(0)
})

it('what can never be shown holds nothing up for long', async () => {
  await letWait(['poison'])
  await letWait(['sealed to nobody'])
  await stand.rows(
    `UPDATE deferred_message SET sealed = 'x' WHERE id = (SELECT max(id) FROM deferred_message WHERE chat = $1)`,
    [buyer.chat],
  )
  await letWait(many('B', 2))
  refused = /poison/
  for (let word = 1; word < 5; word++) expect(await say('/nonsense')).toContain(t.unknownCommand('nonsense'))
  expect(linesIn(shown, 'B')).toBeNull()
  await say('/nonsense')
  expect(linesIn(await say('/nonsense'), 'B')).toEqual(many('B', 2))
  for (let word = 0; word < 4; word++) await say('/nonsense')
  expect(await waiting()).toBe(0)
})

it('what was shown before something failed is counted, and the word is not taken for anything else', async () => {
  await letWait(many('C', 4))
  await letWait(['poison'])
  refused = /poison/
  const said = await say('1')
  expect(linesIn(said, 'C')).toEqual(many('C', 4))
  expect(said).toHaveLength(2)
  expect(said[1]).toBe(t.moreWaits(1))
  // Part of a screen, too: it is not shown twice.
  refused = /D009/
  await stand.rows(`DELETE FROM deferred_message WHERE chat = $1`, [buyer.chat])
  await letWait(many('D', 12))
  const first = await say('1')
  refused = undefined
  expect(linesIn([...first, ...(await say('1'))], 'D')).toEqual(many('D', 12))
})

it('an event that is handled again is answered in full', async () => {
  const { codes, card } = await longKeys()
  const number = numberOf(`.*${t.reveal}`, card)
  const id = randomUUID()
  const { saveSession } = stand.shop.chats
  const failing = vi.spyOn(stand.shop.chats, 'saveSession').mockRejectedValueOnce(new Error('away'))
  await expect(say(number, PER_WORD, { id })).rejects.toThrow('away')
  failing.mockImplementation(saveSession)
  expect(await waiting()).toBeGreaterThan(0)
  const all = (await say(number, PER_WORD, { id })).slice(0, -1)
  for (let word = 0; (await waiting()) > 0; word++) {
    expect(word).toBeLessThan(10)
    const before = await waiting()
    all.push(...(await say('1')).slice(0, Math.min(before, PER_WORD - 1)))
  }
  failing.mockRestore()
  expect(all.join('').match(/T\w+-\d-[a-j]*/g)).toEqual(codes)
})

it('an answer of which only the hint fails is an answer', async () => {
  const { card } = await longKeys()
  refused = /only a few at a time/
  expect(await say(numberOf(`.*${t.reveal}`, card))).toHaveLength(PER_WORD - 1)
})

it('no answer overtakes the rest of an earlier one, and what can be chosen under it is numbered when it is shown', async () => {
  await letWait(many('E', 33))
  const first = await say('/nonsense')
  expect(first).toHaveLength(PER_WORD)
  expect(first.join('\n')).not.toContain(t.unknownCommand('nonsense'))
  expect(first.at(-1)).toBe(t.moreWaits(await waiting()))
  stand.clock.advance(minutes(40))
  const later = await say('1')
  expect(linesIn(shown, 'E')).toEqual(many('E', 33))
  const menu = later.findIndex((text) => text.includes('Go home'))
  expect(later.findIndex((text) => text.includes(t.unknownCommand('nonsense')))).toBeGreaterThan(menu)
  expect((await say(numberOf('Go home', later[menu] ?? ''))).join('\n')).toContain(t.myOrders)
})

it('a number is no choice while news stand before the rest of an answer', async () => {
  const product = await stand.product(9)
  const [home] = await say('/start')
  left = 0
  for (let n = 0; n < 5; n++) await messenger.deliver(delivered((await stand.bought(buyer, product.sku)).no))
  await letWait(many('F', 3))
  const said = await say('1')
  expect(said).toHaveLength(PER_WORD)
  expect(said.at(-1)).toBe(t.moreWaits(await waiting()))
  expect(said).not.toContain(home)
})

it('whoever taps a line means it, and what is said first leaves the hint its place', async () => {
  await letWait(many('G', 20))
  expect(await waiting()).toBe(4)
  const said = await say('1', PER_WORD, { stamp: 1 })
  expect(linesIn(said, 'G')).toEqual(many('G', 20))
  expect(said.slice(4)).toEqual([t.moreWaits(2)])
  expect((await say('1'))[0]).toBe(t.menuExpired)
})

it('news that another process has wait while older news of the same are being shown are not lost', async () => {
  const { no } = await stand.bought(buyer, (await stand.product(9)).sku)
  left = 0
  await messenger.deliver(delivered(no))
  const other = createMessenger(stand.shop, channel)
  beside = () => other.deliver(delivered(no))
  expect((await say('/nonsense'))[0]).toContain(t.notices.delivered(spoken(no)))
  expect(await waiting()).toBe(1)
  expect((await say('/nonsense'))[0]).toContain(t.notices.delivered(spoken(no)))
  expect(await waiting()).toBe(0)
})

it('what an older version of the program has kept is shown', async () => {
  await stand.shop.deferred.add('narrow', buyer.chat, { message: { text: ['as before'] } }, { event: '' })
  expect(await say('1')).toEqual(['as before'])
})

it('the rest of an answer is not given up while the platform takes nothing, whatever is said', async () => {
  await letWait(many('H', 3))
  away = true
  for (let word = 0; word < 6; word++) await say('1').catch(() => {})
  away = false
  expect(linesIn(await say('1'), 'H')).toEqual(many('H', 3))
})

it('a word that brought the rest of an answer chooses nothing of it when it is handled again', async () => {
  const { no } = await stand.bought(buyer, (await stand.product(9)).sku)
  await letWait(many('I', 3))
  const id = randomUUID()
  const failing = vi.spyOn(stand.shop.chats, 'saveSession').mockRejectedValueOnce(new Error('away'))
  await expect(say('1', PER_WORD, { id })).rejects.toThrow('away')
  failing.mockRestore()
  expect(linesIn(shown, 'I')).toEqual(many('I', 3))
  expect(await say('1', PER_WORD, { id })).toEqual([])
  expect((await say(numberOf('Go home', shown.join('\n')))).join()).toContain(t.homeHint)

  // Nor does one that was answered after news, whose numbers it had not seen.
  left = 0
  await messenger.deliver(delivered(no))
  await say('/nonsense', 0).catch(() => {})
  const again = vi.spyOn(stand.shop.chats, 'saveSession').mockRejectedValueOnce(new Error('away'))
  await expect(say('1', PER_WORD, { id: 'news' })).rejects.toThrow('away')
  again.mockRestore()
  expect((await say('1', PER_WORD, { id: 'news' })).join()).not.toContain(t.keysTitle)
})

it('the rest of an answer leads back with 0, as the answer would have', async () => {
  const { sku } = await stand.product(3)
  await say(`/start p_${sku}`)
  expect(await say('1', 0)).toEqual([])
  const [question = ''] = await say('go on')
  expect(question).toContain('0 ‹ Back')
  expect((await say('0')).join()).toContain(t.buy)
})

it('a part that can never be shown whole is given up as well', async () => {
  const choices = Array.from({ length: 14 }, (_, n): [Button] => [
    { label: `choice ${n} `.padEnd(70, '.'), action: 'home' },
  ])
  const messages = partsOf({ text: [], buttons: choices }, channel.capabilities)
  await deferRest(stand.shop, { channel, chat: buyer.chat }, { messages, to: buyer.id, held: [] }, { event: 'long' })
  await letWait(many('J', 2))
  refused = /choice 13/
  for (let word = 0; word < 6; word++) await say('/nonsense')
  for (let word = 0; word < 3; word++) await say('/nonsense')
  expect(linesIn(shown, 'J')).toEqual(many('J', 2))
  expect(await waiting()).toBe(0)
})

it('who may not see what waited is shown where they are, in place of nothing', async () => {
  await letWait(many('K', 3), ['tickets.read'])
  expect((await say('hello')).join()).toContain(t.homeHint)
})

it('the rest of what staff were shown is not shown where they were idle for too long', async () => {
  await stand.shop.staff.join(buyer, (await stand.shop.staff.invite('operator', 'support', hours(1))).code)
  const { secret } = await stand.shop.secondFactors.begin(buyer, 'shop')
  await stand.shop.secondFactors.confirm(buyer, appCode(secret, stand.clock()))
  stand.clock.advance(minutes(1))
  await say('/tickets')
  await say(appCode(secret, stand.clock()))
  await letWait(many('M', 3), ['tickets.read'])
  stand.clock.advance(hours(7))
  expect(linesIn(await say('1'), 'M')).toEqual(many('M', 3))
  await letWait(many('N', 3), ['tickets.read'])
  stand.clock.advance(hours(2))
  expect(linesIn(await say('1'), 'N')).toBeNull()
  expect(await waiting()).toBe(0)
})

it('what was said at length and only brought the rest is asked for again', async () => {
  await letWait(many('O', 3))
  expect((await say('My key does not work, order ABCD')).at(-1)).toBe(t.onlyFetched)
  await letWait(many('P', 3))
  expect((await say('go on')).at(-1)).toContain('P002')
})

it('news under a question that digits answer have no numbers, and 0 leads back from the question', async () => {
  const { sku } = await stand.product(9)
  const { no } = await stand.bought(buyer, sku)
  await say(`/start p_${sku}`)
  await say('1')
  await messenger.deliver(delivered(no))
  expect(shown.at(-1)).toContain(t.notices.delivered(spoken(no)))
  expect(shown.at(-1)).not.toMatch(/^\d+ /m)
  expect((await say('0')).join()).toContain(t.buy)
})

it.each(['an old menu', 'an old tap', 'a long absence'])(
  'digits choose from the first screen that %s led to',
  async (what) => {
    const { sku } = await stand.product(9)
    await say(`/start p_${sku}`)
    await say('1')
    if (what === 'an old menu') stand.clock.advance(minutes(31))
    const led =
      what === 'a long absence' ? await late('2') : await say('0', PER_WORD, what === 'an old tap' ? { stamp: 5 } : {})
    expect(led.join('\n')).toContain(t.homeHint)
    expect((await say('3')).join()).toContain(t.basketEmpty)
  },
)

it('letters to many wait until nothing else does', async () => {
  await letWait(many('Q', 3))
  left = PER_WORD
  const to = { customerId: buyer.id, channel: 'narrow', chat: buyer.chat, language: 'en' as const }
  const mailing = { id: 1, text: 'News!', sku: undefined } as Parameters<
    NonNullable<ChatMessenger['post']>
  >[0]['mailing']
  await expect(messenger.post?.({ mailing, to })).rejects.toThrow(
    expect.objectContaining({ code: 'chat.window_closed' }),
  )
  expect(shown).toEqual([])
})
