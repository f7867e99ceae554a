import { languageOf, STAFF_BOT } from '../core/customers/model.ts'
import type { WechatPay } from '../core/payments/providers/wechat-pay/provider.ts'
import { systemClock } from '../core/platform/clock.ts'
import type { Log } from '../core/platform/log.ts'
import type { Settings } from '../core/platform/settings.ts'
import { profileText } from '../core/profile/model.ts'
import { createShop, type OpeningStep, type Shop } from '../core/shop.ts'
import type { Door } from '../core/sources/model.ts'
import { type Connected, createConnections } from './connections.ts'
import { goodsOf } from './dialogue/buyer/goods.ts'
import type { Accept, Channel, Side } from './dialogue/channel.ts'
import { answerCheckout } from './dialogue/checkout.ts'
import { COMMAND_MENUS, STAFF_COMMAND_MENUS } from './dialogue/command-menu.ts'
import { TEXTS } from './dialogue/locales/texts.ts'
import type { Bot } from './telegram/bot.ts'
import type { Telegram, TelegramPorts } from './telegram/shop-bot.ts'
import type { Web, WebOptions } from './web/server.ts'
import type { AnyWebhook } from './web/webhook.ts'
import type { Wechat } from './wechat/channel.ts'
import type { AccountSettings, OfficialAccount } from './wechat/official-account/account.ts'

