import { recordAudit } from '../audit/service.ts'
import { paymentReceived, refundPaidRef, takenBack, takenBackRef } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import { alertStaff } from '../notifications/service.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { creditsOf, takeWhatIsThere } from '../wallet/service.ts'
import {
  beginRefund,
  END_PAYMENT,
  finish,
  LOCK_OPEN_REFUNDS,
  LOCK_REFUND,
  type RefundOrder,
  type RefundRow,
  writeRefund,
} from './refunds.ts'
import type { OrderRow, PaymentRow } from './rows.ts'
import {
  LOCK_ORDER_OF_PAYMENT,
  LOCK_ORDER_OF_REFUND,
  LOCK_PAYMENT,
  LOCK_PAYMENT_OF_REFUND,
  RESOLVE_PAYMENT,
} from './statements.ts'

const IS_BOOKED = statement('given-back-booked', `SELECT FROM ledger_transaction WHERE ref = $1`)

/**
 * The provider says that a payment is back with its payer. When the shop had asked for it, that is done; when it had not
 * (staff did it at the provider, or the provider by itself), it is written down as done, and staff are told.
 */
export async function takeUpRefund(sql: Sql, paymentId: bigint, now: Date): Promise<void> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_PAYMENT, [paymentId])
  const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT, [paymentId])
  if (!payment || payment.outcome === 'refunded') return
  // The parts of it that were on their way went with it.
  const open = (await sql.rows<RefundRow>(LOCK_OPEN_REFUNDS, [paymentId])).sort(
    (a, b) => Number(b.part) - Number(a.part),
  )
  for (const refund of open) await finish(sql, { order, payment, refund, actor: 'system', now })
  if (!open.some(({ part }) => !part)) await takeUpOutside(sql, order, payment, now)
}

/**
 * The provider says that it has met our own request for a refund. When that had ended in a wallet meanwhile, because the provider had
 * refused it, the money is there twice: it is taken out of the wallet again, and staff are told.
 */
export async function takeUpOurs(sql: Sql, refundId: bigint, now: Date): Promise<void> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_REFUND, [refundId])
  const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT_OF_REFUND, [refundId])
  const [refund] = await sql.rows<RefundRow>(LOCK_REFUND, [refundId])
  if (!payment || !refund) return
  if (refund.state !== 'done') return finish(sql, { order, payment, refund, actor: 'system', now })
  const inWallet = await creditsOf(sql, payment.id, refundPaidRef(refundId))
  const [credit] = inWallet
  if (!credit || (await sql.rows(IS_BOOKED, [takenBackRef(credit.id)])).length > 0) return
  await tellGivenBack(sql, order, payment, now)
  await takeOutOfWallets(sql, payment, inWallet, now)
  if (!refund.part) await sql.rows(END_PAYMENT, [payment.id, 'refunded', now])
}

const tellGivenBack = async (sql: Sql, order: OrderRow | undefined, payment: PaymentRow, now: Date): Promise<void> => {
  await alertStaff(sql, payment.id, 'given_back')
  await recordAudit(sql, now, {
    actor: 'system',
    action: 'payment.given_back',
    subject: `payment:${payment.id}`,
    data: { order: order?.no ?? null },
  })
}

async function takeUpOutside(sql: Sql, order: OrderRow | undefined, payment: PaymentRow, now: Date): Promise<void> {
  const what: RefundOrder = { reason: 'given_back', by: 'provider', now }
  await tellGivenBack(sql, order, payment, now)
  if (payment.outcome === 'credited') {
    await takeOutOfWallets(sql, payment, await creditsOf(sql, payment.id), now)
    await sql.rows(END_PAYMENT, [payment.id, 'refunded', now])
    return
  }
  if (order && payment.outcome === 'settled') {
    const refund = await beginRefund(sql, order, payment, what, 'system')
    await takeOutOfWallets(sql, payment, await creditsOf(sql, payment.id), now)
    return finish(sql, { order: { ...order, state: 'refunding' }, payment, refund, actor: 'system', now })
  }
  // Not settled yet: it buys nothing any more.
  await book(sql, now, paymentReceived(payment))
  await sql.rows(RESOLVE_PAYMENT, [payment.id, 'refunding', 'given_back', order?.id ?? null, now, 0])
  const refund = await writeRefund(sql, payment, what, false)
  await finish(sql, { order, payment: { ...payment, rule: 'given_back' }, refund, actor: 'system', now })
}

/** What a payment put into wallets went back at its provider: it is taken out again, and what was spent of it is lost. */
async function takeOutOfWallets(
  sql: Sql,
  payment: PaymentRow,
  credits: Awaited<ReturnType<typeof creditsOf>>,
  now: Date,
): Promise<void> {
  for (const { id, customerId, amount, currency } of credits) {
    const ref = takenBackRef(id)
    const movement = { customerId, amount, currency, move: 'taken_back', paymentId: payment.id, ref } as const
    const taken = await takeWhatIsThere(sql, movement, now)
    await book(sql, now, takenBack(id, customerId, { provider: payment.provider, amount, currency }, taken))
    await recordAudit(sql, now, {
      actor: 'system',
      action: 'wallet.taken_back',
      subject: `payment:${payment.id}`,
      data: { amount, currency, taken },
    })
  }
}
