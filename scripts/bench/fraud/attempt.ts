import type { Group } from './world.ts'

/** How a wish ended. */
export type End =
  /** a rule did not let it be ordered */
  | 'denied'
  /** the buyer was asked to show something of themselves, and did not */
  | 'gave_up'
  /** the buyer keeps too much unpaid already */
  | 'quota'
  | 'sold_out'
  /** it was reserved, and nobody paid */
  | 'unpaid'
  /** the money came late, the goods were gone, and it went back */
  | 'returned'
  /** staff held it and gave the money back */
  | 'rejected'
  /** the buyer has the goods, and the shop the money */
  | 'bought'
  /** the buyer said that the keys do not work; staff did not believe it, or gave the money back */
  | 'claim_refused'
  | 'claim_granted'
  /** the payer's bank took the money back */
  | 'charged_back'

/** One wish, and what became of it. */
export interface Attempt {
  readonly group: Group
  /** minor units: see stakeOf */
  readonly value: number
  end: End | undefined
  isChallenged: boolean
  /** how long it was held, in ms; undefined: it was not */
  held: number | undefined
  /** the rules that struck it */
  readonly rules: Set<string>
}
