import type { AuditEntry } from '../audit/model.ts'
import type { Booking } from '../ledger/model.ts'
import { salePaid } from '../ledger/policy.ts'
import { buyerJob, saleJob, staffJob } from '../notifications/service.ts'
import type { HoldReason } from '../orders/model.ts'
import type { OrderState } from '../orders/states.ts'
import type { PaymentNotice, Settlement } from '../payments/model.ts'
import { decide } from '../payments/policy.ts'
import type { Lanes, Step } from '../platform/database/lanes.ts'
import type { Job } from '../platform/jobs.ts'
import type { Fact, Rule } from '../risk/model.ts'
import { judge } from '../risk/policy.ts'
import { type RuleRow, rulesOf } from '../risk/service.ts'
import type { SettleTerms } from './settle.ts'
import { LOCK_PAID, READ_SETTLING, WRITE_SETTLED } from './settle-statements.ts'

/** One payment of a batch. */
export interface SettleRequest {
  readonly notice: PaymentNotice
  readonly terms: SettleTerms
}

/** As it comes in JSON. */
interface OrderRow {
  /** int8 as text */
  id: string
  no: string
  customer_id: number
  channel: string
  chat: string
  state: OrderState
  total: number
  currency: string
  stars: number | null
  units: number
  cost: number | null
  /** a time as text */
  keys_expire_at: string | null
  unfit: boolean
  pseudonym: string
}

interface VelocityRow {
  customer_id: number
  minutes: number
  orders: number
  units: number
}

/** What the database said about a batch. */
interface Facts {
  readonly orders: readonly OrderRow[]
  readonly buyers: readonly number[]
  readonly rules: readonly Rule[]
  readonly velocities: readonly VelocityRow[]
}

interface ReadRow {
  readonly rules: readonly RuleRow[]
  readonly velocities: readonly VelocityRow[]
  /** places in the batch, from 1 */
  readonly known: readonly number[]
  /** ids by commas */
  readonly payments: string
  readonly bookings: string
}

/** A payment that pays for an order whose keys are as they were: delivered, or held for these reasons. */
interface Plain {
  readonly index: number
  readonly request: SettleRequest
  readonly order: OrderRow
  readonly facts: readonly Fact[]
  readonly reasons: readonly HoldReason[]
}

/** What became of a payment: its settlement when it was plain, undefined when `settle` has to decide about it by itself. */
export interface Received {
  /** undefined when it was known before: whoever asks finds it by its reference */
  readonly paymentId: bigint | undefined
  readonly settlement: Settlement | undefined
}

/**
 * Receives many payments in two round trips, at most one of each order, and settles those that are plain. All that are new are
 * on record with the commit, whatever they turn out to be for.
 */
export function receiveMany(lanes: Lanes, batch: readonly SettleRequest[]): Promise<readonly Received[]> {
  return lanes.transaction(async (lane) => {
    const nos = batch.map(({ notice }) => notice.orderNo)
    const providers = batch.map(({ notice }) => notice.provider)
    const references = batch.map(({ notice }) => notice.reference)
    const now = (batch[0] as SettleRequest).terms.now
    const [[locked], [read]] = (await lane.together(
      [LOCK_PAID, [nos]],
      // Not in one statement with the locks: what others committed before they were had must be seen.
      [READ_SETTLING, [nos, now, providers, references, batch.length]],
    )) as [[Pick<Facts, 'orders' | 'buyers'>], [ReadRow]]
    const rules = rulesOf(read.rules)
    const known = new Set(read.known.map((n) => n - 1))
    const [paymentIds, bookingIds] = [read.payments.split(',').map(BigInt), read.bookings.split(',').map(BigInt)]
    const ids = batch.map((_, index) => (known.has(index) ? undefined : paymentIds[index]))
    const plain = choose(batch, { ...locked, rules, velocities: read.velocities }, now).filter(
      ({ index }) => !known.has(index),
    )
    const settled = new Map(plain.map((one) => [one.index, one]))
    const result = batch.map((_, index): Received => {
      const paymentId = ids[index]
      const one = settled.get(index)
      if (paymentId === undefined || !one) return { paymentId, settlement: undefined }
      return {
        paymentId,
        settlement: { paymentId, rule: 'on_time', order: one.reasons.length > 0 ? 'held' : 'delivered' },
      }
    })
    const last = known.size < batch.length ? [write(batch, ids, settled, bookingIds, rules, now)] : []
    return { last, result }
  })
}

/** The payments that are plain. One of each buyer: the second would have to be judged with the first. */
function choose(batch: readonly SettleRequest[], { orders, buyers, rules, velocities }: Facts, now: Date): Plain[] {
  const locked = new Set(buyers)
  const byNo = new Map(orders.map((order) => [order.no, order]))
  const seen = new Map(velocities.map((v) => [`${v.customer_id} ${v.minutes}`, v]))
  const enabled = rules.filter((rule) => rule.enabled)
  const chosen: Plain[] = []
  for (const [index, request] of batch.entries()) {
    const order = byNo.get(request.notice.orderNo)
    if (!order || order.unfit || (order.keys_expire_at && new Date(order.keys_expire_at) <= now)) continue
    const { rule } = decide({ ...order, stars: order.stars ?? undefined }, request.notice)
    if (rule !== 'on_time' || !locked.delete(order.customer_id)) continue
    const facts = enabled.map((rule) => ({
      rule,
      observed: observed(rule, order, seen.get(`${order.customer_id} ${rule.definition.window}`)),
    }))
    chosen.push({ index, request, order, facts, reasons: judge(facts) })
  }
  return chosen
}

