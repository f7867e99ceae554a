import type { PaymentNotice } from './model.ts'

/** What a provider tells of a payment that went back, whole. */
export interface RefundFact {
  readonly provider: string
  readonly reference: string
}

/** A way to pay. It is asked outside every transaction, and may be asked the same thing again after a time-out. */
export interface PaymentProvider {
  readonly name: string
  /** the chat channel whose people its payers are, by the same ids: so a payer is known without an order */
  readonly channel?: string
  /** the only one it takes: what comes through it in another buys nothing. Absent where any can come */
  readonly currency?: string
  /**
   * Gives the whole payment back; absent where money once paid cannot go back. Resolves once the provider has done it, now or earlier: asking again is harmless.
   * @throws KeytillError `payment.refund_refused` when it never will; anything else means the outcome is unknown: ask again
   */
  refund?(payment: {
    readonly reference: string
    readonly payer: string
    readonly amount: number
    readonly currency: string
  }): Promise<void>
  /**
   * Gives a part of a payment back; absent where only the whole can go. The same `refundId` again is the same part: asking again
   * is harmless. Resolves and throws as `refund` does.
   */
  refundPart?(part: {
    readonly refundId: string
    readonly reference: string
    readonly payer: string
    /** the part */
    readonly amount: number
    readonly currency: string
  }): Promise<void>
  /** What it has seen lately, payments and refunds: finds what a lost message told. Absent where there is nothing to ask. */
  recent?(
    since: Date,
  ): Promise<{ readonly payments: readonly PaymentNotice[]; readonly refunds: readonly RefundFact[] }>
}
