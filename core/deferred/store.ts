import { type Sql, statement } from '../platform/database/sql.ts'

const ADD = statement(
  'deferred-add',
  `INSERT INTO deferred_message (channel, chat, subject, sealed, at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (channel, chat, subject) DO NOTHING`,
)
const OLDEST = statement(
  'deferred-oldest',
  `SELECT id, sealed FROM deferred_message WHERE channel = $1 AND chat = $2 ORDER BY id LIMIT $3`,
)
const COUNT = statement(
  'deferred-count',
  `SELECT count(*)::int AS count FROM deferred_message WHERE channel = $1 AND chat = $2`,
)
const DELETE = statement('deferred-delete', `DELETE FROM deferred_message WHERE id = $1`)
const PRUNE = statement('deferred-prune', `DELETE FROM deferred_message WHERE at < $1`)

export async function add(
  sql: Sql,
  channel: string,
  chat: string,
  subject: string | undefined,
  sealed: Buffer,
  at: Date,
): Promise<void> {
  await sql.rows(ADD, [channel, chat, subject ?? null, sealed, at])
}

/** At most so many, in the order they were added. */
export function oldest(
  sql: Sql,
  channel: string,
  chat: string,
  most: number,
): Promise<{ readonly id: bigint; readonly sealed: Buffer }[]> {
  return sql.rows(OLDEST, [channel, chat, most])
}

export async function count(sql: Sql, channel: string, chat: string): Promise<number> {
  return (await sql.rows<{ count: number }>(COUNT, [channel, chat]))[0]?.count ?? 0
}

export async function remove(sql: Sql, id: bigint): Promise<void> {
  await sql.rows(DELETE, [id])
}

export async function prune(sql: Sql, before: Date): Promise<void> {
  await sql.rows(PRUNE, [before])
}
