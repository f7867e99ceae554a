import type { Update } from 'grammy/types'
import type { PaymentNotice } from '../../core/payments/model.ts'
import type { RefundFact } from '../../core/payments/provider.ts'

/** What payments in Telegram Stars are kept under. */
export const STARS = 'telegram-stars'

/** The payment that a kept update tells of. It is verified: nobody but Telegram can have told us. */
export function paymentOf(payload: unknown): PaymentNotice | undefined {
  const { message } = payload as Update
  const payment = message?.successful_payment
  if (!message || !payment) return undefined
  return {
    provider: STARS,
    reference: payment.telegram_payment_charge_id,
    orderNo: payment.invoice_payload,
    payer: `${message.from?.id ?? message.chat.id}`,
    amount: payment.total_amount,
    currency: payment.currency,
  }
}

/** The refund that a kept update tells of. */
export function refundOf(payload: unknown): RefundFact | undefined {
  const refund = (payload as Update).message?.refunded_payment
  return refund && { provider: STARS, reference: refund.telegram_payment_charge_id }
}
