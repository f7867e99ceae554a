import { randomInt } from 'node:crypto'
import { beforeAll, expect, it, vi } from 'vitest'
import type { FakeBot } from '../../fakes/telegram/fake.ts'
import type { Person } from '../../fakes/telegram/people.ts'
import { called, forged, type Outside, order, purchase, say, statusOf } from './stand.ts'

// The shop is called by Telegram here, so that anything can be posted to it: with a wrong secret by anybody, and with the right one
// to see what it makes of kinds of updates and of messages that it did not ask for.

let at: Outside
let paths: Map<FakeBot, { path: string; secret: string }>
let next = 3000

beforeAll(async () => {
  at = await called()
  paths = new Map([at.shop as FakeBot, at.desk].map((bot) => [bot, webhookOf(bot)]))
  await say(at.owner, '/staff', /Last 24 hours/)
})

function webhookOf(bot: FakeBot): { path: string; secret: string } {
  const { url, secret_token } = bot.calls('setWebhook').at(-1)?.params ?? {}
  return { path: new URL(String(url)).pathname, secret: String(secret_token) }
}

/** Posts an update as Telegram does, or as somebody who knows the address does. */
async function post(bot: FakeBot, update: unknown, secret = paths.get(bot)?.secret): Promise<number> {
  const answer = await fetch(`${at.address}${paths.get(bot)?.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret && { 'x-telegram-bot-api-secret-token': secret }) },
    body: typeof update === 'string' ? update : JSON.stringify(update),
  })
  return answer.status
}

const numbered = (body: object) => ({ update_id: randomInt(1e6, 7e8), ...body })
const command = (text: string) => ({ text, entities: [{ type: 'bot_command', offset: 0, length: text.indexOf(' ') }] })

/** Whether an owner is sent an invitation for what is posted; what is said afterwards is answered after it. */
async function invites(make: (owner: Person) => object): Promise<boolean> {
  const owner = at.anOwner()
  await say(owner, '/roles', /permissions/)
  const since = owner.mark()
  await post(at.desk, numbered(make(owner)))
  await say(owner, '/roles', /permissions/)
  return owner.history().some(({ from, version, text = '' }) => from.is_bot && version > since && /join_/.test(text))
}

const invite = (owner: Person) => forged(at.desk).message(owner, command('/invite owner'))

it('the secret of the webhook is long, and differs between the two bots', () => {
  const [one, other] = [...paths.values()]
  expect(one?.secret.length).toBeGreaterThan(20)
  expect(one?.secret).not.toBe(other?.secret)
  expect(`${one?.path}${other?.path}`).not.toMatch(/outside-shop|outside-desk/)
})

it('an update without the secret, with a wrong one or with that of the other bot is not taken', async () => {
  const since = at.owner.mark()
  const update = numbered(invite(at.owner))
  const { secret } = paths.get(at.desk) ?? { secret: '' }
  const wrong = [
    '',
    'x',
    secret.slice(1),
    `${secret} `.padEnd(300, 'a'),
    secret.toUpperCase(),
    paths.get(at.shop)?.secret,
  ]
  for (const one of wrong)
    expect([one, await post(at.desk, update, one)]).toEqual([
      one,
      expect.toSatisfy((n) => n === 401 || n === 403 || n === 404),
    ])
  await say(at.owner, '/roles', /permissions/)
  expect(at.owner.history().some(({ version, text = '' }) => version > since && /join_/.test(text))).toBe(false)
})

it('the webhook takes nothing but POST, and no body that is no update', async () => {
  const { path = '', secret = '' } = paths.get(at.desk) ?? {}
  for (const method of ['GET', 'PUT', 'DELETE'])
    expect(
      (await fetch(at.address + path, { method, headers: { 'x-telegram-bot-api-secret-token': secret } })).status,
    ).toBe(404)
  for (const body of ['{', '[]', 'null', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, '{"__proto__":{"x":1}}'])
    expect([body.slice(0, 9), await post(at.desk, body)]).toEqual([body.slice(0, 9), expect.toSatisfy((n) => n < 500)])
})

it('an update that is delivered three times is done once', async () => {
  const update = numbered(invite(at.owner))
  const since = at.owner.mark()
  await Promise.all([post(at.desk, update), post(at.desk, update), post(at.desk, update)])
  await post(at.desk, update)
  await say(at.owner, '/roles', /permissions/)
  const made = at.owner.history().filter(({ version, text = '' }) => version > since && /join_/.test(text))
  expect(made.length).toBe(1)
})

it('kinds of updates that nobody asked for do nothing', async () => {
  const kinds: Record<string, (message: ReturnType<typeof invite>['message']) => object> = {
    edited_message: (message) => message,
    channel_post: (message) => ({ ...message, chat: { id: -1001, type: 'channel', title: 'c' } }),
    edited_channel_post: (message) => ({ ...message, chat: { id: -1001, type: 'channel', title: 'c' } }),
    business_message: (message) => ({ ...message, business_connection_id: 'b' }),
    guest_message: (message) => message,
    inline_query: ({ from }) => ({ id: '1', from, query: '/invite owner', offset: '' }),
    chosen_inline_result: ({ from }) => ({ result_id: '1', from, query: '/invite owner' }),
  }
  const obeyed = await Promise.all(
    Object.entries(kinds).map(async ([kind, of]) => [
      kind,
      await invites((owner) => ({ [kind]: of(invite(owner).message) })),
    ]),
  )
  expect(obeyed.filter(([, isObeyed]) => isObeyed)).toEqual([])
})

it.each([
  ['is forwarded', { forward_origin: { type: 'hidden_user', sender_user_name: 'x', date: 1 }, forward_date: 1 }],
  ['is sent in the name of a group', { sender_chat: { id: -1005, type: 'supergroup', title: 'g' } }],
  ['was made by another bot', { via_bot: { id: 99, is_bot: true, first_name: 'b', username: 'evil_bot' } }],
  ['comes by a business connection', { business_connection_id: 'b' }],
  ['is meant for another bot', command('/invite@evil_bot owner')],
  [
    'stands under a picture',
    { text: undefined, caption: '/invite owner', photo: [{ file_id: 'A', file_unique_id: 'A', width: 1, height: 1 }] },
  ],
  [
    'stands under a file',
    { text: undefined, caption: '/invite owner', document: { file_id: 'A', file_unique_id: 'A' } },
  ],
  [
    'stands in a quoted message',
    { text: 'hello', entities: [], reply_to_message: { message_id: 1, date: 1, text: '/invite owner' } },
  ],
])('a command of the owner is not obeyed that %s', async (_, change) => {
  expect(await invites((owner) => ({ message: { ...invite(owner).message, ...change } }))).toBe(false)
})

it('a command in a group is not obeyed, whoever says it, and nothing private is posted there', async () => {
  at.desk.group({ id: -500 })
  const chat = { id: -500, type: 'supergroup', title: 'Group -500' }
  const from = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
  for (const change of [{}, { from, sender_chat: chat }])
    expect(await invites((owner) => ({ message: { ...invite(owner).message, chat, ...change } }))).toBe(false)
  const said = at.desk.messages(-500).map(({ text = '' }) => text)
  expect(said.join('\n')).not.toMatch(/join_|Last 24 hours/)
})

it.each([
  ['in a group', { message: { message_id: 1, date: 1, chat: { id: -500, type: 'supergroup', title: 'g' } } }],
  ['below an inline message, which the bot never sends', { inline_message_id: 'AAAA' }],
])('a button pressed %s is not obeyed', async (_, where) => {
  const data = 's-invite-make:owner'
  const press = (owner: Person) => ({ id: '1', from: owner.user, chat_instance: '1', data, ...where })
  expect(await invites((owner) => ({ callback_query: press(owner) }))).toBe(false)
})

const nobody = { id: 1, is_bot: false, first_name: 'x' }

it.each([
  ['a message without a chat', { message: { message_id: 1, date: 1, from: nobody, text: 'x' } }],
  [
    'a text that is a number',
    { message: { message_id: 5, date: 1, from: nobody, chat: { id: 1, type: 'private' }, text: 5 } },
  ],
  ['a press without data', { callback_query: { id: '3', from: nobody, chat_instance: '1' } }],
  [
    'a check-out without a payload',
    { pre_checkout_query: { id: '4', from: nobody, currency: 'XTR', total_amount: 1 } },
  ],
])('%s is taken off Telegram’s hands and does not stop what comes after it', async (_, body) => {
  // One that is refused is delivered again for a day, and nothing behind it.
  expect(await post(at.desk, numbered(body))).toBe(200)
})

const buyer = () => at.buyer(next++)

async function pays(person: Person, change: object): Promise<void> {
  const successful_payment = {
    currency: 'XTR',
    total_amount: 1,
    telegram_payment_charge_id: `made-up-${randomInt(1e9)}`,
    provider_payment_charge_id: '1',
    ...change,
  }
  await post(at.shop, numbered(forged(at.shop).message(person, { successful_payment })))
}

it.concurrent.each([
  ['too little', { total_amount: 0 }],
  ['a negative amount', { total_amount: -1 }],
  ['another currency', { currency: 'USD' }],
  ['yuan instead of Stars', { currency: 'CNY', total_amount: 100 }],
  ['nobody’s order', { invoice_payload: 'ZZZZZZZZ' }],
])('a payment of %s delivers nothing', async (_, change) => {
  const person = buyer()
  const { no } = await order(person, 'CARD')
  await pays(person, { invoice_payload: no, ...change })
  expect(await statusOf(person, no)).toBe('awaiting payment')
})

it.concurrent('a payment that was told of before buys no second order', async () => {
  const [one, other] = [buyer(), buyer()]
  const [first, second] = await Promise.all([order(one, 'CARD'), order(other, 'CARD')])
  await pays(one, { invoice_payload: first.no, telegram_payment_charge_id: 'the-same' })
  await one.see(/is delivered/)
  await pays(other, { invoice_payload: second.no, telegram_payment_charge_id: 'the-same' })
  expect(await statusOf(other, second.no)).toBe('awaiting payment')
})

const answerTo = (id: string) =>
  vi.waitUntil(() => at.shop.calls('answerPreCheckoutQuery').find(({ params }) => params.pre_checkout_query_id === id))

it.concurrent.each([
  ['another amount', { total_amount: 2 }],
  ['nothing', { total_amount: 0 }],
  ['another currency', { currency: 'USD' }],
  ['yuan instead of Stars', { currency: 'CNY', total_amount: 100 }],
  ['nobody’s order', { invoice_payload: 'ZZZZZZZZ' }],
  ['a payload that is no number', { invoice_payload: '%$\0\n' }],
])('a check-out of %s is refused', async (_, change) => {
  const person = buyer()
  const { no } = await order(person, 'CARD')
  const id = String(randomInt(1e9))
  const query = { id, from: person.user, currency: 'XTR', total_amount: 1, invoice_payload: no, ...change }
  await post(at.shop, numbered({ pre_checkout_query: query }))
  const answer = await answerTo(id)
  expect(answer.params.ok).toBe(false)
})

it.concurrent('a check-out of somebody else’s order is refused', async () => {
  const [one, thief] = [buyer(), buyer()]
  const { no } = await order(one, 'CARD')
  await say(thief, '/start', /Welcome/)
  const id = String(randomInt(1e9))
  await post(
    at.shop,
    numbered({ pre_checkout_query: { id, from: thief.user, currency: 'XTR', total_amount: 1, invoice_payload: no } }),
  )
  const answer = await answerTo(id)
  expect(answer.params).toMatchObject({ ok: false, error_message: expect.stringMatching(/another person/) })
})

/** Lets nobody go on before so many have come. */
function barrier(count: number): () => Promise<void> {
  let [missing, open] = [count, () => {}]
  const all = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    if (--missing === 0) open()
    return all
  }
}

it.concurrent('an order that is paid twice at once is delivered once, and the other payment goes back', async () => {
  const person = buyer()
  const { invoice, no } = await order(person, 'CARD')
  const since = person.mark()
  const allowed = barrier(2)
  await Promise.all([person.pay(invoice, { allowed }), person.pay(invoice, { again: true, allowed })])
  await person.see(/returned to you/, { since })
  expect(await statusOf(person, no)).toBe('delivered')
  expect(person.stars().moves.reduce((sum, { amount }) => sum + amount, 0)).toBe(-1)
})

it.concurrent('somebody else’s word of a refund takes nothing from an order', async () => {
  const [one, liar] = [buyer(), buyer()]
  const no = await purchase(one, 'CARD')
  await say(liar, '/start', /Welcome/)
  const refunded_payment = {
    currency: 'XTR',
    total_amount: 1,
    invoice_payload: no,
    telegram_payment_charge_id: 'never-was',
    provider_payment_charge_id: '1',
  }
  await post(at.shop, numbered(forged(at.shop).message(liar, { refunded_payment })))
  await say(liar, '/start', /Welcome/)
  expect(await statusOf(one, no)).toBe('delivered')
})

it('a file announced as 50 MB is not fetched', async () => {
  const before = at.desk.calls('getFile').length
  const document = { file_id: 'A', file_unique_id: 'A', file_name: 'keys.txt', file_size: 50 * 2 ** 20 }
  const since = at.owner.mark()
  await post(at.desk, numbered(forged(at.desk).message(at.owner, { document, caption: '/import CARD' })))
  await at.owner.see(/too large/, { since })
  expect(at.desk.calls('getFile').length).toBe(before)
})

it('a name of NUL, lone surrogates and five thousand letters is no trouble', async () => {
  for (const first_name of ['a\0b', '\ud800', 'N'.repeat(5000), '\u200b']) {
    const person = buyer()
    const { message } = forged(at.shop).message(person, { text: '/start' })
    expect(await post(at.shop, numbered({ message: { ...message, from: { ...message.from, first_name } } }))).toBe(200)
  }
  await say(at.owner, '/staff', /Last 24 hours/)
})
