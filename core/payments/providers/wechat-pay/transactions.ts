import { z } from 'zod'
import { after, hours } from '../../../platform/clock.ts'
import { KeytillError } from '../../../platform/errors.ts'
import type { Intent, IntentNotice, IntentView } from '../../model.ts'
import { type WechatPayClient, WechatPayError } from './client.ts'
import { type Merchant, WECHAT_PAY } from './merchant.ts'

/** A payment as WeChat Pay tells of it, in answers and in calls; money in fen. */
export const transactionSchema = z.object({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().min(1).max(64),
  trade_state: z.string(),
  payer: z.object({ openid: z.string() }),
  amount: z.object({ total: z.number().int().positive(), currency: z.string().default('CNY') }),
})
type Transaction = z.infer<typeof transactionSchema>

/** Before it is paid there is less of it. */
const lookSchema = z.object({ trade_state: z.string() })

/** The most bytes of a description that are taken. */
const MOST_TEXT = 127

/** As much of the goods' names as is taken. Without what would end a line or a field of the bill, in which they stand again. */
export function descriptionOf(goods: string): string {
  let text = ''
  for (const character of goods.replace(/[\p{Cc}`]+/gu, ' ')) {
    if (Buffer.byteLength(text + character) > MOST_TEXT) break
    text += character
  }
  return text
}

/** What we know of a payment that WeChat Pay says was made. */
export const noticeOf = ({ out_trade_no, transaction_id, payer, amount }: Transaction): IntentNotice => ({
  provider: WECHAT_PAY,
  reference: transaction_id,
  tradeNo: out_trade_no,
  payer: payer.openid,
  amount: amount.total,
  currency: amount.currency,
})

/** @throws KeytillError `wechat_pay.other_merchant`, `wechat_pay.other_app` when a payment is another's than ours */
export function checkMerchant({ mchid, appid }: { mchid: string; appid?: string }, { mchId, appId }: Merchant): void {
  if (mchid !== mchId) throw new KeytillError('wechat_pay.other_merchant', 'This payment is another merchant’s.')
  if (appid !== undefined && appid !== appId)
    throw new KeytillError('wechat_pay.other_app', 'This payment was made under another AppID.')
}

/** A moment as WeChat Pay wants it, in Beijing's time. */
export const beijing = (at: Date): string => `${after(at, hours(8)).toISOString().slice(0, 19)}+08:00`

const over = (cause: unknown): KeytillError =>
  new KeytillError('payment.intent_over', 'WeChat Pay says that this payment was made or closed.', { cause })

/** Whether WeChat Pay refused, for one of these reasons. */
const isRefusal = (error: unknown, ...reasons: readonly string[]): boolean =>
  error instanceof WechatPayError && error.failure === 'refused' && reasons.includes(error.reason ?? '')

/** Payments of one merchant, by the numbers we gave them (Native and JSAPI). */
export function createTransactions(client: WechatPayClient, merchant: Merchant) {
  const { mchId, appId, notifyUrl } = merchant
  const pathOf = (tradeNo: string) => `/v3/pay/transactions/out-trade-no/${encodeURIComponent(tradeNo)}`

  return {
    async begin({ tradeNo, form, payer, amount, currency, expiresAt, goods }: Intent): Promise<string> {
      const order = {
        appid: appId,
        mchid: mchId,
        description: descriptionOf(goods),
        out_trade_no: tradeNo,
        time_expire: beijing(expiresAt),
        notify_url: notifyUrl,
        amount: { total: amount, currency },
      }
      try {
        if (form === 'code') {
          const answer = await client.call('POST', '/v3/pay/transactions/native', order)
          return z.object({ code_url: z.string().min(1) }).parse(answer).code_url
        }
        const answer = await client.call('POST', '/v3/pay/transactions/jsapi', { ...order, payer: { openid: payer } })
        return z.object({ prepay_id: z.string().min(1) }).parse(answer).prepay_id
      } catch (error) {
        if (isRefusal(error, 'ORDER_CLOSED', 'ORDERCLOSED', 'ORDERPAID', 'OUT_TRADE_NO_USED')) throw over(error)
        throw error
      }
    },

    async look(tradeNo: string): Promise<IntentView> {
      let answer: unknown
      try {
        answer = await client.call('GET', `${pathOf(tradeNo)}?mchid=${mchId}`)
      } catch (error) {
        if (isRefusal(error, 'ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS')) return { state: 'missing' }
        if (isRefusal(error, 'ORDER_CLOSED', 'ORDERCLOSED')) return { state: 'closed' }
        throw error
      }
      const { trade_state: state } = lookSchema.parse(answer)
      if (state === 'SUCCESS' || state === 'REFUND') {
        const transaction = transactionSchema.parse(answer)
        checkMerchant(transaction, merchant)
        return { state: 'paid', notice: noticeOf(transaction), isBack: state === 'REFUND' }
      }
      return { state: state === 'CLOSED' || state === 'REVOKED' || state === 'PAYERROR' ? 'closed' : 'open' }
    },

    async close(tradeNo: string): Promise<void> {
      try {
        await client.call('POST', `${pathOf(tradeNo)}/close`, { mchid: mchId })
      } catch (error) {
        if (isRefusal(error, 'ORDER_CLOSED', 'ORDERCLOSED')) return
        if (isRefusal(error, 'ORDERPAID', 'ORDER_PAID')) throw over(error)
        throw error
      }
    },
  }
}
