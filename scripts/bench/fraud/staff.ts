import type { Customer } from '../../../core/customers/model.ts'
import type { Order } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { hashOf, randomOf } from '../crash/random.ts'
import type { Agenda } from './agenda.ts'
import type { Attempt } from './attempt.ts'
import { OPERATOR, PAY, type World } from './shop.ts'
import { isHostile, type Wish } from './world.ts'

/** An order that was paid, and all that is known of it. */
export interface Purchase {
  readonly name: string
  readonly wish: Wish
  readonly attempt: Attempt
  readonly customer: Customer
  readonly order: Order
}

export interface Staff {
  /** Looks at a held order some hours later; `onDelivered` is told when it goes on. */
  review(purchase: Purchase, onDelivered: () => void): Promise<void>
  /** Answers a buyer who says that keys do not work. */
  answer(purchase: Purchase): void
  /** A bank has taken money back: whoever brought it is not served again. */
  block(purchase: Purchase): Promise<void>
}

/** How good they are: of the honest and of the hostile orders that were held. */
const APPROVES_HONEST = 0.97
const REJECTS_HOSTILE = 0.75
/** A rejected buyer is blocked as well. */
const BLOCKS = 0.5
/** A false claim is believed; every one that was believed before makes the next less likely. */
const BELIEVES = 0.75

export function createStaff(seed: number, { shop }: World, agenda: Agenda): Staff {
  const believed = new Map<number, number>()
  const luck = (purpose: number, name: string) => randomOf(seed, 5, purpose, hashOf(name))

  async function block({ customer, wish }: Purchase): Promise<void> {
    await shop.risk.blocklist.block(OPERATOR, { kind: 'customer', value: String(customer.id) }, 'fraud')
    await shop.risk.blocklist.block(OPERATOR, { kind: 'payer', value: `${PAY}:${wish.payer}` }, 'fraud')
  }

  return {
    block,
    async review(purchase, onDelivered) {
      const { name, wish, attempt, order } = purchase
      for (const { rule } of (await shop.orders.byNo(order.no))?.holdReasons ?? []) attempt.rules.add(rule)
      const random = luck(1, name)
      const delay = hours(0.5 + 7.5 * random.next() ** 2)
      attempt.held = delay
      agenda.at(agenda.now + delay, async () => {
        const isRejected = random.chance(isHostile(wish.group) ? REJECTS_HOSTILE : 1 - APPROVES_HONEST)
        if (!isRejected) {
          await shop.sale.approve(OPERATOR, order.no)
          return onDelivered()
        }
        await shop.sale.reject(OPERATOR, order.no, 'fraud')
        attempt.end = 'rejected'
        if (random.chance(BLOCKS)) await block(purchase)
      })
    },
    answer({ name, wish, attempt, customer, order }) {
      const random = luck(2, name)
      agenda.at(agenda.now + minutes(random.between(30, 360)), async () => {
        const before = believed.get(customer.id) ?? 0
        if (isHostile(wish.group) && !random.chance(BELIEVES * 0.8 ** before)) {
          attempt.end = 'claim_refused'
          return
        }
        believed.set(customer.id, before + 1)
        await shop.sale.refund(OPERATOR, order.no, 'does not work')
        attempt.end = 'claim_granted'
      })
    },
  }
}
