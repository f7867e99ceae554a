import { WALLET } from '../payments/providers/wallet.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Gauges } from '../platform/metrics.ts'
import { COMPARISONS, type Found } from './differences.ts'
import { LEDGER, STRAY } from './ledger-differences.ts'
import type { Books, BuyerFigures, Difference, Today } from './model.ts'
import type { Booked, TwoBooks } from './policy.ts'

const TODAY = statement(
  'report-today',
  `SELECT (SELECT count(*)::int FROM orders WHERE paid_at > $1) AS orders,
     (SELECT coalesce(sum(l.quantity), 0)::int FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.paid_at > $1) AS units,
     (SELECT coalesce(json_agg(s), '[]') FROM (SELECT currency, sum(amount - excess - parted)::int AS amount FROM payment WHERE resolved_at > $1 AND outcome = 'settled' GROUP BY currency ORDER BY currency) AS s) AS sales,
     (SELECT count(*)::int FROM refund WHERE done_at > $1) AS refunds,
     (SELECT count(*)::int FROM orders WHERE state = 'held') AS held,
     (SELECT count(*)::int FROM ticket WHERE state = 'open') AS "openTickets",
     (SELECT count(*)::int FROM orders WHERE state = 'awaiting_payment') AS unpaid`,
)

const BUYER = statement(
  'report-buyer',
  `SELECT c.created_at AS since,
     (SELECT count(*)::int FROM orders o WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL) AS orders,
     (SELECT count(DISTINCT o.id)::int FROM orders o JOIN payment p ON p.order_id = o.id JOIN refund r ON r.payment_id = p.id WHERE o.customer_id = c.id) AS refunds,
     (SELECT coalesce(json_agg(s), '[]') FROM (
        SELECT p.currency, sum(p.amount - p.excess)::float8 AS amount FROM orders o JOIN payment p ON p.order_id = o.id
        WHERE o.customer_id = c.id AND p.outcome = 'settled' GROUP BY 1 ORDER BY 1) AS s) AS spent,
     (SELECT count(DISTINCT subject)::int FROM risk_sign s WHERE s.customer_id = c.id AND s.kind = 'complaint') AS complaints,
     (SELECT count(DISTINCT subject)::int FROM risk_sign s WHERE s.customer_id = c.id AND s.kind = 'probe') AS probes,
     (SELECT coalesce(json_agg(json_build_object('channel', i.channel, 'id', i.external_id, 'linkedAt', i.linked_at) ORDER BY i.created_at), '[]') FROM identity i WHERE i.customer_id = c.id) AS accounts,
     (SELECT coalesce(json_agg(l), '[]') FROM (
        SELECT o.id, o.name FROM customer_group me JOIN customer_group g ON g.group_id = me.group_id AND g.customer_id <> c.id JOIN customer o ON o.id = g.customer_id
        WHERE me.customer_id = c.id ORDER BY 1 LIMIT 10) AS l) AS linked
   FROM customer c WHERE c.id = $1`,
)

export async function buyer(sql: Sql, customerId: number): Promise<BuyerFigures | undefined> {
  return (await sql.rows<BuyerFigures>(BUYER, [customerId]))[0]
}

export async function today(sql: Sql, since: Date): Promise<Today> {
  return (await sql.rows<Today>(TODAY, [since]))[0] as Today
}

