import type { Money } from '../wallet/model.ts'

/** Where what names no source of the shop is counted. */
export const OTHER = 'other'

/** Over how many days figures are told; `all` from the beginning. */
export const SPANS = ['7', '30', 'all'] as const
export type Span = (typeof SPANS)[number]

/** What came of a source's links. */
export interface SourceFigures {
  readonly name: string
  /** came by one of its links */
  readonly visitors: number
  readonly buyers: number
  readonly orders: number
  /** what they paid */
  readonly sums: readonly Money[]
}

/** Where a channel is entered from outside; `{source}` and `{sku}` stand for names. */
export interface Door {
  readonly shop: string
  readonly product: string
}

/** A source's link on one channel: an address, or what is to be said there. */
export interface SourceLink {
  readonly channel: string
  readonly link: string
}
