import { expect } from 'vitest'
import type { Stocked } from '../stand/shop.ts'
import type { Chatter } from './channel.ts'
import type { Program } from './program.ts'
import type { Seen } from './sight.ts'

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** Fits a label that begins so, whatever stands behind it. */
export const begins = (text: string): RegExp => new RegExp(`^${escaped(text)}`)
/** Fits a label or text that has this in it. */
export const holds = (text: string): RegExp => new RegExp(escaped(text))

const ORDER_NO = /(?<![\w-])[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}(?![\w-])/

/** The order number that stands in what was seen. */
export function orderNoIn({ text }: Seen): string {
  const [no] = ORDER_NO.exec(text) ?? []
  if (no === undefined) throw new Error(`no order number in ${text}`)
  return no
}

/** Fits the screen of an order in this state; without one, in any. */
export const orderIn =
  (chatter: Chatter, state: keyof Chatter['t']['states']) =>
  ({ text, buttons }: Seen): boolean =>
    text.includes(chatter.t.orderState(chatter.t.states[state])) && buttons.length > 0

/** Opens a product by its link and puts so many into the basket; resolves with the basket. */
export async function fill(chatter: Chatter, { sku, name }: Stocked, quantity = 1): Promise<Seen> {
  await chatter.say(`/start p_${sku}`)
  await chatter.see(name)
  await chatter.press(chatter.t.buy)
  await choose(chatter, quantity)
  return chatter.see(chatter.t.basketTitle)
}

/** Answers how many: by a button where one has the number, else by typing it. */
export async function choose(chatter: Chatter, quantity: number): Promise<void> {
  const { can, t } = chatter
  if (!can.buttons) {
    await chatter.see(t.howManyTyped)
    return chatter.say(String(quantity))
  }
  await chatter.see(({ buttons }) => buttons.includes(t.otherQuantity))
  if (chatter.keysShown().includes(String(quantity))) return chatter.press(String(quantity))
  await chatter.press(t.otherQuantity)
  await chatter.see(/1.+\d/)
  await chatter.say(String(quantity))
}

/** Orders what is in the basket; resolves with the number of the order. */
export async function order(chatter: Chatter): Promise<string> {
  await chatter.press(begins(chatter.t.checkout('')))
  const no = orderNoIn(await chatter.see(orderIn(chatter, 'awaiting_payment')))
  if (chatter.can.invoice) await chatter.see(({ invoice }) => invoice?.title === chatter.t.invoiceTitle(no))
  return no
}

/** Buys so many of a product; resolves with the number of the order and the notice of its delivery. */
export async function buy(chatter: Chatter, product: Stocked, quantity = 1): Promise<{ no: string; delivered: Seen }> {
  await fill(chatter, product, quantity)
  const no = await order(chatter)
  await chatter.pay()
  return { no, delivered: await chatter.see(chatter.t.notices.delivered(no)) }
}

/** Shows the keys of the order that is on the screen. */
export async function reveal(chatter: Chatter): Promise<Seen> {
  const { reveal: first, revealAgain } = chatter.t
  await chatter.press(new RegExp(`^(${escaped(first)}|${escaped(revealAgain)})$`))
  return chatter.see(
    ({ file, text }) =>
      file !== undefined ||
      // as a line of its own: "Your keys are on their way" may come late
      text.split('\n').includes(chatter.t.keysTitle) ||
      // without files, many keys stand in the messages that follow
      (/[0-9]/.test(text) && new RegExp(escaped(chatter.t.asMessages(0)).replace('0', '[0-9]+')).test(text)),
  )
}

/** The text of a file that was handed over with what was seen; where there are no files it goes on in the messages after that. */
export async function handedOver(chatter: Chatter, program: Program, seen: Seen): Promise<string> {
  if (seen.file) return seen.file.bytes.toString('utf8').replace(/^\uFEFF/, '')
  await program.idle()
  while (chatter.sight.all().at(-1)?.text === (await moreWaits(chatter, program))) {
    await chatter.say('1')
    await program.idle()
  }
  const all = chatter.sight.all()
  return all
    .slice(all.indexOf(seen))
    .map(({ text }) => text)
    .filter((text) => !text.includes(chatter.t.moreWaits(0).slice(-8)))
    .join('')
}

/** What is said last where a platform takes no more messages before the next word. */
async function moreWaits({ chat, t }: Chatter, { shop, adapters }: Program): Promise<string> {
  const [adapter] = adapters
  return t.moreWaits(adapter ? await shop.deferred.count(adapter.name, chat) : 0)
}

/** The JSON that stands in a text. */
export const jsonIn = (text: string): string => text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)

/** What a chat may show of a key of a test's product. */
export const maskOf = (code: string): string => `${code.slice(0, 2)}****${code.slice(-2)}`

/** Asserts that none of these keys was ever handed to the channel in plain text. */
export function expectUnseen(shown: readonly { readonly text: string }[], codes: readonly string[]): void {
  const all = shown.map(({ text }) => text).join('\n')
  expect(codes.filter((code) => all.includes(code))).toEqual([])
}
