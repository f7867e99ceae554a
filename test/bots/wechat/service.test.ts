import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { FileBox } from 'file-box'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatEvent, Incoming } from '../../../bots/dialogue/channel.ts'
import type { Screen } from '../../../bots/dialogue/screen.ts'
import { startWechat, type Wechat } from '../../../bots/wechat/channel.ts'
import { createPuppet } from '../../../bots/wechat/puppets.ts'
import { type Log, safeError, silentLog } from '../../../core/platform/log.ts'
import { startGateway, type TestGateway } from './gateway.ts'

const now = () => new Date('2026-11-02T03:04:05Z')
const opened: Wechat[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((wechat) => wechat.close()))
})

const settingsOf = ({ endpoint, token }: Pick<TestGateway, 'endpoint' | 'token'>, tls = false) => ({
  WECHAT_PUPPET: 'service' as const,
  WECHAT_SERVICE_ENDPOINT: endpoint,
  WECHAT_SERVICE_TOKEN: token,
  WECHAT_SERVICE_TLS: tls,
})

/** A bot behind a gateway, and what it heard and logged, as events to wait for. */
async function shop(options: Parameters<typeof startGateway>[0] = {}) {
  const gateway = await startGateway(options)
  const heard: Incoming[] = []
  const logged: string[] = []
  const news = new EventEmitter()
  const note = (level: string) => (fields: object, message: string) => {
    const { err, ...rest } = fields as { err?: unknown }
    logged.push(JSON.stringify({ level, message, ...rest, ...(err === undefined ? {} : { err: safeError(err) }) }))
    news.emit('news')
  }
  const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const puppet = await createPuppet(settingsOf(gateway, options.tls), log)
  puppet.on('login', () => void news.emit('news'))
  puppet.on('logout', () => void setImmediate(() => news.emit('news')))
  const bot = await startWechat({
    puppet,
    accept: async (items) => {
      heard.push(...items)
      news.emit('news')
    },
    log,
    now,
  })
  opened.push(bot)
  const until = async (holds: () => boolean, within = 12_000) => {
    const signal = AbortSignal.timeout(within)
    while (!holds())
      await once(news, 'news', { signal }).catch(() => {
        throw new Error(`it did not come to ${holds}; logged: ${logged.join('\n')}`)
      })
  }
  return {
    gateway,
    wechat: gateway.wechat,
    bot,
    heard,
    logged,
    puppet,
    until,
    away: () => until(() => !puppet.isLoggedIn),
    back: () => until(() => puppet.isLoggedIn),
    texts: () =>
      heard
        .map(({ payload }) => (bot.decode(payload) as ChatEvent).content)
        .map((c) => (c.kind === 'text' ? c.text : c.kind)),
  }
}

const screen = (text: Screen['text'], rest: Partial<Screen> = {}): Screen => ({ text, ...rest })

describe('starting', () => {
  it('hears and answers through the gateway, and leaves the home folder alone', async () => {
    const before = existsSync(join(homedir(), '.wechaty'))
    const { wechat, bot, heard, until } = await shop()
    const alice = wechat.user('alice')
    const id = alice.say('hi')
    await until(() => heard.length === 1)
    expect(heard[0]).toMatchObject({ externalId: id, chat: 'wx_alice' })
    const sent = await bot.channel.send('wx_alice', screen(['Hello']), 'reply')
    expect(await alice.see(/Hello/)).toEqual({ text: 'Hello' })
    expect(await wechat.puppet.messagePayload(sent)).toMatchObject({ text: 'Hello' })
    expect(existsSync(join(homedir(), '.wechaty'))).toBe(before)
  })

  it('speaks TLS with the certificate of the library', async () => {
    const { wechat, heard, until } = await shop({ tls: true })
    wechat.user('alice').say('hi')
    await until(() => heard.length === 1)
  })
})

