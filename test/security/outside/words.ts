import { parse } from 'csv-parse/sync'
import { beforeAll, expect, it } from 'vitest'
import type { Person } from '../../fakes/telegram/people.ts'
import {
  forge,
  latest,
  type Outside,
  order,
  polled,
  press,
  purchase,
  SHOP_TOKEN,
  STAFF_TOKEN,
  say,
  statusOf,
  wordsOf,
} from './stand.ts'

// What people call themselves and what they write: on the screens of staff, in files, in the log, and against the checks of buyers.

let at: Outside
let keys: readonly string[]
let next = 4000

const buyer = (first_name?: string) => at.buyer(next++, first_name === undefined ? {} : { first_name })
const owner = () => at.anOwner()

beforeAll(async () => {
  at = await polled()
  keys = at.keys
})

/** The ticket of a buyer of this name who wrote this, as staff see it. */
async function ticketOf(
  person: Person,
  words: string,
): Promise<{
  text: string
  list: string
  entities: readonly { type: string; url?: string | undefined }[]
  reader: Person
}> {
  const sent = await say(person, `/support ${words}`, /ticket (\d+)/)
  const id = /ticket (\d+)/.exec(sent.text ?? '')?.[1]
  const staff = owner()
  const list = await say(staff, '/tickets', /Tickets/)
  const seen = await press(staff, list, new RegExp(`^${id} · `), /^Ticket /)
  return { text: seen.text ?? '', list: list.buttons.join('\n'), entities: seen.entities ?? [], reader: staff }
}

it.concurrent('a buyer’s name writes no line of its own on a screen of staff', async () => {
  const name = 'Bob (Telegram)\nState: closed\nBuyer: 12 paid orders, trusted'
  const { text, list } = await ticketOf(buyer(name), 'hello')
  expect(text.split('\n').filter((line) => /^State: closed|^Buyer: 12/.test(line))).toEqual([])
  expect(list).not.toMatch(/^State: closed/m)
})

it.concurrent('a buyer’s name does not turn the direction of a line of staff', async () => {
  // A right-to-left override without an end turns whatever stands behind it, such as the state of an order.
  const { text } = await ticketOf(buyer('Bob \u202e\u2066'), 'hello')
  const line = text.split('\n').find((one) => one.startsWith('Buyer: ')) ?? ''
  const opened = line.match(/[\u202a\u202b\u202d\u202e\u2066\u2067\u2068]/g)?.length ?? 0
  const closed = line.match(/[\u202c\u2069]/g)?.length ?? 0
  expect(closed).toBeGreaterThanOrEqual(opened)
})

it.concurrent('a buyer whose name cannot be seen is not shown as nobody', async () => {
  const { text } = await ticketOf(buyer('\u200b\u200d\u2060'), 'hello')
  expect(/^Buyer: (.*) \(Telegram\)$/m.exec(text)?.[1]?.replace(/[\p{Cf}\s]/gu, '')).toMatch(/./)
})

it.concurrent('a very long name is cut', async () => {
  const { text } = await ticketOf(buyer('N'.repeat(4000)), 'hello')
  expect(text.length).toBeLessThan(600)
})

it.concurrent('markup in names and words stays words', async () => {
  const markup = '<b>x</b> <a href="https://evil.example">y</a> [z](tg://user?id=1) *_`~|| &lt;'
  const { text, entities } = await ticketOf(buyer(markup), markup)
  expect(text.split(markup).length).toBe(3)
  expect(entities.filter(({ type, url }) => type === 'text_link' || url)).toEqual([])
})

it.concurrent('words of a buyer that look like commands or buttons of staff do nothing to whoever reads them', async () => {
  const { text, reader } = await ticketOf(buyer(), '/invite owner\n/refund ABCD-EFGH\ns-invite-make:owner')
  expect(text).toMatch('/invite owner')
  expect(reader.history().some(({ text: said = '' }) => /join_/.test(said))).toBe(false)
})

