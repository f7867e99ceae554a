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

/** How a payment outside the chat is made: a code that is scanned with another device, or a page inside the provider's own app. */
export type IntentForm = 'code' | 'page'

/** A payment outside the chat as its provider is told of it. */
export interface Intent {
  /** what the provider knows it under; asking under it again is asking for the same payment */
  readonly tradeNo: string
  readonly orderNo: string
  readonly form: IntentForm
  /** the only account that may pay it, where the form is for one */
  readonly payer: string | undefined
  /** minor units of `currency` */
  readonly amount: number
  readonly currency: string
  /** from then on no money is to be taken for it */
  readonly expiresAt: Date
  /** what is bought, in a line */
  readonly goods: string
}

/** How a provider says that an intent stands; `missing`: it was never told of it, or not yet. */
export type IntentView =
  | { readonly state: 'open' | 'closed' | 'missing' }
  /** `isBack`: and the money is with its payer again */
  | { readonly state: 'paid'; readonly notice: IntentNotice; readonly isBack: boolean }

/** A verified payment that names the intent it is for. */
export interface IntentNotice extends Omit<PaymentNotice, 'orderNo' | 'fee'> {
  readonly tradeNo: string
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
