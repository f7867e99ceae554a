import { type Sql, statement } from '../platform/database/sql.ts'
import type { ReplyTimes, Ticket, TicketFilter, TicketKind, TicketSummary } from './model.ts'

const TURN = statement('ticket-turn', `SELECT pg_advisory_xact_lock(hashtext('ticket'), $1)`)
const OF_EVENT = statement('ticket-of-event', `SELECT ticket_id AS id FROM ticket_message WHERE event = $1`)
/** One about another order is another matter, and so are a complaint and an appeal. */
const OPEN = statement(
  'ticket-open',
  `SELECT id FROM ticket WHERE customer_id = $1 AND channel = $2 AND chat = $3 AND state <> 'closed' AND kind NOT IN ('key', 'appeal')
     AND ($4::text IS NULL OR order_no IS NULL OR order_no = $4) ORDER BY id DESC LIMIT 1`,
)
const APPEAL = statement(
  'ticket-appeal',
  `SELECT id FROM ticket WHERE customer_id = $1 AND state <> 'closed' AND kind = 'appeal' ORDER BY id DESC LIMIT 1`,
)
const CREATE = statement(
  'ticket-create',
  `INSERT INTO ticket (customer_id, channel, chat, kind, order_no, opened_at, previous_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
)
const TICKET = `SELECT id, customer_id AS "customerId", channel, chat, kind, order_no AS "orderNo", state, opened_at AS "openedAt", assignee_id AS "assigneeId",
  waiting_since AS "waitingSince", answered_at AS "answeredAt", closed_at AS "closedAt", previous_id AS "previousId" FROM ticket`
const GET = statement('ticket-get', `${TICKET} WHERE id = $1`)
const LOCK = statement('ticket-lock', `${TICKET} WHERE id = $1 FOR UPDATE`)
const ASKED = statement(
  'ticket-asked',
  `UPDATE ticket SET state = 'open', waiting_since = coalesce(waiting_since, $2), closed_at = NULL, channel = $3, chat = $4, order_no = coalesce(order_no, $5) WHERE id = $1`,
)
const ANSWERED = statement(
  'ticket-answered',
  `UPDATE ticket SET state = CASE WHEN state = 'closed' THEN state ELSE 'answered' END, waiting_since = NULL, answered_at = coalesce(answered_at, $2),
     assignee_id = coalesce(assignee_id, $3) WHERE id = $1`,
)
const CLOSE = statement(
  'ticket-close',
  `UPDATE ticket SET state = 'closed', closed_at = $2, waiting_since = NULL WHERE id = $1 AND state <> 'closed'
     AND NOT EXISTS (SELECT FROM complaint c WHERE c.ticket_id = ticket.id AND c.state = 'open') RETURNING id`,
)
const ASSIGN = statement(
  'ticket-assign',
  `UPDATE ticket SET assignee_id = $3 WHERE id = $1 AND assignee_id IS NOT DISTINCT FROM $2 RETURNING id`,
)
const SAY = statement(
  'ticket-say',
  `WITH said AS (
     INSERT INTO ticket_message (ticket_id, from_staff, note, author, sealed, event, at, waited) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (event) DO NOTHING RETURNING id),
   picture AS (INSERT INTO ticket_picture (message_id, mime, sealed) SELECT id, $9, $10 FROM said WHERE $9::text IS NOT NULL)
   SELECT id FROM said`,
)
const MESSAGE = `SELECT m.id, m.from_staff, m.note, m.author, m.sealed, m.at, m.waited, EXISTS (SELECT FROM ticket_picture p WHERE p.message_id = m.id) AS has_picture
  FROM ticket_message m`
const MESSAGES = statement(
  'ticket-messages',
  `${MESSAGE} WHERE m.ticket_id = $1 AND (NOT m.note OR $4::boolean) ORDER BY m.id DESC LIMIT $2 OFFSET $3`,
)
const COUNT_MESSAGES = statement(
  'ticket-messages-count',
  `SELECT count(*)::int AS total FROM ticket_message WHERE ticket_id = $1 AND (NOT note OR $2::boolean)`,
)
const COUNT_PICTURES = statement(
  'ticket-pictures-count',
  `SELECT count(*)::int AS total FROM ticket_message m JOIN ticket_picture p ON p.message_id = m.id WHERE m.ticket_id = $1`,
)
const PICTURE = statement(
  'ticket-picture',
  `SELECT p.mime, p.sealed FROM ticket_picture p JOIN ticket_message m ON m.id = p.message_id WHERE m.ticket_id = $1 AND m.id = $2 AND NOT m.note`,
)
/** Whether another of the staff ($2 a pseudonym) has answered since a message. */
const OTHERS_SINCE = statement(
  'ticket-others-since',
  `SELECT FROM ticket_message WHERE ticket_id = $1 AND from_staff AND NOT note AND author <> $2 AND id > $3 LIMIT 1`,
)
const SUMMARY = `SELECT t.id, t.customer_id AS "customerId", t.kind, t.order_no AS "orderNo", t.state, t.assignee_id AS "assigneeId", t.waiting_since AS "waitingSince",
  coalesce((SELECT max(m.at) FROM ticket_message m WHERE m.ticket_id = t.id), t.opened_at) AS at FROM ticket t`
const WHICH: Readonly<Record<TicketFilter, string>> = {
  waiting: `t.state = 'open'`,
  mine: `t.state <> 'closed' AND t.assignee_id = $1`,
  all: `t.state <> 'closed'`,
  closed: `t.state = 'closed'`,
}
const ORDER: Readonly<Record<TicketFilter, string>> = {
  waiting: 't.waiting_since, t.id',
  mine: 't.waiting_since NULLS LAST, t.id DESC',
  all: 't.waiting_since NULLS LAST, t.id DESC',
  closed: 't.closed_at DESC NULLS LAST, t.id DESC',
}
const lists = (filter: TicketFilter) => ({
  list: statement(
    `tickets-${filter}`,
    `${SUMMARY} WHERE ${WHICH[filter]} AND $1::int IS NOT NULL ORDER BY ${ORDER[filter]} LIMIT $2 OFFSET $3`,
  ),
  count: statement(
    `tickets-${filter}-count`,
    `SELECT count(*)::int AS total FROM ticket t WHERE ${WHICH[filter]} AND $1::int IS NOT NULL`,
  ),
})
const LISTS = { waiting: lists('waiting'), mine: lists('mine'), all: lists('all'), closed: lists('closed') }
const OF_CUSTOMER = statement(
  'tickets-of-customer',
  `${SUMMARY} WHERE t.customer_id = $1 ORDER BY t.state = 'closed', t.id DESC LIMIT $2 OFFSET $3`,
)
const COUNT_OF_CUSTOMER = statement(
  'tickets-of-customer-count',
  `SELECT count(*)::int AS total FROM ticket WHERE customer_id = $1`,
)
const REPLY_TIMES = statement(
  'ticket-reply-times',
  `SELECT (SELECT count(*)::int FROM ticket WHERE opened_at > $1) AS opened, (SELECT count(*)::int FROM ticket WHERE closed_at > $1) AS closed,
     (SELECT count(*)::int FROM ticket_message WHERE at > $1 AND from_staff AND NOT note) AS answers,
     (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - opened_at))::float8 FROM ticket WHERE answered_at > $1) AS first,
     (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited)::float8 FROM ticket_message WHERE at > $1 AND waited IS NOT NULL) AS every`,
)

export type TicketRow = Omit<Ticket, 'messages'>

type Nullable<T> = { [K in keyof T]: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }

/** What the database says is missing is undefined to everyone else. */
const present = <T extends object>(row: Nullable<T>): T =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as T

/** Waits until no other transaction is about this customer's tickets, and has those that come wait for this one. */
export async function inTurn(sql: Sql, customerId: number): Promise<void> {
  await sql.rows(TURN, [customerId])
}

/** The ticket that an event said something in. */
export async function ticketOfEvent(sql: Sql, event: string): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(OF_EVENT, [event]))[0]?.id
}

export async function openTicket(
  sql: Sql,
  customerId: number,
  channel: string,
  chat: string,
  orderNo: string | undefined,
): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(OPEN, [customerId, channel, chat, orderNo ?? null]))[0]?.id
}

/** The customer's appeal that is not decided yet, wherever it was made. */
export async function openAppeal(sql: Sql, customerId: number): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(APPEAL, [customerId]))[0]?.id
}

export async function createTicket(
  sql: Sql,
  t: {
    customerId: number
    channel: string
    chat: string
    kind: TicketKind
    orderNo: string | undefined
    previousId?: number
  },
  at: Date,
): Promise<number> {
  const values = [t.customerId, t.channel, t.chat, t.kind, t.orderNo ?? null, at, t.previousId ?? null]
  const [row] = await sql.rows<{ id: number }>(CREATE, values)
  return (row as { id: number }).id
}

export async function getTicket(sql: Sql, id: number): Promise<TicketRow | undefined> {
  const [row] = await sql.rows<Nullable<TicketRow>>(GET, [id])
  return row && present<TicketRow>(row)
}

/** The ticket, which nobody else changes until the caller's transaction ends. */
export async function lockTicket(sql: Sql, id: number): Promise<TicketRow | undefined> {
  const [row] = await sql.rows<Nullable<TicketRow>>(LOCK, [id])
  return row && present<TicketRow>(row)
}

/** The buyer has written, from there. */
export async function setAsked(
  sql: Sql,
  id: number,
  { channel, chat, orderNo }: { channel: string; chat: string; orderNo?: string | undefined },
  at: Date,
): Promise<void> {
  await sql.rows(ASKED, [id, at, channel, chat, orderNo ?? null])
}

/** Staff have answered; it is now theirs who did, unless it was somebody's. */
export async function setAnswered(sql: Sql, id: number, staffId: number | undefined, at: Date): Promise<void> {
  await sql.rows(ANSWERED, [id, at, staffId ?? null])
}

/** False when it is closed already, a complaint in it is still to be decided, or there is no such ticket. */
export async function setClosed(sql: Sql, id: number, at: Date): Promise<boolean> {
  return (await sql.rows(CLOSE, [id, at])).length === 1
}

/** False when it is not `from`'s any more. */
export async function setAssignee(
  sql: Sql,
  id: number,
  from: number | undefined,
  to: number | undefined,
): Promise<boolean> {
  return (await sql.rows(ASSIGN, [id, from ?? null, to ?? null])).length === 1
}

/** Writes a message down and returns its id; undefined when the event has said it before. */
export async function say(
  sql: Sql,
  m: {
    ticketId: number
    fromStaff: boolean
    note?: boolean
    author: string
    sealed: Buffer
    event: string
    waited?: number | undefined
    picture?: { mime: string; sealed: Buffer } | undefined
  },
  at: Date,
): Promise<bigint | undefined> {
  const { ticketId, fromStaff, note = false, author, sealed, event, waited = null, picture } = m
  const values = [
    ticketId,
    fromStaff,
    note,
    author,
    sealed,
    event,
    at,
    waited,
    picture?.mime ?? null,
    picture?.sealed ?? null,
  ]
  return (await sql.rows<{ id: bigint }>(SAY, values))[0]?.id
}

export interface MessageRow {
  readonly id: bigint
  readonly from_staff: boolean
  readonly note: boolean
  readonly author: string
  readonly sealed: Buffer
  readonly at: Date
  readonly waited: number | null
  readonly has_picture: boolean
}

/** Newest first; with the staff's notes when `notes`. */
export function messages(
  sql: Sql,
  ticketId: number,
  take: number,
  skip: number,
  notes: boolean,
): Promise<MessageRow[]> {
  return sql.rows<MessageRow>(MESSAGES, [ticketId, take, skip, notes])
}

export async function countMessages(sql: Sql, ticketId: number, notes: boolean): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_MESSAGES, [ticketId, notes]))[0]?.total ?? 0
}

export async function countPictures(sql: Sql, ticketId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_PICTURES, [ticketId]))[0]?.total ?? 0
}

export async function picture(
  sql: Sql,
  ticketId: number,
  messageId: bigint,
): Promise<{ mime: string; sealed: Buffer } | undefined> {
  return (await sql.rows<{ mime: string; sealed: Buffer }>(PICTURE, [ticketId, messageId]))[0]
}

export async function othersSince(sql: Sql, ticketId: number, author: string, since: bigint): Promise<boolean> {
  return (await sql.rows(OTHERS_SINCE, [ticketId, author, since])).length > 0
}

export async function list(
  sql: Sql,
  filter: TicketFilter,
  staffId: number,
  take: number,
  skip: number,
): Promise<TicketSummary[]> {
  const rows = await sql.rows<Nullable<TicketSummary>>(LISTS[filter].list, [staffId, take, skip])
  return rows.map((row) => present<TicketSummary>(row))
}

export async function countList(sql: Sql, filter: TicketFilter, staffId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(LISTS[filter].count, [staffId]))[0]?.total ?? 0
}

export async function ofCustomer(sql: Sql, customerId: number, take: number, skip: number): Promise<TicketSummary[]> {
  const rows = await sql.rows<Nullable<TicketSummary>>(OF_CUSTOMER, [customerId, take, skip])
  return rows.map((row) => present<TicketSummary>(row))
}

export async function countOfCustomer(sql: Sql, customerId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_OF_CUSTOMER, [customerId]))[0]?.total ?? 0
}

export async function replyTimes(sql: Sql, since: Date): Promise<ReplyTimes> {
  const [row] = await sql.rows<Nullable<ReplyTimes>>(REPLY_TIMES, [since])
  return present<ReplyTimes>(row as Nullable<ReplyTimes>)
}
