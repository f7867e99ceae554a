/** What a buyer says is wrong with a key. */
export const COMPLAINT_REASONS = ['already_used', 'invalid', 'wrong_region', 'expired', 'other'] as const
export type ComplaintReason = (typeof COMPLAINT_REASONS)[number]

/** Open until staff replace, refund or reject it, or the buyer withdraws it. A rejection can still be taken back. */
export type ComplaintState = 'open' | 'replaced' | 'refunded' | 'rejected' | 'withdrawn'

export interface Complaint {
  readonly id: number
  readonly ticketId: number
  readonly orderNo: string
  /** the key's place in its order, counted from 1; that of what took its place, when it was replaced */
  readonly unit: number
  readonly cardId: bigint
  readonly product: string
  readonly sku: string
  readonly batchId: number
  readonly reason: ComplaintReason
  readonly state: ComplaintState
  readonly openedAt: Date
  readonly decidedAt: Date | undefined
}

/** How a key of an order stands, for its buyer. */
export interface UnitFacts {
  readonly unitId: bigint
  /** its place in the order, counted from 1 */
  readonly unit: number
  readonly name: string
  readonly masked: string
  /** `withheld`: staff have taken it out of the trade */
  readonly state: 'unseen' | 'shown' | 'used' | 'complained' | 'refunded' | 'withheld'
  /** when it was last shown, and how often */
  readonly shownAt: Date | undefined
  readonly shown: number
  /** the latest complaint about it */
  readonly complaint: { readonly state: ComplaintState; readonly ticketId: number } | undefined
  /** it is here in place of another */
  readonly isReplacement: boolean
}

/** What a buyer did before: for staff who judge a complaint of theirs. */
export interface BuyerHistory {
  readonly orders: number
  readonly complaints: number
  readonly upheld: number
  readonly rejected: number
  readonly refunds: number
}

/** How many of the keys of a batch or supplier that were sold were complained of with right. */
export interface DefectRate {
  readonly sold: number
  readonly upheld: number
}
