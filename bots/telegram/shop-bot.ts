import type { PaymentProvider } from '../../core/payments/provider.ts'
import { type Bot, type BotParts, type BotPorts, createBot } from './bot.ts'
import { type Cashier, type CheckoutPort, createCashier } from './checkout.ts'
import { createApi } from './client.ts'
import { createStars } from './stars.ts'

export interface TelegramOptions extends Pick<BotParts, 'log' | 'now'> {
  readonly settings: BotParts['settings'] & { readonly TELEGRAM_BOT_TOKEN: string }
}

/** What the shop bot needs of an open shop. */
export interface TelegramPorts extends BotPorts {
  readonly checkout: CheckoutPort
}

/** Of its kept updates ask `paymentOf` and `refundOf` (payments.ts) first: what they know of is no event. */
export interface Telegram extends Omit<Bot, 'start'> {
  /** Telegram Stars */
  readonly provider: PaymentProvider
  /** As that of any bot. */
  start(ports: TelegramPorts): Promise<void>
}

/** The shop bot on Telegram. Nothing goes over the network before `start`, so that its provider is there to open the shop. */
export function createTelegram({ settings, log, now }: TelegramOptions): Telegram {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT } = settings
  const api = createApi(token, TELEGRAM_API_ROOT)
  const setting = 'TELEGRAM_BOT_TOKEN'
  const bot = createBot({ name: 'telegram', token, setting, api, invoice: true, settings, log, now })
  let cashier: Cashier | undefined
  return {
    ...bot,
    provider: createStars(api),
    start({ checkout, ...ports }) {
      cashier = createCashier(api, checkout, log)
      return bot.start(ports, cashier)
    },
    async close() {
      await bot.close()
      await cashier?.settled()
    },
  }
}
