import { recordAudit } from '../audit/service.ts'
import { goodsReturned, paymentReceived, refundOwed, refundPaid } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import { alertStaff, alertStaffAgain, tellBuyer, tellPayer } from '../notifications/service.ts'
import { after, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { addJob } from '../platform/jobs.ts'
import { addressee, type OrderRow, type PaymentRow } from './rows.ts'
import {
  ADD_REFUND,
  LOCK_ORDER_OF_PAYMENT,
  LOCK_ORDER_OF_REFUND,
  LOCK_PAYMENT,
  LOCK_PAYMENT_OF_REFUND,
  RESOLVE_PAYMENT,
} from './statements.ts'
import { giveBack, takeBack } from './stock.ts'
import { move } from './transition.ts'

/** How long a refund may be under way before its provider is asked again by more than its job, in ms. */
const OVERDUE_AFTER = hours(1)
/** … and before staff are told, once, in ms. */
const SLOW_AFTER = hours(24)

const LOCK_REFUND = statement('refund-lock', `SELECT id, state, payment_id FROM refund WHERE id = $1 FOR UPDATE`)
const LOCK_OPEN_REFUND = statement(
  'refund-lock-open',
  `SELECT id FROM refund WHERE payment_id = $1 AND state <> 'done' ORDER BY id LIMIT 1 FOR UPDATE`,
)
const LOAD = statement(
  'refund-load',
  `SELECT r.id, r.state, r.amount, r.currency, p.provider, p.reference, p.payer FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.id = $1`,
)
const SET_STATE = statement(
  'refund-state',
  `UPDATE refund SET state = $2::refund_state, done_at = $3, problem = $4 WHERE id = $1`,
)
const NOTE_PROBLEM = statement(
  'refund-problem',
  `UPDATE refund SET problem = $2 WHERE id = $1 AND state = 'requested' AND problem IS DISTINCT FROM $2`,
)
const RETRY = statement(
  'refund-retry',
  `UPDATE refund SET state = 'requested', problem = NULL WHERE payment_id = $1 AND state = 'failed' RETURNING id`,
)
const PAYMENT_REFUNDED = statement(
  'payment-refunded',
  `UPDATE payment SET outcome = 'refunded', resolved_at = $2 WHERE id = $1`,
)
const OVERDUE = statement('refund-overdue', `SELECT id FROM refund WHERE state = 'requested' AND requested_at < $1`)
/** That staff were told of one is in the audit log. Another process that looks at this moment leaves it to us. */
const SLOW = statement(
  'refund-slow',
  `SELECT r.id, r.payment_id FROM refund r WHERE r.state = 'requested' AND r.requested_at < $1
     AND NOT EXISTS (SELECT FROM audit_entry a WHERE a.subject = 'refund:' || r.id AND a.action = 'refund.slow')
   ORDER BY r.id FOR UPDATE OF r SKIP LOCKED`,
)

/** Why, at whose wish, and when money goes back. */
export interface RefundOrder {
  readonly reason: string
  /** a pseudonym, `system`, or `provider` when it was done outside the shop */
  readonly by: string
  readonly now: Date
}

/** A refund as its job needs it. */
export interface RefundJob {
  readonly id: bigint
  readonly state: 'requested' | 'done' | 'failed'
  readonly amount: number
  readonly currency: string
  readonly provider: string
  readonly reference: string
  readonly payer: string
}

/** Writes the intent to give a payment back and books the debt. Returns the refund's id. */
async function writeRefund(sql: Sql, payment: PaymentRow, { reason, by, now }: RefundOrder, earned: boolean) {
  const { id, amount, currency } = payment
  const [refund] = await sql.rows<{ id: bigint }>(ADD_REFUND, [id, amount, currency, reason, by, now])
  const refundId = (refund as { id: bigint }).id
  await book(sql, now, refundOwed(refundId, earned, amount, currency))
  return refundId
}

/** Leaves a refund to be asked for; while it waits, asking again changes nothing. */
async function askProvider(sql: Sql, refundId: bigint): Promise<void> {
  await addJob(sql, {
    task: 'refund',
    payload: { refundId: String(refundId) },
    key: `refund:${refundId}`,
    attempts: 100,
  })
}

/** Gives back money that bought nothing: the asking is left to a job. */
export async function returnPayment(sql: Sql, payment: PaymentRow, what: RefundOrder): Promise<void> {
  await askProvider(sql, await writeRefund(sql, payment, what, false))
}

/**
 * From here on the order's money is on its way back, and its keys are not shown; those of a held order are for sale again.
 * Returns the refund's id: nobody has been asked for it yet.
 */
async function beginRefund(sql: Sql, order: OrderRow, payment: PaymentRow, what: RefundOrder, actor: string) {
  await move(sql, order, 'refunding', actor, what.now, {}, { reason: what.reason })
  await sql.rows(RESOLVE_PAYMENT, [payment.id, 'refunding', payment.rule, order.id, what.now])
  const refundId = await writeRefund(sql, payment, what, true)
  if (order.state === 'held') await bookReturned(sql, refundId, order, await giveBack(sql, order.id), what.now)
  return refundId
}

/** Keys that were sold while the cost of one was unknown were never booked as sold. */
async function bookReturned(sql: Sql, refundId: bigint, order: OrderRow, cost: number, now: Date): Promise<void> {
  if (order.cost === null) return
  const booking = goodsReturned(refundId, { cost, currency: order.currency })
  if (booking) await book(sql, now, booking)
}

/** Gives back what bought an order; the asking is left to a job. */
export async function returnPrice(sql: Sql, order: OrderRow, payment: PaymentRow, what: RefundOrder): Promise<void> {
  await askProvider(sql, await beginRefund(sql, order, payment, what, what.by))
  await tellBuyer(sql, addressee(order), 'refunding')
}

/** Our own request for a refund was met. Finishing it again changes nothing. */
export async function finishRefund(db: Database, refundId: bigint, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_REFUND, [refundId])
    const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT_OF_REFUND, [refundId])
    const [refund] = await sql.rows<{ state: string }>(LOCK_REFUND, [refundId])
    if (!payment || !refund || refund.state === 'done') return
    await finish(sql, order, payment, refundId, now)
  })
}

