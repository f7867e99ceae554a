import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, type Statement, statement } from '../platform/database/sql.ts'
import type { Reason } from '../risk/model.ts'
import type { Order, OrderLine, OrderSummary, RevealRecord } from './model.ts'
import type { Standing, TrustLevel } from './quota.ts'
import type { QuotaField } from './quotas.ts'
import type { OrderState } from './states.ts'

interface OrderRow {
  id: bigint
  no: string
  customer_id: number
  channel: string
  chat: string
  state: OrderState
  currency: string
  total: number
  stars: number | null
  demo: boolean
  placed_at: Date
  reserved_until: Date
  paid_at: Date | null
  delivered_at: Date | null
  promised_at: Date | null
  hold_reasons: Reason[] | null
  lines: { id: string; sku: string; name: string; quantity: number; unit_price: number; unit_stars: number | null }[]
  reveals: { at: string; channel: string; units: number }[] | null
  paid: { provider: string; amount: number; currency: string; credited: boolean; parted: number } | null
}

const ORDER = `SELECT o.*,
  (SELECT json_agg(json_build_object('id', l.id::text, 'sku', p.sku, 'name', l.name, 'quantity', l.quantity, 'unit_price', l.unit_price, 'unit_stars', l.unit_stars) ORDER BY l.position)
     FROM order_line l JOIN product p ON p.id = l.product_id WHERE l.order_id = o.id) AS lines,
  (SELECT json_agg(json_build_object('at', r.at, 'channel', r.channel, 'units', r.units) ORDER BY r.at)
     FROM (SELECT at, channel, count(*) AS units FROM reveal WHERE order_id = o.id GROUP BY at, channel) AS r) AS reveals,
  (SELECT json_build_object('provider', m.provider, 'amount', m.amount - m.excess, 'currency', m.currency, 'credited', m.outcome = 'credited', 'parted', m.parted) FROM payment m
     WHERE m.order_id = o.id AND m.rule IN ${BUYING_RULES} ORDER BY m.id LIMIT 1) AS paid
  FROM orders o`
const BY_NO = statement('order-by-no', `${ORDER} WHERE o.no = $1`)
const BY_ID = statement('order-by-id', `${ORDER} WHERE o.id = $1`)
const SUMMARY = `SELECT o.no, o.state, o.total, o.currency, o.placed_at,
  (SELECT l.name FROM order_line l WHERE l.order_id = o.id ORDER BY l.position LIMIT 1) AS title,
  (SELECT sum(l.quantity)::int FROM order_line l WHERE l.order_id = o.id) AS units FROM orders o`
const OF_CUSTOMER = statement(
  'orders-of-customer',
  `${SUMMARY} WHERE o.customer_id = $1 ORDER BY o.id DESC LIMIT $2 OFFSET $3`,
)
const COUNT_OF_CUSTOMER = statement(
  'orders-of-customer-count',
  `SELECT count(*)::int AS total FROM orders WHERE customer_id = $1`,
)
const IN_STATE = statement(
  'orders-in-state',
  `${SUMMARY} WHERE o.state = $1::order_state ORDER BY o.id LIMIT $2 OFFSET $3`,
)
const COUNT_IN_STATE = statement(
  'orders-in-state-count',
  `SELECT count(*)::int AS total FROM orders WHERE state = $1::order_state`,
)
const LEVEL = `name, rank, min_paid AS "minPaid", max_expired AS "maxExpired", open_orders AS "openOrders", open_units AS "openUnits",
  product_units AS "productUnits", stock_percent AS "stockPercent", always_units AS "alwaysUnits"`
const LEVELS = statement('quota-levels', `SELECT ${LEVEL} FROM trust_level ORDER BY rank`)
const setting = (column: string) =>
  statement(`quota-set-${column}`, `UPDATE trust_level SET ${column} = $2 WHERE name = $1 RETURNING ${LEVEL}`)
