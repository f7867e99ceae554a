import { languageOf } from '../core/customers/model.ts'
import { systemClock } from '../core/platform/clock.ts'
import type { Log } from '../core/platform/log.ts'
import type { Settings } from '../core/platform/settings.ts'
import { createShop, type Shop } from '../core/shop.ts'
import type { Channel } from './dialogue/channel.ts'
import { answerCheckout } from './dialogue/checkout.ts'
import { COMMAND_MENUS } from './dialogue/command-menu.ts'
import { createDialogue } from './dialogue/dialogue.ts'
import { createIntake, type Line } from './dialogue/intake.ts'
import { TEXTS } from './dialogue/locales/texts.ts'
import { createMessenger } from './dialogue/notices.ts'
import type { Telegram, TelegramPorts } from './telegram/shop-bot.ts'

/** The shop and every channel that the settings name, connected. */
export interface Program {
  readonly shop: Shop
  readonly web: { readonly url: string } | undefined
  readonly telegram: { readonly url: string } | undefined
  readonly wechat: boolean
  /** Stops hearing, lets what is under way finish, stops working, closes the shop. */
  close(): Promise<void>
}

/**
 * Opens the shop and its channels in order: nothing is heard before it can be kept, nothing is sent before it was committed.
 * A channel's library is loaded only when the channel is configured.
 */
export async function openChannels(
  settings: Settings,
  log: Log,
  onProgress: (step: 'preparing' | 'starting') => void,
): Promise<Program> {
  const bots = settings.KEYTILL_ROLES.includes('bots')
  // A worker gives Stars back and looks for lost payments; only a process of bots hears and sends.
  const account = bots || settings.KEYTILL_ROLES.includes('worker') ? await telegramOf(settings, log) : undefined
  const telegram = bots ? account : undefined
  const shop = await createShop(settings, { log, providers: account ? [account.provider] : [], onProgress })
  const intake = createIntake(shop, createDialogue(shop, log), log)
  const lines: Line[] = []
  /** what stops hearing, in the order it was opened */
  const closers: (() => Promise<void>)[] = []
  const program = { web: undefined as Program['web'], telegram: undefined as Program['telegram'], wechat: false }

  async function close(): Promise<void> {
    // First nothing new is taken up: what a closing channel could no longer answer waits in the database.
    const drained = intake.drain()
    for (const stop of closers.reverse())
      await stop().catch((err: unknown) => log.warn({ err }, 'a channel did not close cleanly'))
    await drained
    await shop.close()
  }

  try {
    if (settings.KEYTILL_ROLES.includes('web')) {
      const { startWeb } = await import('./web/server.ts')
      const web = await startWeb({
        host: settings.HTTP_HOST,
        port: settings.HTTP_PORT,
        ...(settings.PUBLIC_URL ? { publicUrl: settings.PUBLIC_URL } : {}),
        ...(settings.TRUST_PROXY ? { trustProxy: settings.TRUST_PROXY } : {}),
        ...(telegram?.webhook ? { webhook: telegram.webhook } : {}),
        name: async () => (await shop.profiles.read()).name,
        accept: intake.accept('web'),
        health: shop.health,
        log,
        now: shop.clock,
      })
      closers.push(web.close)
      lines.push({ channel: web.channel, decode: web.decode })
      program.web = { url: web.url }
    }
    if (bots && settings.WECHAT_PUPPET) {
      const { startWechat } = await import('./wechat/channel.ts')
      const { createPuppet } = await import('./wechat/puppets.ts')
      const puppet = createPuppet({ WECHAT_PUPPET: settings.WECHAT_PUPPET })
      const wechat = await startWechat({ puppet, accept: intake.accept('wechat'), log, now: shop.clock })
      closers.push(wechat.close)
      lines.push({ channel: wechat.channel, decode: wechat.decode })
      program.wechat = true
    }
    if (telegram) {
      closers.push(telegram.close)
      lines.push({ channel: telegram.channel, decode: telegram.decode, settle: await settleTelegram(shop) })
    }
    await shop.startWork(lines.map(({ channel }: { channel: Channel }) => createMessenger(shop, channel)))
    for (const line of lines) await intake.connect(line)
    if (telegram) {
      await telegram.start({ accept: intake.accept('telegram'), checkout: checkoutOf(shop), commands: COMMAND_MENUS })
      program.telegram = { url: telegram.url() }
    }
    return { shop, ...program, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function telegramOf(settings: Settings, log: Log): Promise<Telegram | undefined> {
  const { TELEGRAM_BOT_TOKEN } = settings
  if (!TELEGRAM_BOT_TOKEN) return undefined
  const { createTelegram } = await import('./telegram/shop-bot.ts')
  return createTelegram({ settings: { ...settings, TELEGRAM_BOT_TOKEN }, log, now: systemClock })
}

/** Money in an update goes to the till, whatever is being talked about. */
async function settleTelegram(shop: Shop): Promise<NonNullable<Line['settle']>> {
  const { paymentOf, refundOf } = await import('./telegram/payments.ts')
  return async (payload) => {
    const payment = paymentOf(payload)
    if (payment) await shop.payments.receive(payment)
    const refund = refundOf(payload)
    if (refund) await shop.payments.refunded(refund.provider, refund.reference)
    return payment !== undefined || refund !== undefined
  }
}

function checkoutOf(shop: Shop): TelegramPorts['checkout'] {
  return {
    decide: ({ payerId, orderNo, amount, currency, language }) =>
      answerCheckout(shop, {
        channel: 'telegram',
        payer: { id: payerId, ...(language === undefined ? {} : { language }) },
        orderNo,
        amount,
        currency,
      }),
    undecided: ({ language }) => TEXTS[languageOf(language)].buyer.busy,
  }
}
