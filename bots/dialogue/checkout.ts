import type { Shop } from '../../core/shop.ts'
import { TEXTS } from './locales/texts.ts'

/** What a platform asks before it takes a buyer's money. */
export interface CheckoutQuestion {
  readonly channel: string
  /** through whom the money would come */
  readonly provider: string
  readonly payer: { readonly id: string; readonly name?: string; readonly language?: string }
  readonly orderNo: string
  readonly amount: number
  readonly currency: string
}

export type CheckoutAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string }

/** Whether the money may be taken, in the payer's words when not. A yes extends the reservation. */
export async function answerCheckout(shop: Shop, question: CheckoutQuestion): Promise<CheckoutAnswer> {
  const { channel, provider, payer, orderNo, amount, currency } = question
  const customer = await shop.customers.meet({
    channel,
    externalId: payer.id,
    chat: payer.id,
    ...(payer.language === undefined ? {} : { language: payer.language }),
  })
  const problem = await shop.payments.check(provider, orderNo, { customerId: customer.id, amount, currency })
  const t = TEXTS[customer.language]
  return problem === undefined ? { ok: true } : { ok: false, message: t.buyer.checkoutProblems[problem] }
}
