import type { Sql } from '../platform/database/sql.ts'
import { isSigned } from './format.ts'
import type { SealedEntry } from './model.ts'
import { EVERYTHING, entriesIn, epochs, type Range, startOfEpoch } from './store.ts'

/** Rows that are read at a time. */
const PAGE = 5000
/** Of each epoch's seals so many are asked where it begins, lest one that was altered says so. */
const ASKED = 5

/** The rows of the log in the order in which they were sealed, each epoch for itself. */
export interface EpochRows {
  /** The next rows of an epoch whose transactions are below `high`. */
  take(epoch: string, high: string): Promise<SealedEntry[]>
  /** As `take`, but only counts them. */
  skip(epoch: string, high: string): Promise<number>
  /** All that are left of an epoch, 100 at most. */
  rest(epoch: string): Promise<SealedEntry[]>
}

/** Begins to read at the first row. */
export async function openRows(sql: Sql): Promise<EpochRows> {
  const ranges = await rangesOf(sql)
  const readers = new Map<string, Reader>()
  const reader = (epoch: string) => {
    const known = readers.get(epoch)
    if (known) return known
    // Of the epochs before nothing will be asked any more.
    readers.clear()
    const made = new Reader(sql, ranges.get(epoch) ?? { ...EVERYTHING, to: EVERYTHING.from })
    readers.set(epoch, made)
    return made
  }
  return {
    take: (epoch, high) => reader(epoch).take(high),
    skip: async (epoch, high) => (await reader(epoch).take(high)).length,
    rest: (epoch) => reader(epoch).rest(100),
  }
}

/** Which ids belong to which epoch: up to where the next begins. The last has no end. */
async function rangesOf(sql: Sql): Promise<Map<string, Range>> {
  const starts: { epoch: string; from: string }[] = [{ epoch: '1', from: EVERYTHING.from }]
  for (const epoch of await epochs(sql)) {
    if (epoch === '1') continue
    const seal = (await startOfEpoch(sql, epoch, ASKED)).find(({ header, signature }) => isSigned(header, signature))
    if (seal) starts.push({ epoch, from: String(BigInt(seal.header.after) + 1n) })
  }
  return new Map(
    starts.map(({ epoch, from }, index) => {
      const next = starts[index + 1]
      return [epoch, { ...EVERYTHING, from, to: next ? String(BigInt(next.from) - 1n) : EVERYTHING.to }]
    }),
  )
}

/** One epoch's rows, page by page. */
class Reader {
  private page: SealedEntry[] = []
  private at = 0
  private lastRead: SealedEntry | undefined
  private readonly sql: Sql
  private readonly range: Range

  constructor(sql: Sql, range: Range) {
    this.sql = sql
    this.range = range
  }

  async take(high: string): Promise<SealedEntry[]> {
    const limit = BigInt(high)
    const taken: SealedEntry[] = []
    for (;;) {
      const entry = await this.peek()
      if (!entry || BigInt(entry.xact) >= limit) return taken
      taken.push(entry)
      this.at += 1
    }
  }

  async rest(most: number): Promise<SealedEntry[]> {
    const rest: SealedEntry[] = []
    while (rest.length < most) {
      const entry = await this.peek()
      if (!entry) break
      rest.push(entry)
      this.at += 1
    }
    return rest
  }

  /** Looks again at the end: the shop may have gone on writing. */
  private async peek(): Promise<SealedEntry | undefined> {
    if (this.at >= this.page.length) {
      this.page = await entriesIn(this.sql, this.range, PAGE, this.lastRead)
      this.at = 0
      this.lastRead = this.page.at(-1) ?? this.lastRead
    }
    return this.page[this.at]
  }
}
