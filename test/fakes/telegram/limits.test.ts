import { describe, expect, it } from 'vitest'
import { start } from './testing.ts'

describe('sending limits', () => {
  it('one message a second to a person, after a burst; edits, deletions and answers are free of it', async () => {
    const { fake, clock, call } = await start()
    await fake.user({ id: 7 }).say('hi')
    const say = (text: string) => call('sendMessage', { chat_id: 7, text })
    for (const text of ['1', '2', '3']) expect((await say(text)).ok).toBe(true)
    expect(await say('4')).toMatchObject({
      status: 429,
      error_code: 429,
      description: 'Too Many Requests: retry after 1',
      parameters: { retry_after: 1 },
    })
    expect(await call('editMessageText', { chat_id: 7, message_id: 2, text: 'x' })).toMatchObject({ ok: true })
    expect(await call('deleteMessage', { chat_id: 7, message_id: 2 })).toMatchObject({ ok: true })
    clock.ms += 1000
    expect((await say('4')).ok).toBe(true)
    expect((await say('5')).ok).toBe(false)
  })

  it('twenty a minute to a group', async () => {
    const { fake, clock, call } = await start()
    fake.group({ id: -5 })
    const say = () => call('sendMessage', { chat_id: -5, text: 'x' })
    for (let i = 0; i < 20; i++) expect((await say()).ok).toBe(true)
    expect(await say()).toMatchObject({ status: 429, parameters: { retry_after: 3 } })
    clock.ms += 3000
    expect((await say()).ok).toBe(true)
  })

  it('a settable number for the whole bot, which edits count to', async () => {
    const { fake, clock, call } = await start({ limits: { overall: { perSecond: 2, burst: 2 } } })
    for (const id of [7, 8]) await fake.user({ id }).say('hi')
    const { result } = await call('sendMessage', { chat_id: 7, text: 'x' })
    const { message_id } = result as { message_id: number }
    expect((await call('editMessageText', { chat_id: 7, message_id, text: 'y' })).ok).toBe(true)
    expect((await call('sendMessage', { chat_id: 8, text: 'x' })).status).toBe(429)
    clock.ms += 500
    expect((await call('sendMessage', { chat_id: 8, text: 'x' })).ok).toBe(true)
  })
})

describe('faults', () => {
  it('strike the calls they are meant for, as often as told, with or without effect', async () => {
    const { fake, call } = await start({ limits: false })
    const alice = fake.user({ id: 7 })
    await alice.say('hi')
    const say = (text: string) => call('sendMessage', { chat_id: 7, text })
    const limited = fake.fault({ method: 'sendMessage', kind: '429', retryAfter: 9, times: 2 })
    expect(await call('getMe')).toMatchObject({ ok: true })
    for (const text of ['a', 'b'])
      expect(await say(text)).toMatchObject({ status: 429, parameters: { retry_after: 9 } })
    expect(limited.hits()).toBe(2)

    fake.fault({ kind: '500', when: (params) => params.text === 'c' })
    expect((await say('ok')).ok).toBe(true)
    expect(await say('c')).toMatchObject({ status: 500, description: 'Internal Server Error' })

    fake.fault({ method: 'sendMessage', kind: 'drop' })
    await expect(say('dropped')).rejects.toThrow()
    fake.fault({ method: 'sendMessage', kind: 'reply-lost' })
    await expect(say('lost')).rejects.toThrow()
    expect(fake.calls('sendMessage').at(-2)?.answer).toBeUndefined()

    fake.fault({ method: 'sendMessage', kind: 'late', ms: 20 })
    const late = say('late')
    await alice.see('late')
    expect((await late).ok).toBe(true)
    expect(alice.history().map(({ text }) => text)).toEqual(['hi', 'ok', 'lost', 'late'])

    fake.fault({ kind: '500' }).remove()
    expect((await say('fine')).ok).toBe(true)
  })

  it('lose the reply to getUpdates without losing the updates', async () => {
    const { fake, call } = await start()
    await fake.user({ id: 7 }).say('hi')
    fake.fault({ method: 'getUpdates', kind: 'reply-lost' })
    await expect(call('getUpdates')).rejects.toThrow()
    expect((await call('getUpdates')).result).toMatchObject([{ message: { text: 'hi' } }])
  })
})