it.concurrent('a reply of staff that quotes markup reaches the buyer as words', async () => {
  const person = buyer()
  const sent = await say(person, '/support hello', /ticket (\d+)/)
  const staff = owner()
  await say(staff, `/ticket ${/ticket (\d+)/.exec(sent.text ?? '')?.[1]}`, /^Ticket/)
  await forge(staff, `s-reply:${/ticket (\d+)/.exec(sent.text ?? '')?.[1]}`)
  await staff.see(/Send your answer/)
  await staff.say('<b>no</b> <script>')
  const got = await person.see('<b>no</b> <script>')
  expect(got.text).toContain('<b>no</b> <script>')
})

const FORMULAS = ['=cmd|x', '-2+3', '@SUM(1)', '＝cmd', '＋1', '"=1+1', ',=3']

it.concurrent('no supplier’s name is a formula in the file of claims', async () => {
  const files = await Promise.all(
    FORMULAS.map(async (name, n) => {
      const [person, staff, clerk, sku] = [buyer(), owner(), owner(), `SUP${n}`]
      await at.stock(sku, 2)
      const batches = await say(staff, '/batch', /Batches/)
      const batch = batches.reply_markup?.inline_keyboard.flat().find(({ text }) => text.includes(` ${sku} `))
      await forge(staff, `s-batch-supplier:${batch?.callback_data?.split(':')[1]}`)
      await say(staff, name, /supplier is saved/)
      const no = await purchase(person, sku)
      for (const data of [`reveal:${no}`, `problem:${no}`, `because:${no}:invalid`, `complain:${no}:invalid`])
        await forge(person, data)
      const id = /ticket (\d+)/.exec((await person.see(/ticket \d+/)).text ?? '')?.[1]
      await forge(staff, `s-replace-yes:${id}:all`)
      await staff.see(({ reply_markup: keys }) => keys?.inline_keyboard[0]?.[0]?.text.endsWith('· replaced') === true)
      const claims = await say(clerk, '/claims', /Supplier claims/)
      const row = claims.reply_markup?.inline_keyboard.flat().find(({ text }) => text.startsWith(name.slice(0, 3)))
      await forge(clerk, `s-claims-csv:${row?.callback_data?.split(':')[1]}`)
      const file = await clerk.see((seen) => seen.document?.file_name?.endsWith('.csv') === true)
      return { text: file.document?.bytes.toString() ?? '' }
    }),
  )
  const cells = files.flatMap(({ text }) => (parse(text, { bom: true }) as string[][]).flat())
  for (const name of FORMULAS) expect(cells.some((cell) => cell.endsWith(name))).toBe(true)
  // A spreadsheet set to Chinese or Japanese takes the full-width signs for the start of a formula as well.
  expect(cells.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell))).toEqual([])
})

it.concurrent('the captcha before an order is not guessed, nor gone round', async () => {
  const staff = owner()
  await say(
    staff,
    '/risk set picture order if age < 1d and units > 1 and units < 3 then challenge captcha',
    /on, from now on|captcha/,
  )
  const person = buyer()
  const asked = await say(person, '/start p_CARD', /^Stock: /m)
  await person.pressData(asked, 'add:CARD:2')
  const basket = await person.see(/Total: /, { since: asked.version })
  const data =
    basket.reply_markup?.inline_keyboard.flat().find(({ text }) => /^Order and pay/.test(text))?.callback_data ?? ''
  await person.pressData(basket, data)
  await person.see((seen) => /symbols in the picture/.test(wordsOf(seen)))
  for (let n = 0; n < 2; n++) await person.say(`${n}AAAA`)
  for (let n = 0; n < 2; n++) await person.pressData(latest(person), data)
  await say(person, '/orders', /no orders yet/)
})

it.concurrent('somebody else’s number, or one that nobody vouches for, is not taken for the buyer’s own', async () => {
  const staff = owner()
  await say(staff, '/risk set number order if age < 1d and units > 2 then challenge contact', /on, from now on|phone/)
  const person = buyer()
  const asked = await say(person, '/start p_CARD', /^Stock: /m)
  await person.pressData(asked, 'add:CARD:3')
  const basket = await person.see(/Total: /, { since: asked.version })
  const data =
    basket.reply_markup?.inline_keyboard.flat().find(({ text }) => /^Order and pay/.test(text))?.callback_data ?? ''
  await person.pressData(basket, data)
  await person.see(/share your phone number/)
  const since = person.mark()
  await person.shareContact({ phone_number: '+8613800000000', user_id: 99 })
  await person.see(/not your own number/, { since })
  await person.say('+8613800000000')
  await person.pressData(basket, data)
  await say(person, '/orders', /no orders yet/)
})