describe('a gateway that cannot be used', () => {
  const start = async (gateway: Pick<TestGateway, 'endpoint' | 'token'>, tls = false) => {
    const before = Date.now()
    const error: unknown = await createPuppet(settingsOf(gateway, tls), silentLog).catch((reason: unknown) => reason)
    expect(Date.now() - before).toBeLessThan(6000)
    return error
  }

  it('is named when it does not take the token, which is not repeated', async () => {
    const { endpoint } = await startGateway()
    const error = await start({ endpoint, token: 'insecure_WRONG' })
    expect(error).toMatchObject({
      code: 'wechat.gateway_refused',
      message: expect.stringMatching(/does not take the token: check WECHAT_SERVICE_TOKEN/),
    })
    expect(JSON.stringify(safeError(error))).not.toContain('WRONG')
  })

  it('is named when nobody listens, when nothing answers, and when one side speaks TLS', async () => {
    const gateway = await startGateway()
    expect(await start(gateway, true)).toMatchObject({ code: 'wechat.gateway_unreachable' })
    gateway.freeze(true)
    expect(await start(gateway)).toMatchObject({ code: 'wechat.gateway_unreachable' })
    await gateway.kill()
    expect(await start(gateway)).toMatchObject({
      code: 'wechat.gateway_unreachable',
      message: expect.stringContaining(gateway.endpoint),
    })
  })
})

describe('a gateway that goes away', () => {
  it('is noticed, and come back to on the same port', async () => {
    const { gateway, wechat, bot, heard, logged, until, away, back } = await shop()
    await gateway.kill()
    await away()
    await expect(bot.channel.send('wx_alice', screen(['hi']), 'notice')).rejects.toMatchObject({
      code: 'wechat.logged_out',
      wait: expect.any(Number),
    })
    const lost = wechat.user('alice').say('while away')
    await gateway.restart()
    await back()
    const after = wechat.user('alice').say('after')
    await until(() => heard.length === 1)
    expect(heard.map((item) => item.externalId)).toEqual([after])
    expect(lost).not.toBe(after)
    expect(logged.join('\n')).toMatch(/may be missing.*"from":/)
  })

  it('is noticed within seconds when the network goes silent', async () => {
    const { gateway, away, back } = await shop()
    const before = Date.now()
    gateway.freeze(true)
    await away()
    expect(Date.now() - before).toBeLessThan(11_000)
    gateway.freeze(false)
    await back()
  })

  it('answers who has asked when it is back', async () => {
    const { gateway, wechat, bot, away } = await shop()
    await gateway.kill()
    await away()
    const alice = wechat.user('alice')
    const answer = bot.channel.send('wx_alice', screen(['Here']), 'reply')
    await gateway.restart()
    await answer
    expect(alice.history()).toEqual([{ text: 'Here' }])
  })

  it('lets nobody wait for it when the channel closes', async () => {
    const { gateway, bot, away } = await shop()
    await gateway.kill()
    await away()
    const answer = bot.channel.send('wx_alice', screen(['Here']), 'reply')
    const refused = expect(answer).rejects.toMatchObject({ code: 'wechat.logged_out' })
    await bot.close()
    await refused
  })

  it('hands a message over that it announced before', async () => {
    const { gateway, wechat, heard, away, back, until } = await shop()
    const alice = wechat.user('alice')
    alice.say('hi')
    await until(() => heard.length === 1)
    wechat.hold(true)
    const id = alice.say('just before')
    await wechat.held()
    await gateway.kill()
    await away()
    wechat.hold(false)
    await gateway.restart()
    await back()
    await until(() => heard.length === 2)
    expect(heard[1]?.externalId).toBe(id)
  })

  it('does not end the process in the middle of a file, either way', async () => {
    const { gateway, wechat, bot, heard, away, back, until, texts } = await shop()
    const big = Buffer.alloc(3 * 1024 * 1024, 'k')
    const endless = new PassThrough()
    wechat.handOver(FileBox.fromStream(endless, 'keys.csv') as never)
    const flowing = wechat.handed()
    wechat.user('alice').sendFile('keys.csv', Buffer.from('-'))
    await flowing
    endless.write(big)
    const sending = bot.channel.send('wx_alice', screen([], { file: { name: 'k', mime: 'a/b', bytes: big } }), 'key')
    const outcome = sending.then(
      () => 'sent',
      (error: { code: string }) => error.code,
    )
    await gateway.kill()
    await away()
    expect(await outcome).toMatch(/^wechat\.|sent/)
    await until(() => heard.length === 1)
    expect(texts()).toEqual(['file'])
    await gateway.restart()
    await back()
  })

  it('makes known again what is delivered twice', async () => {
    const { gateway, wechat, heard, away, back, until } = await shop()
    const id = wechat.user('alice').say('1')
    await until(() => heard.length === 1)
    await gateway.kill()
    await away()
    await gateway.restart()
    await back()
    wechat.redeliver(id)
    await until(() => heard.length === 2)
    expect(heard.map((item) => item.externalId)).toEqual([id, id])
  })
})

