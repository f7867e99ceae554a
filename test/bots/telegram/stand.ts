import { telegramChannel } from '../../../bots/telegram/channel.ts'
import { createApi } from '../../../bots/telegram/client.ts'
import { createSender } from '../../../bots/telegram/sending.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { BotOptions } from '../../fakes/telegram/bot.ts'
import { start, TOKEN } from '../../fakes/telegram/testing.ts'

/** A log that keeps its lines as they would be read. */
export function keepLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const keep = (_fields: object, message: string) => void lines.push(message)
  return { log: { debug: keep, info: keep, warn: keep, error: keep }, lines }
}

/** A fake without limits unless told otherwise, our client of it, and Alice, who has spoken to the bot. */
export async function withApi(options: Partial<BotOptions> = {}) {
  const { fake, clock } = await start({ limits: false, ...options })
  const alice = fake.user({ id: 7, first_name: 'Alice', language_code: 'en' })
  return { fake, clock, alice, api: createApi(TOKEN, fake.url) }
}

/** And the channel over it. */
export async function withChannel(options: Partial<BotOptions> = {}) {
  const all = await withApi(options)
  await all.alice.say('hi')
  const { log, lines } = keepLog()
  const sender = createSender({ now: () => new Date(), log })
  const link = (payload?: string) => `https://t.me/keytill_bot?start=${payload ?? ''}`
  return {
    ...all,
    lines,
    channel: telegramChannel({ name: 'telegram', invoice: true, api: all.api, sender, log, link }),
  }
}

/** A promise and its two ends. */
export function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}
