import { languageOf } from '../core/customers/model.ts'
import { systemClock } from '../core/platform/clock.ts'
import type { Log } from '../core/platform/log.ts'
import type { Settings } from '../core/platform/settings.ts'
import { profileText } from '../core/profile/model.ts'
import { createShop, type OpeningStep, type Shop } from '../core/shop.ts'
import { type Connected, createConnections } from './connections.ts'
import { goodsOf } from './dialogue/buyer/goods.ts'
import type { Accept } from './dialogue/channel.ts'
import { answerCheckout } from './dialogue/checkout.ts'
import { COMMAND_MENUS } from './dialogue/command-menu.ts'
import { TEXTS } from './dialogue/locales/texts.ts'
import type { Telegram, TelegramPorts } from './telegram/shop-bot.ts'
import type { Web, WebOptions } from './web/server.ts'
import type { Wechat } from './wechat/channel.ts'

/** The shop and every channel that the settings name, connected. */
export interface Program {
  readonly shop: Shop
  readonly web: { readonly url: string } | undefined
  readonly telegram: { readonly url: string } | undefined
  readonly wechat: boolean
  /** Stops hearing, lets what is under way finish, stops working, closes the shop. */
  close(): Promise<void>
}

/** Opens the shop and its channels in order. A channel's library is loaded only when the channel is configured. */
export async function openChannels(
  settings: Settings,
  log: Log,
  onProgress: (step: OpeningStep) => void,
): Promise<Program> {
  const bots = settings.KEYTILL_ROLES.includes('bots')
  // A worker gives Stars back and looks for lost payments; only a process of bots hears and sends.
  const account = bots || settings.KEYTILL_ROLES.includes('worker') ? await telegramOf(settings, log) : undefined
  const telegram = bots ? account : undefined
  const shop = await createShop(settings, { log, providers: account ? [account.provider] : [], onProgress })
  const { accept, add, start, close: disconnect } = createConnections(shop)
  const beside: Pick<Web, 'close'>[] = []
  const close = async () => {
    for (const server of beside) await server.close()
    await disconnect()
    await shop.close()
  }
  try {
    const web = settings.KEYTILL_ROLES.includes('web')
      ? add(await connectWeb(shop, accept('web'), { webhook: telegram?.webhook }))
      : undefined
    // A process of bots alone has to be called as well.
    if (!web && telegram?.webhook) beside.push(await serveWebhook(shop, telegram.webhook))
    const wechat =
      bots && settings.WECHAT_PUPPET
        ? add(await connectWechat(shop, accept('wechat'), settings.WECHAT_PUPPET))
        : undefined
    if (telegram) add(await connectTelegram(shop, accept('telegram'), telegram))
    await start()
    return {
      shop,
      web: web && { url: web.url },
      telegram: telegram && { url: telegram.url() },
      wechat: wechat !== undefined,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The web chat where the settings put it. `limiter` is what people are held to its limits by. */
export async function connectWeb(
  shop: Shop,
  accept: Accept,
  options: Pick<Partial<WebOptions>, 'limiter'> & { readonly webhook?: WebOptions['webhook'] | undefined } = {},
): Promise<Web & Pick<Connected, 'door'>> {
  const { webhook, limiter = shop.limiter } = options
  const { startWeb } = await import('./web/server.ts')
  const web = await startWeb({ ...webOptions(shop), ...(webhook ? { webhook } : {}), limiter, accept })
  const door = { shop: `${web.url}/?src={source}`, product: `${web.url}/?p={sku}&src={source}` }
  return { ...web, door: () => door }
}

/** A server for a platform that calls us, health and metrics, and nothing else. */
async function serveWebhook(shop: Shop, webhook: NonNullable<WebOptions['webhook']>): Promise<Web> {
  const { startWeb } = await import('./web/server.ts')
  return startWeb({ ...webOptions(shop), webhook, pages: false, accept: async () => {} })
}

function webOptions(shop: Shop): Omit<WebOptions, 'accept'> {
  const { HTTP_HOST, HTTP_PORT, PUBLIC_URL, TRUST_PROXY } = shop.settings
  return {
    host: HTTP_HOST,
    port: HTTP_PORT,
    ...(PUBLIC_URL ? { publicUrl: PUBLIC_URL } : {}),
    ...(TRUST_PROXY ? { trustProxy: TRUST_PROXY } : {}),
    name: async () => (await shop.profiles.read()).name,
    links: {
      look: shop.delivery.links.look,
      open: shop.delivery.links.open,
      shopName: async (language) => profileText(await shop.profiles.read(), 'name', language),
      goods: (order, keys, language) => goodsOf(shop, language, order, keys),
    },
    join: (hear) => shop.broadcast('web', hear),
    limiter: shop.limiter,
    health: shop.health,
    metrics: shop.metrics.text,
    log: shop.log,
    now: shop.clock,
  }
}

async function connectWechat(shop: Shop, accept: Accept, puppet: string): Promise<Wechat & Pick<Connected, 'door'>> {
  const { startWechat } = await import('./wechat/channel.ts')
  const { createPuppet } = await import('./wechat/puppets.ts')
  const wechat = await startWechat({
    puppet: createPuppet({ WECHAT_PUPPET: puppet }),
    accept,
    log: shop.log,
    now: shop.clock,
  })
  // No address leads into a chat of WeChat: whoever comes says it.
  return { ...wechat, door: () => ({ shop: '/start src_{source}', product: '/start p_{sku}_src_{source}' }) }
}

async function telegramOf(settings: Settings, log: Log): Promise<Telegram | undefined> {
  const { TELEGRAM_BOT_TOKEN } = settings
  if (!TELEGRAM_BOT_TOKEN) return undefined
  const { createTelegram } = await import('./telegram/shop-bot.ts')
  return createTelegram({ settings: { ...settings, TELEGRAM_BOT_TOKEN }, log, now: systemClock })
}

/** The bot with what it asks of the shop. Money in an update goes to the till, whatever is being talked about. */
export async function connectTelegram(shop: Shop, accept: Accept, telegram: Telegram): Promise<Connected> {
  const { paymentOf, refundOf } = await import('./telegram/payments.ts')
  const { channel, decode, close } = telegram
  return {
    channel,
    decode,
    async settle(payload) {
      const payment = paymentOf(payload)
      if (payment) await shop.payments.receive(payment)
      const refund = refundOf(payload)
      if (refund) await shop.payments.refunded(refund.provider, refund.reference)
      return payment !== undefined || refund !== undefined
    },
    listen: () =>
      telegram.start({
        accept,
        checkout: checkoutOf(shop),
        commands: COMMAND_MENUS,
        lead: () => shop.lead(`telegram:${telegram.botId}`),
      }),
    door: () => {
      const start = `${telegram.url()}?start=`
      return { shop: `${start}src_{source}`, product: `${start}p_{sku}_src_{source}` }
    },
    close,
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
