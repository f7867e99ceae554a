import type { FakeTelegram } from '../fakes/telegram/server.ts'

export type Person = ReturnType<FakeTelegram['user']>
export type Seen = Awaited<ReturnType<Person['see']>>
type Expected = Parameters<Person['see']>[0]

/** Says something and waits for the answer. */
export async function say(person: Person, text: string, expected: Expected): Promise<Seen> {
  const since = person.mark()
  await person.say(text)
  return person.see(expected, { since })
}

/** Presses a button and waits for what it leads to. */
export async function press(person: Person, on: Seen, label: string | RegExp, expected: Expected): Promise<Seen> {
  const since = person.mark()
  await person.press(on, label)
  return person.see(expected, { since })
}

/** Sends a file and waits for the answer. */
export async function send(person: Person, file: Parameters<Person['sendFile']>[0], expected: Expected): Promise<Seen> {
  const since = person.mark()
  await person.sendFile(file)
  return person.see(expected, { since })
}

export interface Bought {
  readonly person: Person
  /** as people say it */
  readonly no: string
  /** the message that tells of the delivery */
  readonly news: Seen
}

/** Buys so many of a product by real buttons, and pays in Stars. */
export async function buy(person: Person, sku: string, quantity: number): Promise<Bought> {
  const product = await say(person, `/start p_${sku}`, /^Stock: /m)
  const asked = await press(person, product, 'Buy', /^How many/)
  const typed = await press(person, asked, 'Another number', /whole number/)
  const basket = await say(person, String(quantity), ({ buttons }) => buttons.some((label) => /^Order and/.test(label)))
  const invoice = await press(person, basket, /^Order and pay/, ({ invoice }) => invoice !== undefined)
  const since = typed.version
  const { ok } = await person.pay(invoice)
  const no = /[A-Z0-9]{4}-[A-Z0-9]{4}/.exec(invoice.invoice?.title ?? '')?.[0]
  if (!ok || no === undefined) throw new Error('the order could not be paid')
  const news = await person.see(new RegExp(`Order ${no} is delivered`), { since })
  return { person, no, news }
}
