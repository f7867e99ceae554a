/** Batches of one kind under way at once: with two, one is prepared while the other is written. */
export const LANES = 2

/**
 * Orders that may wait to be placed, some seconds' worth of them, and those of one buyer among them: beyond it a buyer is told
 * that it is busy, and nothing is kept. Payments are never turned away.
 */
export const ROOM = { all: 4096, ofOne: 32 } as const

/** Requests of one batch: more would make the first of them wait longer than it gains the last. */
export const MOST = 64