describe('a gateway under load', () => {
  it('keeps the order of a chat however unevenly it answers', async () => {
    const { wechat, until, heard, texts } = await shop()
    wechat.slow(() => Math.random() * 40)
    const alice = wechat.user('alice')
    for (let n = 0; n < 30; n++) alice.say(`${n}`)
    await until(() => heard.length === 30)
    expect(texts()).toEqual(Array.from({ length: 30 }, (_, n) => `${n}`))
  })

  it('loses nothing of a flood', async () => {
    const { wechat, until, heard } = await shop()
    const ids = Array.from({ length: 400 }, (_, n) => wechat.user(`buyer${n % 50}`).say(`${n}`))
    await until(() => heard.length === 400, 20_000)
    expect(heard.map((item) => item.externalId)).toEqual(ids)
  })

  it('brings and takes a large file whole', async () => {
    const { wechat, bot, until, heard } = await shop()
    const alice = wechat.user('alice')
    const bytes = randomBytes(6 * 1024 * 1024)
    alice.sendFile('keys.csv', bytes)
    await until(() => heard.length === 1)
    const content = bot.decode(heard[0]?.payload)?.content
    if (content?.kind !== 'file') throw new Error('not a file')
    expect((await content.file.load(1e9)).equals(bytes)).toBe(true)
    await bot.channel.send('wx_alice', screen([], { file: { name: 'keys.txt', mime: 'text/plain', bytes } }), 'key')
    const { file } = await alice.see(({ file }) => file !== undefined)
    expect(file?.name).toBe('keys.txt')
    expect(file?.bytes?.equals(bytes)).toBe(true)
  })
})

describe('what is sent', () => {
  it('goes into a room, and a mention of the bot is heard there', async () => {
    const { wechat, bot, until, heard } = await shop()
    const alice = wechat.user('alice')
    const room = wechat.inRoom('family', alice)
    room.say(alice, 'dinner?', 'nobody')
    room.say(alice, '/start', 'bot')
    await until(() => heard.length === 1)
    expect(bot.decode(heard[0]?.payload)).toMatchObject({ private: false, content: { kind: 'text', text: '/start' } })
    await bot.channel.send(room.id, screen(['Write to me in private']), 'reply')
    await room.see(/in private/)
  })

  it('is taken back when WeChat lets it', async () => {
    const { wechat, bot } = await shop()
    wechat.user('alice')
    const sent = await bot.channel.send('wx_alice', screen(['two']), 'reply')
    expect(await bot.channel.remove('wx_alice', sent)).toBe(false)
    wechat.letRecall(true)
    expect(await bot.channel.remove('wx_alice', sent)).toBe(true)
    expect(wechat.recalled()).toEqual([sent])
  })

  it('tells who is gone from a send that failed', async () => {
    const { wechat, bot } = await shop()
    const alice = wechat.user('alice')
    await bot.channel.send('wx_alice', screen(['hi']), 'reply')
    wechat.refuse(new Error('SECRET: too fast'))
    await expect(bot.channel.send('wx_alice', screen(['hi']), 'reply')).rejects.toMatchObject({
      code: 'wechat.send_failed',
    })
    wechat.refuse(undefined)
    alice.leave()
    await expect(bot.channel.send('wx_alice', screen(['hi']), 'reply')).rejects.toMatchObject({
      code: 'chat.unreachable',
    })
  })
})