/** The shop and every channel that the settings name, connected. */
export interface Program {
  readonly shop: Shop
  readonly web: { readonly url: string } | undefined
  readonly telegram: { readonly url: string } | undefined
  readonly staffBot: { readonly url: string } | undefined
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
  const staffBot = bots ? await staffBotOf(settings, log) : undefined
  const accountSettings = accountSettingsOf(settings)
  const officialAccount = bots && accountSettings ? await officialAccountOf(accountSettings, log) : undefined
  const webhooks: AnyWebhook[] = [telegram, staffBot, officialAccount].flatMap((bot) => bot?.webhook ?? [])
  const wechatPay = await wechatPayOf(settings, log)
  const providers = [account, wechatPay].flatMap((one) => one?.provider ?? [])
  const shop = await createShop(settings, { log, providers, onProgress })
  const { accept, add, start, close: disconnect } = createConnections(shop)
  const beside: Pick<Web, 'close'>[] = []
  const close = async () => {
    for (const server of beside) await server.close()
    await disconnect()
    await shop.close()
  }
  try {
    if (accountSettings) await giveCodes(shop, accountSettings)
    const web = settings.KEYTILL_ROLES.includes('web')
      ? add(await connectWeb(shop, accept('web'), { webhooks, wechatPay }))
      : undefined
    // A process of bots alone has to be called as well.
    if (!web && webhooks.length > 0) beside.push(await serveWebhooks(shop, webhooks))
    const wechat =
      bots && settings.WECHAT_PUPPET && !officialAccount ? add(await connectWechat(shop, accept('wechat'))) : undefined
    if (officialAccount) add(await connectOfficialAccount(shop, accept('wechat'), officialAccount))
    if (telegram) add(await connectTelegram(shop, accept('telegram'), telegram, staffBot))
    if (staffBot) add(connectStaffBot(shop, accept(STAFF_BOT), staffBot, telegram))
    await start()
    return {
      shop,
      web: web && { url: web.url },
      telegram: telegram && { url: urlOf(telegram) },
      staffBot: staffBot && { url: urlOf(staffBot) },
      wechat: wechat !== undefined || officialAccount !== undefined,
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
  options: Pick<Partial<WebOptions>, 'limiter' | 'webhooks'> & { readonly wechatPay?: WechatPay | undefined } = {},
): Promise<Web & Pick<Connected, 'door'>> {
  const { webhooks = [], limiter = shop.limiter, wechatPay } = options
  const { startWeb } = await import('./web/server.ts')
  const { wechatPayNotify } = await import('./web/wechat-pay-notify.ts')
  const { payDoor } = await import('./web/pay-door.ts')
  const calls = wechatPay ? [...webhooks, wechatPayNotify(shop, wechatPay)] : webhooks
  const pay = wechatPay && { pay: payDoor(shop, wechatPay) }
  const web = await startWeb({ ...webOptions(shop), ...pay, webhooks: calls, limiter, accept })
  const door = {
    shop: `${web.url}/?src={source}`,
    product: `${web.url}/?p={sku}&src={source}`,
    plain: `${web.url}/?p={sku}`,
  }
  return { ...web, door: () => door }
}

/** A server for a platform that calls us, health and metrics, and nothing else. */
export async function serveWebhooks(shop: Shop, webhooks: readonly AnyWebhook[]): Promise<Web> {
  const { startWeb } = await import('./web/server.ts')
  return startWeb({ ...webOptions(shop), webhooks, pages: false, accept: async () => {} })
}

function webOptions(shop: Shop): Omit<WebOptions, 'accept'> {
  const { HTTP_HOST, HTTP_PORT, PUBLIC_URL, TRUST_PROXY, WECHAT_DOMAIN_PROOF } = shop.settings
  return {
    host: HTTP_HOST,
    port: HTTP_PORT,
    ...(PUBLIC_URL ? { publicUrl: PUBLIC_URL } : {}),
    ...(TRUST_PROXY ? { trustProxy: TRUST_PROXY } : {}),
    ...(WECHAT_DOMAIN_PROOF ? { domainProof: WECHAT_DOMAIN_PROOF } : {}),
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

async function connectWechat(shop: Shop, accept: Accept): Promise<Wechat & Pick<Connected, 'door'>> {
  const { startWechat } = await import('./wechat/channel.ts')
  const { createPuppet } = await import('./wechat/puppets.ts')
  const wechat = await startWechat({
    puppet: await createPuppet(shop.settings, shop.log),
    accept,
    log: shop.log,
    now: shop.clock,
    watch: shop.outages.watch('wechat'),
  })
  return { ...wechat, door: () => SAID_DOOR }
}

async function wechatPayOf(settings: Settings, log: Log): Promise<WechatPay | undefined> {
  const { merchantOf } = await import('../core/payments/providers/wechat-pay/merchant.ts')
  const merchant = merchantOf(settings)
  if (!merchant) return undefined
  const { createWechatPay } = await import('../core/payments/providers/wechat-pay/provider.ts')
  return createWechatPay(merchant, { clock: systemClock, log, channels: settings.WECHAT_PAY_CHANNELS })
}

/** The settings of an official account; undefined when WeChat is reached another way, or not at all. */
function accountSettingsOf(settings: Settings): AccountSettings | undefined {
  const { WECHAT_PUPPET, WECHAT_APP_ID, WECHAT_APP_SECRET, WECHAT_TOKEN } = settings
  if (WECHAT_PUPPET !== 'official-account' || !WECHAT_APP_ID || !WECHAT_APP_SECRET || !WECHAT_TOKEN) return undefined
  return { ...settings, WECHAT_APP_ID, WECHAT_APP_SECRET, WECHAT_TOKEN }
}

async function officialAccountOf(settings: AccountSettings, log: Log): Promise<OfficialAccount> {
  const { createOfficialAccount } = await import('./wechat/official-account/account.ts')
  return createOfficialAccount({ settings, log, now: systemClock })
}

/** Staff, wherever they are, can have QR codes that lead to the official account. */
export async function giveCodes(shop: Shop, settings: AccountSettings): Promise<void> {
  const { createCodes } = await import('./wechat/official-account/codes.ts')
  shop.sources.codesBy('wechat', createCodes(settings, shop.accessTokens))
}

/** The official account with what it asks of the shop. */
export async function connectOfficialAccount(
  shop: Shop,
  accept: Accept,
  account: OfficialAccount,
): Promise<Wechat & Pick<Connected, 'door'>> {
  const { accessTokens, allowances, customers } = shop
  const left = (openid: string) => customers.gone('wechat', openid)
  const wechat = await account.connect({ accept, accessTokens, allowances, left })
  return { ...wechat, door: () => SAID_DOOR }
}

/** No address leads into a chat of WeChat: whoever comes says it. */
const SAID_DOOR: Door = {
  shop: '/start src_{source}',
  product: '/start p_{sku}_src_{source}',
  plain: '/start p_{sku}',
}

async function telegramOf(settings: Settings, log: Log): Promise<Telegram | undefined> {
  const { TELEGRAM_BOT_TOKEN } = settings
  if (!TELEGRAM_BOT_TOKEN) return undefined
  const { createTelegram } = await import('./telegram/shop-bot.ts')
  return createTelegram({ settings: { ...settings, TELEGRAM_BOT_TOKEN }, log, now: systemClock })
}

async function staffBotOf(settings: Settings, log: Log): Promise<Bot | undefined> {
  const { STAFF_BOT_TOKEN } = settings
  if (!STAFF_BOT_TOKEN) return undefined
  const { createStaffBot } = await import('./telegram-staff/staff-bot.ts')
  return createStaffBot({ settings: { ...settings, STAFF_BOT_TOKEN }, log, now: systemClock })
}

/** Where a bot is found, as far as Telegram has told its name. */
const urlOf = (bot: Pick<Bot, 'link'>): string => bot.link() ?? 'https://t.me/'

/** A bot's channel for these people; the others are sent to the other bot. */
const forThe = (serves: Side['serves'], { channel }: Pick<Bot, 'channel'>, other?: Pick<Bot, 'link'>): Channel => ({
  ...channel,
  side: { serves, other: (link) => other?.link(link) },
})

/**
 * The shop bot with what it asks of the shop; with a staff bot beside it, it serves buyers only. Money in an update goes to the
 * till, whatever is being talked about.
 */
export async function connectTelegram(
  shop: Shop,
  accept: Accept,
  telegram: Telegram,
  staffBot?: Bot,
): Promise<Connected> {
  const { paymentOf, refundOf } = await import('./telegram/payments.ts')
  const { decode, close } = telegram
  return {
    channel: staffBot ? forThe('buyers', telegram, staffBot) : telegram.channel,
    decode,
    async settle(payload) {
      const payment = paymentOf(payload)
      if (payment) await shop.payments.receive(payment)
      const refund = refundOf(payload)
      if (refund) await shop.payments.refunded(refund.provider, refund.reference)
      return payment !== undefined || refund !== undefined
    },
    isMoney: (payload) => paymentOf(payload) !== undefined || refundOf(payload) !== undefined,
    listen: () =>
      telegram.start({
        accept,
        checkout: checkoutOf(shop, telegram),
        commands: COMMAND_MENUS,
        lead: () => shop.lead(`telegram:${telegram.botId}`),
      }),
    door: () => {
      const [door, product, plain] = ['src_{source}', 'p_{sku}_src_{source}', 'p_{sku}'].map(telegram.link)
      return door && product && plain ? { shop: door, product, plain } : undefined
    },
    close,
  }
}

/** The staff bot with what it asks of the shop, beside the shop bot if there is one. */
export function connectStaffBot(shop: Shop, accept: Accept, staffBot: Bot, telegram?: Telegram): Connected {
  const { decode, close, botId } = staffBot
  const lead = () => shop.lead(`telegram:${botId}`)
  return {
    channel: forThe('staff', staffBot, telegram),
    decode,
    listen: () => staffBot.start({ accept, commands: STAFF_COMMAND_MENUS, lead }),
    close,
  }
}

function checkoutOf(shop: Shop, { provider }: Pick<Telegram, 'provider'>): TelegramPorts['checkout'] {
  return {
    decide: ({ payerId, orderNo, amount, currency, language }) =>
      answerCheckout(shop, {
        channel: 'telegram',
        provider: provider.name,
        payer: { id: payerId, ...(language === undefined ? {} : { language }) },
        orderNo,
        amount,
        currency,
      }),
    undecided: ({ language }) => TEXTS[languageOf(language)].buyer.busy,
  }
}
