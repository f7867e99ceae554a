import { connectTelegram, connectWeb } from '../../../bots/channels.ts'
import type { Connected } from '../../../bots/connections.ts'
import type { Accept } from '../../../bots/dialogue/channel.ts'
import { createTelegram } from '../../../bots/telegram/shop-bot.ts'
import type { Web } from '../../../bots/web/server.ts'
import { startWechat } from '../../../bots/wechat/channel.ts'
import type { Language } from '../../../core/customers/model.ts'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { Shop } from '../../../core/shop.ts'
import { newClient } from '../../bots/web/client.ts'
import { personOf } from '../../bots/web/stand.ts'
import { startMockWechat } from '../../bots/wechat/mock.ts'
import { startFakeTelegram } from '../../fakes/telegram/server.ts'
import { atEnd } from '../../stand/closing.ts'
import type { Chatter } from '../channel.ts'
import { openProgram, type Program } from '../program.ts'
import { arrive } from './arrive.ts'
import { flyingClock, sit, TOKEN, watched } from './telegram.ts'
import { WebChatter, webCan } from './web.ts'
import { WechatChatter, wechatCan } from './wechat.ts'

/** One shop on the web and on another channel. */
export interface TwoChannels {
  readonly program: Program
  /** Someone new writes to the shop there. */
  join(where: 'web' | 'other', name: string, language: Language): Promise<Chatter>
}

/** The other channel of a shop, beside the web. */
interface Other {
  readonly settings: Readonly<Record<string, string>>
  readonly providers: readonly PaymentProvider[]
  open(shop: Shop, accept: (name: string) => Accept): Promise<Connected>
  sit(name: string, language: Language): Promise<Chatter>
}

async function openWithWeb(other: (log: Log) => Other): Promise<TwoChannels> {
  let web: Web | undefined
  let beside: Other | undefined
  const limiter = () => ({ take: async () => 0 })
  const program = await openProgram((log) => {
    const made = other(log)
    beside = made
    return {
      settings: { HTTP_PORT: '0', PUBLIC_URL: 'https://shop.example', ...made.settings },
      providers: made.providers,
      async open(shop, accept) {
        web = await connectWeb(shop, accept('web'), { limiter })
        return [web, await made.open(shop, accept)]
      },
    }
  }, {})
  const url = web?.local ?? ''
  async function sitAtWeb(name: string, language: Language): Promise<Chatter> {
    const client = await newClient(url)
    const chatter = new WebChatter(client, url, name, language, personOf(client.token), webCan)
    void chatter.listen()
    atEnd(async () => chatter.leave())
    return chatter
  }
  return {
    program,
    async join(where, name, language) {
      const chatter = await (where === 'web' ? sitAtWeb(name, language) : (beside as Other).sit(name, language))
      await arrive(program, chatter, false)
      return chatter
    },
  }
}

export async function openTelegramWithWeb(): Promise<TwoChannels> {
  const fake = await startFakeTelegram({ token: TOKEN, limits: false, patienceMs: 10_000 })
  atEnd(() => fake.close())
  const chatters = watched(fake)
  const settings = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: fake.url, PUBLIC_URL: 'https://shop.example' }
  let people = 0
  return openWithWeb((log) => {
    const telegram = createTelegram({ settings: { ...settings, TELEGRAM_WEBHOOK: false }, log, now: flyingClock() })
    return {
      settings,
      providers: [telegram.provider],
      open: (shop, accept) => connectTelegram(shop, accept('telegram'), telegram),
      sit: async (name, language) => sit(fake, chatters, 1000 + ++people, name, language),
    }
  })
}

export function openWechatWithWeb(): Promise<TwoChannels> {
  const mock = startMockWechat()
  return openWithWeb(() => ({
    settings: {},
    providers: [],
    open: async ({ log, clock: now }, accept) =>
      startWechat({ puppet: mock.puppet, accept: accept('wechat'), log, now }),
    async sit(name, language) {
      const chatter = new WechatChatter(name, name, language, `wx_${name}`, wechatCan)
      chatter.meet(mock)
      return chatter
    },
  }))
}
