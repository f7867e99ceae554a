import { randomInt } from 'node:crypto'
import type { Bot } from '../../fakes/telegram/bot.ts'
import type { FakeBot } from '../../fakes/telegram/fake.ts'
import type { Person } from '../../fakes/telegram/people.ts'
import type { Seen } from '../../fakes/telegram/screen.ts'
import { type FakeTelegram, startFakeTelegram } from '../../fakes/telegram/server.ts'
import { openPlace, type Process } from '../../processes/stand.ts'
import { atEnd } from '../../stand/closing.ts'
import { openOwnDatabase } from '../../stand/database.ts'
import { freePort } from '../../stand/redis.ts'
import { connect } from '../shop.ts'

export const SHOP_TOKEN = '616161:outside-shop-outside-shop-outside'
export const STAFF_TOKEN = '717171:outside-desk-outside-desk-outside'

/** More owners, who have said nothing yet. */
const OWNERS: readonly number[] = Array.from({ length: 150 }, (_, n) => 90_000 + n)

/** A running shop with two bots, as somebody outside has it before them. */
export interface Outside {
  /** the shop bot */
  readonly shop: FakeTelegram
  /** the staff bot */
  readonly desk: FakeBot
  /** where its web server is */
  readonly address: string
  readonly process: Process
  /** Starts it again after it was killed. */
  restart(): Promise<void>
  /** what the audit log says was done, and what `npm run verify-audit` says of the log */
  audit(): Promise<{ readonly actions: readonly string[]; readonly status: number | null; readonly output: string }>
  /** what all its processes logged */
  logs(): Promise<string>
  /** the owner, in the staff bot */
  readonly owner: Person
  /** One more, to whom nothing was said: answers in one chat are a second apart, and they do not wait. */
  anOwner(): Person
  /** The number of a member by name. */
  member(name: string): Promise<string>
  /** of the product CARD at 1 Star */
  readonly keys: readonly string[]
  /** what the start printed */
  readonly greeting: string
  /** somebody in the shop bot */
  buyer(id: number, about?: { first_name?: string; username?: string }): Person
  /** somebody in the staff bot */
  visitor(id: number, about?: { first_name?: string }): Person
  /** somebody in the staff bot who was invited and came */
  recruit(role: string, id: number): Promise<Person>
  /** Adds a product at 1 Star with so many keys, and returns them. */
  stock(sku: string, count: number): Promise<string[]>
}

const once = (open: () => Promise<Outside>): (() => Promise<Outside>) => {
  let opened: Promise<Outside> | undefined
  return () => {
    opened ??= open()
    return opened
  }
}

/** The one shop of all attacks that are imported by one test file: one that polls Telegram, one that is called by it. */
export const polled = once(() => openOutside({ webhook: false }))
export const called = once(() => openOutside({ webhook: true }))

/** Starts `npm start` on a database of its own. With `webhook`, Telegram calls it; the page is then at another address. */
async function openOutside(options: { webhook: boolean }): Promise<Outside> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const common = { limits: false, patienceMs: 20_000, webhookOrigin: address } as const
  const shop = await startFakeTelegram({ ...common, token: SHOP_TOKEN, username: 'shop_bot' })
  atEnd(() => shop.close())
  const desk = shop.addBot({ ...common, token: STAFF_TOKEN, username: 'desk_bot' })
  const database = await openOwnDatabase()
  const place = await openPlace(database, {
    TELEGRAM_API_ROOT: shop.url,
    TELEGRAM_BOT_TOKEN: SHOP_TOKEN,
    STAFF_BOT_TOKEN: STAFF_TOKEN,
    KEYTILL_OWNERS: [1, ...OWNERS].map((id) => `telegram:${id}`).join(),
    HTTP_PORT: `${port}`,
    PUBLIC_URL: options.webhook ? 'https://shop.example' : address,
    LOG_LEVEL: 'debug',
    ...(options.webhook && { TELEGRAM_WEBHOOK: '1' }),
  })
  const processes = [place.start({})]
  const process = processes[0] as Process
  const greeting = await process.open
  const visitor: Outside['visitor'] = (id, about) => desk.user({ id, language_code: 'en', ...about })
  const owner = visitor(1, { first_name: 'Olga' })
  await say(owner, '/staff', /Last 24 hours/)
  let owners = 0
  const anOwner = () => visitor(OWNERS[owners++] ?? 1, { first_name: 'Olaf' })
  const stock: Outside['stock'] = async (sku, count) => {
    const by = anOwner()
    await say(by, `/product add ${sku} | Card ${sku} | 1.00 | 1`, `${sku} is added`)
    const keys = Array.from({ length: count }, (_, n) => `HIDDEN${n}X${randomInt(1e12).toString(36).toUpperCase()}`)
    const preview = await say(by, `/import ${sku}\n${keys.join('\n')}`, /New keys: /)
    await press(by, preview, /^✅ Import/, `Added: ${count}`)
    return keys
  }
  return {
    shop,
    desk,
    address,
    process,
    async restart() {
      const again = place.start({})
      processes.push(again)
      await again.open
    },
    async audit() {
      const client = await connect(database)
      const { rows } = await client.query<{ action: string }>('SELECT DISTINCT action FROM audit_entry ORDER BY action')
      await client.end()
      return { ...(await place.run('verify-audit')), actions: rows.map(({ action }) => action) }
    },
    logs: async () => (await Promise.all(processes.map((one) => one.log()))).join('\n'),
    owner,
    anOwner,
    keys: await stock('CARD', 80),
    greeting,
    visitor,
    buyer: (id, about) => shop.user({ id, language_code: 'en', ...about }),
    async recruit(role, id) {
      const code = inviteIn(await say(anOwner(), `/invite ${role}`, /works once/))
      const person = visitor(id, { first_name: `The ${role}` })
      await say(person, `/start join_${code}`, `on the staff now: ${role}`)
      return person
    },
    async member(name) {
      const by = anOwner()
      let team = await say(by, '/team', /^Team/)
      for (let page = 1; ; page++) {
        const row = team.reply_markup?.inline_keyboard.flat().find(({ text }) => text.startsWith(name))
        const id = row?.callback_data?.split(':')[1]
        if (id !== undefined) return id
        const since = by.mark()
        await by.pressData(team, `s-team:${page}`)
        team = await by.see(new RegExp(`^Team[\\s\\S]*Page ${page + 1} `), { since })
      }
    },
    stock,
  }
}

