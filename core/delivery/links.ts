import { createHash, randomBytes } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import { tellBuyerOfLink } from '../notifications/service.ts'
import type { Order } from '../orders/model.ts'
import type { Orders } from '../orders/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import { KEPT_HOURLY } from '../privacy/model.ts'
import type { Profiles } from '../profile/service.ts'
import type { LinkView, OpenedKey, OrderLink } from './model.ts'
import { LOOK_AGAIN, linkState, lookAgainUntil } from './policy.ts'
import * as store from './store.ts'

/**
 * One-time links (SPEC C10, R6): whoever comes first with an order's token is shown its keys, once. Whoever holds a token
 * stands for the buyer, so every opening is a reveal of theirs, where `link`.
 *
 * The browser that opens brings a secret of its own, of which the hash is kept with the opening. For some minutes it may
 * look again: the answer may have got lost, or the phone dropped the page while the key was being typed elsewhere. That
 * is part of the one reveal that was recorded; what the order withholds by then is withheld.
 */
export interface Links {
  /**
   * Makes a link to a delivered order for its buyer; those made before end. The token (256 random bits, base64url) is
   * known to nobody but the caller.
   * @throws KeytillError `order.not_yours`, `order.state`, `order.keys_withheld` when there is nothing it could show
   */
  make(order: Order, customer: Customer): Promise<{ readonly token: string; readonly expiresAt: Date }>
  /** The order's newest link. Whose order it is must have been seen to. */
  newest(order: Order): Promise<OrderLink | undefined>
  /** Ends the order's links for its buyer. False when none could be opened any more. @throws KeytillError `order.not_yours` */
  revoke(order: Order, customer: Customer): Promise<boolean>
  /** How a link stands. Opens nothing; shows keys only to the browser (by its secret) that opened it minutes ago. */
  look(token: string, viewer: string | undefined): Promise<LinkView>
  /** Opens a link for a browser: `shown`, to it and no other, or how the link stands instead. */
  open(token: string, viewer: string): Promise<LinkView>
  /** Forgets links that expired long ago. */
  prune(): Promise<void>
}

/**
 * The keys of a delivered order, once it is recorded that they were shown; in the same transaction `alongside`, whose
 * failure undoes it.
 */
export type Reveal = (
  order: Order,
  customer: Pick<Customer, 'id' | 'pseudonym'>,
  channel: string,
  alongside?: (sql: Sql) => Promise<void>,
) => Promise<readonly OpenedKey[]>

interface LinkParts {
  readonly db: Database
  readonly orders: Orders
  readonly profiles: Profiles
  readonly clock: Clock
  /** @throws KeytillError `order.state`, `order.keys_withheld` */
  keysOf(order: Order): Promise<readonly OpenedKey[]>
  readonly reveal: Reveal
}

const TOKEN = /^[\w-]{43}$/
/** How long a link that has expired still says so, in ms. */
const REMEMBERED = hours(24 * KEPT_HOURLY.links)

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

export function createLinks({ db, orders, profiles, clock, keysOf, reveal }: LinkParts): Links {
  const find = async (token: string) => (TOKEN.test(token) ? store.linkByHash(db, hashOf(token)) : undefined)

  function authorise(order: Order, customer: Customer): void {
    if (order.customerId !== customer.id) throw new KeytillError('order.not_yours', 'This is another person’s order.')
  }

  async function end(sql: Sql, order: Order, customer: Customer): Promise<boolean> {
    const ended = await store.revokeLinks(sql, order.id, clock())
    for (const id of ended)
      await recordAudit(sql, clock(), {
        actor: customer.pseudonym,
        action: 'link.revoked',
        subject: `order:${order.no}`,
        data: { link: String(id) },
      })
    return ended.length > 0
  }

  async function view(link: store.LinkRow | undefined, viewer: string | undefined): Promise<LinkView> {
    if (!link) return { state: 'unknown' }
    const now = clock()
    const state = linkState(link, now)
    switch (state) {
      case 'unopened':
        return { state, expiresAt: link.expiresAt }
      case 'opened': {
        const openedAt = link.openedAt as Date
        const until = lookAgainUntil(link, viewer === undefined ? undefined : hashOf(viewer), now)
        return until ? shown(link, openedAt, until) : { state, openedAt }
      }
      default:
        return { state }
    }
  }

  async function shown(link: store.LinkRow, openedAt: Date, until: Date): Promise<LinkView> {
    const order = await orderOf(link)
    try {
      return { state: 'shown', openedAt, until, order, keys: await keysOf(order) }
    } catch (error) {
      return withheld(error)
    }
  }

  async function orderOf({ orderId }: store.LinkRow): Promise<Order> {
    const order = await orders.byId(orderId)
    if (!order) throw new KeytillError('order.unknown', 'A link leads to an order that is not there.')
    return order
  }

  return {
    async make(order, customer) {
      authorise(order, customer)
      await keysOf(order)
      const token = randomBytes(32).toString('base64url')
      const expiresAt = after(clock(), hours((await profiles.read()).link))
      await db.transaction(async (sql) => {
        if (!(await store.takeLinkTurn(sql, order.id)))
          throw new KeytillError('order.state', `The order ${order.no} has no keys to show.`)
        await end(sql, order, customer)
        const id = await store.addLink(sql, order.id, hashOf(token), clock(), expiresAt)
        await recordAudit(sql, clock(), {
          actor: customer.pseudonym,
          action: 'link.made',
          subject: `order:${order.no}`,
          data: { link: String(id), expiresAt: expiresAt.toISOString() },
        })
      })
      return { token, expiresAt }
    },
    async newest(order) {
      const link = await store.newestLink(db, order.id)
      if (!link) return undefined
      const { createdAt, expiresAt, openedAt } = link
      return { state: linkState(link, clock()), createdAt, expiresAt, openedAt }
    },
    async revoke(order, customer) {
      authorise(order, customer)
      return db.transaction((sql) => end(sql, order, customer))
    },
    look: async (token, viewer) => view(await find(token), viewer),
    async open(token, viewer) {
      const link = await find(token)
      const before = await view(link, viewer)
      if (!link || before.state !== 'unopened') return before
      const order = await orderOf(link)
      const buyer = { id: link.customerId, pseudonym: link.pseudonym }
      const openedAt = clock()
      try {
        const keys = await reveal(order, buyer, 'link', async (sql) => {
          if (!(await store.takeLink(sql, link.id, openedAt, hashOf(viewer))))
            throw new KeytillError('link.taken', 'Somebody else was faster.')
          await tellBuyerOfLink(sql, order, openedAt)
        })
        return { state: 'shown', openedAt, until: after(openedAt, LOOK_AGAIN), order, keys }
      } catch (error) {
        return hasCode(error, 'link.taken') ? view(await find(token), viewer) : withheld(error)
      }
    },
    prune: () => store.pruneLinks(db, after(clock(), -REMEMBERED)),
  }
}

/** What is told of an order that has nothing to show. Any other error goes on. */
function withheld(error: unknown): LinkView {
  if (hasCode(error, 'order.state') || hasCode(error, 'order.keys_withheld')) return { state: 'withheld' }
  throw error
}
