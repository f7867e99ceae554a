import { recordAudit } from '../audit/service.ts'
import { paymentReceived, salePaid } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import { alertStaff, saleJob, tellBuyer, tellPayer, tellStaff } from '../notifications/service.ts'
import type { PaymentRule, Settlement } from '../payments/model.ts'
import { type Decision, decide, type TraitsOf } from '../payments/policy.ts'
import { WALLET } from '../payments/providers/wallet.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { addJob } from '../platform/jobs.ts'
import type { Reason } from '../risk/model.ts'
import { addDecision, type FactsRow, type Judging, judged, link } from '../risk/service.ts'
import { payerOf, tracesOf } from './identities.ts'
import { creditTo, payeeOf } from './payee.ts'
import { AWAIT_STANDINGS } from './place-statements.ts'
import { returnPayment } from './refunds.ts'
import { addressee, type OrderRow, type PaymentRow } from './rows.ts'
import { COUNT_PAID, LOCK_ORDER_OF_PAYMENT, LOCK_PAYMENT, RESOLVE_PAYMENT, SUM_KEYS } from './statements.ts'
import { dropUnfit, fill } from './stock.ts'
import { move } from './transition.ts'

/** Thrown inside the first try of a late payment, so that the keys it found go back before the money does. */
export class NoStock extends Error {}

export interface SettleTerms {
  readonly now: Date
  /** what the payments' providers can do */
  readonly traits: TraitsOf
  /** by when a held order is promised to be decided */
  readonly promisedAt: Date
  /** the rules for payments */
  readonly judging: Judging
}

/**
 * Brings a received payment to its end: the order is delivered or held, or the money goes back. Settling it again changes
 * nothing and tells what was decided.
 */
export async function settle(db: Database, paymentId: bigint, terms: SettleTerms): Promise<Settlement> {
  try {
    return await db.transaction((sql) => settleIn(sql, paymentId, terms, true))
  } catch (error) {
    if (!(error instanceof NoStock)) throw error
    return db.transaction((sql) => settleIn(sql, paymentId, terms, false))
  }
}

/**
 * The same within the caller's transaction. @throws NoStock when the order's keys are gone, there are no others, and
 * `mayTakeStock`: the caller rolls back
 */
export async function settleIn(
  sql: Sql,
  paymentId: bigint,
  terms: SettleTerms,
  mayTakeStock: boolean,
): Promise<Settlement> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER_OF_PAYMENT, [paymentId])
  const [payment] = await sql.rows<PaymentRow>(LOCK_PAYMENT, [paymentId])
  if (!payment) throw new KeytillError('payment.unknown', 'There is no such payment.')
  if (payment.outcome !== 'received')
    return { paymentId, rule: payment.rule ?? 'unknown_order', order: outcomeOf(order, payment) }

  // As the gathered form does: two payments of one buyer are judged one after the other, whichever form each takes.
  if (order) await sql.rows(AWAIT_STANDINGS, [[order.customer_id]])
  const decision = decide(
    order && { ...order, stars: order.stars ?? undefined },
    payment,
    terms.traits(payment.provider).currency,
  )
  if (!order || decision.excess === undefined) return sendBack(sql, payment, order, decision.rule, terms)

  // The order keeps what it has, bad keys and all, until it is released: it may yet be paid when there is stock again.
  if (!mayTakeStock) return sendBack(sql, payment, order, 'late_no_stock', terms)
  await dropUnfit(sql, order.id, terms.now)
  if (!(await fill(sql, order.id, terms.now))) throw new NoStock()
  return buy(sql, order, payment, decision, terms)
}