/** What a rule sees, the order at hand included. */
function observed({ definition }: Rule, order: OrderRow, before: VelocityRow | undefined): number {
  return definition.of === 'orders' ? (before?.orders ?? 0) + 1 : (before?.units ?? 0) + order.units
}

function write(
  batch: readonly SettleRequest[],
  ids: readonly (bigint | undefined)[],
  settled: ReadonlyMap<number, Plain>,
  bookingIds: readonly bigint[],
  rules: readonly Rule[],
  now: Date,
): Step {
  const payments = batch.flatMap(({ notice }, index) => {
    const id = ids[index]
    return id === undefined ? [] : [{ id, notice, one: settled.get(index) }]
  })
  const sales = payments.flatMap(({ id, notice, one }) =>
    one ? [{ ...effectsOf(id, notice, one), one, bookingId: bookingIds[one.index] }] : [],
  )
  const entries = sales.flatMap(({ bookingId, booking }) =>
    booking.entries.map((entry, at) => ({ ...entry, bookingId, at })),
  )
  const booked = sales.filter(({ booking }) => booking.entries.length > 0)
  const jobs = sales.flatMap((sale) => sale.jobs)
  return [
    WRITE_SETTLED,
    [
      payments.map(({ id }) => id),
      payments.map(({ notice }) => notice.provider),
      payments.map(({ notice }) => notice.reference),
      payments.map(({ notice }) => notice.orderNo),
      payments.map(({ one }) => one?.order.id ?? null),
      payments.map(({ notice }) => notice.payer),
      payments.map(({ notice }) => notice.amount),
      payments.map(({ notice }) => notice.currency),
      payments.map(({ one }) => (one ? 'settled' : 'received')),
      payments.map(({ one }) => (one ? 'on_time' : null)),
      now,
      sales.map(({ one }) => one.order.id),
      sales.map(({ one }) => (one.reasons.length > 0 ? 'held' : 'delivered')),
      sales.map(({ one }) => (one.reasons.length > 0 ? JSON.stringify(one.reasons) : null)),
      sales.map(({ one }) => (one.reasons.length > 0 ? one.request.terms.promisedAt : null)),
      sales.map(({ one }) => one.order.customer_id),
      sales.map(({ one }) => one.order.units),
      booked.map(({ bookingId }) => bookingId),
      booked.map(({ booking }) => booking.ref),
      entries.map(({ bookingId }) => bookingId),
      entries.map(({ at }) => at + 1),
      entries.map(({ debit }) => debit),
      entries.map(({ credit }) => credit),
      entries.map(({ amount }) => amount),
      entries.map(({ currency }) => currency),
      sales.map(({ one }) => (one.reasons.length > 0 ? 'hold' : 'allow')),
      sales.map(({ one }) => JSON.stringify(Object.fromEntries(one.facts.map((f) => [f.rule.name, f.observed])))),
      JSON.stringify(rules.filter((r) => r.enabled).map(({ name, version }) => ({ name, version }))),
      sales.map(({ audit }) => audit.actor),
      sales.map(({ audit }) => audit.action),
      sales.map(({ audit }) => audit.subject),
      sales.map(({ audit }) => JSON.stringify(audit.data)),
      jobs.map(({ task }) => task),
      jobs.map(({ payload }) => JSON.stringify(payload)),
      jobs.map(({ key }) => key ?? null),
      jobs.map(({ priority }) => priority ?? 0),
    ],
  ]
}

interface Effects {
  readonly booking: Booking
  readonly audit: AuditEntry
  readonly jobs: readonly Job[]
}

function effectsOf(
  paymentId: bigint,
  { provider, amount, currency }: PaymentNotice,
  { order, reasons }: Plain,
): Effects {
  const held = reasons.length > 0
  const to = { no: order.no, customerId: order.customer_id, channel: order.channel, chat: order.chat }
  const paid = { provider, amount, currency, rule: 'on_time' }
  return {
    booking: salePaid(
      { id: paymentId, provider, amount, currency },
      { cost: order.cost ?? undefined, currency: order.currency },
    ),
    audit: {
      actor: order.pseudonym,
      action: held ? 'order.held' : 'order.delivered',
      subject: `order:${order.no}`,
      data: held ? { ...paid, rules: reasons.map(({ rule }) => rule) } : paid,
    },
    jobs: held ? [buyerJob(to, 'delayed'), staffJob(order.no, 'held')] : [buyerJob(to, 'delivered'), saleJob(order.no)],
  }
}