type Expected = Parameters<Person['see']>[0]

/** Says something and waits for the answer. */
export async function say(person: Person, text: string, expected: Expected = () => true): Promise<Seen> {
  const since = person.mark()
  await person.say(text)
  return person.see(expected, { since })
}

/** Presses a button that is there and waits for what it leads to. */
export async function press(person: Person, on: Seen, label: string | RegExp, expected: Expected): Promise<Seen> {
  const since = person.mark()
  await person.press(on, label)
  return person.see(expected, { since })
}

/** The newest message of the bot. */
export function latest(person: Person): Seen {
  const seen = person.history().findLast(({ from }) => from.is_bot)
  if (!seen) throw new Error('the bot has said nothing yet')
  return seen
}

/** Presses a made-up button on the newest message and returns the words that pop up. */
export async function forge(person: Person, data: string): Promise<string> {
  const { text = '' } = await person.pressData(latest(person), data)
  return text
}

/**
 * The same by somebody new, who then says something whose answer can only come after: chats are answered in order, and many chats
 * at once. Returns all that they were shown.
 */
export async function forgeAnew(person: Person, data: string): Promise<string> {
  await say(person, '/start')
  const since = person.mark()
  const toast = await forge(person, data)
  await say(person, '/start', /Welcome|for the staff/)
  const shown = person.history().filter(({ from, version }) => from.is_bot && version > since)
  return [toast, ...shown.map(wordsOf)].join('\n')
}

/** All that can be read in a message. */
export const wordsOf = ({ text = '', caption = '', buttons }: Seen): string => [text, caption, ...buttons].join('\n')

/** The code of an invitation. */
export function inviteIn(seen: Seen): string {
  const code = /join_(\w+)/.exec(seen.text ?? '')?.[1]
  if (code === undefined) throw new Error('no invitation')
  return code
}

/** Orders so many and returns the invoice and the number, without a dash. */
export async function order(person: Person, sku: string, quantity = 1): Promise<{ invoice: Seen; no: string }> {
  const asked = await say(person, `/start p_${sku}`, /^Stock: /m)
  await person.pressData(asked, `add:${sku}:${quantity}`)
  const basket = await person.see(/Total: /, { since: asked.version })
  const invoice = await press(person, basket, /^Order and pay/, (seen) => seen.invoice !== undefined)
  const no = /[A-Z0-9]{4}-[A-Z0-9]{4}/.exec(invoice.invoice?.title ?? '')?.[0]
  if (no === undefined) throw new Error('no order')
  return { invoice, no: no.replace('-', '') }
}

/** Orders and pays. Returns the number, without a dash. */
export async function purchase(person: Person, sku: string, quantity = 1): Promise<string> {
  const since = person.mark()
  const { invoice, no } = await order(person, sku, quantity)
  await person.pay(invoice)
  await person.see(/is delivered/, { since })
  return no
}

/** What the order's own screen says of it. */
export async function statusOf(person: Person, no: string): Promise<string> {
  const seen = await say(person, `/order ${no}`, /Status: |No such order/)
  return /Status: (.*)/.exec(seen.text ?? '')?.[1] ?? 'no such order'
}

/** Telegram as it would be if somebody forged it: any update at all, past what people can do in an app. */
export function forged(bot: FakeBot) {
  const inner = (bot as unknown as { bot: Bot }).bot
  return {
    inner,
    /** Queues an update and returns its id; with `lost` it gets a number and is left for `post`. */
    push: (body: object): number => inner.updates.push(body).update_id,
    /** A message as Telegram would tell of it. */
    message: (person: Person, content: object) => ({
      message: {
        message_id: randomInt(1e6, 1e9),
        date: Math.floor(Date.now() / 1000),
        from: person.user,
        chat: { id: person.id, type: 'private', first_name: person.user.first_name },
        ...content,
      },
    }),
  }
}
