import { type Sql, statement } from '../platform/database/sql.ts'

/** What one row holds at one time. */
export interface Held {
  readonly id: bigint
  readonly version: number
}

export interface Row extends Held {
  readonly event: string | null
  readonly sealed: Buffer
}

export interface NewRow {
  readonly channel: string
  readonly chat: string
  readonly subject: string | undefined
  readonly event: string | undefined
  readonly messages: number
  readonly sealed: Buffer
  readonly at: Date
}

const ADD = statement(
  'deferred-add',
  `INSERT INTO deferred_message AS kept (channel, chat, subject, event, messages, sealed, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (channel, chat, subject) DO UPDATE SET event = excluded.event, messages = excluded.messages,
     sealed = excluded.sealed, at = excluded.at, tries = 0, version = kept.version + 1`,
)
const OLDEST = statement(
  'deferred-oldest',
  `SELECT id, version, event, sealed FROM deferred_message WHERE channel = $1 AND chat = $2 ORDER BY id LIMIT $3`,
)
const COUNT = statement(
  'deferred-count',
  `SELECT coalesce(sum(messages), 0)::int AS count FROM deferred_message WHERE channel = $1 AND chat = $2`,
)
const OF_ANSWER = statement(
  'deferred-of-answer',
  `SELECT FROM deferred_message WHERE channel = $1 AND chat = $2 AND event IS NOT NULL LIMIT 1`,
)
const REPLACE = statement(
  'deferred-replace',
  `UPDATE deferred_message SET sealed = $3, messages = $4, tries = 0, version = version + 1 WHERE id = $1 AND version = $2`,
)
const FAILED = statement(
  'deferred-failed',
  `UPDATE deferred_message SET tries = tries + 1 WHERE id = $1 AND version = $2 RETURNING tries`,
)
const DELETE = statement('deferred-delete', `DELETE FROM deferred_message WHERE id = $1 AND version = $2`)
const FORGET = statement(
  'deferred-forget',
  `DELETE FROM deferred_message WHERE channel = $1 AND chat = $2 AND event = $3`,
)
const PRUNE = statement('deferred-prune', `DELETE FROM deferred_message WHERE at < $1`)

export async function add(sql: Sql, row: NewRow): Promise<void> {
  const { channel, chat, subject, event, messages, sealed, at } = row
  await sql.rows(ADD, [channel, chat, subject ?? null, event ?? null, messages, sealed, at])
}

/** At most so many, in the order they were added. */
export function oldest(sql: Sql, channel: string, chat: string, most: number): Promise<Row[]> {
  return sql.rows(OLDEST, [channel, chat, most])
}

export async function count(sql: Sql, channel: string, chat: string): Promise<number> {
  return (await sql.rows<{ count: number }>(COUNT, [channel, chat]))[0]?.count ?? 0
}

export async function holdsAnswer(sql: Sql, channel: string, chat: string): Promise<boolean> {
  return (await sql.rows(OF_ANSWER, [channel, chat])).length > 0
}

export async function replace(sql: Sql, { id, version }: Held, sealed: Buffer, messages: number): Promise<void> {
  await sql.rows(REPLACE, [id, version, sealed, messages])
}

/** Returns how often it has failed by now; 0 when it holds something else meanwhile. */
export async function failed(sql: Sql, { id, version }: Held): Promise<number> {
  return (await sql.rows<{ tries: number }>(FAILED, [id, version]))[0]?.tries ?? 0
}

export async function remove(sql: Sql, { id, version }: Held): Promise<void> {
  await sql.rows(DELETE, [id, version])
}

export async function forget(sql: Sql, channel: string, chat: string, event: string): Promise<void> {
  await sql.rows(FORGET, [channel, chat, event])
}

export async function prune(sql: Sql, before: Date): Promise<void> {
  await sql.rows(PRUNE, [before])
}
