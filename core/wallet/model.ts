/** An amount of money: minor units of `currency`. */
export interface Money {
  readonly amount: number
  readonly currency: string
}

/**
 * Why money went into a wallet or out of it: a payment that bought nothing; what was paid over an order's price; the price of
 * an order that was refunded; an order was paid for; the provider gave the money back after all; staff put it in or took it out.
 */
export type WalletMove = 'returned' | 'excess' | 'refunded' | 'paid' | 'taken_back' | 'adjusted'

/** One line of a wallet's history. */
export interface WalletEntry extends Money {
  readonly id: bigint
  readonly at: Date
  /** `amount` is below zero for what went out */
  readonly move: WalletMove
  /** the order it is about, when it is one of the shop's */
  readonly orderNo: string | undefined
  /** why, in the words of the staff who did it */
  readonly note: string | undefined
}

/** Money that goes into a wallet or out of it: `amount` is above zero. */
export interface Movement extends Money {
  readonly customerId: number
  /** `linked`: it goes over to the customer that this one is linked with, or comes from one; its owner is not shown it */
  readonly move: WalletMove | 'linked'
  /** absent for what staff did */
  readonly paymentId?: bigint
  /** why, for its owner to read */
  readonly note?: string
  /** the booking in the ledger that says the same: nothing moves twice under it */
  readonly ref: string
}

/** A change of a wallet by staff: minor units, below zero takes out. */
export interface Adjustment extends Money {
  readonly customerId: number
  readonly pseudonym: string
  readonly reason: string
  /** what it is known by: nothing is done twice under it */
  readonly ref: string
}
