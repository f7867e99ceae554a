import { recordAudit } from '../audit/service.ts'
import { refundPaid } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import { tellBuyer, tellBuyerAgain, tellStaff } from '../notifications/service.ts'
import type { PaymentRule } from '../payments/model.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { addressee, askProvider, deliver, type OrderRow, type PaymentRow, requestRefund } from './settle.ts'
import { LOCK_ORDER, LOCK_ORDER_OF_REFUND, PAYMENT_OF_ORDER, RESOLVE_PAYMENT } from './statements.ts'
import { dropUnfit, fill, giveBack, takeBack } from './stock.ts'
import { move } from './transition.ts'

const LOCK_REFUND = statement(
  'refund-lock',
  `SELECT r.id, r.state, r.amount, r.currency, r.payment_id, p.provider, p.reference, p.payer, p.rule, o.no AS order_no
   FROM refund r JOIN payment p ON p.id = r.payment_id LEFT JOIN orders o ON o.id = p.order_id WHERE r.id = $1 FOR UPDATE OF r`,
)
const REFUND_STATE = statement(
  'refund-state',
  `UPDATE refund SET state = $2::refund_state, done_at = $3, problem = $4 WHERE id = $1`,
)
const RETRY = statement(
  'refund-retry',
  `UPDATE refund SET state = 'requested', problem = NULL WHERE payment_id = $1 AND state = 'failed' RETURNING id`,
)

async function lockOrder(sql: Sql, no: string): Promise<OrderRow> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER, [no])
  if (!order) throw new KeytillError('order.unknown', 'There is no order with this number.')
  return order
}

/**
 * Lets a held order go on to its buyer. Keys that were frozen or have expired while it waited are swapped for others.
 * @throws KeytillError `order.unknown`, `order.state` when it is not held, `order.no_stock` when there are no others
 */
export async function approve(db: Database, no: string, actor: string, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const order = await lockOrder(sql, no)
    if (order.state !== 'held') throw new KeytillError('order.state', `The order ${no} is not held.`)
    await dropUnfit(sql, order.id, now)
    if (!(await fill(sql, order.id, now)))
      throw new KeytillError(
        'order.no_stock',
        `Keys of the order ${no} are frozen or have expired, and there are no others: add stock, or refund it.`,
      )
    await deliver(sql, order, actor, now)
  })
}

/**
 * Gives an order's money back, whole: from here on its keys are not shown. Keys of a held order go back to stock at once,
 * those of a delivered one when the money is back.
 * @throws KeytillError `order.unknown`, `order.state` when there is nothing to give back
 */
export async function refundOrder(
  db: Database,
  no: string,
  reason: string,
  actor: string,
  now: Date,
  only?: 'held',
): Promise<void> {
  await db.transaction(async (sql) => {
    const order = await lockOrder(sql, no)
    if (only && order.state !== only) throw new KeytillError('order.state', `The order ${no} is not held.`)
    const [payment] = await sql.rows<PaymentRow>(PAYMENT_OF_ORDER, [order.id])
    if (!payment) throw new KeytillError('order.state', `The order ${no} has no payment to give back.`)
    if (order.state === 'refunding') return retryRefund(sql, payment)
    const held = order.state === 'held'
    await move(sql, order, 'refunding', actor, now, {}, { reason })
    if (held) await giveBack(sql, order.id)
    await sql.rows(RESOLVE_PAYMENT, [payment.id, 'refunding', payment.rule, order.id, now])
    await requestRefund(sql, payment, { reason, by: actor, earned: true, now })
    await tellBuyer(sql, addressee(order), 'refunding')
  })
}

/** Tells the buyer of a delivered order again. @throws KeytillError `order.unknown`, `order.state` when it is not delivered */
export async function resend(db: Database, no: string, actor: string, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const order = await lockOrder(sql, no)
    if (order.state !== 'delivered' && order.state !== 'part_delivered')
      throw new KeytillError('order.state', `The order ${no} is not delivered.`)
    await tellBuyerAgain(sql, addressee(order))
    await recordAudit(sql, now, { actor, action: 'order.resent', subject: `order:${no}` })
  })
}

async function retryRefund(sql: Sql, payment: PaymentRow): Promise<void> {
  const [refund] = await sql.rows<{ id: bigint }>(RETRY, [payment.id])
  if (!refund) throw new KeytillError('order.state', 'The refund is already on its way.')
  await askProvider(sql, refund.id)
}

export interface RefundRow {
  readonly id: bigint
  readonly state: 'requested' | 'done' | 'failed'
  readonly amount: number
  readonly currency: string
  readonly payment_id: bigint
  readonly provider: string
  readonly reference: string
  readonly payer: string
  readonly rule: PaymentRule | null
  readonly order_no: string | null
}

/** The provider has given the money back: the order is closed, keys nobody saw return to stock, the others are written off. */
export async function finishRefund(db: Database, refundId: bigint, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_REFUND, [refundId])
    const [refund] = await sql.rows<RefundRow>(LOCK_REFUND, [refundId])
    if (!refund || refund.state === 'done') return
    await sql.rows(REFUND_STATE, [refundId, 'done', now, null])
    await book(sql, now, refundPaid(refundId, refund.provider, refund.amount, refund.currency))
    await sql.rows(
      statement('payment-refunded', `UPDATE payment SET outcome = 'refunded', resolved_at = $2 WHERE id = $1`),
      [refund.payment_id, now],
    )
    // A second payment of the same order went back, not the one that bought it.
    const isItsPrice = refund.rule === 'on_time' || refund.rule === 'late'
    if (!isItsPrice || order?.state !== 'refunding') return
    const keys = await takeBack(sql, order.id, now)
    await move(sql, order, 'refunded', 'system', now, { closedAt: now }, { ...keys })
    await tellBuyer(sql, addressee(order), 'refunded')
  })
}

/** The provider will never give this money back by itself: staff have to. */
export async function failRefund(db: Database, refundId: bigint, problem: string): Promise<void> {
  await db.transaction(async (sql) => {
    const [refund] = await sql.rows<RefundRow>(LOCK_REFUND, [refundId])
    if (refund?.state !== 'requested') return
    await sql.rows(REFUND_STATE, [refundId, 'failed', null, problem])
    if (refund.order_no) await tellStaff(sql, refund.order_no, 'refund_failed')
  })
}

const OVERDUE = statement('refund-overdue', `SELECT id FROM refund WHERE state = 'requested' AND requested_at < $1`)

/** Refunds that were asked for before then and are not done are asked for again: their job may have given up. */
export async function askAgain(db: Database, before: Date): Promise<void> {
  for (const { id } of await db.rows<{ id: bigint }>(OVERDUE, [before])) await askProvider(db, id)
}

/** A refund as its job needs it. */
export async function loadRefund(db: Database, refundId: bigint): Promise<RefundRow | undefined> {
  const [row] = await db.rows<RefundRow>(statement('refund-load', LOCK_REFUND.text.replace(' FOR UPDATE OF r', '')), [
    refundId,
  ])
  return row
}
