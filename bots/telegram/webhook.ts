import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Update } from 'grammy/types'
import type { Log } from '../../core/platform/log.ts'
import { botIdOf } from './api.ts'
import type { Intake } from './intake.ts'

/** Where Telegram calls us. The web server passes POST requests to `path` on to `handle`. */
export interface Webhook {
  readonly path: string
  /**
   * Takes one request and returns the HTTP status to answer with: 200 once the update is committed, 401 without the secret,
   * 400 for a body that is no update, 503 when Telegram is to try again. `body` is the text as received, unparsed.
   */
  handle(headers: Readonly<Record<string, string | readonly string[] | undefined>>, body: string): Promise<number>
}

/** Made of the token, so that every process agrees on it without keeping it. */
export function webhookSecret(token: string): string {
  return createHmac('sha256', token).update('keytill telegram webhook').digest('base64url')
}

/** `intake` is undefined until the bot is started. */
export function createWebhook(token: string, intake: () => Intake | undefined, log: Log): Webhook {
  const secret = Buffer.from(webhookSecret(token))
  return {
    path: `/telegram/${botIdOf(token)}`,
    async handle(headers, body) {
      const given = Buffer.from(`${headers['x-telegram-bot-api-secret-token'] ?? ''}`)
      if (given.length !== secret.length || !timingSafeEqual(given, secret)) return 401
      const update = parse(body)
      if (!update) return 400
      const open = intake()
      if (!open) return 503
      try {
        await open.take([update])
        return 200
      } catch (err) {
        log.error({ err }, 'an update could not be committed; Telegram will give it again')
        return 503
      }
    },
  }
}

function parse(body: string): Update | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const { update_id: id } = (value ?? {}) as Partial<Update>
    return Number.isInteger(id) ? (value as Update) : undefined
  } catch {
    return undefined
  }
}
