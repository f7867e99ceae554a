import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { quietUntil } from '../marketing/policy.ts'
import { askForFeedback } from '../notifications/service.ts'
import type { Order } from '../orders/model.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError, Postponed } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Profiles } from '../profile/service.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { BatchFigures, Figures, RatedOrder, Rating } from './model.ts'
import { isRateable, isStars, MOST_WORDS, mayAsk, openUntil } from './policy.ts'
import * as store from './store.ts'

export interface Feedback {
  /**
   * A buyer gives an order of theirs so many stars; again within a week, others. The same again changes nothing.
   * @throws KeytillError `order.not_yours`, `order.state` when there is nothing to rate, `feedback.stars`, `feedback.closed`
   */
  rate(customer: Customer, order: Order, stars: number): Promise<void>
  /**
   * What they say besides, in place of what they said before.
   * @throws KeytillError `order.not_yours`, `feedback.none` before there are stars, `feedback.closed`, `feedback.too_long`
   */
  say(customer: Customer, order: Order, words: string): Promise<void>
  /** What the buyer of an order has said of it, in their own words. */
  of(order: Pick<Order, 'id'>): Promise<Rating | undefined>
  /** Of one product, or of all. */
  figures(product?: { readonly id: number }): Promise<Figures>
  /** What was last said of a product, as staff may read it. */
  lastWords(product: { readonly id: number }): Promise<string | undefined>
  /** Ratings, those with the fewest stars first and among them the newest. */
  list(page: number, product?: { readonly id: number }): Promise<Page<RatedOrder>>
  /** The batches of a product that something was said of, the worst first. */
  batches(page: number, product: { readonly id: number }): Promise<Page<BatchFigures>>
  /** Asks the buyers whose time has come how it went, each once; returns how many. Nobody in the quiet hours. */
  askDue(): Promise<number>
  /**
   * Whether a buyer who was about to be asked is still to be.
   * @throws Postponed `marketing.quiet_hours` when only not now
   */
  stillAsks(orderNo: string): Promise<boolean>
}

export interface FeedbackParts {
  readonly db: Database
  readonly keyring: Keyring
  readonly delivery: Pick<Delivery, 'conceal'>
  readonly profiles: Profiles
  readonly clock: Clock
}

/** What its words are sealed for. */
export const FEEDBACK_PURPOSE = 'feedback'
const PER_PAGE = 5
const AT_ONCE = 100

/** Within the transaction that records that an order's keys were shown: its buyer is to be asked some time after the first. */
export function awaitFeedback(sql: Sql, orderId: bigint, at: Date): Promise<void> {
  return store.request(sql, orderId, at)
}

export function createFeedback({ db, keyring, delivery, profiles, clock }: FeedbackParts): Feedback {
  const opened = (sealed: Buffer): string => openBlob(keyring, FEEDBACK_PURPOSE, sealed).toString()

  /** Words as staff may read them. */
  async function concealed(sealed: Buffer | null, customerId: number | null): Promise<string | undefined> {
    if (!sealed || customerId === null) return undefined
    return (await delivery.conceal([opened(sealed)], customerId))[0]
  }

  function own(customer: Customer, order: Order): void {
    if (order.customerId !== customer.id) throw new KeytillError('order.not_yours', 'This is another person’s order.')
  }

  function stillOpen(at: Date): void {
    if (clock() >= openUntil(at)) throw new KeytillError('feedback.closed', 'It was rated more than a week ago.')
  }

  return {
    rate: (customer, order, stars) =>
      db.transaction(async (sql) => {
        own(customer, order)
        if (!isStars(stars)) throw new KeytillError('feedback.stars', 'Give 1 to 5 stars.')
        const before = await store.get(sql, order.id)
        if (before?.stars === stars) return
        if (!isRateable(order.state))
          throw new KeytillError('order.state', `There is nothing to rate in the order ${order.no}.`)
        // First written, then judged: a rating that came at the same moment has been waited for.
        stillOpen(await store.rate(sql, order.id, customer.id, stars, clock()))
        await recordAudit(sql, clock(), {
          actor: customer.pseudonym,
          action: 'feedback.given',
          subject: `order:${order.no}`,
          data: { stars },
        })
      }),
    say: (customer, order, words) =>
      db.transaction(async (sql) => {
        own(customer, order)
        if ([...words].length > MOST_WORDS)
          throw new KeytillError('feedback.too_long', `Say it in ${MOST_WORDS} characters.`)
        const rating = await store.get(sql, order.id)
        if (!rating) throw new KeytillError('feedback.none', `Give the order ${order.no} stars first.`)
        stillOpen(rating.at)
        await store.say(sql, order.id, sealBlob(keyring, FEEDBACK_PURPOSE, Buffer.from(words)), clock())
      }),
    async of({ id }) {
      const row = await store.get(db, id)
      if (!row) return undefined
      const { stars, sealed, at } = row
      return { stars, words: sealed ? opened(sealed) : undefined, at, openUntil: openUntil(at) }
    },
    figures: async (product) => (await store.figures(db, product?.id)) ?? { count: 0, average: 0 },
    async lastWords({ id }) {
      const row = await store.lastWords(db, id)
      return row && concealed(row.sealed, row.customerId)
    },
    async list(wanted, product) {
      const { count: total } = (await store.figures(db, product?.id)) ?? { count: 0 }
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      const rows = await store.list(db, product?.id, take, skip)
      const items = rows.map(async ({ no, title, customerId, stars, sealed, at }): Promise<RatedOrder> => {
        return { orderNo: no, title, stars, words: await concealed(sealed, customerId), at }
      })
      return { items: await Promise.all(items), page, pages, total }
    },
    async batches(wanted, { id }) {
      const total = await store.countBatches(db, id)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      const rows = await store.batches(db, id, take, skip)
      const items = rows.map(async ({ sealed, customerId, ...figures }): Promise<BatchFigures> => {
        return { ...figures, words: await concealed(sealed, customerId) }
      })
      return { items: await Promise.all(items), page, pages, total }
    },
    async askDue() {
      const profile = await profiles.read()
      const now = clock()
      if (profile.feedback === 0 || quietUntil(profile, now)) return 0
      let asked = 0
      for (let more = true; more; ) {
        more = await db.transaction(async (sql) => {
          const due = await store.takeDue(sql, after(now, -hours(profile.feedback)), now, AT_ONCE)
          const asking = due.filter((order) => mayAsk(order, now))
          for (const order of asking) await askForFeedback(sql, order)
          asked += asking.length
          return due.length === AT_ONCE
        })
      }
      return asked
    },
    async stillAsks(orderNo) {
      const now = clock()
      const until = quietUntil(await profiles.read(), now)
      if (until) throw new Postponed('marketing.quiet_hours', 'These are quiet hours.', until.getTime() - now.getTime())
      const asked = await store.asked(db, orderNo)
      return asked !== undefined && mayAsk(asked, now)
    },
  }
}
