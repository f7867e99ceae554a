import type { Placement, Placing } from '../orders/model.ts'
import type { Orders } from '../orders/service.ts'
import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { closedText } from '../profile/model.ts'
import type { Profiles } from '../profile/service.ts'
import { place } from './place.ts'
import { cancel, releaseDue } from './release.ts'
import { approve, refundOrder, resend } from './review.ts'

export interface Sale {
  /** Places an order and reserves its keys until its deadline, or says why not. The same idempotency key gives the same order. */
  place(placing: Placing): Promise<Placement>
  /** Cancels an unpaid order of this customer; false when there is nothing to cancel. */
  cancel(no: string, customerId: number): Promise<boolean>
  /** Releases every reservation past its deadline; returns how many. */
  releaseDue(): Promise<number>
  /** Delivers a held order. @throws KeytillError `order.unknown`, `order.state`, `order.no_stock` */
  approve(actor: string, no: string): Promise<void>
  /** Refunds a held order instead. @throws KeytillError `order.unknown`, `order.state` */
  reject(actor: string, no: string, reason: string): Promise<void>
  /** Tells the buyer of a delivered order again. @throws KeytillError `order.unknown`, `order.state` */
  resend(actor: string, no: string): Promise<void>
  /** Refunds a paid order, whole. @throws KeytillError `order.unknown`, `order.state` */
  refund(actor: string, no: string, reason: string): Promise<void>
}

export function createSale(
  db: Database,
  orders: Orders,
  profiles: Profiles,
  clock: Clock,
  { currency, demo }: { currency: string; demo: boolean },
): Sale {
  return {
    async place(placing) {
      const profile = await profiles.read()
      const closed = closedText(profile)
      if (closed !== undefined) return { refused: { reason: 'closed', text: closed } }
      const now = clock()
      const terms = { currency, demo, now, reservedUntil: after(now, minutes(profile.reservation)) }
      let result = await place(db, placing, terms)
      // Someone's time may be up although nobody has looked yet: their keys are for sale.
      const short =
        'refused' in result && (result.refused.reason === 'sold_out' || result.refused.reason === 'too_many_open')
      if (short && (await releaseDue(db, now)) > 0) result = await place(db, placing, terms)
      if ('refused' in result) return { refused: result.refused }
      const placed = await orders.byNo(result.no)
      if (!placed) throw new KeytillError('order.unknown', 'The order was placed and cannot be found.')
      return { placed }
    },
    cancel: (no, customerId) => cancel(db, no, customerId, clock()),
    releaseDue: () => releaseDue(db, clock()),
    approve: (actor, no) => approve(db, no, actor, clock()),
    reject: (actor, no, reason) => refundOrder(db, no, reason, actor, clock(), 'held'),
    resend: (actor, no) => resend(db, no, actor, clock()),
    refund: (actor, no, reason) => refundOrder(db, no, reason, actor, clock()),
  }
}
