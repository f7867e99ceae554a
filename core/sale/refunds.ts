import { recordAudit } from '../audit/service.ts'
import { goodsReturned, type LostKey, refundCredited, refundOwed, refundPaid } from '../ledger/policy.ts'
import { book, bookLost } from '../ledger/service.ts'
import { alertStaff, alertStaffAgain, tellBuyer, tellPayer } from '../notifications/service.ts'
import { buys, type TraitsOf, WAYS_BACK, type WayBack, wayBack } from '../payments/policy.ts'
import { after, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { addJob } from '../platform/jobs.ts'
import { creditTo, type Payee, payeeOf } from './payee.ts'
import { addressee, type OrderRow, type PaymentRow } from './rows.ts'
import {
  ADD_REFUND,
  LOCK_ORDER_OF_PAYMENT,
  LOCK_ORDER_OF_REFUND,
  LOCK_PAYMENT,
  LOCK_PAYMENT_OF_REFUND,
} from './statements.ts'
import { type GoneKey, giveBack, takeBack } from './stock.ts'
import { move } from './transition.ts'

/** How long a refund may be under way before its provider is asked again by more than its job, in ms. */
const OVERDUE_AFTER = hours(1)
/** … and before staff are told, once, in ms. */
const SLOW_AFTER = hours(24)

export const LOCK_REFUND = statement(
  'refund-lock',
  `SELECT id, state, payment_id, amount, part FROM refund WHERE id = $1 FOR UPDATE`,
)
/** Those that have failed go first. */
export const LOCK_OPEN_REFUNDS = statement(
  'refund-lock-open',
  `SELECT id, state, amount, part FROM refund WHERE payment_id = $1 AND state <> 'done' ORDER BY state DESC, id FOR UPDATE`,
)
const LOAD = statement(
  'refund-load',
  `SELECT r.id, r.state, r.amount, r.currency, r.attempt, r.amount < p.amount AS partial, p.amount AS total, p.provider, p.reference, p.payer FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.id = $1`,
)
const SET_STATE = statement(
  'refund-state',
  `UPDATE refund SET state = $2::refund_state, done_at = $3, problem = $4, customer_id = $5 WHERE id = $1`,
)
const NOTE_PROBLEM = statement(
  'refund-problem',
  `UPDATE refund SET problem = $2 WHERE id = $1 AND state = 'requested' AND problem IS DISTINCT FROM $2`,
)
const RETRY = statement(
  'refund-retry',
  `UPDATE refund SET state = 'requested', problem = NULL, attempt = attempt + 1 WHERE payment_id = $1 AND state = 'failed' RETURNING id`,
)
export const END_PAYMENT = statement(
  'payment-end',
  `UPDATE payment SET outcome = $2::payment_outcome, resolved_at = $3 WHERE id = $1`,
)
/** An order whose money goes back is judged with all complaints about its keys. */
const END_COMPLAINTS = statement(
  'refund-end-complaints',
  `UPDATE complaint SET state = 'refunded', decided_at = $2, decided_by = $3 WHERE order_id = $1 AND state = 'open'`,
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
  /** how often it was begun */
  readonly attempt: number
  /** the whole payment: minor units */
  readonly total: number
  /** it is not the whole payment */
  readonly partial: boolean
  readonly provider: string
  readonly reference: string
  readonly payer: string
}

/** A refund as it is locked: minor units of its payment's currency. `part`: for single units of the order, which stays. */
export interface RefundRow {
  readonly id: bigint
  readonly state: 'requested' | 'done' | 'failed'
  readonly amount: number
  readonly part: boolean
}

/** What of a payment is not in a wallet already, and does not go back for single units: minor units. */
const restOf = ({ amount, excess, parted }: PaymentRow): number => amount - excess - parted

/** Writes the intent to give a payment back, or a `part` of it (minor units), and books the debt. */
export async function writeRefund(
  sql: Sql,
  payment: PaymentRow,
  { reason, by, now }: RefundOrder,
  earned: boolean,
  part?: number,
): Promise<RefundRow> {
  const { id: paymentId, currency } = payment
  const amount = part ?? restOf(payment)
  const isPart = part !== undefined
  const [made] = await sql.rows<{ id: bigint }>(ADD_REFUND, [paymentId, amount, currency, reason, by, now, isPart])
  const { id } = made as { id: bigint }
  await book(sql, now, refundOwed(id, earned, amount, currency))
  return { id, state: 'requested', amount, part: isPart }
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

/** A payment whose refund is written, and what its end has to know. */
interface Returning {
  readonly order: OrderRow | undefined
  readonly payment: PaymentRow
  readonly refund: RefundRow
  /** a pseudonym, or `system` */
  readonly actor: string
  readonly now: Date
}

/** Sends a refund that was just written the way that the table of ways names: see payments/policy. */
async function send(sql: Sql, returning: Returning, traits: TraitsOf): Promise<WayBack> {
  const { order, payment, refund } = returning
  const payee = await payeeOf(sql, payment, order, traits)
  const way = wayBack(traits(payment.provider), payment, refund.amount, payee !== undefined)
  if (way === 'source') await askProvider(sql, refund.id)
  else if (way === 'wallet') await finish(sql, returning, payee)
  else await sql.rows(SET_STATE, [refund.id, 'failed', null, null, null])
  return way
}

/** Gives back money that bought nothing; where its provider has to be asked, that is left to a job. Returns which way it goes. */
export async function returnPayment(
  sql: Sql,
  order: OrderRow | undefined,
  payment: PaymentRow,
  what: RefundOrder,
  traits: TraitsOf,
): Promise<WayBack> {
  const refund = await writeRefund(sql, payment, what, false)
  const way = await send(sql, { order, payment, refund, actor: what.by, now: what.now }, traits)
  if (way === 'source' && order) await tellPayer(sql, addressee(order), payment.id)
  return way
}

/**
 * From here on the order's money is on its way back, and its keys are not shown; those of a held order are for sale again.
 * Nobody has been asked for the refund yet.
 */
export async function beginRefund(
  sql: Sql,
  order: OrderRow,
  payment: PaymentRow,
  what: RefundOrder,
  actor: string,
): Promise<RefundRow> {
  await move(sql, order, 'refunding', actor, what.now, {}, { reason: what.reason })
  await sql.rows(END_PAYMENT, [payment.id, 'refunding', what.now])
  await sql.rows(END_COMPLAINTS, [order.id, what.now, actor])
  const refund = await writeRefund(sql, payment, what, true)
  if (order.state === 'held') {
    const { cost, gone } = await giveBack(sql, order.id)
    await bookReturned(sql, refund.id, order, cost, what.now)
    await bookLost(sql, what.now, lostFrom('stock', gone, order.currency))
  }
  return refund
}

/** Keys that are gone for good, whose cost stands there until now. */
export const lostFrom = (from: LostKey['from'], keys: readonly GoneKey[], currency: string): LostKey[] =>
  keys.map(({ id, cost }) => ({ cardId: BigInt(id), cost, currency, from }))

/** Keys that were sold while the cost of one was unknown were never booked as sold. */
async function bookReturned(sql: Sql, refundId: bigint, order: OrderRow, cost: number, now: Date): Promise<void> {
  if (order.cost === null) return
  const booking = goodsReturned(refundId, { cost, currency: order.currency })
  if (booking) await book(sql, now, booking)
}

/** Gives back what bought an order; where its provider has to be asked, that is left to a job. Returns the refund's id. */
export async function returnPrice(
  sql: Sql,
  order: OrderRow,
  payment: PaymentRow,
  what: RefundOrder,
  traits: TraitsOf,
): Promise<bigint> {
  const refund = await beginRefund(sql, order, payment, what, what.by)
  const returning = { order: { ...order, state: 'refunding' as const }, payment, refund, actor: what.by }
  if ((await send(sql, { ...returning, now: what.now }, traits)) === 'source')
    await tellBuyer(sql, addressee(order), 'refunding')
  return refund.id
}

/** Gives a part of an order's price back; the order stays as it is. Returns the refund's id, and which way it goes. */
export async function returnPart(
  sql: Sql,
  order: OrderRow,
  payment: PaymentRow,
  amount: number,
  what: RefundOrder,
  traits: TraitsOf,
): Promise<bigint> {
  const refund = await writeRefund(sql, payment, what, true, amount)
  await recordAudit(sql, what.now, {
    actor: what.by,
    action: 'order.part_refunded',
    subject: `order:${order.no}`,
    data: { amount, currency: payment.currency, refund: String(refund.id) },
  })
  await send(sql, { order, payment, refund, actor: what.by, now: what.now }, traits)
  return refund.id
}

/** Our own request for a refund was met. Finishing it again changes nothing. */
export async function finishRefund(db: Database, refundId: bigint, now: Date): Promise<void> {
  await db.transaction(async (sql) => {
    const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_REFUND, [refundId])
    const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT_OF_REFUND, [refundId])
    const [refund] = await sql.rows<RefundRow>(LOCK_REFUND, [refundId])
    if (!payment || !refund || refund.state === 'done') return
    await finish(sql, { order, payment, refund, actor: 'system', now })
  })
}