it.concurrent('somebody blocked stays so under another name', async () => {
  const person = buyer('Mallory')
  await say(person, '/start', /Welcome/)
  const staff = owner()
  await press(staff, await say(staff, `/block telegram:${person.id} fraud`, /for how long/), 'For ever', /block/i)
  Object.assign(person.user, { first_name: 'Alice', username: 'alice' })
  await say(person, '/start p_CARD')
  await person.pressData(latest(person), 'add:CARD:1')
  await say(person, '/start', () => true)
  await person.pressData(latest(person), 'basket')
  const last = await say(person, '/orders')
  const data = person
    .history()
    .flatMap(({ reply_markup }) => reply_markup?.inline_keyboard.flat() ?? [])
    .find(({ text }) => /^Order and pay/.test(text))?.callback_data
  if (data) await person.pressData(last, data)
  await say(person, '/appeal', () => true)
  expect(person.history().filter(({ invoice }) => invoice)).toEqual([])
})

it.concurrent('staff who may not see keys are shown none of a sold one', async () => {
  const support = await at.recruit('support', 31)
  const auditor = await at.recruit('auditor', 32)
  const person = buyer()
  const no = await purchase(person, 'CARD')
  await forge(person, `reveal:${no}`)
  await person.see(/Do not forward them/)
  for (const staff of [support, auditor])
    for (const data of [`s-order:${no}`, `s-units:${no}:0`, 's-key:1', 's-key:2', 's-history:1:0', 's-batch-keys:1:0'])
      await forge(staff, data)
  const words = [support, auditor].flatMap((staff) => staff.history().map(wordsOf)).join('\n')
  expect(keys.filter((key) => words.includes(key))).toEqual([])
})

it.concurrent('the personal data of a buyer, exported, has no key in it', async () => {
  const person = buyer()
  const no = await purchase(person, 'CARD')
  await forge(person, `reveal:${no}`)
  const key = /HIDDEN\d+X\w+/.exec(wordsOf(await person.see(/Do not forward them/)))?.[0] ?? 'none'
  await say(person, `/support my key ${key} is bad`, /ticket/)
  await forge(person, 'export')
  const file = await person.see((seen) => seen.document?.file_name?.endsWith('.json') === true)
  expect(file.document?.bytes.toString()).toContain(no)
  expect(file.document?.bytes.toString()).not.toContain(key)
})

it.concurrent('a message of a hundred parts and a question of twenty thousand letters are answered', async () => {
  const person = buyer()
  await person.say('x'.repeat(20_000))
  await say(person, '/start', /Welcome/)
})

it('a shop that is killed in the middle of a payment delivers once after it is back', async () => {
  const person = buyer()
  const { invoice, no } = await order(person, 'CARD')
  const paid = await person.pay(invoice)
  expect(paid.ok).toBe(true)
  await at.process.kill()
  await at.restart()
  await person.see(/is delivered/, { timeout: 25_000 })
  if (paid.updateId !== undefined) at.shop.redeliver(paid.updateId)
  expect(await statusOf(person, no)).toBe('delivered')
  expect(person.history().filter(({ text = '' }) => /is delivered/.test(text)).length).toBe(1)
  expect(person.stars().moves.length).toBe(1)
})

it('the log of all this holds no key, no token and no word of anybody, at its most talkative', async () => {
  const log = await at.logs()
  const secrets = [
    SHOP_TOKEN,
    STAFF_TOKEN,
    'symbols in the picture',
    'Mallory',
    'evil.example',
    '+8613800000000',
    ...keys,
  ]
  expect(log.length).toBeGreaterThan(100)
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
  expect(log).not.toMatch(/join_\w{12}/)
})
