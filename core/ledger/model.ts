/** One side of a booking: minor units of `currency`, positive for a debit. */
export interface Entry {
  readonly account: string
  readonly amount: number
  readonly currency: string
}

/** What is booked once, whatever happens: `payment:12`, `refund:3`. */
export interface Booking {
  readonly ref: string
  readonly entries: readonly Entry[]
}
