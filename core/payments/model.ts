/** Money that a provider says has come in, verified by whoever received it. */
export interface PaymentNotice {
  readonly provider: string
  /** the provider's own id of the payment: a second notice with it is the first */
  readonly reference: string
  /** the order number it names, as received */
  readonly orderNo: string
  /** the payer's account at the provider */
  readonly payer: string
  /** minor units of `currency` */
  readonly amount: number
  readonly currency: string
  /** how much of it the provider keeps for itself, when it says so: minor units of `currency`, at most the amount */
  readonly fee?: number
}

export type PaymentOutcome = 'received' | 'settled' | 'refunding' | 'refunded' | 'credited'

/** Rules by which a payment buys its order: see policy.ts. */
export type BuyingRule = 'on_time' | 'late' | 'overpaid'

/** Which rule decided about a payment: see policy.ts. */
export type PaymentRule =
  | BuyingRule
  | 'late_no_stock'
  | 'already_paid'
  | 'wrong_amount'
  | 'wrong_currency'
  | 'unknown_order'
  /** it had gone back before it was settled, so it bought nothing */
  | 'given_back'

export interface Payment {
  readonly id: bigint
  readonly provider: string
  readonly reference: string
  readonly orderNo: string | undefined
  readonly payer: string
  readonly amount: number
  readonly currency: string
  readonly outcome: PaymentOutcome
  readonly rule: PaymentRule | undefined
  /** how much of it was more than its order costs, and went to a wallet */
  readonly excess: number
  /**
   * Its way back, once that was begun, or that of a part of it: one that has failed goes first, then the latest. `problem` is the provider's last answer that was not a success. One that failed
   * without a problem never had a way: its provider gives nothing back, and nobody knows whose it is.
   */
  readonly refund:
    | {
        readonly state: 'requested' | 'done' | 'failed'
        readonly amount: number
        readonly problem: string | undefined
      }
    | undefined
}

/** A verified payment's end. */
export interface Settlement {
  readonly paymentId: bigint
  readonly rule: PaymentRule
  /** undefined when the money bought nothing and goes back */
  readonly order: 'delivered' | 'held' | undefined
}

/** Why a payment that is about to be made must not be. */
export type CheckoutProblem =
  | 'unknown_order'
  | 'not_yours'
  | 'already_paid'
  | 'expired'
  | 'cancelled'
  | 'wrong_amount'
  | 'closed'

/** Why an order cannot be paid from a wallet: besides, there is too little in it, the keys are gone, or the goods are pretend. */
export type WalletProblem = CheckoutProblem | 'balance' | 'no_stock' | 'demo'

export type WalletPayment =
  | { readonly settled: Settlement; readonly problem?: never }
  | { readonly problem: WalletProblem; readonly settled?: never }