/** The order has its keys and its money: it is delivered, or held. */
async function buy(
  sql: Sql,
  order: OrderRow,
  payment: PaymentRow,
  { rule, excess = 0 }: Decision,
  terms: SettleTerms,
): Promise<Settlement> {
  const { now, promisedAt, traits } = terms
  const { id: paymentId, provider, amount, currency } = payment
  const [keys] = await sql.rows<{ cost: number | null }>(SUM_KEYS, [order.id])
  await sql.rows(RESOLVE_PAYMENT, [paymentId, 'settled', rule, order.id, now, excess])
  const payee = excess > 0 ? await payeeOf(sql, payment, order, traits) : undefined
  const booking = salePaid(
    provider === WALLET ? { ...payment, customerId: order.customer_id } : payment,
    { cost: keys?.cost ?? undefined, currency: order.currency },
    payee && { amount: excess, customerId: payee.customerId },
  )
  await book(sql, now, booking)
  if (payee) {
    const over = { amount: excess, currency, move: 'excess', paymentId, ref: booking.ref } as const
    await creditTo(sql, payee, over, 'system', now)
    await tellPayer(sql, payee, paymentId)
  }
  const reasons = await assess(sql, order, payment, terms)
  const paid = { provider, amount: amount - excess, currency, rule }
  if (reasons.length > 0) {
    const stamps = { paidAt: now, holdReasons: reasons, promisedAt }
    await move(sql, order, 'held', order.pseudonym, now, stamps, { ...paid, rules: reasons.map((r) => r.rule) })
    await tellBuyer(sql, addressee(order), 'delayed')
    await tellStaff(sql, order.no, 'held')
  } else {
    await move(sql, order, 'delivered', order.pseudonym, now, { paidAt: now, deliveredAt: now }, paid)
    await tellBuyer(sql, addressee(order), 'delivered')
    if (rule === 'on_time') await addJob(sql, saleJob(order.no))
    else await alertStaff(sql, paymentId, rule === 'late' ? 'late_payment' : 'overpaid')
  }
  const counted = order.state === 'awaiting_payment'
  await sql.rows(COUNT_PAID, [order.customer_id, counted ? order.units : 0, counted ? 1 : 0])
  return { paymentId, rule, order: reasons.length > 0 ? 'held' : 'delivered' }
}

/**
 * Judges a paid order under the locks of all it is known by, its buyer's standing among them, and keeps the facts and rule versions
 * of the decision. Returns the reasons to hold it; none: it goes on.
 */
async function assess(
  sql: Sql,
  order: OrderRow,
  payment: PaymentRow,
  { judging, now }: SettleTerms,
): Promise<readonly Reason[]> {
  const origin = { ip: order.ip ?? undefined, device: order.device ?? undefined }
  await link(sql, order.customer_id, [...payerOf(payment), ...tracesOf(origin)], now)
  const values = [[order.no], [payment.provider], [payment.payer], now]
  const [row] = await sql.rows<FactsRow>(judging.statement, values)
  if (!row) throw new Error('an order that is locked is gone')
  const { facts, judgement } = judged(judging, row, order)
  if (judging.rules.length > 0)
    await addDecision(sql, order.id, 'payment', judgement, { judged: judging.rules, facts }, now)
  return judgement.reasons
}

/** Lets a held order go on. From here on the keys are the buyer's: delivery is this commit, the message only tells of it. */
export async function deliver(sql: Sql, order: OrderRow, actor: string, now: Date): Promise<void> {
  await move(sql, order, 'delivered', actor, now, { deliveredAt: now })
  await tellBuyer(sql, addressee(order), 'delivered')
}

/** Money that bought nothing: a refund is written here and sent its way. */
async function sendBack(
  sql: Sql,
  payment: PaymentRow,
  order: OrderRow | undefined,
  rule: PaymentRule,
  { now, traits }: SettleTerms,
): Promise<Settlement> {
  await sql.rows(RESOLVE_PAYMENT, [payment.id, 'refunding', rule, order?.id ?? null, now, 0])
  await book(sql, now, paymentReceived(payment))
  const what = { reason: rule, by: 'system', now }
  const way = await returnPayment(sql, order, { ...payment, rule }, what, traits)
  await recordAudit(sql, now, {
    actor: 'system',
    action: 'payment.returned',
    subject: `payment:${payment.id}`,
    data: { rule, order: order?.no ?? null, to: way },
  })
  await alertStaff(sql, payment.id, 'odd_payment')
  return { paymentId: payment.id, rule, order: undefined }
}

function outcomeOf(order: OrderRow | undefined, payment: PaymentRow): Settlement['order'] {
  if (payment.outcome !== 'settled') return undefined
  return order?.state === 'held' ? 'held' : 'delivered'
}
