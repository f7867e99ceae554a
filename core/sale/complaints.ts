import { recordAudit } from '../audit/service.ts'
import type { ComplaintReason } from '../complaints/model.ts'
import { goodsSwapped } from '../ledger/policy.ts'
import { book, bookLost } from '../ledger/service.ts'
import type { TraitsOf } from '../payments/policy.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { STARS } from '../platform/money.ts'
import { mayActAlone } from '../security/service.ts'
import {
  ADD_CLAIM,
  ADD_UNIT,
  COUNT_LEFT,
  END_COMPLAINTS,
  END_LINKS,
  END_UNITS,
  FREEZE_COMPLAINED,
  LOCK_COMPLAINTS,
  MARK_COMPLAINED,
  NOTE_REPLACEMENT,
  OPEN_COMPLAINTS,
  STEP_ASIDE,
  TAKE_OTHER,
  UNFREEZE_COMPLAINED,
} from './complaint-statements.ts'
import { returnPart, returnPrice } from './refunds.ts'
import { lockOrder } from './review.ts'
import type { OrderRow, PaymentRow } from './rows.ts'
import { LOCK_KEYS, PAYMENT_OF_ORDER, SUM_KEYS } from './statements.ts'

/** A complaint that is being judged, with what is known of its key. Money in minor units. */
interface Complained {
  readonly id: number
  readonly ticketId: number
  readonly unitId: bigint
  readonly cardId: bigint
  readonly lineId: bigint
  readonly ordinal: number
  readonly batchId: number
  readonly productId: number
  readonly price: number
  readonly stars: number | null
  readonly cost: number | null
  readonly supplierId: number | null
}

/** Which complaints about keys of an order are judged, by whom (a pseudonym) and when. */
export interface Verdict {
  readonly no: string
  readonly complaints: readonly number[]
  readonly actor: string
  readonly now: Date
}

/** A rejection can be taken back: by replacing or refunding after all. */
const OPEN = ['open']
const OPEN_OR_REJECTED = ['open', 'rejected']

/**
 * Opens complaints about units of an order by its buyer, and freezes their keys. Returns how many: one that was not shown,
 * is complained of already or was judged is left out.
 * @throws KeytillError `order.not_yours`, `order.state` when it is not delivered
 */
export async function openComplaints(
  sql: Sql,
  buyer: { readonly id: number; readonly pseudonym: string },
  what: {
    readonly no: string
    readonly units: readonly bigint[]
    readonly reason: ComplaintReason
    readonly ticketId: number
  },
  now: Date,
): Promise<number> {
  const order = await lockDelivered(sql, what.no)
  if (order.customer_id !== buyer.id) throw new KeytillError('order.not_yours', 'This is another person’s order.')
  await sql.rows(LOCK_KEYS, [order.id])
  const opened = await sql.rows<{ id: number; cardId: bigint }>(OPEN_COMPLAINTS, [
    order.id,
    what.units,
    what.ticketId,
    what.reason,
    now,
  ])
  const cards = opened.map(({ cardId }) => cardId)
  await sql.rows(FREEZE_COMPLAINED, [cards, buyer.pseudonym, now])
  for (const { cardId } of opened)
    await recordAudit(sql, now, {
      actor: buyer.pseudonym,
      action: 'key.complained',
      subject: `key:${cardId}`,
      data: { order: order.no, reason: what.reason, ticket: what.ticketId },
    })
  return opened.length
}

/**
 * Each key gets another in its place, of another batch where there is one; its buyer looks at it as at the first. What the old
 * one had cost is lost, or claimed from its supplier.
 * @throws KeytillError `order.unknown`, `order.state`, `complaint.decided`, `complaint.no_stock`: nothing has changed
 */
export async function replaceKeys(sql: Sql, verdict: Verdict): Promise<void> {
  const { actor, now } = verdict
  const { order, found } = await lockComplaints(sql, verdict, OPEN_OR_REJECTED)
  for (const one of found) {
    const cardId = await takeOther(sql, one, now)
    await sql.rows(STEP_ASIDE, [one.unitId])
    const [unit] = await sql.rows<{ id: bigint }>(ADD_UNIT, [one.lineId, one.ordinal, cardId])
    await sql.rows(NOTE_REPLACEMENT, [one.id, (unit as { id: bigint }).id])
    await recordAudit(sql, now, {
      actor,
      action: 'key.replacing',
      subject: `key:${cardId}`,
      data: { order: order.no, replaces: String(one.cardId) },
    })
  }
  await sql.rows(END_LINKS, [order.id, now])
  await uphold(sql, order, found, verdict, 'replaced')
}

async function takeOther(sql: Sql, { productId, batchId }: Complained, now: Date): Promise<bigint> {
  const epoch = Math.floor(now.getTime() / 1000)
  for (const notOf of [batchId, null]) {
    const [taken] = await sql.rows<{ cardId: bigint }>(TAKE_OTHER, [productId, epoch, notOf])
    if (taken) return taken.cardId
  }
  throw new KeytillError('complaint.no_stock', 'There is no key to replace it with: add stock, or refund it.')
}

/**
 * Gives back the price of the units complained of, or all that is left of the order's when `whole` or when no other unit is
 * left. What the keys had cost is lost, or claimed from their supplier.
 * @throws KeytillError `order.unknown`, `order.state`, `complaint.decided`, `approval.needed` when it takes two: nothing has changed
 */
