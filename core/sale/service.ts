import type { Order, Placement, Placing, Refusal } from '../orders/model.ts'
import type { Quotas } from '../orders/quotas.ts'
import type { Orders } from '../orders/service.ts'
import type { TraitsOf } from '../payments/policy.ts'
import { after, type Clock, hours, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Lanes } from '../platform/database/lanes.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import { gather } from '../platform/gather.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { closedText } from '../profile/model.ts'
import type { Profiles } from '../profile/service.ts'
import type { Risk } from '../risk/service.ts'
import { LANES, MOST, ROOM } from './gathering.ts'
import type { Hints } from './hint.ts'
import { decideOverdue } from './overdue.ts'
import { type Placed, place } from './place.ts'
import { placeMany } from './place-gathered.ts'
import type { PlaceRequest } from './placing.ts'
import { cancel, releaseDue } from './release.ts'
import { approve, refundOrder, refundOrderIn, resend } from './review.ts'

export interface Sale {
  /**
   * Places an order and reserves its keys until its deadline, or says why not. The same idempotency key gives the same order.
   * When it has to wait noticeably, `onLine` is told once, with how many orders are before it at that moment.
   */
  place(placing: Placing, onLine?: (ahead: number) => void): Promise<Placement>
  /** Cancels an unpaid order of this customer; false when there is nothing to cancel. */
  cancel(no: string, customerId: number): Promise<boolean>
  /** Releases every reservation past its deadline; returns how many. */
  releaseDue(): Promise<number>
  /** Delivers a held order. @throws KeytillError `order.unknown`, `order.state`, `order.no_stock` */
  approve(actor: string, no: string): Promise<void>
  /** Refunds a held order instead. @throws KeytillError `order.unknown`, `order.state` */
  reject(actor: string, no: string, reason: string): Promise<void>
  /** Decides about held orders whose promised time has passed, as the owner has set it; returns about how many. */
  decideOverdue(): Promise<number>
  /** Tells the buyer of a delivered order again. @throws KeytillError `order.unknown`, `order.state` */
  resend(actor: string, no: string): Promise<void>
  /** Refunds a paid order, whole. @throws KeytillError `order.unknown`, `order.state` */
  refund(actor: string, no: string, reason: string): Promise<void>
  /** The same within the caller's transaction. */
  refundIn(sql: Sql, actor: string, no: string, reason: string): Promise<void>
}

export interface SaleParts {
  readonly db: Database
  readonly lanes: Lanes
  readonly hints: Hints
  readonly orders: Orders
  /** what the payments' providers can do */
  readonly traits: TraitsOf
  readonly quotas: Pick<Quotas, 'levels'>
  readonly risk: Pick<Risk, 'judging' | 'originOf'>
  readonly profiles: Profiles
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'count' | 'refused' | 'time'>
  readonly currency: string
  /** demo products may be bought, with pretend money */
  readonly demo: boolean
}

export function createSale(parts: SaleParts): Sale {
  const { db, lanes, hints, orders, traits, quotas, risk, profiles, clock, log, metrics, currency, demo } = parts
  const memory = { hints, productIds: new Map<string, number>() }
  const placing = gather<PlaceRequest, Order | undefined>({
    lanes: LANES,
    most: MOST,
    room: ROOM,
    // One order of a buyer after the other: the second counts the first.
    key: ({ placing: { customerId } }) => customerId,
    run: async (batch) => placeMany(lanes, memory, await quotas.levels(), await risk.judging('order'), batch),
  })

  /** With the others that come at this moment, when it is plain; otherwise by itself. */
  async function placeNow(request: PlaceRequest): Promise<Placed> {
    const order = await placing.ask(request).catch((err: unknown) => {
      if (hasCode(err, 'busy')) throw err
      log.debug({ err }, 'a batch of orders failed; each is placed by itself')
      return undefined
    })
    return order ? { order } : place(db, hints, await quotas.levels(), await risk.judging('order'), request)
  }

  async function placeOrRelease(request: PlaceRequest): Promise<Placed> {
    const result = await placeNow(request)
    // Someone's time may be up although nobody has looked yet: their keys are for sale.
    const mayPass = result.refused && MAY_PASS.has(result.refused.reason) && (await release(request.terms.now)) > 0
    return mayPass ? placeNow(request) : result
  }

  async function release(now: Date): Promise<number> {
    const released = await releaseDue(db, now)
    metrics.count('expired', released)
    return released
  }

  return {
    async place(wish, onLine) {
      const profile = await profiles.read()
      const closed = closedText(profile)
      if (closed !== undefined) return { refused: { reason: 'closed', text: closed } }
      const now = clock()
      const terms = { currency, demo, now, reservedUntil: after(now, minutes(profile.reservation)) }
      const start = performance.now()
      const request = { placing: wish, terms, origin: risk.originOf(wish.origin) }
      const inLine = setTimeout(() => onLine?.(placing.ahead(request)), NOTICEABLE)
      const result = await placeOrRelease(request)
        .catch((error: unknown): Placed => {
          if (hasCode(error, 'busy')) return { refused: { reason: 'busy' } }
          throw error
        })
        .finally(() => clearTimeout(inLine))
      metrics.time('place', performance.now() - start)
      if (result.refused) {
        metrics.refused(result.refused.reason)
        return { refused: result.refused }
      }
      if (result.order) metrics.count('placed')
      const placed = result.order ?? (await orders.byNo(result.no))
      if (!placed) throw new KeytillError('order.unknown', 'The order was placed and cannot be found.')
      return { placed }
    },
    cancel: (no, customerId) => cancel(db, no, customerId, clock()),
    releaseDue: () => release(clock()),
    approve: (actor, no) => approve(db, no, actor, clock()),
    reject: (actor, no, reason) => refundOrder(db, no, reason, actor, { now: clock(), traits }, 'held'),
    async decideOverdue() {
      const { overdue, promise } = await profiles.read()
      const now = clock()
      return decideOverdue(db, overdue, { now, traits, promisedAt: after(now, hours(promise)) }, log)
    },
    resend: (actor, no) => resend(db, no, actor, clock()),
    refund: (actor, no, reason) => refundOrder(db, no, reason, actor, { now: clock(), traits }),
    refundIn: (sql, actor, no, reason) => refundOrderIn(sql, no, reason, actor, { now: clock(), traits }),
  }
}

/** Whoever waits longer is told that they are in line, in ms. */
const NOTICEABLE = 1000

/** Refusals that end with somebody's reservation. */
const MAY_PASS: ReadonlySet<Refusal['reason']> = new Set(['sold_out', 'too_many_open', 'over_quota'])
