import { recordAudit } from '../audit/service.ts'
import { goodsSwapped } from '../ledger/policy.ts'
import { book, bookLost } from '../ledger/service.ts'
import { tellBuyerAgain } from '../notifications/service.ts'
import type { TraitsOf } from '../payments/policy.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { vouch } from '../risk/service.ts'
import { lostFrom, type RefundOrder, retryRefund, returnPrice } from './refunds.ts'
import { addressee, type OrderRow, type PaymentRow } from './rows.ts'
import { deliver } from './settle.ts'
import { LOCK_ORDER, PAYMENT_OF_ORDER, SUM_KEYS } from './statements.ts'
import { dropUnfit, fill } from './stock.ts'

interface RefundTerms {
  readonly now: Date
  readonly traits: TraitsOf
}

/** @throws KeytillError `order.unknown` */
export async function lockOrder(sql: Sql, no: string): Promise<OrderRow> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER, [no])
  if (!order) throw new KeytillError('order.unknown', 'There is no order with this number.')
  return order
}

/**
 * Lets a held order go on to its buyer, and for a while others of theirs that the same rules would hold. Keys that were frozen or have expired while it waited are swapped for others.
 * @throws KeytillError `order.unknown`, `order.state` when it is not held, `order.no_stock` when there are no others
 */
export async function approve(db: Database, no: string, actor: string, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const order = await lockOrder(sql, no)
    await approveIn(sql, order, actor, now)
    await vouch(sql, order.id, actor, now)
  })
}

/** The same within the caller's transaction, which has locked the order. */
export async function approveIn(sql: Sql, order: OrderRow, actor: string, now: Date): Promise<void> {
  if (order.state !== 'held') throw notHeld(order)
  const gone = await dropUnfit(sql, order.id, now)
  if (!(await fill(sql, order.id, now)))
    throw new KeytillError(
      'order.no_stock',
      `Keys of the order ${order.no} are frozen or have expired, and there are no others: add stock, or refund it.`,
    )
  const [keys] = await sql.rows<{ cost: number | null }>(SUM_KEYS, [order.id])
  const { currency } = order
  await book(sql, now, goodsSwapped(`order:${order.id}`, order.cost ?? 0, { cost: keys?.cost ?? 0, currency }))
  await bookLost(sql, now, lostFrom('stock', gone, currency))
  await deliver(sql, order, actor, now)
}

const notHeld = ({ no }: OrderRow) => new KeytillError('order.state', `The order ${no} is not held.`)

/**
 * Gives an order's money back, whole: from here on its keys are not shown. Keys of a held order go back to stock at once,
 * those of a delivered one when the money is back.
 * @throws KeytillError `order.unknown`, `order.state` when there is nothing to give back
 */
export function refundOrder(
  db: Database,
  no: string,
  reason: string,
  actor: string,
  terms: RefundTerms,
  only?: 'held',
): Promise<void> {
  return db.transaction((sql) => refundOrderIn(sql, no, reason, actor, terms, only))
}

/** The same within the caller's transaction. */
export async function refundOrderIn(
  sql: Sql,
  no: string,
  reason: string,
  actor: string,
  { now, traits }: RefundTerms,
  only?: 'held',
): Promise<void> {
  const order = await lockOrder(sql, no)
  if (only && order.state !== only) throw notHeld(order)
  await refundIn(sql, order, { reason, by: actor, now }, traits)
}

/** The same within the caller's transaction, which has locked the order. */
export async function refundIn(sql: Sql, order: OrderRow, what: RefundOrder, traits: TraitsOf): Promise<void> {
  const [payment] = await sql.rows<PaymentRow>(PAYMENT_OF_ORDER, [order.id])
  if (!payment) throw new KeytillError('order.state', `The order ${order.no} has no payment to give back.`)
  if (order.state !== 'refunding') await returnPrice(sql, order, payment, what, traits)
  else if (!(await retryRefund(sql, payment.id, what.by, what.now)))
    throw new KeytillError('order.state', 'The refund is already on its way.')
}

/** Tells the buyer of a delivered order again. @throws KeytillError `order.unknown`, `order.state` when it is not delivered */
export async function resend(db: Database, no: string, actor: string, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const order = await lockOrder(sql, no)
    if (order.state !== 'delivered' && order.state !== 'part_delivered')
      throw new KeytillError('order.state', `The order ${no} is not delivered.`)
    await tellBuyerAgain(sql, addressee(order), 'delivered')
    await recordAudit(sql, now, { actor, action: 'order.resent', subject: `order:${no}` })
  })
}
