import { after, hours, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { Rule, RuleDefinition } from './model.ts'
import { judge } from './policy.ts'
import { questionsOf } from './questions.ts'
import * as store from './store.ts'

/** What a rule would have done to the orders of some days, as they were. */
export interface Trial {
  readonly definition: RuleDefinition
  /** days looked at, back from now; fewer than asked for when it took too long */
  readonly days: number
  readonly isWhole: boolean
  /** orders that it would have been judged for, and those it would have struck */
  readonly orders: number
  readonly struck: number
  /** of those it would have struck: refunded later; complained about by the buyer or taken back by the payer */
  readonly refunded: number
  readonly disputed: number
  /** the numbers of the newest it would have struck */
  readonly newest: readonly string[]
}

/** Orders looked at with one statement. */
const AT_ONCE = 2000
/** How long one statement and all of them may take, in ms. */
const STATEMENT = seconds(10)
const ALL = seconds(20)
/** Money may come later than its order: so far behind the first day orders are looked for, in ms. */
const LATEST = hours(24 * 2)
const LISTED = 5

/**
 * Judges a rule again for the orders of the last `days`, each by what was known at its moment (but who shares a payer, phone or
 * device, by what is known today). Reads, and writes nothing. Looks at the newest first, and stops when it takes too long; of how
 * far it is `onProgress` is told.
 * @throws KeytillError `risk.slow` when not even the first orders could be looked at in time
 */
export async function tryRule(
  db: Database,
  definition: RuleDefinition,
  days: number,
  now: Date,
  onProgress: (orders: number) => void,
): Promise<Trial> {
  const rule: Rule = { name: 'trial', version: 0, enabled: true, definition }
  const questions = questionsOf([rule], 'then')
  const since = after(now, -hours(24 * days))
  const deadline = performance.now() + ALL
  const found = { orders: 0, struck: 0, refunded: 0, disputed: 0, newest: [] as string[] }
  let before = 2n ** 63n - 1n
  let earliest = now

  const take = (row: store.HistoryRow): void => {
    const { at } = row
    if (at === null || at <= since || at > now) return
    found.orders += 1
    const facts = questions.read(row, row)
    if (judge([rule], facts, row.passed ?? []).verdict === undefined) return
    found.struck += 1
    if (row.refunded) found.refunded += 1
    if (row.disputed) found.disputed += 1
    if (found.newest.length < LISTED) found.newest.push(row.no)
  }

  async function look(sql: Sql): Promise<boolean> {
    await store.onlyLook(sql, STATEMENT)
    for (;;) {
      const rows = await store.history(sql, definition.at, questions, before, AT_ONCE)
      for (const row of rows) take(row)
      const last = rows.at(-1)
      if (!last || rows.length < AT_ONCE || last.placed_at < after(since, -LATEST)) return true
      before = last.order_id
      earliest = last.placed_at
      onProgress(found.orders)
      if (performance.now() > deadline) return false
    }
  }

  const isWhole = await db.transaction(look).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== CANCELLED) throw error
    if (found.orders > 0) return false
    throw new KeytillError('risk.slow', 'The orders could not be looked at in time. Try fewer days, or a simpler rule.')
  })
  const reached = isWhole ? days : Math.max(1, Math.round((now.getTime() - earliest.getTime()) / hours(24)))
  return { ...found, definition, days: Math.min(days, reached), isWhole }
}

/** How PostgreSQL says that a statement took too long. */
const CANCELLED = '57014'
