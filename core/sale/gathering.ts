/** Batches of one kind under way at once: with two, one is prepared while the other is written. */
export const LANES = 2

/** Requests of one batch: more would make the first of them wait longer than it gains the last. */
export const MOST = 128
