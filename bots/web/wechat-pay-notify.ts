import { NOTIFY_PATH } from '../../core/payments/providers/wechat-pay/merchant.ts'
import { refusalOf } from '../../core/payments/providers/wechat-pay/notify.ts'
import type { WechatPay } from '../../core/payments/providers/wechat-pay/provider.ts'
import type { KeytillError } from '../../core/platform/errors.ts'
import { LIMITS } from '../../core/platform/limits.ts'
import type { Shop } from '../../core/shop.ts'
import type { Webhook } from './webhook.ts'

/** What the signatures of WeChat Pay's own probes (签名探测流量) begin with, which have to be refused. */
const PROBE = 'WECHATPAY/SIGNTEST/'

/**
 * Where WeChat Pay tells of payments and refunds: answered 204 once what it told is committed; with 4xx when it is not WeChat
 * Pay's word, or not about a payment of ours; with 503 when it is to tell us again. Whoever forges calls is soon not listened to.
 */
export function wechatPayNotify(shop: Pick<Shop, 'payments' | 'limiter' | 'log'>, wechatPay: WechatPay): Webhook {
  const { payments, log } = shop
  const forged = shop.limiter(...LIMITS.forged)

  async function take(header: (name: string) => string | undefined, body: string): Promise<void> {
    const told = await wechatPay.read(header, body)
    if (told.kind === 'payment') await payments.intents.told(told.notice)
    else if (told.kind === 'refund') await payments.wentBack(told.refund)
  }

  return {
    path: NOTIFY_PATH,
    async handle(headers, body, from) {
      if ((await forged.take(from, 0)) > 0) return 429
      const header = (name: string) => {
        const value = headers[name]
        return typeof value === 'string' ? value : undefined
      }
      // WeChat Pay sees now and then whether we look: that is forged, by itself, and nobody to be listened to less for it.
      if (header('wechatpay-signature')?.startsWith(PROBE)) return 401
      try {
        await take(header, body)
        return 204
      } catch (err) {
        const status = refusalOf(err)
        if (status === undefined) {
          log.error({ err }, 'a call of WeChat Pay could not be taken in; it will come again')
          return 503
        }
        await forged.take(from)
        log.warn({ code: (err as KeytillError).code, status }, 'a call to the address of WeChat Pay was refused')
        return status
      }
    },
  }
}
