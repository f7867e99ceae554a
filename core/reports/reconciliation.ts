import { recordAudit } from '../audit/service.ts'
import { tellStaffOfBooks } from '../notifications/service.ts'
import type { PaymentProvider, ProviderBook } from '../payments/provider.ts'
import { after, type Clock, hours, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError, Postponed } from '../platform/errors.ts'
import { addJob, type Task } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import type { Books, Difference } from './model.ts'
import { boundsOf, compareBooks, dayOf, daysDue, lastDay } from './policy.ts'
import { differences, figures, keepDays, lockDays, ourBook, standStill } from './store.ts'

/** Compares payments, orders, keys, ledger and the providers' own books, day by day in UTC (P10). */
export interface Reconciliation {
  /** The day that is meant when none is named: the last one that is over. */
  yesterday(): string
  /** A day's books as they were compared in the last minutes, else as they are now. @throws KeytillError `books.date` */
  books(date: string): Promise<Books>
  /** A day's books as they are now. @throws KeytillError `books.date` when that is no day, or one that has not begun */
  compare(date: string): Promise<Books>
  /** Leaves to a job each day that is over and was not compared, once among all processes. */
  daily(): Promise<void>
  readonly tasks: Readonly<Record<string, Task>>
}

interface ReconciliationParts {
  readonly db: Database
  readonly providers: readonly PaymentProvider[]
  /** takes up what providers know and we do not: see payments/service */
  readonly recover: () => Promise<void>
  /** books the fees that a provider's own book tells of */
  readonly bookFees: (provider: string, book: ProviderBook) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** How long turning pages shows the same comparison, in ms. */
const FRESH = minutes(10)
const MOST_KEPT = 10
/** How long ago a day may be for a provider to be asked about it, in ms: its book can only be read from then until now. */
const BOOK_WITHIN = hours(24 * 8)
/** How much earlier than we a provider may have written something down, in ms: a lost message is made up for within this. */
const EARLIER = hours(49)
/** With the pauses between them more than a day; after that it stands among the dead letters. */
const ATTEMPTS = 14

/** What a provider told of itself; `seen` is undefined when it could not be asked. */
interface Asked {
  readonly name: string
  readonly seen: ProviderBook | undefined
  /** its book has each part that went back by itself */
  readonly isByRefund: boolean
  /** ms until its book of the time is written, where it says so */
  readonly wait: number | undefined
}

export function createReconciliation({
  db,
  providers,
  recover,
  bookFees,
  clock,
  log,
}: ReconciliationParts): Reconciliation {
  const kept = new Map<string, Books>()

  async function ask({ from, to }: { readonly from: Date; readonly to: Date }): Promise<Asked[]> {
    const asked: Asked[] = []
    for (const provider of providers) {
      const { name, recent, book } = provider
      if (!(recent || book) || from < after(clock(), -BOOK_WITHIN)) continue
      const since = after(from, -EARLIER)
      let wait: number | undefined
      const seen = await (book ? book(since, to) : recent?.(since))?.catch((err: unknown) => {
        if (err instanceof Postponed) wait = err.wait
        else log.warn({ err, provider: name }, 'a payment provider could not be asked for its book')
        return undefined
      })
      asked.push({ name, seen, isByRefund: book !== undefined, wait })
    }
    return asked
  }

  /** Also for how long a provider's book is not written yet, in ms. */
  async function comparison(date: string): Promise<{ readonly books: Books; readonly wait: number | undefined }> {
    const bounds = boundsOf(date)
    if (!bounds || bounds.from > clock()) throw new KeytillError('books.date', 'There is no such day yet.')
    const asked = await ask(bounds)
    // Whatever a provider has just told and we did not know is no difference once it is taken up.
    await recover()
    for (const { name, seen } of asked) if (seen) await bookFees(name, seen)
    const compared = await db.transaction(async (sql) => {
      await standStill(sql)
      const found: Difference[] = await differences(sql, bounds)
      for (const { name, seen, isByRefund } of asked) {
        if (!seen) continue
        const references = [...new Set([...seen.payments, ...seen.refunds].map(({ reference }) => reference))]
        const refundIds = seen.refunds.flatMap(({ refundId }) => refundId ?? [])
        const here = await ourBook(sql, name, references, refundIds, bounds)
        found.push(...compareBooks({ theirs: { ...seen, isByRefund }, ...here }))
      }
      return { ...(await figures(sql, bounds)), differences: found }
    })
    const unasked = asked.filter(({ seen }) => !seen).map(({ name }) => name)
    const books = { date, comparedAt: clock(), ...compared, unasked }
    keep(books)
    return { books, wait: asked.find((one) => one.wait !== undefined)?.wait }
  }

  const compare = async (date: string): Promise<Books> => (await comparison(date)).books

  function keep(books: Books): void {
    kept.delete(books.date)
    kept.set(books.date, books)
    for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest)
  }

  async function reconcile(payload: unknown): Promise<void> {
    const { date } = payload as { date: string }
    const { books, wait } = await comparison(date)
    const count = books.differences.length
    const quiet = books.payments.length + books.refunds.length + books.orders + books.units + count === 0
    if (!quiet) {
      await db.transaction(async (sql) => {
        await recordAudit(sql, clock(), {
          actor: 'system',
          action: 'books.compared',
          subject: `day:${date}`,
          data: { differences: count, unasked: books.unasked },
        })
        await tellStaffOfBooks(sql, date, count)
      })
    }
    if (wait !== undefined)
      throw new Postponed('books.provider_later', 'A provider has not written its book yet.', wait)
    if (books.unasked.length > 0)
      throw new KeytillError(
        'books.provider_away',
        `Not all providers could be asked for their books: ${books.unasked}.`,
      )
  }

  return {
    yesterday: () => dayOf(after(clock(), -hours(24))),
    compare,
    async books(date) {
      const books = kept.get(date)
      return books && books.comparedAt > after(clock(), -FRESH) ? books : compare(date)
    },
    daily: () =>
      db.transaction(async (sql) => {
        const last = lastDay(clock())
        // A shop that begins has nothing to make up for.
        const before = dayOf(after(boundsOf(last)?.from ?? clock(), -hours(24)))
        const due = daysDue(await lockDays(sql, before, clock()), clock())
        for (const date of due)
          await addJob(sql, { task: 'reconcile', payload: { date }, key: `reconcile:${date}`, attempts: ATTEMPTS })
        if (due.length > 0) await keepDays(sql, last, clock())
      }),
    tasks: { reconcile },
  }
}
