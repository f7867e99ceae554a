import { z } from 'zod'
import { hours, minutes } from '../../../platform/clock.ts'
import { KeytillError, Postponed } from '../../../platform/errors.ts'
import { type WechatPayClient, WechatPayError } from './client.ts'
import type { Merchant } from './merchant.ts'

/** What is asked back of a payment. */
export interface RefundAsked {
  readonly refundId: string
  readonly attempt: number
  /** WeChat Pay's number of the payment */
  readonly reference: string
  /** fen: so much of the payment, which was `total` */
  readonly amount: number
  readonly total: number
  readonly currency: string
}

/**
 * The number under which a refund is asked for: of the payment, of our refund, and from the second attempt on of that. The same
 * number gives the same money once.
 */
export const refundNo = ({ reference, refundId, attempt }: Pick<RefundAsked, 'reference' | 'refundId' | 'attempt'>) =>
  `${reference}_${refundId}${attempt > 1 ? `_${attempt}` : ''}`

/** Which of our refunds of a payment a number is; undefined when we did not give it. */
export function refundIdIn(no: string, reference: string): string | undefined {
  const [, id] = no.startsWith(`${reference}_`)
    ? (/^(\d{1,18})(?:_\d+)?$/.exec(no.slice(reference.length + 1)) ?? [])
    : []
  return id
}

/** How soon a refund that WeChat Pay is working on is asked about again, in ms: it tells us itself when it is done. */
const WORKING = minutes(10)
/** … and one for which there is too little money in the merchant's account. */
const BROKE = hours(1)
const SLOWER = minutes(1)

const statusSchema = z.object({ status: z.enum(['SUCCESS', 'CLOSED', 'PROCESSING', 'ABNORMAL']) })
type Status = z.infer<typeof statusSchema>['status']

/** Refusals that no later try will change. Whatever is not among them is asked again. */
const NEVER: Readonly<Record<string, string>> = {
  RESOURCE_NOT_EXISTS: 'it knows no such payment',
  USER_ACCOUNT_ABNORMAL: 'the payer’s account is closed or blocked',
  INVALID_REQUEST: 'the payment is older than a year, or less of it is left',
  MCH_NOT_EXISTS: 'it knows no such merchant',
}

/** Refunds of one merchant's payments, whole or in part. */
export function createRefunds(client: WechatPayClient, { notifyUrl }: Pick<Merchant, 'notifyUrl'>) {
  /** How a refund of this number stands; undefined when there is none. */
  async function look(no: string): Promise<Status | undefined> {
    try {
      const answer = await client.call('GET', `/v3/refund/domestic/refunds/${encodeURIComponent(no)}`)
      return statusSchema.parse(answer).status
    } catch (error) {
      if (error instanceof WechatPayError && error.failure === 'refused' && error.reason === 'RESOURCE_NOT_EXISTS')
        return undefined
      throw error
    }
  }

  async function ask(no: string, { reference, amount, total, currency }: RefundAsked): Promise<Status> {
    try {
      const answer = await client.call('POST', '/v3/refund/domestic/refunds', {
        transaction_id: reference,
        out_refund_no: no,
        notify_url: notifyUrl,
        amount: { refund: amount, total, currency },
      })
      return statusSchema.parse(answer).status
    } catch (error) {
      throw meaningOf(error)
    }
  }

  return {
    /**
     * Resolves once the money is back. A number that WeChat Pay has closed gave nothing; only then, and only when staff ask again,
     * the next is used.
     * @throws KeytillError as PaymentProvider.refund; Postponed while WeChat Pay works on it
     */
    async refund(asked: RefundAsked): Promise<void> {
      for (let attempt = 1; ; attempt++) {
        const no = refundNo({ ...asked, attempt })
        const status = (await look(no)) ?? (await ask(no, asked))
        if (status === 'SUCCESS') return
        if (status === 'PROCESSING')
          throw new Postponed('payment.refund_under_way', 'WeChat Pay has the refund and is working on it.', WORKING)
        if (status === 'CLOSED' && attempt < asked.attempt) continue
        throw new KeytillError('payment.refund_refused', SAID[status])
      }
    },
  }
}

const SAID = {
  CLOSED: 'WeChat Pay has closed this refund and gave nothing back. Ask again, or choose another way.',
  ABNORMAL:
    'WeChat Pay could not put the money on the payer’s account or card. Finish it at the merchant platform (退款异常), then ask again.',
} as const

/** What a refusal of a refund means to whoever waits for it. */
function meaningOf(error: unknown): unknown {
  if (!(error instanceof WechatPayError)) return error
  const { failure, reason = '' } = error
  if (failure === 'slower')
    return new Postponed('payment.refund_slower', 'WeChat Pay wants fewer refunds at a time.', SLOWER)
  if (failure === 'unknown') return error
  if (reason === 'NOT_ENOUGH')
    return new Postponed(
      'payment.refund_no_money',
      'The merchant account has too little money for this refund. Top it up at the merchant platform; it is asked again every hour.',
      BROKE,
    )
  const never = NEVER[reason]
  return never ? new KeytillError('payment.refund_refused', `WeChat Pay will not refund this: ${never}.`) : error
}