export async function refundKeys(sql: Sql, verdict: Verdict, whole: boolean, traits: TraitsOf): Promise<void> {
  const { actor, now } = verdict
  const { order, found } = await lockComplaints(sql, verdict, OPEN_OR_REJECTED)
  const [payment] = await sql.rows<PaymentRow>(PAYMENT_OF_ORDER, [order.id])
  if (!payment) throw new KeytillError('order.state', `The order ${order.no} has no payment to give back.`)
  await sql.rows(END_UNITS, [found.map(({ unitId }) => unitId)])
  const cost = await uphold(sql, order, found, verdict, 'refunded')
  const [{ left } = { left: 0 }] = await sql.rows<{ left: number }>(COUNT_LEFT, [order.id])
  const what = { reason: 'complaint', by: actor, now }
  const price = found.reduce((sum, { price, stars }) => sum + (payment.currency === STARS ? (stars ?? 0) : price), 0)
  const isAll = whole || left === 0
  const { currency } = payment
  const money = { amount: isAll ? payment.amount : price, currency }
  const idempotencyKey = `complaints:${order.no}:${verdict.complaints.join(',')}`
  if (!(await mayActAlone(sql, { act: 'refund', actor, extent: money, idempotencyKey, now })))
    throw new KeytillError(
      'approval.needed',
      'This much needs a second person: refund the order with /refund, and they are asked.',
    )
  const refundId = isAll
    ? await returnPrice(sql, { ...order, cost }, payment, what, traits)
    : await returnPart(sql, order, payment, price, what, traits)
  await endComplaints(sql, found, 'refunded', verdict, refundId)
}

/** The keys are good, as far as the shop can tell: their buyer is shown them again. @throws KeytillError as {@link replaceKeys} */
export async function rejectComplaints(sql: Sql, verdict: Verdict): Promise<void> {
  await letGo(sql, verdict, 'rejected')
}

/** The buyer has found that the keys work after all. @throws KeytillError as {@link replaceKeys} */
export async function withdrawComplaints(sql: Sql, verdict: Verdict): Promise<void> {
  await letGo(sql, verdict, 'withdrawn')
}

async function letGo(sql: Sql, verdict: Verdict, state: 'rejected' | 'withdrawn'): Promise<void> {
  const { order, found } = await lockComplaints(sql, verdict, OPEN)
  await sql.rows(UNFREEZE_COMPLAINED, [found.map(({ cardId }) => cardId)])
  await endComplaints(sql, found, state, verdict)
  await tellAudit(sql, order, found, state, verdict)
}

async function lockDelivered(sql: Sql, no: string): Promise<OrderRow> {
  const order = await lockOrder(sql, no)
  if (order.state !== 'delivered' && order.state !== 'part_delivered')
    throw new KeytillError('order.state', `The order ${no} is not delivered, or its money goes back.`)
  return order
}

/** Whoever judges complaints locks the order, its complaints and its keys, in this order. */
async function lockComplaints(sql: Sql, { no, complaints }: Verdict, states: readonly string[]) {
  const order = await lockDelivered(sql, no)
  const found = await sql.rows<Complained>(LOCK_COMPLAINTS, [order.id, complaints, states])
  if (found.length < new Set(complaints).size || found.length === 0)
    throw new KeytillError('complaint.decided', 'Somebody has decided about this complaint already.')
  await sql.rows(LOCK_KEYS, [order.id])
  return { order, found }
}

/** The buyer was right: the keys leave the trade, and their cost what was sold. Returns what the order's keys cost from now on. */
async function uphold(
  sql: Sql,
  order: OrderRow,
  found: readonly Complained[],
  verdict: Verdict,
  state: 'replaced' | 'refunded',
): Promise<number | null> {
  const { actor, now } = verdict
  const { currency } = order
  const kind = state === 'replaced' ? 'replaced' : 'returned'
  await sql.rows(MARK_COMPLAINED, [found.map(({ cardId }) => cardId), kind, actor, now])
  // Of an order with a key of unknown cost nothing was booked as sold.
  const from = order.cost === null ? 'stock' : 'goods'
  const lost = found.map(
    ({ cardId, cost, supplierId }) => ({ cardId, cost, currency, from, claimed: supplierId !== null }) as const,
  )
  await bookLost(sql, now, lost)
  for (const { id, batchId, cardId, cost, supplierId } of found)
    if (supplierId !== null) await sql.rows(ADD_CLAIM, [supplierId, batchId, cardId, id, cost, currency, now])
  const [keys] = await sql.rows<{ cost: number | null }>(SUM_KEYS, [order.id])
  const gone = found.reduce((sum, { cost }) => sum + (cost ?? 0), 0)
  const before = order.cost === null ? 0 : order.cost - gone
  const cost = keys?.cost ?? null
  await book(sql, now, goodsSwapped(`complaint:${found[0]?.id ?? 0}`, before, { cost: cost ?? 0, currency }))
  if (state === 'replaced') await endComplaints(sql, found, state, verdict)
  await tellAudit(sql, order, found, state, verdict)
  return cost
}

async function endComplaints(
  sql: Sql,
  found: readonly Complained[],
  state: string,
  { actor, now }: Verdict,
  refundId: bigint | null = null,
): Promise<void> {
  await sql.rows(END_COMPLAINTS, [found.map(({ id }) => id), state, now, actor, refundId])
}

async function tellAudit(
  sql: Sql,
  order: OrderRow,
  found: readonly Complained[],
  state: string,
  { actor, now }: Verdict,
): Promise<void> {
  for (const { id, cardId } of found)
    await recordAudit(sql, now, {
      actor,
      action: `complaint.${state}`,
      subject: `key:${cardId}`,
      data: { order: order.no, complaint: id },
    })
}