/**
 * The money is back, or in the payee's wallet when there is one. When all of what bought the order is back, the order is closed:
 * keys nobody saw return to stock, the others are written off.
 */
export async function finish(
  sql: Sql,
  { order, payment, refund, actor, now }: Returning,
  payee?: Payee,
): Promise<void> {
  const { id, provider, currency } = payment
  const { id: refundId, amount, part } = refund
  const isBuyer = buys(payment.rule)
  await sql.rows(SET_STATE, [refundId, 'done', now, null, payee?.customerId ?? null])
  if (!part) await sql.rows(END_PAYMENT, [id, payee ? 'credited' : 'refunded', now])
  if (payee) {
    const booking = refundCredited(refundId, payee.customerId, amount, currency)
    await book(sql, now, booking)
    const why = isBuyer ? 'refunded' : 'returned'
    await creditTo(sql, payee, { amount, currency, move: why, paymentId: id, ref: booking.ref }, actor, now)
  } else await book(sql, now, refundPaid(refundId, provider, amount, currency))
  if (part) return
  // A second payment of the same order went back, not the one that bought it: or it is another's money than the buyer's.
  const told = payee ?? (order && addressee(order))
  if (told && (!isBuyer || told.customerId !== order?.customer_id)) await tellPayer(sql, told, id)
  if (!isBuyer || order?.state !== 'refunding') return
  const { cost, gone, shown, ...counts } = await takeBack(sql, order.id, now)
  await bookReturned(sql, refundId, order, cost, now)
  const sold = order.cost === null ? 'stock' : 'goods'
  const lost = [...lostFrom('stock', gone, order.currency), ...lostFrom(sold, shown, order.currency)]
  await bookLost(sql, now, lost)
  await move(sql, order, 'refunded', 'system', now, { closedAt: now }, counts)
  await tellBuyer(sql, addressee(order), 'refunded')
}