/** Keys are counted up to 1000 of each product, and products beyond the first 500 together: it never reads a whole stock. */
const GAUGES = statement(
  'report-gauges',
  `WITH listed AS (SELECT id, sku FROM product WHERE on_shelf ORDER BY id LIMIT 500),
     counted AS (
       SELECT sku, (SELECT count(*)::int FROM (SELECT FROM stock s WHERE s.product_id = listed.id AND s.rank > $2 LIMIT 1000) AS k) AS keys FROM listed
       UNION ALL
       SELECT 'other', count(*)::int FROM (
         SELECT FROM product p JOIN stock s ON s.product_id = p.id AND s.rank > $2
         WHERE p.on_shelf AND p.id > (SELECT max(id) FROM listed) LIMIT 1000) AS k HAVING count(*) > 0),
     job AS (
       SELECT task_identifier AS task, count(*) FILTER (WHERE attempts = 0 AND run_at <= now())::int AS waiting,
         count(*) FILTER (WHERE attempts > 0 AND attempts < max_attempts)::int AS retrying,
         count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL AND key IS NOT NULL)::int AS dead,
         greatest(0, extract(epoch FROM now() - min(CASE WHEN attempts = 0 THEN run_at ELSE created_at END) FILTER (WHERE attempts < max_attempts)))::float8 AS oldest
       FROM graphile_worker.jobs GROUP BY 1)
   SELECT (SELECT coalesce(json_agg(job), '[]') FROM job) AS jobs, (SELECT coalesce(json_agg(counted), '[]') FROM counted) AS stock,
     (SELECT json_build_object('open', count(*), 'oldest', coalesce(greatest(0, extract(epoch FROM $1::timestamptz - min(placed_at))), 0)::float8)
      FROM orders WHERE state = 'awaiting_payment') AS reservations,
     (SELECT count(*)::int FROM (SELECT FROM outbox LIMIT 10000) AS o) AS outbox`,
)

/** What the shop's own tables show, in one statement, and as cheap at a million keys as at a thousand. */
export async function gauges(sql: Sql, now: Date): Promise<Omit<Gauges, 'audit'>> {
  return (await sql.rows<Omit<Gauges, 'audit'>>(GAUGES, [now, Math.floor(now.getTime() / 1000)]))[0] as Gauges
}

const REPEATABLE = statement('report-snapshot', `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`)
const FIGURES = statement(
  'report-day',
  `WITH paid AS (
       SELECT provider, currency, count(*)::int AS count, sum(amount)::float8 AS amount FROM payment
       WHERE received_at >= $1 AND received_at < $2 GROUP BY 1, 2 ORDER BY 1, 2),
     back AS (
       SELECT CASE WHEN r.customer_id IS NULL THEN p.provider ELSE '${WALLET}' END AS provider, r.currency, count(*)::int AS count, sum(r.amount)::float8 AS amount FROM refund r JOIN payment p ON p.id = r.payment_id
       WHERE r.state = 'done' AND r.done_at >= $1 AND r.done_at < $2 GROUP BY 1, 2 ORDER BY 1, 2)
   SELECT (SELECT coalesce(json_agg(paid), '[]') FROM paid) AS payments, (SELECT coalesce(json_agg(back), '[]') FROM back) AS refunds,
     (SELECT count(*)::int FROM orders WHERE paid_at >= $1 AND paid_at < $2) AS orders,
     (SELECT coalesce(sum(l.quantity), 0)::int FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.delivered_at >= $1 AND o.delivered_at < $2) AS units`,
)
const BOOKED = `p.reference, p.order_no AS "orderNo", p.amount, p.currency, p.outcome = 'refunded' AS "isBack"`
const KNOWN = statement(
  'report-known',
  `SELECT ${BOOKED} FROM payment p WHERE p.provider = $1 AND p.reference = ANY($2::text[])`,
)
const CAME_IN = statement(
  'report-came-in',
  `SELECT ${BOOKED} FROM payment p WHERE p.provider = $1 AND p.received_at >= $2 AND p.received_at < $3 ORDER BY p.id`,
)
const WENT_BACK = statement(
  'report-went-back',
  `SELECT ${BOOKED}, r.id::text AS "refundId", r.amount AS back, r.part FROM payment p JOIN refund r ON r.payment_id = p.id
   WHERE p.provider = $1 AND r.state = 'done' AND r.customer_id IS NULL AND r.done_at >= $2 AND r.done_at < $3 ORDER BY r.id`,
)
const KNOWN_REFUNDS = statement(
  'report-known-refunds',
  `SELECT r.id::text AS "refundId", r.amount, r.state = 'failed' AS failed FROM refund r JOIN payment p ON p.id = r.payment_id
   WHERE p.provider = $1 AND r.id = ANY($2::bigint[])`,
)

