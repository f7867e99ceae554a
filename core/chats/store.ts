import { type Sql, statement } from '../platform/database/sql.ts'

const INSERT = statement(
  'chat-event-insert',
  `INSERT INTO chat_event (channel, external_id, chat, payload, received_at)
   SELECT $1, e.external_id, e.chat, e.payload, $5 FROM unnest($2::text[], $3::text[], $4::bytea[]) AS e (external_id, chat, payload)
   ON CONFLICT (channel, external_id) DO NOTHING RETURNING id, external_id`,
)
const UNHANDLED = statement(
  'chat-event-unhandled',
  `SELECT id, chat, payload, received_at FROM chat_event
   WHERE channel = $1 AND done_at IS NULL AND payload IS NOT NULL AND ($2::timestamptz IS NULL OR received_at < $2) ORDER BY id`,
)
const DONE = statement('chat-event-done', `UPDATE chat_event SET done_at = $2, payload = NULL WHERE id = $1`)
const ATTEMPT = statement(
  'chat-event-attempt',
  `UPDATE chat_event SET attempts = attempts + 1 WHERE id = $1 RETURNING attempts`,
)
const PRUNE = statement('chat-event-prune', `DELETE FROM chat_event WHERE done_at < $1`)
const SESSION = statement('chat-session', `SELECT state FROM chat_session WHERE channel = $1 AND chat = $2`)
const SAVE = statement(
  'chat-session-save',
  `INSERT INTO chat_session (channel, chat, state, updated_at) VALUES ($1, $2, $3::jsonb - 'menu', $4)
   ON CONFLICT (channel, chat) DO UPDATE SET updated_at = excluded.updated_at, state = excluded.state ||
     CASE WHEN chat_session.state ? 'menu' THEN jsonb_build_object('menu', chat_session.state -> 'menu') ELSE '{}' END`,
)
/** An update that changes nothing, so that the row is there, and locked. */
const LOCK = statement(
  'chat-session-lock',
  `INSERT INTO chat_session (channel, chat, state, updated_at) VALUES ($1, $2, '{}', $3)
   ON CONFLICT (channel, chat) DO UPDATE SET state = chat_session.state RETURNING state`,
)
const SAVE_MENU = statement(
  'chat-session-menu',
  `INSERT INTO chat_session (channel, chat, state, updated_at) VALUES ($1, $2, $3::jsonb, $4)
   ON CONFLICT (channel, chat) DO UPDATE SET state = chat_session.state || excluded.state, updated_at = excluded.updated_at`,
)
const MESSAGE = statement(
  'chat-message',
  `SELECT message_id FROM chat_message WHERE channel = $1 AND chat = $2 AND subject = $3`,
)
const REMEMBER = statement(
  'chat-message-remember',
  `INSERT INTO chat_message (channel, chat, subject, message_id, sent_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (channel, chat, subject) DO UPDATE SET message_id = excluded.message_id, sent_at = excluded.sent_at`,
)

const FORGET = statement('chat-message-forget', `DELETE FROM chat_message WHERE subject = $1`)

export interface EventRow {
  readonly id: bigint
  readonly chat: string
  readonly payload: Buffer
  readonly received_at: Date
}

/** The ids given to what is new, by external id. */
export async function insertEvents(
  sql: Sql,
  channel: string,
  items: readonly { externalId: string; chat: string; payload: Buffer }[],
  at: Date,
): Promise<Map<string, bigint>> {
  const values = [channel, items.map((i) => i.externalId), items.map((i) => i.chat), items.map((i) => i.payload), at]
  const rows = await sql.rows<{ id: bigint; external_id: string }>(INSERT, values)
  return new Map(rows.map((row) => [row.external_id, row.id]))
}

export function unhandled(sql: Sql, channel: string, before: Date | undefined): Promise<EventRow[]> {
  return sql.rows<EventRow>(UNHANDLED, [channel, before ?? null])
}

export async function done(sql: Sql, id: bigint, at: Date): Promise<void> {
  await sql.rows(DONE, [id, at])
}

export async function attempt(sql: Sql, id: bigint): Promise<number> {
  return (await sql.rows<{ attempts: number }>(ATTEMPT, [id]))[0]?.attempts ?? 0
}

export async function prune(sql: Sql, before: Date): Promise<void> {
  await sql.rows(PRUNE, [before])
}

export async function session(sql: Sql, channel: string, chat: string): Promise<unknown> {
  return (await sql.rows<{ state: unknown }>(SESSION, [channel, chat]))[0]?.state
}

export async function saveSession(sql: Sql, channel: string, chat: string, state: unknown, at: Date): Promise<void> {
  await sql.rows(SAVE, [channel, chat, JSON.stringify(state), at])
}

/** Within a transaction: the session as it is, until the transaction ends. */
export async function lockSession(sql: Sql, channel: string, chat: string, at: Date): Promise<{ menu?: unknown }> {
  const [row] = await sql.rows<{ state: { menu?: unknown } }>(LOCK, [channel, chat, at])
  return row?.state ?? {}
}

export async function saveMenu(sql: Sql, channel: string, chat: string, menu: unknown, at: Date): Promise<void> {
  await sql.rows(SAVE_MENU, [channel, chat, JSON.stringify({ menu }), at])
}

export async function message(sql: Sql, channel: string, chat: string, subject: string): Promise<string | undefined> {
  return (await sql.rows<{ message_id: string }>(MESSAGE, [channel, chat, subject]))[0]?.message_id
}

export async function rememberMessage(
  sql: Sql,
  channel: string,
  chat: string,
  subject: string,
  messageId: string,
  at: Date,
): Promise<void> {
  await sql.rows(REMEMBER, [channel, chat, subject, messageId, at])
}

export async function forgetMessages(sql: Sql, subject: string): Promise<void> {
  await sql.rows(FORGET, [subject])
}
