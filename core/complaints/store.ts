import { type Sql, statement } from '../platform/database/sql.ts'
import type { BuyerHistory, Complaint, ComplaintState, DefectRate } from './model.ts'

const COMPLAINT = `SELECT c.id, c.ticket_id AS "ticketId", o.no AS "orderNo", c.card_id AS "cardId", l.name AS product, p.sku, k.batch_id AS "batchId", c.reason, c.state,
    c.opened_at AS "openedAt", c.decided_at AS "decidedAt",
    (SELECT count(*)::int FROM order_line ol JOIN order_unit ou ON ou.line_id = ol.id WHERE ol.order_id = c.order_id AND ou.ordinal > 0
       AND (ol.position, ou.ordinal) <= (l.position, c.ordinal)) AS unit
  FROM complaint c JOIN orders o ON o.id = c.order_id JOIN order_unit u ON u.id = c.unit_id JOIN order_line l ON l.id = u.line_id
  JOIN product p ON p.id = l.product_id JOIN card_key k ON k.id = c.card_id`
const OF_TICKET = statement('complaints-of-ticket', `${COMPLAINT} WHERE c.ticket_id = $1 ORDER BY c.id`)
const BY_ID = statement('complaint-by-id', `${COMPLAINT} WHERE c.id = $1`)
const UNITS = statement(
  'complaint-units',
  `SELECT u.id AS "unitId", l.name, u.ended, m.kind AS mark, r.at AS "shownAt", coalesce(r.shown, 0) AS shown, c.state AS complaint, c.ticket_id AS "ticketId",
     EXISTS (SELECT FROM complaint b WHERE b.replacement_id = u.id) AS "isReplacement"
   FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id LEFT JOIN card_mark m ON m.card_id = u.card_id
   LEFT JOIN LATERAL (SELECT max(at) AS at, count(*)::int AS shown FROM reveal WHERE unit_id = u.id) AS r ON true
   LEFT JOIN LATERAL (SELECT state, ticket_id FROM complaint WHERE unit_id = u.id ORDER BY id DESC LIMIT 1) AS c ON true
   WHERE o.id = $1 AND u.ordinal > 0 AND u.card_id IS NOT NULL ORDER BY l.position, u.ordinal`,
)
const BUYER = statement(
  'complaint-buyer',
  `SELECT (SELECT count(*)::int FROM orders WHERE customer_id = $1 AND paid_at IS NOT NULL) AS orders, count(c.id)::int AS complaints,
     count(*) FILTER (WHERE c.state IN ('replaced', 'refunded'))::int AS upheld, count(*) FILTER (WHERE c.state = 'rejected')::int AS rejected,
     (SELECT count(*)::int FROM refund r JOIN payment p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id WHERE o.customer_id = $1) AS refunds
   FROM orders o JOIN complaint c ON c.order_id = o.id WHERE o.customer_id = $1`,
)
/** Sold: in an order that was paid for, replaced and refunded ones too. */
const rate = (which: string) =>
  `SELECT count(*)::int AS sold, count(*) FILTER (WHERE EXISTS (SELECT FROM complaint c WHERE c.card_id = k.id AND c.state IN ('replaced', 'refunded')))::int AS upheld
   FROM card_key k JOIN order_unit u ON u.card_id = k.id JOIN order_line l ON l.id = u.line_id JOIN orders o ON o.id = l.order_id
   WHERE o.paid_at IS NOT NULL AND ${which}`
const BATCH_RATE = statement('complaint-batch-rate', rate('k.batch_id = $1'))
const SUPPLIER_RATE = statement(
  'complaint-supplier-rate',
  rate('k.batch_id IN (SELECT id FROM batch WHERE supplier_id = $1)'),
)

export interface UnitRow {
  readonly unitId: bigint
  readonly name: string
  readonly ended: 'replaced' | 'refunded' | null
  readonly mark: string | null
  readonly shownAt: Date | null
  readonly shown: number
  readonly complaint: ComplaintState | null
  readonly ticketId: number | null
  readonly isReplacement: boolean
}

type Row = Omit<Complaint, 'decidedAt'> & { readonly decidedAt: Date | null }
const complaintOf = (row: Row): Complaint => ({ ...row, decidedAt: row.decidedAt ?? undefined })

export async function ofTicket(sql: Sql, ticketId: number): Promise<Complaint[]> {
  return (await sql.rows<Row>(OF_TICKET, [ticketId])).map(complaintOf)
}

export async function byId(sql: Sql, id: number): Promise<Complaint | undefined> {
  const [row] = await sql.rows<Row>(BY_ID, [id])
  return row && complaintOf(row)
}

/** The units that an order's buyer has, in their order. */
export function units(sql: Sql, orderId: bigint): Promise<UnitRow[]> {
  return sql.rows<UnitRow>(UNITS, [orderId])
}

export async function buyerHistory(sql: Sql, customerId: number): Promise<BuyerHistory> {
  return (await sql.rows<BuyerHistory>(BUYER, [customerId]))[0] as BuyerHistory
}

export async function batchRate(sql: Sql, batchId: number): Promise<DefectRate> {
  return (await sql.rows<DefectRate>(BATCH_RATE, [batchId]))[0] as DefectRate
}

export async function supplierRate(sql: Sql, supplierId: number): Promise<DefectRate> {
  return (await sql.rows<DefectRate>(SUPPLIER_RATE, [supplierId]))[0] as DefectRate
}
