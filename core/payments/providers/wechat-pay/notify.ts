import { z } from 'zod'
import type { Clock } from '../../../platform/clock.ts'
import { KeytillError } from '../../../platform/errors.ts'
import type { IntentNotice } from '../../model.ts'
import type { RefundFact } from '../../provider.ts'
import { type Merchant, WECHAT_PAY } from './merchant.ts'
import type { PlatformKeys } from './platform-keys.ts'
import { refundIdIn } from './refunds.ts'
import { type HeaderOf, isFresh, isSealed, openSealed, sealIn } from './signature.ts'
import { checkMerchant, noticeOf, transactionSchema } from './transactions.ts'

/** What WeChat Pay calls us for. */
export type Notification =
  | { readonly kind: 'payment'; readonly notice: IntentNotice }
  | { readonly kind: 'refund'; readonly refund: RefundFact }
  /** nothing that changes anything: a refund that failed is asked about by its job */
  | { readonly kind: 'other' }

const bodySchema = z.object({
  event_type: z.string(),
  resource_type: z.string(),
  resource: z.object({
    algorithm: z.literal('AEAD_AES_256_GCM'),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.string().optional(),
  }),
})

const refundSchema = z.object({
  mchid: z.string(),
  transaction_id: z.string().min(1),
  out_trade_no: z.string().min(1),
  out_refund_no: z.string().min(1),
  refund_status: z.literal('SUCCESS'),
  amount: z.object({ total: z.number().int().positive(), refund: z.number().int().positive() }),
})

/**
 * Reads a call of WeChat Pay's: `body` as it came, to the byte.
 * @throws KeytillError `wechat_pay.no_seal`, `wechat_pay.stale`, `wechat_pay.unknown_key`, `wechat_pay.unsealed`,
 * `wechat_pay.malformed`, `wechat_pay.unopenable`, `wechat_pay.other_merchant`, `wechat_pay.other_app`;
 * `wechat_pay.unknown` when its certificates cannot be had just now
 */
export async function readNotification(
  header: HeaderOf,
  body: string,
  { merchant, keys, clock }: { readonly merchant: Merchant; readonly keys: PlatformKeys; readonly clock: Clock },
): Promise<Notification> {
  const seal = sealIn(header)
  if (!seal) throw new KeytillError('wechat_pay.no_seal', 'A call lacks the headers of WeChat Pay.')
  if (!isFresh(seal, clock()))
    throw new KeytillError('wechat_pay.stale', 'A call is more than five minutes off our clock.')
  const key = await keys.find(seal.serial)
  if (!key) throw new KeytillError('wechat_pay.unknown_key', 'A call names a key that WeChat Pay does not have.')
  if (!isSealed(key, seal, body)) throw new KeytillError('wechat_pay.unsealed', 'A call was not signed by WeChat Pay.')
  const { event_type, resource } = read(bodySchema, body)
  const opened = openSealed(merchant.apiV3Key, resource)
  if (event_type === 'TRANSACTION.SUCCESS') {
    const transaction = read(transactionSchema.extend({ trade_state: z.literal('SUCCESS') }), opened)
    checkMerchant(transaction, merchant)
    return { kind: 'payment', notice: noticeOf(transaction) }
  }
  if (event_type !== 'REFUND.SUCCESS') return { kind: 'other' }
  const refund = read(refundSchema, opened)
  checkMerchant(refund, merchant)
  const refundId = refundIdIn(refund.out_refund_no, refund.transaction_id)
  const { total, refund: amount } = refund.amount
  return {
    kind: 'refund',
    refund: {
      provider: WECHAT_PAY,
      reference: refund.transaction_id,
      tradeNo: refund.out_trade_no,
      ...(amount === total ? {} : { amount }),
      ...(refundId === undefined ? {} : { refundId }),
    },
  }
}

function read<T>(schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(JSON.parse(json))
  } catch {
    throw new KeytillError('wechat_pay.malformed', 'A call of WeChat Pay is not what its documents say.')
  }
}

/** The status to answer a refused call with, by the code of its error: 4xx is for good, 503 brings it again. */
const STATUS: Readonly<Record<string, number>> = {
  'wechat_pay.no_seal': 401,
  'wechat_pay.stale': 401,
  'wechat_pay.unknown_key': 401,
  'wechat_pay.unsealed': 401,
  'wechat_pay.malformed': 400,
  'wechat_pay.unopenable': 400,
  'wechat_pay.other_merchant': 403,
  'wechat_pay.other_app': 403,
  'payment.intent_unknown': 404,
  'payment.intent_amount': 409,
  'payment.intent_currency': 409,
}

/** How to answer a call that could not be taken; undefined when that was no fault of the call's. */
export const refusalOf = (error: unknown): number | undefined =>
  error instanceof KeytillError ? STATUS[error.code] : undefined
