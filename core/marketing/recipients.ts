import { type Language, languageOf } from '../customers/model.ts'
import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Money } from '../wallet/model.ts'
import type { Progress, Results, Segment } from './model.ts'

/** Who gets a broadcast, and what became of each: the statements about its recipients. */

/** Customers looked at in one step. */
const STEP = 1000

const BOUGHT = `SELECT FROM orders o WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state NOT IN ('refunding', 'refunded')`
const BOUGHT_LINE = `SELECT FROM orders o JOIN order_line l ON l.order_id = o.id JOIN product p ON p.id = l.product_id
  WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state NOT IN ('refunding', 'refunded')`
/** Who is not to be sent to, and why, by where they are reached (`i`), themselves (`c`) and their standing (`s`). */
const STATE = `(CASE WHEN c.quiet_since IS NOT NULL THEN 'quiet' WHEN s.trust = 'restricted' THEN 'barred'
  WHEN i.chat IS NULL OR i.gone_at IS NOT NULL THEN 'gone'`
/** The customers among these whom a segment ($1–$9) fits, each with one address: where they can be reached, the latest. */
const fitting = (
  customers: string,
) => `SELECT DISTINCT ON (c.id) c.id, i.channel, i.chat, ${STATE} ELSE 'waiting' END) AS state
  FROM ${customers} c JOIN identity i ON i.customer_id = c.id LEFT JOIN customer_standing s ON s.customer_id = c.id
  WHERE ($1::text IS NULL OR EXISTS (${BOUGHT_LINE} AND p.sku = $1))
    AND ($2::int IS NULL OR EXISTS (${BOUGHT_LINE} AND p.category_id = $2))
    AND ($3::timestamptz IS NULL OR EXISTS (${BOUGHT} AND o.paid_at > $3))
    AND ($4::timestamptz IS NULL OR EXISTS (${BOUGHT}) AND NOT EXISTS (${BOUGHT} AND o.paid_at > $4))
    AND ($5::text IS NULL OR coalesce(c.language, 'en') = $5)
    AND ($6::text IS NULL OR i.channel = $6)
    AND ($7::text IS NULL OR c.source = $7)
    AND ($8::bigint IS NULL OR (SELECT sum(o.total) FROM orders o
      WHERE o.customer_id = c.id AND o.paid_at IS NOT NULL AND o.state NOT IN ('refunding', 'refunded') AND o.currency = $9) >= $8)
  ORDER BY c.id, i.gone_at NULLS FIRST, i.created_at DESC`
const REACH = statement(
  'mailing-reach',
  `SELECT state, count(*)::int AS count FROM (${fitting('customer')}) AS f GROUP BY 1`,
)
/** Looks at the next customers, and moves the mark behind them: two processes at once take turns at the mailing's row. */
const FILL = statement(
  'mailing-fill',
  `WITH m AS (SELECT id, filled_to FROM mailing WHERE id = $10 AND state = 'sending' AND filled_at IS NULL FOR UPDATE),
   page AS (SELECT c.id, c.language, c.source, c.quiet_since FROM customer c JOIN m ON c.id > m.filled_to ORDER BY c.id LIMIT ${STEP}),
   added AS (
     INSERT INTO mailing_recipient (mailing_id, customer_id, channel, chat, state, at)
     SELECT m.id, f.id, f.channel, f.chat, f.state::recipient_state, $11 FROM m, (${fitting('page')}) AS f ON CONFLICT DO NOTHING)
   UPDATE mailing SET filled_to = coalesce((SELECT max(id) FROM page), mailing.filled_to),
     filled_at = CASE WHEN (SELECT count(*) FROM page) < ${STEP} THEN $11::timestamptz END
   FROM m WHERE mailing.id = m.id RETURNING mailing.filled_at IS NOT NULL AS "isFilled"`,
)

const CHANNELS = statement(
  'mailing-channels',
  `SELECT DISTINCT channel FROM mailing_recipient WHERE mailing_id = $1 AND state = 'waiting'`,
)
const LOSE = statement(
  'mailing-lose',
  `UPDATE mailing_recipient SET state = 'unsure' WHERE mailing_id = $1 AND state = 'sending' AND at < $2`,
)
const IS_OVER = statement(
  'mailing-is-over',
  `SELECT NOT EXISTS (SELECT FROM mailing_recipient WHERE mailing_id = $1 AND state IN ('waiting', 'sending')) AS "isOver"`,
)
/**
 * The next recipient on a channel, as long as the mailing is being sent: nobody else gets them. What they have said of such
 * messages until this moment counts.
 */
