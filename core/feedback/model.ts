/** What a buyer said of an order. */
export interface Rating {
  /** 1 to 5 */
  readonly stars: number
  readonly words: string | undefined
  readonly at: Date
  /** until then it can be changed */
  readonly openUntil: Date
}

/** A rating as staff read it: keys in its words are masked. */
export interface RatedOrder {
  readonly orderNo: string
  readonly title: string
  readonly stars: number
  readonly words: string | undefined
  readonly at: Date
}

/** What was said of a product, of the keys of one batch, or of everything. */
export interface Figures {
  readonly count: number
  /** 1 to 5; 0 when nobody has said anything */
  readonly average: number
}

/** A batch with what was said of the orders that got its keys. */
export interface BatchFigures extends Figures {
  readonly batchId: number
  readonly source: string
  readonly importedAt: Date
  /** the words said last */
  readonly words: string | undefined
}
