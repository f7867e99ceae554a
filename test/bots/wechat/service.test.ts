import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatEvent, Incoming } from '../../../bots/dialogue/channel.ts'
import type { Screen } from '../../../bots/dialogue/screen.ts'
import { startWechat, type Wechat } from '../../../bots/wechat/channel.ts'
import { createPuppet } from '../../../bots/wechat/puppets.ts'
import { type Log, safeError } from '../../../core/platform/log.ts'
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
  puppet.on('login', () => news.emit('news'))
  puppet.on('logout', () => setImmediate(() => news.emit('news')))
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
    expect(sent).not.toMatch(/^[\da-f]{8}-/)
    expect(existsSync(join(homedir(), '.wechaty'))).toBe(before)
  })

  it('speaks TLS with the certificate of the library', async () => {
    const { wechat, heard, until } = await shop({ tls: true })
    wechat.user('alice').say('hi')
    await until(() => heard.length === 1)
  })
})
