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
  /** the shop, by a source */
  readonly shop: string
  /** a product, by a source */
  readonly product: string
  /** a product, by none */
  readonly plain: string
}

/** What a link carries into a chat: a product, a source, or both. */
export interface Start {
  readonly sku?: string
  readonly source?: string
}

/** A source's link on one channel: an address, or what is to be said there. */
export interface SourceLink {
  readonly channel: string
  readonly link: string
  /** whether there is a QR code of it */
  readonly scanned: boolean
}

/** Where codes come from whose scanning carries something into a chat, on a platform without addresses. */
export interface CodeMaker {
  /** whose codes they are: another account has its own */
  readonly account: string
  /** What such a code says. It holds for good. */
  make(payload: string): Promise<string>
}
