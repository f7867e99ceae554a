import { BUYING_RULES } from '../payments/policy.ts'
import { after, hours, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { PASSED, type Questions, questionsOf } from './facts.ts'
import type { Rule, RuleDefinition, Stage } from './model.ts'
import { judge } from './policy.ts'

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

/** When a rule is judged. */
const STAMP: Readonly<Record<Stage, string>> = { order: 'placed_at', payment: 'paid_at' }

/** A stretch of orders ($1 before this id, $2 so many) as they were when the rule was judged, and what became of them. */
function historyOf(stage: Stage, { columns, joins }: Questions): string {
  return `WITH r AS MATERIALIZED (
    SELECT o.id AS order_id, o.no, o.customer_id, o.${STAMP[stage]} AS at, o.placed_at, o.units AS own_units, o.total AS own_total, o.channel, o.ip, o.device,
      b.provider, nullif(b.payer, '') AS payer, o.state IN ('refunding', 'refunded') AS refunded,
      (SELECT string_agg(q.sku, ',') FROM order_line l JOIN product q ON q.id = l.product_id WHERE l.order_id = o.id) AS skus,
      EXISTS (SELECT FROM ticket t WHERE t.customer_id = o.customer_id AND t.order_no = o.no)
        OR EXISTS (SELECT FROM payment p JOIN refund f ON f.payment_id = p.id WHERE p.order_id = o.id AND f.requested_by = 'provider') AS disputed
    FROM (SELECT * FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2) AS o LEFT JOIN LATERAL (
      SELECT p.provider, p.payer FROM payment p WHERE ${stage === 'payment' ? `p.order_id = o.id AND p.rule IN ${BUYING_RULES}` : 'false'} ORDER BY p.id LIMIT 1) AS b ON true)
  SELECT r.order_id, r.no, r.at, r.placed_at, r.own_units, r.own_total, r.channel, r.refunded, r.disputed, ${PASSED} AS passed${columns}
  FROM r ${joins} ORDER BY r.order_id DESC`
}

interface HistoryRow extends Readonly<Record<string, unknown>> {
  readonly order_id: bigint
  readonly no: string
  readonly at: Date | null
  readonly placed_at: Date
  readonly own_units: number
  readonly own_total: number
  readonly channel: string
  readonly refunded: boolean
  readonly disputed: boolean
  readonly passed: readonly string[] | null
}

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
  const text = historyOf(definition.at, questions)
  const since = after(now, -hours(24 * days))
  const deadline = performance.now() + ALL
  const found = { orders: 0, struck: 0, refunded: 0, disputed: 0, newest: [] as string[] }
  let before = 2n ** 63n - 1n
  let earliest = now

  const take = (row: HistoryRow): void => {
    const { at, own_units: units, own_total: total, channel } = row
    if (at === null || at <= since || at > now) return
    found.orders += 1
    const facts = questions.read(row, { units, total, channel })
    if (judge([rule], facts, row.passed ?? []).verdict === undefined) return
    found.struck += 1
    if (row.refunded) found.refunded += 1
    if (row.disputed) found.disputed += 1
    if (found.newest.length < LISTED) found.newest.push(row.no)
  }

  async function look(sql: Sql): Promise<boolean> {
    await sql.rows(statement('risk-try-begin', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'))
    await sql.rows(statement('risk-try-limit', `SET LOCAL statement_timeout = ${STATEMENT}`))
    // Such a statement is made once and run on thousands of orders: nothing of it is worth compiling.
    await sql.rows(statement('risk-try-plan', 'SET LOCAL jit = off'))
    for (;;) {
      const rows = await sql.rows<HistoryRow>({ name: '', text }, [before, AT_ONCE])
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
