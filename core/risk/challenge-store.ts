import { type Sql, statement } from '../platform/database/sql.ts'
import type { Challenge } from './model.ts'

/** Under which one challenge of a customer, or to a number, is given or answered after the other ($1 names of locks). */
const TURN = statement(
  'challenge-turn',
  `SELECT pg_advisory_xact_lock(hashtext('challenge'), k.key) FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS k`,
)
const OF_EVENT = statement('challenge-of-event', `SELECT id, sent_at FROM challenge_given WHERE event = $1`)
const COUNT = statement(
  'challenge-count',
  `SELECT count(*) FILTER (WHERE customer_id = $1)::int AS mine, count(*) FILTER (WHERE phone_hash = $3)::int AS "toNumber"
   FROM challenge_given WHERE kind = $2 AND (customer_id = $1 OR phone_hash = $3) AND at > $4 AND event <> $5`,
)
const GIVE = statement(
  'challenge-give',
  `INSERT INTO challenge_given (customer_id, kind, answer_hash, phone_hash, event, at) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (event) DO UPDATE SET answer_hash = excluded.answer_hash RETURNING id`,
)
const SENT = statement('challenge-sent', `UPDATE challenge_given SET sent_at = $2 WHERE id = $1`)
const NEWEST = statement(
  'challenge-newest',
  `SELECT id, answer_hash, phone_hash, event, at, tries, answered_by, passed_at FROM challenge_given
   WHERE customer_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1`,
)
const ANSWERED = statement(
  'challenge-answered',
  `UPDATE challenge_given SET tries = tries + 1, answered_by = $2, passed_at = $3 WHERE id = $1`,
)
const PRUNE = statement('challenge-prune', `DELETE FROM challenge_given WHERE at < $1`)

/** Waits for whoever has one of these, and keeps them until the transaction ends. */
export async function turn(sql: Sql, names: readonly string[]): Promise<void> {
  await sql.rows(TURN, [names])
}

/** What an event has asked for before, and whether it was sent. */
export async function ofEvent(sql: Sql, event: string): Promise<{ id: bigint; isSent: boolean } | undefined> {
  const [row] = await sql.rows<{ id: bigint; sent_at: Date | null }>(OF_EVENT, [event])
  return row && { id: row.id, isSent: row.sent_at !== null }
}

interface Given {
  readonly customerId: number
  readonly kind: Challenge
  readonly phone: Buffer | undefined
  readonly event: string
}

/** How many were given since then, to the customer and to the number, but for what this event asked for. */
export async function countSince(
  sql: Sql,
  { customerId, kind, phone, event }: Given,
  since: Date,
): Promise<{ readonly mine: number; readonly toNumber: number }> {
  const [row] = await sql.rows<{ mine: number; toNumber: number }>(COUNT, [
    customerId,
    kind,
    phone ?? null,
    since,
    event,
  ])
  return row ?? { mine: 0, toNumber: 0 }
}

/** Writes down what was given; the same event again only changes what answers it. */
export async function give(
  sql: Sql,
  { customerId, kind, phone, event }: Given,
  answer: Buffer,
  at: Date,
): Promise<bigint> {
  const [row] = await sql.rows<{ id: bigint }>(GIVE, [customerId, kind, answer, phone ?? null, event, at])
  return (row as { id: bigint }).id
}

export async function sent(sql: Sql, id: bigint, at: Date): Promise<void> {
  await sql.rows(SENT, [id, at])
}

export interface GivenRow {
  readonly id: bigint
  readonly answer_hash: Buffer
  readonly phone_hash: Buffer | null
  readonly event: string
  readonly at: Date
  readonly tries: number
  readonly answered_by: string | null
  readonly passed_at: Date | null
}

/** The one that counts: the last that was given. */
export async function newest(sql: Sql, customerId: number, kind: Challenge): Promise<GivenRow | undefined> {
  return (await sql.rows<GivenRow>(NEWEST, [customerId, kind]))[0]
}

/** One try is used up; `passedAt` when it was the right one. */
export async function answered(sql: Sql, id: bigint, event: string, passedAt: Date | undefined): Promise<void> {
  await sql.rows(ANSWERED, [id, event, passedAt ?? null])
}

export async function prune(sql: Sql, before: Date): Promise<void> {
  await sql.rows(PRUNE, [before])
}