/**
 * The provider says that a payment is back with its payer. When the shop had asked for it, that is done; when it had not
 * (staff did it at the provider, or the provider by itself), it is written down as done, and staff are told.
 */
export async function takeUpRefund(db: Database, paymentId: bigint, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_PAYMENT, [paymentId])
    const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT, [paymentId])
    if (!payment || payment.outcome === 'refunded') return
    const [open] = await sql.rows<{ id: bigint }>(LOCK_OPEN_REFUND, [paymentId])
    if (open) return finish(sql, order, payment, open.id, now)
    await takeUpOutside(sql, order, payment, now)
  })
}

async function takeUpOutside(sql: Sql, order: OrderRow | undefined, payment: PaymentRow, now: Date): Promise<void> {
  const what: RefundOrder = { reason: 'given_back', by: 'provider', now }
  await alertStaff(sql, payment.id, 'given_back')
  await recordAudit(sql, now, {
    actor: 'system',
    action: 'payment.given_back',
    subject: `payment:${payment.id}`,
    data: { order: order?.no ?? null },
  })
  if (order && payment.outcome === 'settled') {
    const refundId = await beginRefund(sql, order, payment, what, 'system')
    return finish(sql, { ...order, state: 'refunding' }, payment, refundId, now)
  }
  // Not settled yet: it buys nothing any more.
  await book(sql, now, paymentReceived(payment))
  await sql.rows(RESOLVE_PAYMENT, [payment.id, 'refunding', 'given_back', order?.id ?? null, now])
  await finish(sql, order, { ...payment, rule: 'given_back' }, await writeRefund(sql, payment, what, false), now)
}

/** The money is back. When it had bought the order, the order is closed: keys nobody saw return to stock, the others are written off. */
async function finish(
  sql: Sql,
  order: OrderRow | undefined,
  payment: PaymentRow,
  refundId: bigint,
  now: Date,
): Promise<void> {
  await sql.rows(SET_STATE, [refundId, 'done', now, null])
  await book(sql, now, refundPaid(refundId, payment.provider, payment.amount, payment.currency))
  await sql.rows(PAYMENT_REFUNDED, [payment.id, now])
  if (!order) return
  // A second payment of the same order went back, not the one that bought it.
  if (payment.rule !== 'on_time' && payment.rule !== 'late') return tellPayer(sql, addressee(order), payment.id)
  if (order.state !== 'refunding') return
  const { cost = 0, ...keys } = (await takeBack(sql, order.id, now)) ?? {}
  await bookReturned(sql, refundId, order, cost, now)
  await move(sql, order, 'refunded', 'system', now, { closedAt: now }, keys)
  await tellBuyer(sql, addressee(order), 'refunded')
}

/** The provider will never give this money back by itself: staff have to. */
export async function failRefund(db: Database, refundId: bigint, problem: string): Promise<void> {
  await db.transaction(async (sql) => {
    const [refund] = await sql.rows<{ state: string; payment_id: bigint }>(LOCK_REFUND, [refundId])
    if (refund?.state !== 'requested') return
    await sql.rows(SET_STATE, [refundId, 'failed', null, problem])
    await alertStaffAgain(sql, refund.payment_id, 'refund_failed')
  })
}

/** Asks again for a payment's refund that had failed; false when there is none. */
export async function retryRefund(sql: Sql, paymentId: bigint, actor: string, now: Date): Promise<boolean> {
  const [refund] = await sql.rows<{ id: bigint }>(RETRY, [paymentId])
  if (!refund) return false
  await askProvider(sql, refund.id)
  await recordAudit(sql, now, { actor, action: 'refund.retried', subject: `refund:${refund.id}` })
  return true
}

/** Keeps the provider's last answer with a refund that it has not met yet. */
export async function noteProblem(db: Database, refundId: bigint, problem: string): Promise<void> {
  await db.rows(NOTE_PROBLEM, [refundId, problem])
}

/** Refunds that take long are asked for again, because their job may have given up; of very slow ones staff are told once. */
export async function askAgain(db: Database, now: Date): Promise<void> {
  for (const { id } of await db.rows<{ id: bigint }>(OVERDUE, [after(now, -OVERDUE_AFTER)])) await askProvider(db, id)
  await db.transaction(async (sql) => {
    const slow = await sql.rows<{ id: bigint; payment_id: bigint }>(SLOW, [after(now, -SLOW_AFTER)])
    for (const { id, payment_id } of slow) {
      await alertStaff(sql, payment_id, 'refund_slow')
      await recordAudit(sql, now, { actor: 'system', action: 'refund.slow', subject: `refund:${id}` })
    }
  })
}

export async function loadRefund(db: Database, refundId: bigint): Promise<RefundJob | undefined> {
  const [row] = await db.rows<RefundJob>(LOAD, [refundId])
  return row
}
