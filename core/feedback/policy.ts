import type { OrderState } from '../orders/states.ts'
import { after, hours } from '../platform/clock.ts'

/** A buyer may change their mind for so long, in ms. */
const CHANGEABLE = hours(24 * 7)
/** Whoever was shown their keys longer ago is not asked any more, in ms: nobody was there to ask. */
const TOO_LATE = hours(24 * 14)
/** The most characters of what a buyer writes. */
export const MOST_WORDS = 500
/** Up to so many stars a buyer is offered help. */
export const LOW = 2

/** Until when a rating given at `at` can be changed. */
export const openUntil = (at: Date): Date => after(at, CHANGEABLE)

export const isStars = (stars: number): boolean => Number.isInteger(stars) && stars >= 1 && stars <= 5

/** Whether an order in this state can be rated: its keys are the buyer's. */
export const isRateable = (state: OrderState): boolean => state === 'delivered' || state === 'part_delivered'

/** An order whose turn to be asked about has come, and its buyer. */
export interface Asking {
  readonly state: OrderState
  readonly revealedAt: Date
  readonly isRated: boolean
  /** they take messages of the marketing kind, and can be reached */
  readonly isWelcome: boolean
}

/** Whether the buyer is asked how it went. */
export function mayAsk({ state, revealedAt, isRated, isWelcome }: Asking, now: Date): boolean {
  return isWelcome && !isRated && isRateable(state) && now < after(revealedAt, TOO_LATE)
}
