import type { OrderState } from '../orders/states.ts'
import { type Sql, statement } from '../platform/database/sql.ts'

const REQUEST = statement(
  'feedback-request',
  `INSERT INTO feedback_request (order_id, revealed_at) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING`,
)
/** Whether the buyer of an order takes messages of the marketing kind in the chat where it was placed, and can be reached there. */
const ASKING = `o.no, o.customer_id AS "customerId", o.channel, o.chat, o.state, r.revealed_at AS "revealedAt",
  EXISTS (SELECT FROM feedback f WHERE f.order_id = o.id) AS "isRated",
  EXISTS (SELECT FROM customer c JOIN identity i ON i.customer_id = c.id WHERE c.id = o.customer_id AND c.quiet_since IS NULL
    AND i.channel = o.channel AND i.chat = o.chat AND i.gone_at IS NULL) AS "isWelcome"`
/** Whoever takes an order here decides about it: it never comes again. */
const TAKE_DUE = statement(
  'feedback-take-due',
  `WITH due AS (
     SELECT order_id FROM feedback_request WHERE closed_at IS NULL AND revealed_at <= $1 ORDER BY revealed_at LIMIT $3 FOR UPDATE SKIP LOCKED),
   r AS (UPDATE feedback_request q SET closed_at = $2 FROM due WHERE q.order_id = due.order_id RETURNING q.*)
   SELECT ${ASKING} FROM r JOIN orders o ON o.id = r.order_id ORDER BY o.id`,
)
const ASKED = statement(
  'feedback-asked',
  `SELECT ${ASKING} FROM feedback_request r JOIN orders o ON o.id = r.order_id WHERE o.no = $1`,
)
const GET = statement('feedback-get', `SELECT stars, sealed, at FROM feedback WHERE order_id = $1`)
/** Of two first ratings at once the second waits, and changes the first. */
const RATE = statement(
  'feedback-rate',
  `INSERT INTO feedback (order_id, customer_id, stars, at, changed_at) VALUES ($1, $2, $3, $4, $4)
   ON CONFLICT (order_id) DO UPDATE SET stars = excluded.stars, changed_at = excluded.changed_at RETURNING at`,
)
const SAY = statement('feedback-say', `UPDATE feedback SET sealed = $2, changed_at = $3 WHERE order_id = $1`)

const OF_PRODUCT = `($1::int IS NULL OR EXISTS (SELECT FROM order_line l WHERE l.order_id = f.order_id AND l.product_id = $1))`
const FIGURES = statement(
  'feedback-figures',
  `SELECT count(*)::int AS count, coalesce(avg(f.stars), 0)::float AS average FROM feedback f WHERE ${OF_PRODUCT}`,
)
const LIST = statement(
  'feedback-list',
  `SELECT o.no, f.customer_id AS "customerId", f.stars, f.sealed, f.at,
     (SELECT string_agg(l.name, ', ' ORDER BY l.position) FROM order_line l WHERE l.order_id = o.id) AS title
   FROM feedback f JOIN orders o ON o.id = f.order_id WHERE ${OF_PRODUCT} ORDER BY f.stars, f.at DESC, f.order_id LIMIT $2 OFFSET $3`,
)
const LAST_WORDS = statement(
  'feedback-last-words',
  `SELECT f.customer_id AS "customerId", f.sealed FROM feedback f WHERE f.sealed IS NOT NULL AND ${OF_PRODUCT} ORDER BY f.at DESC, f.order_id DESC LIMIT 1`,
)
const SAID_OF_BATCHES = `SELECT DISTINCT k.batch_id, f.order_id, f.customer_id, f.stars, f.sealed, f.at FROM feedback f
  JOIN order_line l ON l.order_id = f.order_id AND l.product_id = $1 JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id`
const COUNT_BATCHES = statement(
  'feedback-batches-count',
  `SELECT count(DISTINCT said.batch_id)::int AS total FROM (${SAID_OF_BATCHES}) AS said`,
)
const BATCHES = statement(
  'feedback-batches',
  `WITH said AS (${SAID_OF_BATCHES}),
   figures AS (SELECT batch_id, count(*)::int AS count, avg(stars)::float AS average FROM said GROUP BY batch_id),
   words AS (SELECT DISTINCT ON (batch_id) batch_id, customer_id, sealed FROM said WHERE sealed IS NOT NULL ORDER BY batch_id, at DESC)
   SELECT b.id AS "batchId", b.source, b.created_at AS "importedAt", g.count, g.average, w.customer_id AS "customerId", w.sealed
   FROM figures g JOIN batch b ON b.id = g.batch_id LEFT JOIN words w ON w.batch_id = b.id ORDER BY g.average, b.id DESC LIMIT $2 OFFSET $3`,
)

export interface AskingRow {
  readonly no: string
  readonly customerId: number
  readonly channel: string
  readonly chat: string
  readonly state: OrderState
  readonly revealedAt: Date
  readonly isRated: boolean
  readonly isWelcome: boolean
}

export async function request(sql: Sql, orderId: bigint, at: Date): Promise<void> {
  await sql.rows(REQUEST, [orderId, at])
}

/** The orders first shown until `until` that nobody has decided about; nobody gets them again. */
export function takeDue(sql: Sql, until: Date, now: Date, most: number): Promise<AskingRow[]> {
  return sql.rows<AskingRow>(TAKE_DUE, [until, now, most])
}

export async function asked(sql: Sql, no: string): Promise<AskingRow | undefined> {
  return (await sql.rows<AskingRow>(ASKED, [no]))[0]
}

export interface RatingRow {
  readonly stars: number
  readonly sealed: Buffer | null
  readonly at: Date
}

export async function get(sql: Sql, orderId: bigint): Promise<RatingRow | undefined> {
  return (await sql.rows<RatingRow>(GET, [orderId]))[0]
}

/** Writes the stars down; gives when the order was first rated. */
export async function rate(sql: Sql, orderId: bigint, customerId: number, stars: number, at: Date): Promise<Date> {
  const [row] = await sql.rows<{ at: Date }>(RATE, [orderId, customerId, stars, at])
  return (row as { at: Date }).at
}

export async function say(sql: Sql, orderId: bigint, sealed: Buffer, at: Date): Promise<void> {
  await sql.rows(SAY, [orderId, sealed, at])
}

export async function figures(
  sql: Sql,
  productId: number | undefined,
): Promise<{ count: number; average: number } | undefined> {
  return (await sql.rows<{ count: number; average: number }>(FIGURES, [productId ?? null]))[0]
}

interface SaidRow {
  readonly customerId: number
  readonly sealed: Buffer
}

export interface ListRow {
  readonly no: string
  readonly title: string
  readonly customerId: number
  readonly stars: number
  readonly sealed: Buffer | null
  readonly at: Date
}

export function list(sql: Sql, productId: number | undefined, take: number, skip: number): Promise<ListRow[]> {
  return sql.rows<ListRow>(LIST, [productId ?? null, take, skip])
}

export async function lastWords(sql: Sql, productId: number): Promise<SaidRow | undefined> {
  return (await sql.rows<SaidRow>(LAST_WORDS, [productId]))[0]
}

export interface BatchRow {
  readonly batchId: number
  readonly source: string
  readonly importedAt: Date
  readonly count: number
  readonly average: number
  readonly customerId: number | null
  readonly sealed: Buffer | null
}

export async function countBatches(sql: Sql, productId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_BATCHES, [productId]))[0]?.total ?? 0
}

export function batches(sql: Sql, productId: number, take: number, skip: number): Promise<BatchRow[]> {
  return sql.rows<BatchRow>(BATCHES, [productId, take, skip])
}
