import { createHash } from 'node:crypto'
import { type Sql, statement } from '../platform/database/sql.ts'
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
const KEPT = statement('mailing-kept', `SELECT figures FROM mailing WHERE id = $1`)
const OLD = statement(
  'mailing-old',
  `SELECT id FROM mailing WHERE ended_at < $1 AND EXISTS (SELECT FROM mailing_recipient r WHERE r.mailing_id = mailing.id) ORDER BY id LIMIT 1`,
)
const KEEP = statement('mailing-keep', `UPDATE mailing SET figures = $2::jsonb WHERE id = $1 AND figures IS NULL`)
/** False when it was so before. */
export async function setQuiet(sql: Sql, customerId: number, since: Date | undefined): Promise<boolean> {
  return (await sql.rows(QUIET, [customerId, since ?? null])).length > 0
}

export async function isQuiet(sql: Sql, customerId: number): Promise<boolean> {
  return (await sql.rows<{ isQuiet: boolean }>(IS_QUIET, [customerId]))[0]?.isQuiet ?? false
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