const CLAIM = statement(
  'mailing-claim',
  `WITH next AS (
     SELECT r.mailing_id, r.customer_id, r.chat FROM mailing_recipient r
     WHERE r.mailing_id = $1 AND r.channel = $2 AND r.state = 'waiting' AND EXISTS (SELECT FROM mailing m WHERE m.id = $1 AND m.state = 'sending')
     ORDER BY r.customer_id LIMIT 1 FOR UPDATE SKIP LOCKED)
   UPDATE mailing_recipient r SET at = $3, state = ${STATE} ELSE 'sending' END)::recipient_state
   FROM next JOIN customer c ON c.id = next.customer_id LEFT JOIN customer_standing s ON s.customer_id = c.id
     LEFT JOIN identity i ON i.customer_id = c.id AND i.channel = $2 AND i.chat = next.chat
   WHERE r.mailing_id = next.mailing_id AND r.customer_id = next.customer_id
   RETURNING r.customer_id AS "customerId", r.chat, r.state = 'sending' AS "isOurs", c.language`,
)
const NOTE = statement(
  'mailing-note',
  `UPDATE mailing_recipient SET state = $3::recipient_state, at = $4 WHERE mailing_id = $1 AND customer_id = $2 AND state IN ('sending', 'unsure')`,
)
const OPENED = statement(
  'mailing-opened',
  `WITH opened AS (UPDATE mailing_recipient SET opened_at = coalesce(opened_at, $3) WHERE mailing_id = $1 AND customer_id = $2)
   SELECT p.sku FROM mailing m JOIN product p ON p.id = m.product_id WHERE m.id = $1`,
)
const PROGRESS = statement(
  'mailing-progress',
  `SELECT state::text, count(*)::int AS count FROM mailing_recipient WHERE mailing_id = $1 GROUP BY 1`,
)
const BOUGHT_AFTER = `SELECT o.id, o.customer_id FROM mailing_recipient r JOIN orders o ON o.customer_id = r.customer_id
    AND o.paid_at > r.at AND o.paid_at < r.at + $2 * interval '1 millisecond' AND o.state NOT IN ('refunding', 'refunded')
  WHERE r.mailing_id = $1 AND r.state = 'sent'`
const RESULTS = statement(
  'mailing-results',
  `WITH bought AS (${BOUGHT_AFTER})
   SELECT (SELECT count(*)::int FROM mailing_recipient WHERE mailing_id = $1 AND opened_at IS NOT NULL) AS opened,
     (SELECT count(DISTINCT customer_id)::int FROM bought) AS buyers, (SELECT count(*)::int FROM bought) AS orders,
     (SELECT coalesce(json_agg(s), '[]') FROM (
       SELECT p.currency, sum(p.amount - p.excess)::float8 AS amount FROM payment p WHERE p.order_id IN (SELECT id FROM bought) AND p.rule IN ${BUYING_RULES}
       GROUP BY p.currency ORDER BY p.currency) AS s) AS sums`,
)
const FORGET = statement(
  'mailing-forget',
  `DELETE FROM mailing_recipient WHERE mailing_id = $1 AND customer_id IN (
     SELECT customer_id FROM mailing_recipient WHERE mailing_id = $1 ORDER BY customer_id LIMIT $2) RETURNING 1`,
)

/** A segment as the statements take it: its days from now on, its amount in this currency. */
function values(segment: Segment, now: Date, currency: string): readonly unknown[] {
  const since = (days: number | undefined) => (days === undefined ? null : new Date(now.getTime() - days * 86_400_000))
  const { product = null, category = null, language = null, channel = null, source = null, spent = null } = segment
  return [
    product,
    category,
    since(segment.boughtWithin),
    since(segment.notBoughtFor),
    language,
    channel,
    source,
    spent,
    currency,
  ]
}

type Count = { readonly state: string; readonly count: number }
const countsOf = (rows: readonly Count[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ state, count }) => [state, count]))

export async function reach(sql: Sql, segment: Segment, now: Date, currency: string): Promise<Record<string, number>> {
  return countsOf(await sql.rows<Count>(REACH, values(segment, now, currency)))
}

/** Whether everyone has been looked at, by this step or before. */
export async function fill(sql: Sql, id: number, segment: Segment, now: Date, currency: string): Promise<boolean> {
  const [row] = await sql.rows<{ isFilled: boolean }>(FILL, [...values(segment, now, currency), id, now])
  return row?.isFilled ?? true
}

export async function channels(sql: Sql, id: number): Promise<string[]> {
  return (await sql.rows<{ channel: string }>(CHANNELS, [id])).map(({ channel }) => channel)
}

/** What was handed over before `before` and never heard of again. */
export async function lose(sql: Sql, id: number, before: Date): Promise<void> {
  await sql.rows(LOSE, [id, before])
}

export async function isOver(sql: Sql, id: number): Promise<boolean> {
  return (await sql.rows<{ isOver: boolean }>(IS_OVER, [id]))[0]?.isOver ?? false
}

/** Undefined when nobody waits on this channel, or the mailing is not being sent. */
export async function claim(
  sql: Sql,
  id: number,
  channel: string,
  at: Date,
): Promise<{ customerId: number; chat: string; isOurs: boolean; language: Language } | undefined> {
  const [row] = await sql.rows<{ customerId: number; chat: string; isOurs: boolean; language: string | null }>(CLAIM, [
    id,
    channel,
    at,
  ])
  return row && { ...row, language: languageOf(row.language ?? undefined) }
}

export async function note(sql: Sql, id: number, customerId: number, state: keyof Progress, at: Date): Promise<void> {
  await sql.rows(NOTE, [id, customerId, state, at])
}

/** Gives the product that its button leads to. */
export async function opened(sql: Sql, id: number, customerId: number, at: Date): Promise<string | undefined> {
  return (await sql.rows<{ sku: string }>(OPENED, [id, customerId, at]))[0]?.sku
}

/** By state; `sending` among them. */
export async function progress(sql: Sql, id: number): Promise<Record<string, number>> {
  return countsOf(await sql.rows<Count>(PROGRESS, [id]))
}

export async function results(sql: Sql, id: number, within: number): Promise<Results> {
  const [row] = await sql.rows<Omit<Results, 'sums'> & { sums: Money[] }>(RESULTS, [id, within])
  return row as Results
}

export async function forget(sql: Sql, id: number, most: number): Promise<number> {
  return (await sql.rows(FORGET, [id, most])).length
}