interface Bounds {
  readonly from: Date
  readonly to: Date
}

/** From here on the caller's transaction sees one moment only. It has to be its first statement. */
export async function standStill(sql: Sql): Promise<void> {
  await sql.rows(REPEATABLE)
}

/** What came in, went back and was delivered that day. */
export async function figures(
  sql: Sql,
  { from, to }: Bounds,
): Promise<Pick<Books, 'payments' | 'refunds' | 'orders' | 'units'>> {
  return (await sql.rows<Books>(FIGURES, [from, to]))[0] as Books
}

/** Where payments, orders, keys and ledger differ. */
export async function differences(sql: Sql, { from, to }: Bounds): Promise<Difference[]> {
  const all: Found[] = []
  for (const comparison of [...COMPARISONS, LEDGER, STRAY]) all.push(...(await sql.rows<Found>(comparison, [from, to])))
  return all.map(({ kind, subject, order_no, expected, actual }) => ({
    kind,
    subject,
    orderNo: order_no ?? undefined,
    expected: expected ?? undefined,
    actual: actual ?? undefined,
  }))
}

type Row = Omit<Booked, 'orderNo'> & { readonly orderNo: string | null; readonly isBack: boolean }
type BackRow = Row & { readonly refundId: string; readonly back: number; readonly part: boolean }
const bookedOf = (row: Row) => ({ ...row, orderNo: row.orderNo ?? undefined })

/** What we know of the payments that a provider's book names, and what it should name by our own. */
export async function ourBook(
  sql: Sql,
  provider: string,
  references: readonly string[],
  refundIds: readonly string[],
  { from, to }: Bounds,
): Promise<Pick<TwoBooks, 'known' | 'knownRefunds' | 'ours'>> {
  const known = (await sql.rows<Row>(KNOWN, [provider, references])).map(bookedOf)
  const payments = (await sql.rows<Row>(CAME_IN, [provider, from, to])).map(bookedOf)
  const refunds = (await sql.rows<BackRow>(WENT_BACK, [provider, from, to])).map((row) => ({
    ...row,
    ...bookedOf(row),
  }))
  const asked = await sql.rows<{ refundId: string; amount: number; failed: boolean }>(KNOWN_REFUNDS, [
    provider,
    refundIds.map(BigInt),
  ])
  return {
    known: new Map(known.map((payment) => [payment.reference, payment])),
    knownRefunds: new Map(asked.map((refund) => [refund.refundId, refund])),
    ours: { payments, refunds },
  }
}

/** Kept in `shop_setting`: the last day whose books were given to a job to compare. */
const BEGIN_DAYS = statement(
  'report-begin-days',
  `INSERT INTO shop_setting (key, value, updated_at) VALUES ('compared', to_jsonb($1::text), $2) ON CONFLICT (key) DO NOTHING`,
)
const LOCK_DAYS = statement(
  'report-lock-days',
  `SELECT value #>> '{}' AS day FROM shop_setting WHERE key = 'compared' FOR UPDATE`,
)
const KEEP_DAYS = statement(
  'report-keep-days',
  `UPDATE shop_setting SET value = to_jsonb($1::text), updated_at = $2 WHERE key = 'compared'`,
)

/** The last day that was given out, in whose place the caller's transaction may put a later one; `first` when there is none. */
export async function lockDays(sql: Sql, first: string, at: Date): Promise<string> {
  await sql.rows(BEGIN_DAYS, [first, at])
  return (await sql.rows<{ day: string }>(LOCK_DAYS))[0]?.day ?? first
}

export async function keepDays(sql: Sql, day: string, at: Date): Promise<void> {
  await sql.rows(KEEP_DAYS, [day, at])
}