const SET_FIGURE: Readonly<Record<QuotaField, Statement>> = {
  openOrders: setting('open_orders'),
  openUnits: setting('open_units'),
  productUnits: setting('product_units'),
  stockPercent: setting('stock_percent'),
  alwaysUnits: setting('always_units'),
  minPaid: setting('min_paid'),
  maxExpired: setting('max_expired'),
}
const STANDING = statement(
  'quota-standing',
  `SELECT open_orders AS "openOrders", open_units AS "openUnits", paid, expired, trust FROM customer_standing WHERE customer_id = $1`,
)
const SET_TRUST = statement(
  'quota-trust',
  `UPDATE customer_standing s SET trust = $2 FROM customer c WHERE c.id = s.customer_id AND s.customer_id = $1 RETURNING c.pseudonym`,
)

interface SummaryRow {
  no: string
  state: OrderState
  total: number
  currency: string
  placed_at: Date
  title: string
  units: number
}

function orderOf(row: OrderRow): Order {
  return {
    id: row.id,
    no: row.no,
    customerId: row.customer_id,
    channel: row.channel,
    chat: row.chat,
    state: row.state,
    currency: row.currency,
    total: row.total,
    stars: row.stars ?? undefined,
    demo: row.demo,
    lines: row.lines.map(
      (line): OrderLine => ({
        id: BigInt(line.id),
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unitPrice: line.unit_price,
        unitStars: line.unit_stars ?? undefined,
      }),
    ),
    placedAt: row.placed_at,
    reservedUntil: row.reserved_until,
    paidAt: row.paid_at ?? undefined,
    deliveredAt: row.delivered_at ?? undefined,
    promisedAt: row.promised_at ?? undefined,
    holdReasons: row.hold_reasons ?? [],
    reveals: (row.reveals ?? []).map((r): RevealRecord => ({ at: new Date(r.at), channel: r.channel, units: r.units })),
    paid: row.paid ?? undefined,
  }
}

const summaryOf = (row: SummaryRow): OrderSummary => ({
  no: row.no,
  state: row.state,
  total: row.total,
  currency: row.currency,
  title: row.title,
  units: row.units,
  placedAt: row.placed_at,
})

export async function byNo(sql: Sql, no: string): Promise<Order | undefined> {
  const [row] = await sql.rows<OrderRow>(BY_NO, [no])
  return row && orderOf(row)
}

export async function byId(sql: Sql, id: bigint): Promise<Order | undefined> {
  const [row] = await sql.rows<OrderRow>(BY_ID, [id])
  return row && orderOf(row)
}

export async function countOfCustomer(sql: Sql, customerId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_OF_CUSTOMER, [customerId]))[0]?.total ?? 0
}

export async function ofCustomer(sql: Sql, customerId: number, take: number, skip: number): Promise<OrderSummary[]> {
  return (await sql.rows<SummaryRow>(OF_CUSTOMER, [customerId, take, skip])).map(summaryOf)
}

export async function countInState(sql: Sql, state: OrderState): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_IN_STATE, [state]))[0]?.total ?? 0
}

export async function inState(sql: Sql, state: OrderState, take: number, skip: number): Promise<OrderSummary[]> {
  return (await sql.rows<SummaryRow>(IN_STATE, [state, take, skip])).map(summaryOf)
}

/** What buyers may keep without paying, lowest level first. */
export function levels(sql: Sql): Promise<TrustLevel[]> {
  return sql.rows<TrustLevel>(LEVELS)
}

/** Changes one figure of a level that there is; gives the level as it is then. */
export async function setFigure(sql: Sql, level: string, field: QuotaField, value: number): Promise<TrustLevel> {
  const [changed] = await sql.rows<TrustLevel>(SET_FIGURE[field], [level, value])
  return changed as TrustLevel
}

export async function standingOf(sql: Sql, customerId: number): Promise<Standing | undefined> {
  const [row] = await sql.rows<Omit<Standing, 'trust'> & { trust: string | null }>(STANDING, [customerId])
  return row && { ...row, trust: row.trust ?? undefined }
}

/** Keeps staff's word on a buyer, or drops it; gives the buyer's pseudonym, undefined when there is no such buyer. */
export async function setTrust(sql: Sql, customerId: number, level: string | undefined): Promise<string | undefined> {
  const [row] = await sql.rows<{ pseudonym: string }>(SET_TRUST, [customerId, level ?? null])
  return row?.pseudonym
}
