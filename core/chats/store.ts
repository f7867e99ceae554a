import { type Sql, statement } from '../platform/database/sql.ts'

/** New events, and in the same breath the turn in each of their chats, when nobody has it; else its version grows. */
const INSERT = statement(
  'chat-event-insert',
  `WITH fresh AS (
     INSERT INTO chat_event (channel, external_id, chat, payload, received_at)
     SELECT $1, e.external_id, e.chat, e.payload, $5 FROM unnest($2::text[], $3::text[], $4::bytea[]) AS e (external_id, chat, payload)
     ON CONFLICT (channel, external_id) DO NOTHING RETURNING id, external_id, chat),
   lease AS (
     INSERT INTO chat_lease (channel, chat, holder) SELECT DISTINCT $1, chat, $6::int FROM fresh ORDER BY chat
     ON CONFLICT (channel, chat) DO UPDATE SET version = chat_lease.version + 1 RETURNING chat, version)
   SELECT fresh.id, fresh.external_id, lease.version = 0 AS ours FROM fresh JOIN lease USING (chat)`,
)
/** All that is to be done in a chat, and the version that this is true of; one empty row when there is nothing, none when the turn is another's. */
const WAITING = statement(
  'chat-event-waiting',
  `SELECT l.version, e.id, e.payload, e.received_at FROM chat_lease l
     LEFT JOIN chat_event e ON e.channel = l.channel AND e.chat = l.chat AND e.done_at IS NULL AND e.payload IS NOT NULL
   WHERE l.channel = $1 AND l.chat = $2 AND l.holder = $3 ORDER BY e.id`,
)
const DONE = statement('chat-event-done', `UPDATE chat_event SET done_at = $2, payload = NULL WHERE id = $1`)
const RELEASE = `DELETE FROM chat_lease WHERE channel = $1 AND chat = $2 AND holder = $3 AND version = $4 RETURNING true AS released`
const DONE_LAST = statement(
  'chat-event-done-last',
  `WITH done AS (UPDATE chat_event SET done_at = $6, payload = NULL WHERE id = $5) ${RELEASE}`,
)
const RELEASE_IDLE = statement('chat-lease-release', RELEASE)
/** Turns that we have, and those of processes that are no more: without their advisory lock. */
const HELD = statement(
  'chat-lease-held',
  `SELECT chat, channel, holder, version FROM chat_lease WHERE channel = ANY ($1) AND (holder = $2 OR NOT EXISTS (
     SELECT FROM pg_locks AS held WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
       AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND held.classid = $3::oid AND held.objid = chat_lease.holder::oid))`,
)
const TAKE_OVER = statement(
  'chat-lease-take-over',
  `UPDATE chat_lease SET holder = $2, version = version + 1 WHERE channel = ANY ($1) AND holder = ANY ($3::int[]) RETURNING channel, chat, version`,
)
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

const END_SESSIONS = statement(
  'chat-sessions-end',
  `DELETE FROM chat_session s USING identity i WHERE i.customer_id = $1 AND s.channel = i.channel AND s.chat = i.chat`,
)
const FORGET = statement('chat-message-forget', `DELETE FROM chat_message WHERE subject = $1`)

interface EventRow {
  readonly id: bigint
  readonly payload: Buffer
  readonly received_at: Date
}

/** The ids given to what is new, by external id, and whether its chat's turn is ours by that. */
export async function insertEvents(
  sql: Sql,
  channel: string,
  items: readonly { externalId: string; chat: string; payload: Buffer }[],
  at: Date,
  holder: number,
): Promise<Map<string, { id: bigint; ours: boolean }>> {
  const columns = [items.map((i) => i.externalId), items.map((i) => i.chat), items.map((i) => i.payload)]
  const rows = await sql.rows<{ id: bigint; external_id: string; ours: boolean }>(INSERT, [
    channel,
    ...columns,
    at,
    holder,
  ])
  return new Map(rows.map((row) => [row.external_id, row]))
}

interface Lease {
  readonly channel: string
  readonly chat: string
  readonly holder: number
  readonly version: number
}

/** What waits in a chat, oldest first; undefined when the turn is not this holder's. */
export async function waiting(
  sql: Sql,
  { channel, chat, holder }: Lease,
): Promise<{ version: number; events: EventRow[] } | undefined> {
  const rows = await sql.rows<EventRow & { version: number }>(WAITING, [channel, chat, holder])
  return rows[0] && { version: rows[0].version, events: rows.filter(({ id }) => id !== null) }
}

export async function done(sql: Sql, id: bigint, at: Date): Promise<void> {
  await sql.rows(DONE, [id, at])
}

/** Gives a turn back, with the last event of it if there is one; false when more has come, or the turn is another's. */
export async function release(sql: Sql, lease: Lease, last: bigint | undefined, at: Date): Promise<boolean> {
  const turn = [lease.channel, lease.chat, lease.holder, lease.version]
  const rows = last === undefined ? await sql.rows(RELEASE_IDLE, turn) : await sql.rows(DONE_LAST, [...turn, last, at])
  return rows.length > 0
}

/** The turns of `holder` in these channels, and those of dead holders: holders hold an advisory lock of this space. */
export function held(sql: Sql, channels: readonly string[], holder: number, space: number): Promise<Lease[]> {
  return sql.rows<Lease>(HELD, [channels, holder, space])
}

/** Takes over the turns of others; who comes second gets none. */
export async function takeOver(
  sql: Sql,
  channels: readonly string[],
  holder: number,
  from: readonly number[],
): Promise<Lease[]> {
  const rows = await sql.rows<Omit<Lease, 'holder'>>(TAKE_OVER, [channels, holder, from])
  return rows.map((row) => ({ ...row, holder }))
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

export async function endSessions(sql: Sql, customerId: number): Promise<void> {
  await sql.rows(END_SESSIONS, [customerId])
}
