import { createHash } from 'node:crypto'
import type { Language } from '../customers/model.ts'
import { languageOf } from '../customers/model.ts'
import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Money } from '../wallet/model.ts'
import type { Mailing, MailingSummary, Progress, Results, Segment } from './model.ts'
import type { MailingState } from './states.ts'

const QUIET = statement(
  'marketing-quiet',
  `UPDATE customer SET quiet_since = $2 WHERE id = $1 AND (quiet_since IS NULL) <> ($2::timestamptz IS NULL) RETURNING id`,
)
const IS_QUIET = statement(
  'marketing-is-quiet',
  `SELECT quiet_since IS NOT NULL AS "isQuiet" FROM customer WHERE id = $1`,
)

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

const COLUMNS = `m.id, m.state, m.text, m.picture_mime, m.picture, p.sku, m.segment, m.created_at, m.send_at, m.started_at, m.ended_at,
  m.filled_at IS NOT NULL AS is_filled`
const GET = statement(
  'mailing-get',
  `SELECT ${COLUMNS} FROM mailing m LEFT JOIN product p ON p.id = m.product_id WHERE m.id = $1`,
)
const LIST = statement(
  'mailing-list',
  `SELECT m.id, m.state, m.text, m.created_at AS "createdAt",
     coalesce((m.figures -> 'progress' ->> 'sent')::int, (SELECT count(*)::int FROM mailing_recipient r WHERE r.mailing_id = m.id AND r.state = 'sent')) AS sent
   FROM mailing m ORDER BY m.id DESC LIMIT $1 OFFSET $2`,
)
const COUNT = statement('mailing-count', `SELECT count(*)::int AS total FROM mailing`)
/** The same text by the same person, not yet sent, is the same draft: what is said twice by accident begins one. */
const DRAFT = statement(
  'mailing-draft',
  `WITH known AS (SELECT id FROM mailing WHERE state = 'draft' AND by = $1 AND text = $2 LIMIT 1),
   made AS (
     INSERT INTO mailing (text, segment, by, created_at) SELECT $2, '{}', $1, $3 WHERE NOT EXISTS (SELECT FROM known) RETURNING id)
   SELECT id FROM known UNION ALL SELECT id FROM made`,
)
const change = (name: string, what: string) =>
  statement(`mailing-${name}`, `UPDATE mailing SET ${what} WHERE id = $1 AND state = 'draft' RETURNING id`)
const TEXT = change('text', 'text = $2')
const PICTURE = change('picture', 'picture_mime = $2, picture = $3')
const PRODUCT = change('product', 'product_id = (SELECT id FROM product WHERE sku = $2)')
const SEGMENT = change('segment', 'segment = $2::jsonb')
const DROP = statement('mailing-drop', `DELETE FROM mailing WHERE id = $1 AND state = 'draft' RETURNING id`)
const MOVE = statement(
  'mailing-move',
  `UPDATE mailing SET state = $2::mailing_state, send_at = CASE WHEN $2 = 'draft' THEN NULL ELSE coalesce($4, send_at) END,
     started_at = CASE WHEN $2 = 'sending' THEN coalesce(started_at, $5) ELSE started_at END,
     ended_at = CASE WHEN $2 IN ('stopped', 'done') THEN $5::timestamptz END
   WHERE id = $1 AND state::text = ANY($3) RETURNING id`,
)
const DUE = statement('mailing-due', `SELECT id FROM mailing WHERE state = 'scheduled' AND send_at <= $1 ORDER BY id`)
const SENDING = statement(
  'mailing-sending',
  `SELECT id, segment, filled_at IS NOT NULL AS "isFilled" FROM mailing WHERE state = 'sending' ORDER BY id`,
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
  `UPDATE mailing_recipient SET opened_at = coalesce(opened_at, $3) WHERE mailing_id = $1 AND customer_id = $2`,
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
const KEPT = statement('mailing-kept', `SELECT figures FROM mailing WHERE id = $1`)
const OLD = statement(
  'mailing-old',
  `SELECT id FROM mailing WHERE ended_at < $1 AND EXISTS (SELECT FROM mailing_recipient r WHERE r.mailing_id = mailing.id) ORDER BY id LIMIT 1`,
)
const KEEP = statement('mailing-keep', `UPDATE mailing SET figures = $2::jsonb WHERE id = $1 AND figures IS NULL`)
const FORGET = statement(
  'mailing-forget',
  `DELETE FROM mailing_recipient WHERE mailing_id = $1 AND customer_id IN (
     SELECT customer_id FROM mailing_recipient WHERE mailing_id = $1 ORDER BY customer_id LIMIT $2) RETURNING 1`,
)

/** False when it was so before. */
export async function setQuiet(sql: Sql, customerId: number, since: Date | undefined): Promise<boolean> {
  return (await sql.rows(QUIET, [customerId, since ?? null])).length > 0
}

export async function isQuiet(sql: Sql, customerId: number): Promise<boolean> {
  return (await sql.rows<{ isQuiet: boolean }>(IS_QUIET, [customerId]))[0]?.isQuiet ?? false
}

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

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

interface MailingRow {
  id: number
  state: MailingState
  text: string
  picture_mime: string | null
  picture: Buffer | null
  sku: string | null
  segment: Segment
  created_at: Date
  send_at: Date | null
  started_at: Date | null
  ended_at: Date | null
  is_filled: boolean
}

export async function get(sql: Sql, id: number): Promise<Mailing | undefined> {
  const [row] = await sql.rows<MailingRow>(GET, [id])
  return (
    row && {
      id: row.id,
      state: row.state,
      text: row.text,
      picture:
        row.picture && row.picture_mime
          ? { id: `mailing:${row.id}:${digest(row.picture)}`, mime: row.picture_mime, bytes: row.picture }
          : undefined,
      sku: row.sku ?? undefined,
      segment: row.segment,
      createdAt: row.created_at,
      sendAt: row.send_at ?? undefined,
      startedAt: row.started_at ?? undefined,
      endedAt: row.ended_at ?? undefined,
      isFilled: row.is_filled,
    }
  )
}

export function list(sql: Sql, take: number, skip: number): Promise<MailingSummary[]> {
  return sql.rows<MailingSummary>(LIST, [take, skip])
}

export async function count(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT))[0]?.total ?? 0
}