/** A refund of this payment that has failed, locked with all that belongs to it. One that is still asked for may yet go back. */
async function lockFailed(sql: Sql, paymentId: bigint) {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_PAYMENT, [paymentId])
  const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT, [paymentId])
  const [refund] = await sql.rows<RefundRow>(LOCK_OPEN_REFUNDS, [paymentId])
  return payment && refund?.state === 'failed' ? { order, payment, refund } : undefined
}

/** The same, when it may end in a wallet. */
async function lockCreditable(sql: Sql, paymentId: bigint, traits: TraitsOf) {
  const failed = await lockFailed(sql, paymentId)
  const payee = failed && (await payeeOf(sql, failed.payment, failed.order, traits))
  return payee && WAYS_BACK.refused.known === 'staff_or_wallet' ? { failed, payee } : undefined
}

/** Whose wallet {@link creditRefund} would fill. */
export function creditee(db: Database, paymentId: bigint, traits: TraitsOf): Promise<number | undefined> {
  return db.transaction(async (sql) => (await lockCreditable(sql, paymentId, traits))?.payee.customerId)
}

/**
 * Ends a refund that its provider refused in the payer's wallet instead. False when no refund of this payment has failed, or
 * when nobody knows whose it is: it stays with staff.
 */
export function creditRefund(
  db: Database,
  paymentId: bigint,
  actor: string,
  now: Date,
  traits: TraitsOf,
): Promise<boolean> {
  return db.transaction(async (sql) => {
    const found = await lockCreditable(sql, paymentId, traits)
    if (!found) return false
    await finish(sql, { ...found.failed, actor, now }, found.payee)
    return true
  })
}

/** Staff have given the money back by hand; false when no refund of this payment has failed. */
export function refundByHand(db: Database, paymentId: bigint, actor: string, now: Date): Promise<boolean> {
  return db.transaction(async (sql) => {
    const failed = await lockFailed(sql, paymentId)
    if (!failed) return false
    await recordAudit(sql, now, { actor, action: 'refund.by_hand', subject: `refund:${failed.refund.id}` })
    await finish(sql, { ...failed, actor, now })
    return true
  })
}

/** The provider will never give this money back by itself: staff have to. */
export async function failRefund(db: Database, refundId: bigint, problem: string): Promise<void> {
  await db.transaction(async (sql) => {
    const [refund] = await sql.rows<{ state: string; payment_id: bigint }>(LOCK_REFUND, [refundId])
    if (refund?.state !== 'requested') return
    await sql.rows(SET_STATE, [refundId, 'failed', null, problem, null])
    await alertStaffAgain(sql, refund.payment_id, 'refund_failed')
  })
}

/** Asks again for a payment's refunds that had failed; false when there are none. */
export async function retryRefund(sql: Sql, paymentId: bigint, actor: string, now: Date): Promise<boolean> {
  const failed = await sql.rows<{ id: bigint }>(RETRY, [paymentId])
  for (const { id } of failed) {
    await askProvider(sql, id)
    await recordAudit(sql, now, { actor, action: 'refund.retried', subject: `refund:${id}` })
  }
  return failed.length > 0
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
