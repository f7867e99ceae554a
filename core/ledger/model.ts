/** An amount that goes from one account to another: minor units of `currency`, above zero. */
export interface Entry {
  readonly debit: string
  readonly credit: string
  readonly amount: number
  readonly currency: string
}

/** What is booked once, whatever happens: `payment:12`, `refund-owed:3`. */
export interface Booking {
  readonly ref: string
  readonly entries: readonly Entry[]
}
