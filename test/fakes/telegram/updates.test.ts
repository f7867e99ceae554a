import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inline, start, TOKEN } from './testing.ts'
import type { TgUpdate } from './types.ts'

interface Hit {
  secret: string | undefined
  update: TgUpdate
}

/** A webhook whose answers are given one after the other, the last one for ever. */
async function webhook(...answers: { status: number; body?: string }[]) {
  const hits: Hit[] = []
  const server = createServer(async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    hits.push({ secret: req.headers['x-telegram-bot-api-secret-token']?.toString(), update: JSON.parse(text) })
    const answer = answers[Math.min(hits.length, answers.length) - 1] ?? { status: 200 }
    res.writeHead(answer.status).end(answer.body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { hits, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

describe('getUpdates', () => {
  it('keeps updates until a higher offset confirms them', async () => {
    const { fake, call } = await start()
    const alice = fake.user({ id: 7, first_name: 'Alice' })
    await alice.say('/start now')
    await alice.say('two')
    const first = (await call('getUpdates', { limit: 1 })).result as TgUpdate[]
    expect(first).toMatchObject([
      {
        message: {
          text: '/start now',
          from: { id: 7, is_bot: false },
          chat: { id: 7, type: 'private' },
          entities: [{ type: 'bot_command', offset: 0, length: 6 }],
        },
      },
    ])
    expect((await call('getUpdates')).result).toHaveLength(2)
    expect(fake.confirmed()).toEqual([])
    const offset = (first[0]?.update_id ?? 0) + 1
    expect((await call('getUpdates', { offset })).result).toMatchObject([{ message: { text: 'two' } }])
    expect(fake.confirmed()).toMatchObject([{ message: { text: '/start now' } }])
    expect(fake.unconfirmed()).toHaveLength(1)
    await alice.say('three')
    await alice.say('four')
    expect((await call('getUpdates', { offset: -1 })).result).toMatchObject([{ message: { text: 'four' } }])
    expect(fake.confirmed()).toHaveLength(3)
  })

  it('holds a long poll until something happens, and lets it end with nothing', async () => {
    const { fake, call } = await start()
    const polled = call('getUpdates', { timeout: 30 })
    await fake.user({ id: 7 }).say('late')
    expect((await polled).result).toMatchObject([{ message: { text: 'late' } }])
    const offset = (fake.unconfirmed()[0]?.update_id ?? 0) + 1
    expect((await call('getUpdates', { offset, timeout: 1 })).result).toEqual([])
  })

  it('turns away the older of two pollers, and polling beside a webhook', async () => {
    const { fake, call } = await start()
    const polls = [call('getUpdates', { timeout: 30 }), call('getUpdates', { timeout: 30 })]
    expect(await Promise.race(polls)).toMatchObject({
      status: 409,
      description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    })
    await fake.user({ id: 1 }).say('wake')
    expect((await Promise.all(polls)).map(({ status }) => status).sort()).toEqual([200, 409])
    const { url } = await webhook()
    await call('setWebhook', { url })
    expect(await call('getUpdates')).toMatchObject({
      status: 409,
      description:
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    })
    await call('deleteWebhook')
    expect(await call('getUpdates')).toMatchObject({ ok: true })
  })

  it('forgets a poller who hangs up: nothing is lost to it, and it is no rival', async () => {
    const { fake, call } = await start()
    const hangUp = new AbortController()
    const left = fetch(`${fake.url}/bot${TOKEN}/getUpdates?timeout=30`, { signal: hangUp.signal })
    const ended = new Promise((resolve) => fake.on('call', resolve))
    await expect.poll(() => fake.calls().length).toBe(1)
    hangUp.abort()
    await expect(left).rejects.toThrow()
    await ended
    await fake.user({ id: 7 }).say('hi')
    expect((await call('getUpdates', { timeout: 30 })).result).toMatchObject([{ message: { text: 'hi' } }])
    expect(fake.calls().map(({ answer }) => answer)).toMatchObject([{ ok: true, result: [] }, { ok: true }])
  })

  it('tells when the bot has confirmed everything', async () => {
    const { fake, call } = await start()
    await fake.allConfirmed()
    await fake.user({ id: 7 }).say('hi')
    await expect(fake.allConfirmed({ timeout: 5 })).rejects.toThrow('left 1 updates unconfirmed')
    const confirmed = fake.allConfirmed()
    await call('getUpdates', { offset: (fake.unconfirmed()[0]?.update_id ?? 0) + 1 })
    await confirmed
  })

  it('leaves out kinds the bot did not ask for, until it asks anew', async () => {
    const { fake, call } = await start()
    await call('getUpdates', { allowed_updates: ['callback_query'] })
    const alice = fake.user({ id: 7 })
    await alice.say('unseen')
    await call('getUpdates')
    await alice.say('unseen')
    expect(fake.unconfirmed()).toEqual([])
    await call('getUpdates', { allowed_updates: [] })
    await alice.say('seen')
    expect(fake.unconfirmed()).toHaveLength(1)
  })

  it('delivers again what it is told to, also after confirmation', async () => {
    const { fake, call } = await start({ duplicateUpdates: true })
    await fake.user({ id: 7 }).say('twice')
    const id = fake.unconfirmed()[0]?.update_id ?? 0
    const ids = async () =>
      ((await call('getUpdates', { offset: id + 1 })).result as TgUpdate[]).map((u) => u.update_id)
    expect((await call('getUpdates')).result).toMatchObject([{ update_id: id }])
    expect(await ids()).toEqual([id])
    expect(await ids()).toEqual([])
    fake.redeliver(id)
    expect(await ids()).toEqual([id])
    expect(fake.confirmed()).toHaveLength(1)
  })
})

describe('webhook', () => {
  it('posts one at a time in order, with the secret, and retries what is not taken', async () => {
    const { fake, call } = await start({ webhookBackoffMs: () => 1 })
    const hook = await webhook({ status: 500 }, { status: 200 })
    const setting = { url: hook.url, secret_token: 'S-1', allowed_updates: ['message'] }
    expect(await call('setWebhook', setting)).toMatchObject({ ok: true, result: true })
    const alice = fake.user({ id: 7 })
    await alice.say('one')
    await alice.say('two')
    await expect.poll(() => fake.confirmed().length).toBe(2)
    expect(hook.hits.map(({ update }) => update.message?.text)).toEqual(['one', 'one', 'two'])
    expect(new Set(hook.hits.map(({ secret }) => secret))).toEqual(new Set(['S-1']))
    expect(await call('getWebhookInfo')).toMatchObject({
      result: {
        url: hook.url,
        pending_update_count: 0,
        allowed_updates: ['message'],
        last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
      },
    })
    fake.redeliver(fake.confirmed()[0]?.update_id ?? 0)
    await expect.poll(() => hook.hits.at(-1)?.update.message?.text).toBe('one')
    fake.duplicateUpdates = true
    await alice.say('again')
    await expect.poll(() => hook.hits.slice(4).map(({ update }) => update.message?.text)).toEqual(['again', 'again'])
    expect(fake.confirmed()).toHaveLength(3)
    expect(await call('deleteWebhook')).toMatchObject({ ok: true })
    expect(await call('getWebhookInfo')).toMatchObject({ result: { url: '' } })
  })

  it('runs a method found in the answer', async () => {
    const { fake, call } = await start()
    const hook = await webhook({
      status: 200,
      body: JSON.stringify({ method: 'sendMessage', chat_id: 7, text: 'hello' }),
    })
    await call('setWebhook', { url: hook.url })
    const alice = fake.user({ id: 7 })
    await alice.say('hi')
    await alice.see('hello')
    expect(fake.calls('sendMessage')).toMatchObject([{ viaWebhook: true, params: { chat_id: 7, text: 'hello' } }])
  })

  it('posts a public address to where it really lives', async () => {
    const hook = await webhook()
    const { fake, call } = await start({ webhookOrigin: new URL(hook.url).origin })
    await call('setWebhook', { url: 'https://shop.example/hook' })
    await fake.user({ id: 7 }).say('hi')
    await expect.poll(() => hook.hits.length).toBe(1)
  })

  it.each([
    ['bad webhook: An HTTPS URL must be provided for webhook', { url: 'http://shop.example' }],
    ['bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443', { url: 'https://shop.example:8787' }],
    ['secret token contains unallowed characters', { url: 'https://shop.example', secret_token: 'a b' }],
  ])('refuses: %s', async (description, setting) => {
    const { call } = await start()
    expect(await call('setWebhook', setting)).toMatchObject({ status: 400, description: `Bad Request: ${description}` })
  })
})

describe('callback queries', () => {
  it('carry the message, and bring the answer back to the person', async () => {
    const { fake, call } = await start()
    const alice = fake.user({ id: 7 })
    await alice.say('/menu')
    await call('sendMessage', {
      chat_id: 7,
      text: 'menu',
      reply_markup: inline({ text: 'Buy', callback_data: 'buy:1' }),
    })
    const pressed = alice.press(await alice.see('menu'), /^Bu/)
    const query = fake.unconfirmed().at(-1)?.callback_query
    expect(query).toMatchObject({ data: 'buy:1', from: { id: 7 }, message: { text: 'menu' } })
    const answer = { callback_query_id: query?.id, text: 'ok', show_alert: true }
    expect(await call('answerCallbackQuery', answer)).toMatchObject({ result: true })
    expect(await pressed).toEqual({ text: 'ok', show_alert: true })
    const tooOld = {
      status: 400,
      description: 'Bad Request: query is too old and response timeout expired or query ID is invalid',
    }
    expect(await call('answerCallbackQuery', answer)).toMatchObject(tooOld)
  })

  it('cannot be answered late or at length, and tell when nobody answers', async () => {
    const { fake, clock, call } = await start()
    const alice = fake.user({ id: 7 })
    const message_id = await alice.say('x')
    const forged = fake.user({ id: 8 }).pressData({ message_id, chat: { id: 7 } }, 'forged', { timeout: 50 })
    const silence = expect(forged).rejects.toThrow(/did not answer "forged"/)
    const callback_query_id = fake.unconfirmed().at(-1)?.callback_query?.id
    expect(await call('answerCallbackQuery', { callback_query_id, text: 'x'.repeat(201) })).toMatchObject({
      description: 'Bad Request: MESSAGE_TOO_LONG',
    })
    clock.ms += 15_001
    expect(await call('answerCallbackQuery', { callback_query_id })).toMatchObject({
      description: expect.stringContaining('query is too old'),
    })
    await silence
  })

  it('name the buttons there are when one is missing, and show deleted messages as inaccessible', async () => {
    const { fake, call } = await start()
    const alice = fake.user({ id: 7 })
    await alice.say('x')
    await call('sendMessage', { chat_id: 7, text: 'menu', reply_markup: inline({ text: 'Buy', callback_data: 'b' }) })
    const menu = await alice.see('menu')
    await expect(alice.press(menu, 'Sell')).rejects.toThrow('there are: "Buy"')
    await call('deleteMessage', { chat_id: 7, message_id: menu.message_id })
    await expect(alice.press(menu, 'Buy')).rejects.toThrow('no button Buy')
    const stale = alice.pressData(menu, 'b')
    const query = fake.unconfirmed().at(-1)?.callback_query
    expect(query?.message).toEqual({ message_id: menu.message_id, chat: menu.chat, date: 0 })
    await call('answerCallbackQuery', { callback_query_id: query?.id })
    expect(await stale).toEqual({})
  })
})
