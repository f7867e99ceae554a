import type { Settlement } from '../../../core/payments/model.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import type { Random } from '../crash/random.ts'
import type { Bank } from './bank.ts'
import type { Crew } from './crew.ts'

/** What the shop has acknowledged, and what it therefore has to know after every crash. */
export interface Truth {
  /** Orders that were placed, by number. */
  readonly orders: Map<string, PlacedOrder>
  readonly cancelled: Set<string>
  /** Orders that were paid for out of a wallet. */
  readonly fromWallet: Set<string>
  /** What was answered to the news of a payment, by reference. */
  readonly settlements: Map<string, Settlement>
  /** What can become of a payment, by reference, where that does not depend on the moment: the rule. */
  readonly rules: Map<string, string>
  /** Texts of keys whose import was acknowledged. */
  readonly keys: Set<string>
  /** Texts of keys that staff took out of the trade. */
  readonly marked: Map<string, 'frozen' | 'void'>
  /** In which orders a key was shown in plain: more than one is a key sold twice. */
  readonly shown: Map<string, Set<string>>
  readonly problems: string[]
  readonly deeds: Deeds
}

export interface PlacedOrder {
  readonly customerId: number
  readonly wanted: readonly { readonly sku: string; readonly quantity: number }[]
  readonly total: number
}

/** What was done, for the record. */
export interface Deeds {
  orders: number
  placedTwice: number
  refused: Record<string, number>
  endings: Record<string, number>
  reveals: number
  imports: number
  marks: number
  reviews: number
  /** times somebody had to ask again because nobody answered, or the database was away */
  again: number
}

export function nothingYet(): Truth {
  return {
    orders: new Map(),
    cancelled: new Set(),
    fromWallet: new Set(),
    settlements: new Map(),
    rules: new Map(),
    keys: new Set(),
    marked: new Map(),
    shown: new Map(),
    problems: [],
    deeds: {
      orders: 0,
      placedTwice: 0,
      refused: {},
      endings: {},
      reveals: 0,
      imports: 0,
      marks: 0,
      reviews: 0,
      again: 0,
    },
  }
}

/** Everything that buyers and staff deal with. */
export interface World {
  readonly seed: number
  readonly clock: Clock
  readonly crew: Crew
  readonly bank: Bank
  readonly truth: Truth
  /** for what does not follow the seed: which process is asked */
  readonly dice: Random
  /** whether an error at this moment has an excuse */
  isExcused(): boolean
}
