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
}

export type PaymentOutcome = 'received' | 'settled' | 'refunding' | 'refunded' | 'credited'

/** Which rule decided about a payment: see policy.ts. */
export type PaymentRule =
  | 'on_time'
  | 'late'
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
  /** its way back, once that was begun; `problem` is the provider's last answer that was not a success */
  readonly refund: { readonly state: 'requested' | 'done' | 'failed'; readonly problem: string | undefined } | undefined
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
