/** Figures of the last 24 hours, and what waits for staff now. */
export interface Today {
  readonly orders: number
  readonly units: number
  /** money taken and kept, per currency in minor units */
  readonly sales: readonly { readonly currency: string; readonly amount: number }[]
  readonly refunds: number
  readonly held: number
  readonly openTickets: number
  readonly unpaid: number
}

/** What staff want to know of a buyer. */
export interface BuyerFigures {
  readonly since: Date
  readonly orders: number
  /** orders whose money was given back, whole or in part */
  readonly refunds: number
  /** money taken for orders and kept, per currency in minor units */
  readonly spent: readonly { readonly currency: string; readonly amount: number }[]
  /** orders they said do not work, and other people's they asked for */
  readonly complaints: number
  readonly probes: number
  /** `linkedAt` (ISO): since when it is one with the others */
  readonly accounts: readonly { readonly channel: string; readonly id: string; readonly linkedAt: string | null }[]
  /** others who share a payer, phone or device with them: at most ten */
  readonly linked: readonly { readonly id: number; readonly name: string | null }[]
}

/** Money that moved in a day: minor units of `currency`. */
export interface Turnover {
  readonly provider: string
  readonly currency: string
  readonly count: number
  readonly amount: number
}

/** In what way two books can differ. */
export const DIFFERENCES = [
  'payment_open',
  'refund_open',
  'payment_without_order',
  'order_without_payment',
  'order_amount',
  'payment_refund',
  'wallet_balance',
  'wallet_ledger',
  'order_keys',
  'key_twice',
  'key_for_sale',
  'key_kept',
  'key_loss',
  'ledger',
  'ledger_stray',
  'book_unknown',
  'book_amount',
  'book_missing',
  'book_refund_unknown',
  'book_refund_missing',
] as const
export type DifferenceKind = (typeof DIFFERENCES)[number]

/** One place where two books differ. All of it is ids, amounts and states. */
export interface Difference {
  readonly kind: DifferenceKind
  /** what differs: a provider's reference, an order number, the id of a key, the name of a booking */
  readonly subject: string
  /** the order it is about, as far as one is named */
  readonly orderNo: string | undefined
  /** what the one book says, and what the other */
  readonly expected: string | undefined
  readonly actual: string | undefined
}

/** What a day's books say, and where they differ. */
export interface Books {
  /** a day in UTC: `2026-06-01` */
  readonly date: string
  readonly comparedAt: Date
  /** money that came in that day, and that went back */
  readonly payments: readonly Turnover[]
  readonly refunds: readonly Turnover[]
  /** orders paid that day, and units of orders delivered that day */
  readonly orders: number
  readonly units: number
  /** providers whose own book could not be had */
  readonly unasked: readonly string[]
  readonly differences: readonly Difference[]
}
