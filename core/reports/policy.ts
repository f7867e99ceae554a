import { after, hours, minutes } from '../platform/clock.ts'
import type { Difference } from './model.ts'

/** When in a day the books of the one before are compared, in ms after midnight in UTC. */
const AT = minutes(10)
/** How many days are made up for at most, when nobody compared them. */
const MOST_DAYS = 7

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

/** From when until when a day (`2026-06-01`) is, in UTC; undefined when it is none. */
export function boundsOf(date: string): { readonly from: Date; readonly to: Date } | undefined {
  const from = new Date(`${date}T00:00:00Z`)
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(from.getTime()) && dayOf(from) === date
  return isDay ? { from, to: after(from, hours(24)) } : undefined
}

/** The latest day whose books can be compared. */
export const lastDay = (now: Date): string => dayOf(after(now, -hours(24) - AT))

/** The days after `done` up to {@link lastDay}, the latest ones when there are many. */
export function daysDue(done: string, now: Date): string[] {
  const last = boundsOf(lastDay(now))?.from ?? now
  const days = Array.from({ length: MOST_DAYS }, (_, index) => dayOf(after(last, -hours(24 * (MOST_DAYS - 1 - index)))))
  return days.filter((day) => day > done)
}

/** A payment as a provider's book or ours has it. */
export interface Booked {
  readonly reference: string
  readonly orderNo: string | undefined
  readonly amount: number
  readonly currency: string
}

/** Money that went back as a provider's book has it; see payments/provider. */
export interface BookedBack {
  readonly reference: string
  readonly refundId?: string
  readonly amount?: number
}

/** A provider's own book, and what we know of the same time. */
export interface TwoBooks {
  /** theirs, which may begin before the day and end after it; `isByRefund`: it has each part that went back by itself */
  readonly theirs: {
    readonly payments: readonly Booked[]
    readonly refunds: readonly BookedBack[]
    readonly isByRefund: boolean
  }
  /** what we have of each payment that theirs names */
  readonly known: ReadonlyMap<string, Booked & { readonly isBack: boolean }>
  /** … and of each of our refunds that it names; `failed`: as far as we know it never went back */
  readonly knownRefunds: ReadonlyMap<string, { readonly amount: number; readonly failed: boolean }>
  /** what came in and went back that day by our books */
  readonly ours: {
    readonly payments: readonly Booked[]
    readonly refunds: readonly (Booked & { readonly refundId: string; readonly back: number; readonly part: boolean })[]
  }
}

const money = ({ amount, currency }: Booked): string => `${amount} ${currency}`

/** Where a provider's book and ours differ. */
export function compareBooks({ theirs, known, knownRefunds, ours }: TwoBooks): Difference[] {
  const found: Difference[] = []
  const note = (kind: Difference['kind'], { reference, orderNo }: Pick<Booked, 'reference' | 'orderNo'>, say = {}) =>
    void found.push({ kind, subject: reference, orderNo, expected: undefined, actual: undefined, ...say })
  for (const payment of theirs.payments) {
    const here = known.get(payment.reference)
    if (!here) note('book_unknown', payment, { expected: money(payment) })
    else if (money(here) !== money(payment))
      note('book_amount', here, { expected: money(payment), actual: money(here) })
  }
  for (const { reference, refundId, amount } of theirs.refunds) {
    const here = known.get(reference)
    const asked = refundId === undefined ? undefined : knownRefunds.get(refundId)
    const isKnown = asked
      ? asked.amount === amount && !asked.failed
      : here?.isBack && (amount === undefined || amount === here.amount)
    const say = amount === undefined ? {} : { expected: String(amount), actual: asked && String(asked.amount) }
    if (!isKnown) note('book_refund_unknown', here ?? { reference, orderNo: undefined }, say)
  }
  const paid = new Set(theirs.payments.map(({ reference }) => reference))
  const back = new Set(theirs.refunds.flatMap(({ reference, refundId }) => (refundId === undefined ? [reference] : [])))
  const named = new Set(theirs.refunds.map(({ refundId }) => refundId))
  for (const payment of ours.payments)
    if (!paid.has(payment.reference)) note('book_missing', payment, { actual: money(payment) })
  for (const refund of ours.refunds) {
    if (refund.part && !theirs.isByRefund) continue
    if (!named.has(refund.refundId) && !back.has(refund.reference))
      note('book_refund_missing', refund, { actual: `${refund.back} ${refund.currency}` })
  }
  return found
}