export async function draft(sql: Sql, by: string, text: string, at: Date): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(DRAFT, [by, text, at])
  return (row as { id: number }).id
}

/** Each of these is false when it is no draft (any more). */
export const setText = async (sql: Sql, id: number, text: string) => (await sql.rows(TEXT, [id, text])).length > 0
export const setPicture = async (sql: Sql, id: number, mime: string | null, bytes: Uint8Array | null) =>
  (await sql.rows(PICTURE, [id, mime, bytes])).length > 0
export const setProduct = async (sql: Sql, id: number, sku: string | undefined) =>
  (await sql.rows(PRODUCT, [id, sku ?? null])).length > 0
export const setSegment = async (sql: Sql, id: number, segment: Segment) =>
  (await sql.rows(SEGMENT, [id, JSON.stringify(segment)])).length > 0
export const drop = async (sql: Sql, id: number) => (await sql.rows(DROP, [id])).length > 0

/** False when it was not in one of the states `from`. */
export async function move(
  sql: Sql,
  id: number,
  to: MailingState,
  from: readonly MailingState[],
  at: Date,
  sendAt?: Date,
): Promise<boolean> {
  return (await sql.rows(MOVE, [id, to, from, sendAt ?? null, at])).length > 0
}

export async function due(sql: Sql, now: Date): Promise<number[]> {
  return (await sql.rows<{ id: number }>(DUE, [now])).map(({ id }) => id)
}

export function sending(sql: Sql): Promise<{ id: number; segment: Segment; isFilled: boolean }[]> {
  return sql.rows(SENDING)
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

export async function opened(sql: Sql, id: number, customerId: number, at: Date): Promise<void> {
  await sql.rows(OPENED, [id, customerId, at])
}

/** By state; `sending` among them. */
export async function progress(sql: Sql, id: number): Promise<Record<string, number>> {
  return countsOf(await sql.rows<Count>(PROGRESS, [id]))
}

export async function results(sql: Sql, id: number, within: number): Promise<Results> {
  const [row] = await sql.rows<Omit<Results, 'sums'> & { sums: Money[] }>(RESULTS, [id, within])
  return row as Results
}

/** The figures of one whose recipients are forgotten. */
export async function kept(
  sql: Sql,
  id: number,
): Promise<{ readonly progress: Progress; readonly results: Results } | undefined> {
  return (
    (await sql.rows<{ figures: { progress: Progress; results: Results } | null }>(KEPT, [id]))[0]?.figures ?? undefined
  )
}

export async function oldest(sql: Sql, endedBefore: Date): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(OLD, [endedBefore]))[0]?.id
}

export async function keep(sql: Sql, id: number, figures: object): Promise<void> {
  await sql.rows(KEEP, [id, JSON.stringify(figures)])
}

export async function forget(sql: Sql, id: number, most: number): Promise<number> {
  return (await sql.rows(FORGET, [id, most])).length
}
