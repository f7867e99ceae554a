import { hours } from '../../../core/platform/clock.ts'
import type { Challenge } from '../../../core/risk/model.ts'

/** What the parts of this simulation agree on. Times are in ms since the fortnight began, at midnight where the buyers live. */

export const DAYS = 14
export const START = new Date('2026-03-01T16:00:00Z')
export const day = (n: number): number => hours(24 * n)

/** Of honest buyers: why an order may look odd. */
export const HONEST = ['ordinary', 'family', 'gift', 'reseller', 'launch'] as const
/** What hostile ones are after. */
export const HOSTILE = ['cards', 'hoarding', 'farm', 'stolen', 'abuse'] as const
export type Honest = (typeof HONEST)[number]
export type Hostile = (typeof HOSTILE)[number]
export type Group = Honest | Hostile

export interface Ware {
  readonly sku: string
  /** minor units */
  readonly price: number
  readonly keys: number
  /** how often honest buyers choose it, against the others; 0: not of their own accord */
  readonly demand: number
}

export const WARES = [
  { sku: 'GAME-5', price: 500, keys: 12_000, demand: 18 },
  { sku: 'GAME-9', price: 990, keys: 12_000, demand: 16 },
  { sku: 'VIDEO-15', price: 1500, keys: 8000, demand: 14 },
  { sku: 'MUSIC-25', price: 2500, keys: 6000, demand: 12 },
  { sku: 'PHONE-50', price: 5000, keys: 6000, demand: 14 },
  { sku: 'VIDEO-68', price: 6800, keys: 4000, demand: 8 },
  { sku: 'GAME-98', price: 9800, keys: 4000, demand: 7 },
  { sku: 'OFFICE-198', price: 19_800, keys: 2000, demand: 4 },
  { sku: 'CONSOLE-388', price: 38_800, keys: 1500, demand: 2 },
  { sku: 'CARD-500', price: 50_000, keys: 2000, demand: 2 },
  { sku: 'SCARCE-128', price: 12_800, keys: 500, demand: 3 },
  { sku: 'LAUNCH-298', price: 29_800, keys: 1900, demand: 0 },
] as const satisfies readonly Ware[]
export type Sku = (typeof WARES)[number]['sku']
export const priceOf = (sku: Sku): number => WARES.find((ware) => ware.sku === sku)?.price ?? 0

/** When the launch is: noon of this day. The holiday for which gifts are bought, and the days on which a batch was bad. */
export const LAUNCH = day(8) + hours(12)
export const HOLIDAY = day(11)
export const BAD = { sku: 'VIDEO-68', from: day(3), until: day(6), share: 0.35 } as const

/** What a door shows of somebody; a chat shows neither. */
export interface Door {
  readonly ip: string
  readonly device: string
}

/** Something a person goes to the shop for. */
export interface Wish {
  readonly group: Group
  readonly at: number
  readonly sku: Sku
  readonly quantity: number
  /** how long after the order its money comes, in ms; undefined: never, or the bank declines it */
  readonly paysAfter?: number
  readonly payer: string
  /** undefined in a chat */
  readonly door?: Door
  /** the buyer says that the keys do not work, or the payer's bank takes the money back; so long after the delivery, in ms */
  readonly later?: { readonly what: 'claim' | 'chargeback'; readonly after: number }
}

export interface Person {
  readonly id: string
  readonly phone: string
  /** when they first came; before the fortnight when negative */
  readonly since: number
  /** orders they paid for before the fortnight */
  readonly before: number
  /** whether they show what they are asked for, or give up */
  readonly passes: Readonly<Record<Challenge, boolean>>
  readonly wishes: readonly Wish[]
}

export const isHostile = (group: Group): group is Hostile => (HOSTILE as readonly string[]).includes(group)

/**
 * What the shop or others lose when nobody stops it, in minor units: nothing by a card that the bank declines, or goods that nobody
 * complains about. What honest buyers want is worth its price.
 */
export function stakeOf({ group, sku, quantity, paysAfter, later }: Wish): number {
  const isHarmless = (group === 'cards' && paysAfter === undefined) || (group === 'abuse' && !later)
  return isHarmless ? 0 : priceOf(sku) * quantity
}
