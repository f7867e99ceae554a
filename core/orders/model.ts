import type { Language } from '../customers/model.ts'
import type { Challenge, Reason } from '../risk/model.ts'
import type { OrderState } from './states.ts'

export interface OrderLine {
  readonly id: bigint
  readonly sku: string
  readonly name: string
  readonly quantity: number
  /** minor units of the order's currency */
  readonly unitPrice: number
  /** in Telegram Stars, when the product has such a price */
  readonly unitStars: number | undefined
}

/** An order as its buyer or staff may see it: never a key. */
export interface Order {
  readonly id: bigint
  readonly no: string
  readonly customerId: number
  readonly channel: string
  readonly chat: string
  readonly state: OrderState
  readonly currency: string
  /** minor units */
  readonly total: number
  /** the price in Telegram Stars, when all its products have one */
  readonly stars: number | undefined
  /** made of demo products: may be paid with the sandbox */
  readonly demo: boolean
  readonly lines: readonly OrderLine[]
  readonly placedAt: Date
  readonly reservedUntil: Date
  readonly paidAt: Date | undefined
  readonly deliveredAt: Date | undefined
  readonly promisedAt: Date | undefined
  /** why it is held: the rules that struck */
  readonly holdReasons: readonly Reason[]
  readonly reveals: readonly RevealRecord[]
  /** what was paid for it, by which provider, and whether that went back into a wallet */
  readonly paid:
    | {
        readonly provider: string
        readonly amount: number
        readonly currency: string
        readonly credited: boolean
        /** how much of it goes or went back for single units */
        readonly parted: number
      }
    | undefined
}

/** How many it comes to. */
export const unitCount = (order: Pick<Order, 'lines'>): number =>
  order.lines.reduce((sum, line) => sum + line.quantity, 0)

/** One occasion on which keys were shown. */
export interface RevealRecord {
  readonly at: Date
  readonly channel: string
  readonly units: number
}

/** One line of a list of orders. */
export interface OrderSummary {
  readonly no: string
  readonly state: OrderState
  readonly total: number
  readonly currency: string
  readonly title: string
  readonly units: number
  readonly placedAt: Date
}

export interface Wanted {
  readonly sku: string
  readonly quantity: number
}

export interface Placing {
  readonly customerId: number
  readonly pseudonym: string
  readonly channel: string
  readonly chat: string
  readonly language: Language
  readonly wanted: readonly Wanted[]
  /** the same key again is the same order */
  readonly idempotencyKey: string
  /** what the buyer was shown, in minor units: another price is refused and shown first */
  readonly expectedTotal: number
  /** where it comes from, as far as the door shows it: an address, and what it gave the browser to be known again by */
  readonly origin?: { readonly ip?: string; readonly device?: string }
}

/** Why an order is not taken. `available` is how many there are. */
export type Refusal =
  | { readonly reason: 'sold_out'; readonly sku: string; readonly name: string; readonly available: number }
  | { readonly reason: 'off_shelf' | 'unknown_product'; readonly sku: string }
  | { readonly reason: 'over_limit'; readonly sku: string; readonly name: string; readonly limit: number }
  | { readonly reason: 'price_changed' }
  | { readonly reason: 'mixed_demo' }
  | { readonly reason: 'too_expensive' }
  | { readonly reason: 'empty' }
  /** too many are ordering at this moment, or this buyer too often */
  | { readonly reason: 'busy' }
  | { readonly reason: 'too_many_open'; readonly limit: number; readonly no: string }
  /** a buyer keeps `open` units unpaid, of one product or in all, and may keep `left` more */
  | {
      readonly reason: 'over_quota'
      readonly sku?: string
      readonly name?: string
      readonly left: number
      readonly open: number
    }
  | { readonly reason: 'closed'; readonly text: string }
  /** the buyer has to show something of themselves first, and may then ask for the same again */
  | { readonly reason: 'challenge'; readonly challenge: Challenge }
  /** the rules of these names do not let it be taken */
  | { readonly reason: 'denied'; readonly rules: readonly string[] }

export type Placement =
  | { readonly placed: Order; readonly refused?: never }
  | { readonly refused: Refusal; readonly placed?: never }
