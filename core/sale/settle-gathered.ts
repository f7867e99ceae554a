import type { AuditEntry } from '../audit/model.ts'
import type { Booking } from '../ledger/model.ts'
import { salePaid } from '../ledger/policy.ts'
import { buyerJob, saleJob, staffJob } from '../notifications/service.ts'
import type { OrderState } from '../orders/states.ts'
import type { PaymentNotice, Settlement } from '../payments/model.ts'
import { decide } from '../payments/policy.ts'
import type { Lanes, Step } from '../platform/database/lanes.ts'
import type { Job } from '../platform/jobs.ts'
import type { Judgement, Facts as RiskFacts, Rule } from '../risk/model.ts'
import { outcomeOf } from '../risk/policy.ts'
import { type FactsRow, type Judging, judged, type Trait, versionsText } from '../risk/service.ts'
import { type LockRow, Locks, payerOf } from './identities.ts'
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

/** What is locked of a batch. */
interface LockedRow {
  readonly orders: readonly OrderRow[]
  readonly buyers: readonly number[]
  /** what each payment is judged under, and which of it was free */
  readonly locks: readonly LockRow[]
  readonly got: readonly number[]
}

interface ReadRow {
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
  readonly facts: RiskFacts
  readonly judgement: Judgement
  /** whoever paid, when they have not paid for this buyer before */
  readonly payers: readonly Trait[]
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
export function receiveMany(
  lanes: Lanes,
  judging: Judging,
  batch: readonly SettleRequest[],
): Promise<readonly Received[]> {
  return lanes.transaction(async (lane) => {
    const nos = batch.map(({ notice }) => notice.orderNo)
    const providers = batch.map(({ notice }) => notice.provider)
    const references = batch.map(({ notice }) => notice.reference)
    const payers = batch.map(({ notice }) => notice.payer)
    const now = (batch[0] as SettleRequest).terms.now
    const [[locked], [read], risks] = (await lane.together(
      [LOCK_PAID, [nos, providers, payers]],
      // Not in one statement with the locks: what others committed before they were had must be seen.
      [READ_SETTLING, [providers, references, batch.length]],
      [judging.statement, [nos, providers, payers, now]],
    )) as [[LockedRow], [ReadRow], FactsRow[]]
    const known = new Set(read.known.map((n) => n - 1))
    const [paymentIds, bookingIds] = [read.payments.split(',').map(BigInt), read.bookings.split(',').map(BigInt)]
    const ids = batch.map((_, index) => (known.has(index) ? undefined : paymentIds[index]))
    const plain = choose(batch, locked, judging, risks, now).filter(({ index }) => !known.has(index))
    const settled = new Map(plain.map((one) => [one.index, one]))
    const result = batch.map((_, index): Received => {
      const paymentId = ids[index]
      const one = settled.get(index)
      if (paymentId === undefined || !one) return { paymentId, settlement: undefined }
      return {
        paymentId,
        settlement: { paymentId, rule: 'on_time', order: isHeld(one) ? 'held' : 'delivered' },
      }
    })
    const last = known.size < batch.length ? [write(batch, ids, settled, bookingIds, judging.rules, now)] : []
    return { last, result }
  })
}

/** The payments that are plain. One of each buyer, payer, group …: the second would have to be judged with the first. */
function choose(
  batch: readonly SettleRequest[],
  { orders, buyers, locks, got }: LockedRow,
  judging: Judging,
  risks: readonly FactsRow[],
  now: Date,
): Plain[] {
  const locked = new Set(buyers)
  const judgedUnder = new Locks(locks, got)
  const byNo = new Map(orders.map((order) => [order.no, order]))
  const risk = new Map(risks.map((row) => [row.n, row]))
  const chosen: Plain[] = []
  for (const [index, request] of batch.entries()) {
    const order = byNo.get(request.notice.orderNo)
    if (!order || order.unfit || (order.keys_expire_at && new Date(order.keys_expire_at) <= now)) continue
    const { notice, terms } = request
    const { rule } = decide(
      { ...order, stars: order.stars ?? undefined },
      notice,
      terms.traits(notice.provider).currency,
    )
    if (rule !== 'on_time' || !locked.delete(order.customer_id)) continue
    const seen = risk.get(index + 1)
    if (!seen || seen.joins || !judgedUnder.take(index + 1, seen.group_key)) continue
    const payers = seen.new_payer ? payerOf(request.notice) : []
    chosen.push({ index, request, order, payers, ...judged(judging, seen, order) })
  }
  return chosen
}

const isHeld = ({ judgement }: Pick<Plain, 'judgement'>): boolean => judgement.verdict !== undefined

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
      sales.map(({ one }) => (isHeld(one) ? 'held' : 'delivered')),
      sales.map(({ one }) => (isHeld(one) ? JSON.stringify(one.judgement.reasons) : null)),
      sales.map(({ one }) => (isHeld(one) ? one.request.terms.promisedAt : null)),
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
      // Without a rule nothing was decided.
      sales.map(({ one }) => (rules.length > 0 ? outcomeOf(one.judgement) : null)),
      sales.map(({ one }) => JSON.stringify(one.facts)),
      versionsText(rules),
      sales.map(({ audit }) => audit.actor),
      sales.map(({ audit }) => audit.action),
      sales.map(({ audit }) => audit.subject),
      sales.map(({ audit }) => JSON.stringify(audit.data)),
      jobs.map(({ task }) => task),
      jobs.map(({ payload }) => JSON.stringify(payload)),
      jobs.map(({ key }) => key ?? null),
      jobs.map(({ priority }) => priority ?? 0),
      sales.flatMap(({ one }) => one.payers.map(({ hash }) => hash)),
      sales.flatMap(({ one }) => one.payers.map(() => one.order.customer_id)),
    ],
  ]
}

interface Effects {
  readonly booking: Booking
  readonly audit: AuditEntry
  readonly jobs: readonly Job[]
}

function effectsOf(paymentId: bigint, { provider, amount, currency }: PaymentNotice, plain: Plain): Effects {
  const { order, judgement } = plain
  const held = isHeld(plain)
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
      data: held ? { ...paid, rules: judgement.reasons.map(({ rule }) => rule) } : paid,
    },
    jobs: held ? [buyerJob(to, 'delayed'), staffJob(order.no, 'held')] : [buyerJob(to, 'delivered'), saleJob(order.no)],
  }
}
