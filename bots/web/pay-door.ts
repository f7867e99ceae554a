import { z } from 'zod'
import type { Language } from '../../core/customers/model.ts'
import type { Order } from '../../core/orders/model.ts'
import type { CheckoutProblem } from '../../core/payments/model.ts'
import { WECHAT_PAY } from '../../core/payments/providers/wechat-pay/merchant.ts'
import type { BridgeParameters, WechatPay } from '../../core/payments/providers/wechat-pay/provider.ts'
import { seconds } from '../../core/platform/clock.ts'
import { KeytillError } from '../../core/platform/errors.ts'
import { wechatPayAppId } from '../../core/platform/settings.ts'
import { profileText } from '../../core/profile/model.ts'
import type { Shop } from '../../core/shop.ts'

/** How an order stands, for whoever has the token of its page. */
export type PayView =
  | { readonly state: 'unknown' | 'paid' | 'expired' | 'cancelled' }
  | { readonly state: 'unpaid'; readonly order: Order }

/** What was prepared: for the bridge of the app that the page is open in, or a code to be scanned. */
export type PayBegun =
  | { readonly bridge: BridgeParameters }
  | { readonly code: string }
  | { readonly problem: CheckoutProblem }

/** What the shop does behind the page on which an order is paid. */
export interface PayDoor {
  shopName(language: Language): Promise<string>
  look(token: string): Promise<PayView>
  /** The account in which the order's buyer pays; undefined when it is not known. */
  buyerOf(order: Order): string | undefined
  /** For this account inside WeChat, else for whoever scans. @throws when the provider cannot be reached: nothing was charged */
  begin(order: Order, openid: string | undefined): Promise<PayBegun>
  /** A mark of ours on what a browser keeps for one page. */
  mark(token: string, kept: string): string
  isMarked(token: string, kept: string, mark: string): boolean
  /** How WeChat says who has opened a page; undefined where it cannot be asked. */
  readonly login: PayLogin | undefined
}

export interface PayLogin {
  /** Where to send a browser, which comes back to `back` with a code and this state. */
  address(back: string, state: string): string
  /** The account behind a code. @throws KeytillError `wechat.login_failed` */
  openidOf(code: string): Promise<string>
}

const OPENID = /^[\w-]{28}$/
/** How long WeChat may take to say who somebody is, in ms. */
const LOGIN_WITHIN = seconds(5)

export function payDoor(shop: Shop, wechatPay: WechatPay): PayDoor {
  const { settings, orders, profiles } = shop
  const { intents, pages } = shop.payments
  return {
    shopName: async (language) => profileText(await profiles.read(), 'name', language),
    async look(token) {
      const no = pages.orderOf(token)
      const order = no === undefined ? undefined : await orders.byNo(no)
      if (!order || order.demo) return { state: 'unknown' }
      if (order.state === 'cancelled' || order.state === 'expired') return { state: order.state }
      if (order.state !== 'awaiting_payment') return { state: 'paid' }
      return order.reservedUntil <= shop.clock() ? { state: 'expired' } : { state: 'unpaid', order }
    },
    buyerOf: ({ channel, chat }) => (channel === 'wechat' && OPENID.test(chat) ? chat : undefined),
    async begin(order, openid) {
      const form = openid === undefined ? { form: 'code' as const } : { form: 'page' as const, payer: openid }
      const begun = await intents.begin(order, { provider: WECHAT_PAY, ...form })
      if ('problem' in begun) return begun
      const { handle } = begun.prepared
      return openid === undefined ? { code: handle } : { bridge: wechatPay.parameters(handle) }
    },
    mark: pages.mark,
    isMarked: pages.isMarked,
    login: loginOf(settings),
  }
}

const answerSchema = z.object({ openid: z.string().regex(OPENID) })

/** WeChat's own login of web pages, which asks nobody anything (snsapi_base). */
function loginOf(settings: Shop['settings']): PayLogin | undefined {
  const { WECHAT_APP_SECRET: secret, WECHAT_API_ROOT, WECHAT_OAUTH_ROOT } = settings
  const appid = wechatPayAppId(settings)
  if (!appid || !secret) return undefined
  return {
    address(back, state) {
      const query = new URLSearchParams({
        appid,
        redirect_uri: back,
        response_type: 'code',
        scope: 'snsapi_base',
        state,
      })
      return `${WECHAT_OAUTH_ROOT}/connect/oauth2/authorize?${query}#wechat_redirect`
    },
    async openidOf(code) {
      const query = new URLSearchParams({ appid, secret, code, grant_type: 'authorization_code' })
      try {
        const answer = await fetch(`${WECHAT_API_ROOT}/sns/oauth2/access_token?${query}`, {
          redirect: 'error',
          signal: AbortSignal.timeout(LOGIN_WITHIN),
        })
        return answerSchema.parse(await answer.json()).openid
      } catch {
        // What the library says of it may hold the secret.
        throw new KeytillError(
          'wechat.login_failed',
          'WeChat did not say who opened a payment page: check WECHAT_APP_SECRET.',
        )
      }
    },
  }
}
