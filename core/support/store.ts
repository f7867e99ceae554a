import { type Sql, statement } from '../platform/database/sql.ts'

const OPEN = statement(
  'ticket-open',
  `SELECT id FROM ticket WHERE customer_id = $1 AND channel = $2 AND chat = $3 AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
)
const CREATE = statement(
  'ticket-create',
  `INSERT INTO ticket (customer_id, channel, chat, kind, order_no, opened_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
)
const GET = statement('ticket-get', `SELECT id, customer_id, channel, chat, order_no FROM ticket WHERE id = $1`)
const STATE = statement('ticket-state', `UPDATE ticket SET state = $2::ticket_state WHERE id = $1`)
const SAY = statement(
  'ticket-say',
  `INSERT INTO ticket_message (ticket_id, from_staff, author, sealed, at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
)
const MESSAGES = statement(
  'ticket-messages',
  `SELECT id, from_staff, sealed, at FROM ticket_message WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2`,
)

export interface TicketRow {
  readonly id: number
  readonly customer_id: number
  readonly channel: string
  readonly chat: string
  readonly order_no: string | null
}

export async function openTicket(
  sql: Sql,
  customerId: number,
  channel: string,
  chat: string,
): Promise<number | undefined> {
  return (await sql.rows<{ id: number }>(OPEN, [customerId, channel, chat]))[0]?.id
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

export async function setState(sql: Sql, id: number, state: 'open' | 'answered' | 'closed'): Promise<void> {
  await sql.rows(STATE, [id, state])
}

export async function say(
  sql: Sql,
  ticketId: number,
  fromStaff: boolean,
  author: string,
  sealed: Buffer,
  at: Date,
): Promise<bigint> {
  const [row] = await sql.rows<{ id: bigint }>(SAY, [ticketId, fromStaff, author, sealed, at])
  return (row as { id: bigint }).id
}

export function messages(
  sql: Sql,
  ticketId: number,
  most: number,
): Promise<{ id: bigint; from_staff: boolean; sealed: Buffer; at: Date }[]> {
  return sql.rows(MESSAGES, [ticketId, most])
}
