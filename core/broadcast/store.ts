import { type Sql, statement } from '../platform/database/sql.ts'

/** The channel of NOTIFY on which processes hear of each other: sender, then `here`, `gone` or the id of what was told. */
export const newsChannel = (topic: string): string => `keytill_${topic}`

const SAY = statement('broadcast-say', `SELECT pg_notify($1, $2)`)
const TELL = statement(
  'broadcast-tell',
  `WITH told AS (INSERT INTO broadcast (id, topic, sealed) VALUES ($1, $2, $3)) SELECT pg_notify($4, $5)`,
)
const ONE = statement('broadcast-one', `SELECT id, sealed FROM broadcast WHERE id = $1`)
const RECENT = statement('broadcast-recent', `SELECT id, sealed FROM broadcast WHERE topic = $1 ORDER BY at, id`)
const FORGET = statement(
  'broadcast-forget',
  `DELETE FROM broadcast WHERE topic = $1 AND at < clock_timestamp() - interval '1 minute'`,
)

export interface Told {
  readonly id: string
  readonly sealed: Buffer
}

/** Says something short to the other processes. */
export async function say(sql: Sql, topic: string, words: string): Promise<void> {
  await sql.rows(SAY, [newsChannel(topic), words])
}

export async function tell(sql: Sql, topic: string, from: string, { id, sealed }: Told): Promise<void> {
  await sql.rows(TELL, [id, topic, sealed, newsChannel(topic), `${from} ${id}`])
}

export async function one(sql: Sql, id: string): Promise<Told[]> {
  return sql.rows<Told>(ONE, [id])
}

/** All that was told in the last minute, the oldest first. */
export async function recent(sql: Sql, topic: string): Promise<Told[]> {
  return sql.rows<Told>(RECENT, [topic])
}

export async function forget(sql: Sql, topic: string): Promise<void> {
  await sql.rows(FORGET, [topic])
}
