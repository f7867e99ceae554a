import { STAFF_BOT } from '../../core/customers/model.ts'
import { type Bot, type BotParts, createBot } from '../telegram/bot.ts'
import { createApi } from './client.ts'

export interface StaffBotOptions extends Pick<BotParts, 'log' | 'now'> {
  readonly settings: BotParts['settings'] & { readonly STAFF_BOT_TOKEN: string }
}

/** The staff bot on Telegram: one like the shop bot, with a token of its own and without a till. */
export function createStaffBot({ settings, log, now }: StaffBotOptions): Bot {
  const { STAFF_BOT_TOKEN: token, TELEGRAM_API_ROOT } = settings
  const api = createApi(token, TELEGRAM_API_ROOT)
  return createBot({ name: STAFF_BOT, token, setting: 'STAFF_BOT_TOKEN', api, invoice: false, settings, log, now })
}
