import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bold } from '../../../bots/dialogue/screen.ts'
import { telegramChannel } from '../../../bots/telegram/channel.ts'
import { createApi as createGrammy } from '../../../bots/telegram/client.ts'
import { fileLoader } from '../../../bots/telegram/files.ts'
import { createSender } from '../../../bots/telegram/sending.ts'
import { createApi as createTelegraf } from '../../../bots/telegram-staff/client.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { PNG, TOKEN } from '../../fakes/telegram/testing.ts'
import { withApi } from './stand.ts'

describe.each([
  ['grammY', createGrammy],
  ['Telegraf', createTelegraf],
])('the client made of %s', (_library, createApi) => {
  async function withClient() {
    const all = await withApi()
    await all.alice.say('hi')
    const api = createApi(TOKEN, all.fake.url)
    const sender = createSender({ now: () => new Date(), log: silentLog })
    return {
      ...all,
      api,
      channel: telegramChannel({
        name: 'telegram',
        invoice: false,
        api,
        sender,
        log: silentLog,
        link: () => undefined,
      }),
    }
  }
  const buttons = [[{ label: '继续', action: 's-menu', style: 'primary' as const }], [{ label: 'Copy', copy: 'K-1' }]]

  it('sends and edits texts, pictures and files, and deletes them', async () => {
    const { fake, alice, channel } = await withClient()
    const text = await channel.send('7', { text: ['Hello, ', bold('你好')], buttons }, 'reply')
    expect(alice.screen()).toMatchObject({
      text: 'Hello, 你好',
      entities: [{ type: 'bold', offset: 7, length: 2 }],
      buttons: ['继续', 'Copy'],
    })
    const picture = { id: 'dot', mime: 'image/png', bytes: PNG }
    await channel.edit('7', text, { text: [bold('A picture')], picture, buttons }, 'reply')
    expect(alice.screen()).toMatchObject({ caption: 'A picture', caption_entities: [{ type: 'bold' }] })
    expect(alice.screen()?.photo).toBeDefined()
    const again = await channel.send('7', { text: ['The same'], picture }, 'reply')
    expect(fake.calls('sendPhoto').at(-1)?.files).toEqual([])
    const bytes = Buffer.from('一, 1\r\n')
    const file = { name: '卡密 "5".csv', mime: 'text/csv', bytes }
    const sent = await channel.send('7', { text: [bold('A file')], file, buttons, protect: true }, 'reply')
    expect(alice.screen()).toMatchObject({ caption: 'A file', caption_entities: [{ type: 'bold' }] })
    expect(alice.screen()?.document).toMatchObject({ file_name: '卡密 _5_.csv', bytes })
    for (const id of [text, again, sent]) expect(await channel.remove('7', id)).toBe(true)
    expect(alice.history().filter(({ from }) => from.is_bot)).toEqual([])
  })

  it('hears what was written, answers a pressed button and fetches a file', async () => {
    const { fake, alice, api, channel } = await withClient()
    const [hi] = await api.call('getUpdates', { timeout: 0 })
    expect(hi?.message?.text).toBe('hi')
    await channel.send('7', { text: ['Press'], buttons }, 'reply')
    const pressed = alice.press(await alice.see('Press'), '继续')
    const offset = (hi?.update_id ?? 0) + 1
    const [press] = await api.call('getUpdates', { offset, timeout: 5 })
    await api.call('answerCallbackQuery', { callback_query_id: press?.callback_query?.id ?? '', text: '好' })
    expect(await pressed).toMatchObject({ text: '好' })
    await alice.sendFile({ name: 'keys.txt', bytes: Buffer.from('KEY-1') })
    const [upload] = await api.call('getUpdates', { offset: offset + 1, timeout: 5 })
    const load = fileLoader({ api, token: TOKEN, apiRoot: fake.url })
    expect(`${await load(upload?.message?.document?.file_id ?? '', undefined, 100)}`).toBe('KEY-1')
  })

  it('ends a poll that nobody waits for any more', async () => {
    const { api } = await withClient()
    const [hi] = await api.call('getUpdates', { timeout: 0 })
    const stop = new AbortController()
    const poll = api.call('getUpdates', { offset: (hi?.update_id ?? 0) + 1, timeout: 30 }, stop.signal)
    setTimeout(() => stop.abort(), 20)
    await expect(poll).rejects.toMatchObject({ code: 'telegram.no_answer', method: 'getUpdates' })
  })

  it.each([
    ['429', { status: 429, retryAfter: 7, passing: false, code: 'telegram.refused' }],
    ['500', { status: 500, passing: true, code: 'telegram.refused' }],
    ['drop', { status: undefined, passing: true, code: 'telegram.no_answer' }],
    ['reply-lost', { status: undefined, passing: true, code: 'telegram.no_answer' }],
  ] as const)('tells of %s, and nothing of the call', async (kind, problem) => {
    const { fake, api } = await withClient()
    fake.fault({ method: 'sendDocument', kind, retryAfter: 7 })
    const document = api.file(Buffer.from('SECRET-KEY-1'), 'keys.txt')
    const call = api.call('sendDocument', { chat_id: 7, document, caption: 'SECRET-KEY-2' })
    const error: unknown = await call.catch((e: unknown) => e)
    expect(error).toMatchObject({ ...problem, method: 'sendDocument' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/SECRET|test-token/)
  })

  it('tells that a token is unknown, and that nobody is there', async () => {
    const { fake } = await withClient()
    await expect(createApi('1:unknown', fake.url).call('getMe', {})).rejects.toMatchObject({ status: 401 })
    const away: unknown = await createApi(TOKEN, 'http://127.0.0.1:9')
      .call('getMe', {})
      .catch((e: unknown) => e)
    expect(away).toMatchObject({ code: 'telegram.no_answer' })
    expect(inspect(away, { depth: 9, showHidden: true })).not.toContain('test-token')
  })

  it('finds a Bot API under an address with a path, and knows an answer that is none of its', async () => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, reply) => {
      asked.push(request.url)
      reply.end('<html>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/telegram/api`
    const error: unknown = await createApi(TOKEN, root)
      .call('getMe', {})
      .catch((e: unknown) => e)
    expect(asked).toEqual([`/telegram/api/bot${TOKEN}/getMe`])
    expect(error).toMatchObject({ code: 'telegram.no_answer' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('test-token')
  })
})
