import type { Listener } from '../platform/database/listen.ts'

/**
 * Where in a product's queue of keys the free ones are, as far as this process knows. Keys are taken from the front, and the
 * database only forgets the taken ones when it is vacuumed: without a hint each sale would walk over all sales before it.
 *
 * A hint is never trusted: when it leads to too few keys the careful form looks through the whole queue.
 */
export interface Hints {
  /** Stretches of the queue to look through, in this order; the last has no end. `now` in seconds since 1970: expired keys are passed over. */
  stretches(productId: number, now: number): readonly Stretch[]
  /** Everything up to this place was looked through and taken. */
  taken(productId: number, place: Place): void
  /** Keys came (back) here. */
  returned(productId: number, from: Place, to: Place): void
  /** Nothing is known any more of this product, or of any. */
  forget(productId?: number): void
}

/** A key's place: its rank (expiry in seconds since 1970, or {@link NEVER}), then its id. */
export interface Place {
  readonly rank: bigint
  readonly card: bigint
}

/** Places behind `after`, up to and with `upTo`. */
export interface Stretch {
  readonly after: Place
  readonly upTo: Place
}

/** The rank of a key that never expires. */
export const NEVER = 9223372036854775807n
/** The end of every queue. */
export const END: Place = { rank: NEVER, card: NEVER }
const START: Place = { rank: -1n, card: -1n }
/** With more stretches than this the looking would cost more than the walking. */
const MOST = 32

const before = (a: Place, b: Place): boolean => a.rank < b.rank || (a.rank === b.rank && a.card < b.card)
const later = (a: Place, b: Place): Place => (before(a, b) ? b : a)

export function createHints(): Hints {
  const known = new Map<number, readonly Stretch[]>()
  const of = (productId: number): readonly Stretch[] => known.get(productId) ?? [{ after: START, upTo: END }]

  return {
    stretches(productId, now) {
      const first: Place = { rank: BigInt(now), card: NEVER }
      return of(productId)
        .filter(({ upTo }) => before(first, upTo))
        .map(({ after, upTo }) => ({ after: later(first, after), upTo }))
    },
    taken(productId, place) {
      const left = of(productId)
        .filter(({ upTo }) => before(place, upTo))
        .map(({ after, upTo }) => ({ after: later(after, place), upTo }))
      known.set(productId, left)
    },
    returned(productId, from, to) {
      known.set(productId, joined([...of(productId), { after: { rank: from.rank, card: from.card - 1n }, upTo: to }]))
    },
    forget(productId) {
      if (productId === undefined) known.clear()
      else known.delete(productId)
    },
  }
}

/** The same places, in order, without overlaps; with too many stretches the first ones become one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const sorted = stretches.toSorted((a, b) => (before(a.after, b.after) ? -1 : 1))
  const result: Stretch[] = []
  for (const stretch of sorted) {
    const last = result.at(-1)
    if (last && !before(last.upTo, stretch.after))
      result[result.length - 1] = { after: last.after, upTo: later(last.upTo, stretch.upTo) }
    else result.push(stretch)
  }
  const many = result.length - MOST
  const first = result[0]
  const end = result[many]
  return many > 0 && first && end ? [{ after: first.after, upTo: end.upTo }, ...result.slice(many + 1)] : result
}

/** The channel on which every process hears where keys came (back): product, first rank and id, last rank and id. */
export const STOCK_NEWS = 'keytill_stock'

/** Keeps hints right by what other processes tell; after a gap nothing is known. */
export function stockNews(hints: Hints): Listener {
  return {
    hear(payload) {
      const told = /^(\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(payload)
      // Anyone with a connection can say anything here.
      if (!told) return hints.forget()
      const [product = 0n, rank = 0n, card = 0n, toRank = 0n, toCard = 0n] = told.slice(1).map(BigInt)
      hints.returned(Number(product), { rank, card }, { rank: toRank, card: toCard })
    },
    missed: () => hints.forget(),
  }
}
