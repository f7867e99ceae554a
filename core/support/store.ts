import { type Sql, statement } from '../platform/database/sql.ts'
import type { TicketKind, TicketState, TicketSummary } from './model.ts'

const TURN = statement('ticket-turn', `SELECT pg_advisory_xact_lock(hashtext('ticket'), $1)`)
const OF_EVENT = statement('ticket-of-event', `SELECT ticket_id AS id FROM ticket_message WHERE event = $1`)
const OPEN = statement(
  'ticket-open',
  `SELECT id FROM ticket WHERE customer_id = $1 AND channel = $2 AND chat = $3 AND state <> 'closed' AND kind <> 'appeal' ORDER BY id DESC LIMIT 1`,
)
const APPEAL = statement(
  'ticket-appeal',
  `SELECT id FROM ticket WHERE customer_id = $1 AND state <> 'closed' AND kind = 'appeal' ORDER BY id DESC LIMIT 1`,
)
const CREATE = statement(
  'ticket-create',
  `INSERT INTO ticket (customer_id, channel, chat, kind, order_no, opened_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
)
const GET = statement(
  'ticket-get',
  `SELECT id, customer_id, channel, chat, kind, order_no, state FROM ticket WHERE id = $1`,
)
const STATE = statement(
  'ticket-state',
  `UPDATE ticket SET state = $2::ticket_state WHERE id = $1 AND state <> $2::ticket_state RETURNING id`,
)
const SAY = statement(
  'ticket-say',
  `INSERT INTO ticket_message (ticket_id, from_staff, author, sealed, event, at) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (event) DO NOTHING RETURNING id`,
)
const MESSAGES = statement(
  'ticket-messages',
  `SELECT id, from_staff, sealed, at FROM ticket_message WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2`,
)
const WAITING = statement(
  'tickets-waiting',
  `SELECT t.id, t.customer_id AS "customerId", (SELECT max(m.at) FROM ticket_message m WHERE m.ticket_id = t.id) AS at
   FROM ticket t WHERE t.state = 'open' ORDER BY t.id DESC LIMIT $1 OFFSET $2`,
)
const COUNT_WAITING = statement(
  'tickets-waiting-count',
  `SELECT count(*)::int AS total FROM ticket WHERE state = 'open'`,
)

export interface TicketRow {
  readonly id: number
  readonly customer_id: number
  readonly channel: string
  readonly chat: string
  readonly kind: TicketKind
  readonly order_no: string | null
  readonly state: TicketState
}

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
): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(OPEN, [customerId, channel, chat]))[0]?.id
}

/** The customer's appeal that is not decided yet, wherever it was made. */
export async function openAppeal(sql: Sql, customerId: number): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(APPEAL, [customerId]))[0]?.id
}

export async function createTicket(
  sql: Sql,
  t: { customerId: number; channel: string; chat: string; kind: string; orderNo: string | undefined },
  at: Date,
): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(CREATE, [t.customerId, t.channel, t.chat, t.kind, t.orderNo ?? null, at])
  return (row as { id: number }).id
}

export async function getTicket(sql: Sql, id: number): Promise<TicketRow | undefined> {
  return (await sql.rows<TicketRow>(GET, [id]))[0]
}

/** False when it is in that state already, or there is no such ticket. */
export async function setState(sql: Sql, id: number, state: TicketState): Promise<boolean> {
  return (await sql.rows(STATE, [id, state])).length === 1
}

/** Writes a message down and returns its id; undefined when the event has said it before. */
export async function say(
  sql: Sql,
  m: { ticketId: number; fromStaff: boolean; author: string; sealed: Buffer; event: string },
  at: Date,
): Promise<bigint | undefined> {
  const values = [m.ticketId, m.fromStaff, m.author, m.sealed, m.event, at]
  return (await sql.rows<{ id: bigint }>(SAY, values))[0]?.id
}

export function messages(
  sql: Sql,
  ticketId: number,
  most: number,
): Promise<{ id: bigint; from_staff: boolean; sealed: Buffer; at: Date }[]> {
  return sql.rows(MESSAGES, [ticketId, most])
}

export function waiting(sql: Sql, take: number, skip: number): Promise<TicketSummary[]> {
  return sql.rows<TicketSummary>(WAITING, [take, skip])
}

export async function countWaiting(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_WAITING))[0]?.total ?? 0
}
