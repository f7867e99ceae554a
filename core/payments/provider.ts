import type { Intent, IntentView, PaymentNotice } from './model.ts'

/** What a provider tells of a payment that went back. */
export interface RefundFact {
  readonly provider: string
  readonly reference: string
  /** how much of it, where that may be a part; absent: the whole */
  readonly amount?: number
  /** the intent that was paid, where the provider says that */
  readonly tradeNo?: string
  /** which of our refunds it is, where the provider keeps our names */
  readonly refundId?: string
  /** how much of its fee the provider gave back with it: minor units */
  readonly fee?: number
}

/** What a provider has written down of a time. */
export interface ProviderBook {
  readonly payments: readonly PaymentNotice[]
  readonly refunds: readonly RefundFact[]
}

/**
 * Where money is taken outside the chat. The shop has written an intent down before it asks, and after a time-out looks how that
 * stands before it asks again.
 */
export interface PaymentDesk {
  /** the channels on which it is offered */
  readonly channels: readonly string[]
  /** the channel whose people pay on a page in their own app; everyone else scans a code */
  readonly pageOn: string
  /**
   * Prepares a payment, or the same again, and tells what it goes by: the text of the code, or the name of what was prepared.
   * @throws KeytillError `payment.intent_over` when this intent was paid or closed; anything else means the outcome is unknown
   */
  begin(intent: Intent): Promise<string>
  look(tradeNo: string): Promise<IntentView>
  /** From here on nobody can pay it. @throws KeytillError `payment.intent_over` when it was paid before; anything else: unknown */
  close(tradeNo: string): Promise<void>
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
    readonly refundId: string
    /** see `refundPart` */
    readonly attempt: number
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
    /** the whole payment */
    readonly total: number
    readonly currency: string
    /** from 1 on: how often staff have begun it, after the provider had refused */
    readonly attempt: number
  }): Promise<void>
  /** What it has seen lately, payments and refunds: finds what a lost message told. Absent where there is nothing to ask. */
  recent?(since: Date): Promise<ProviderBook>
  /** Takes money outside the chat. Absent where the chat does, or nobody has to be asked. */
  readonly desk?: PaymentDesk
  /**
   * Its own book of this time, with its fees, where that is another thing than what `recent` tells.
   * @throws Postponed while it is not written yet
   */
  book?(from: Date, to: Date): Promise<ProviderBook>
}
