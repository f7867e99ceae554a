import type { OrderState } from '../orders/states.ts'
import { minutes, seconds } from '../platform/clock.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import type { Intent, IntentForm } from './model.ts'

export type IntentState = 'open' | 'paid' | 'closed'

/** An intent as it is kept; `goods` is made of its order. */
export interface KeptIntent extends Omit<Intent, 'goods'> {
  readonly id: bigint
  readonly provider: string
  readonly state: IntentState
  readonly handle: string | undefined
  readonly createdAt: Date
  readonly orderState: OrderState
}

interface Row {
  id: bigint
  provider: string
  trade_no: string
  no: string
  form: IntentForm
  payer: string | null
  amount: number
  currency: string
  state: IntentState
  handle: string | null
  created_at: Date
  expires_at: Date
  order_state: OrderState
}

const kept = (row: Row): KeptIntent => ({
  id: row.id,
  provider: row.provider,
  tradeNo: row.trade_no,
  orderNo: row.no,
  form: row.form,
  payer: row.payer ?? undefined,
  amount: row.amount,
  currency: row.currency,
  state: row.state,
  handle: row.handle ?? undefined,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  orderState: row.order_state,
})

/** Whoever asks for a payment of an order waits here for the others who do. */
const LOCK_ORDER = statement(
  'intent-lock-order',
  `SELECT id, state::text AS state, reserved_until FROM orders WHERE no = $1 FOR UPDATE`,
)
const COLUMNS = `i.*, o.no, o.state::text AS order_state FROM payment_intent i JOIN orders o ON o.id = i.order_id`
const USABLE = statement(
  'intent-usable',
  `SELECT ${COLUMNS} WHERE i.order_id = $1 AND i.provider = $2 AND i.form = $3 AND i.payer IS NOT DISTINCT FROM $4
     AND i.state = 'open' AND i.expires_at > $5 AND i.created_at > $6 ORDER BY i.id DESC LIMIT 1`,
)
const ADD = statement(
  'intent-add',
  `INSERT INTO payment_intent (order_id, provider, attempt, trade_no, form, payer, amount, currency, created_at, expires_at, look_at)
   SELECT $1, $2, n, $3 || '-' || n, $4, $5, $6, $7, $8, $9, $10
   FROM (SELECT coalesce(max(attempt), 0) + 1 AS n FROM payment_intent WHERE order_id = $1 AND provider = $2) AS next
   RETURNING id, trade_no`,
)
const BY_TRADE_NO = statement('intent-by-trade-no', `SELECT ${COLUMNS} WHERE i.provider = $1 AND i.trade_no = $2`)
const KEEP_HANDLE = statement('intent-handle', `UPDATE payment_intent SET handle = $2 WHERE id = $1 AND state = 'open'`)
/** Paid is the last word: what was closed and was paid all the same was paid. */
const END = statement(
  'intent-end',
  `UPDATE payment_intent SET state = $3::intent_state WHERE provider = $1 AND trade_no = $2 AND state <> 'paid'`,
)
/** A quarter of an intent's age, within these bounds, is between two looks at it. */
const LEAST_PAUSE = seconds(10)
const MOST_PAUSE = minutes(60)
/**
 * Takes intents that are to be looked at, so that another process leaves them alone until they are due again. One whose order has just
 * come to its end is due at once: nobody is to pay for that any more.
 */
const TAKE_DUE = statement(
  'intent-take-due',
  `UPDATE payment_intent i SET looked_at = $2,
     look_at = $2::timestamptz + LEAST(GREATEST(($2 - i.created_at) / 4, interval '${LEAST_PAUSE} milliseconds'), interval '${MOST_PAUSE} milliseconds')
   FROM orders o WHERE o.id = i.order_id AND i.id IN (
     SELECT d.id FROM payment_intent d JOIN orders p ON p.id = d.order_id
     WHERE d.state = 'open' AND d.provider = ANY($1::text[])
       AND (d.look_at <= $2 OR p.state <> 'awaiting_payment' AND coalesce(d.looked_at, '-infinity') < coalesce(p.paid_at, p.closed_at, $2))
     ORDER BY d.look_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
   RETURNING i.*, o.no, o.state::text AS order_state`,
)

/** The order of an intent, locked for this transaction. */
export async function lockOrder(
  sql: Sql,
  no: string,
): Promise<{ readonly id: bigint; readonly state: OrderState; readonly reserved_until: Date } | undefined> {
  const [row] = await sql.rows<{ id: bigint; state: OrderState; reserved_until: Date }>(LOCK_ORDER, [no])
  return row
}

/** The newest open intent of this form and payer that ends after `until` and was begun after `since`. */
export async function usable(
  sql: Sql,
  orderId: bigint,
  {
    provider,
    form,
    payer,
    until,
    since,
  }: { provider: string; form: IntentForm; payer: string | undefined; until: Date; since: Date },
): Promise<KeptIntent | undefined> {
  const [row] = await sql.rows<Row>(USABLE, [orderId, provider, form, payer ?? null, until, since])
  return row && kept(row)
}

/** Writes the next attempt at an order down. */
export async function add(
  sql: Sql,
  orderId: bigint,
  intent: Omit<KeptIntent, 'id' | 'tradeNo' | 'state' | 'handle' | 'orderState'>,
): Promise<KeptIntent> {
  const { provider, orderNo, form, payer, amount, currency, createdAt, expiresAt } = intent
  const lookAt = new Date(createdAt.getTime() + LEAST_PAUSE)
  const values = [orderId, provider, orderNo, form, payer ?? null, amount, currency, createdAt, expiresAt, lookAt]
  const [made] = await sql.rows<{ id: bigint; trade_no: string }>(ADD, values)
  const { id, trade_no: tradeNo } = made as { id: bigint; trade_no: string }
  return { ...intent, id, tradeNo, state: 'open', handle: undefined, orderState: 'awaiting_payment' }
}

export async function byTradeNo(sql: Sql, provider: string, tradeNo: string): Promise<KeptIntent | undefined> {
  const [row] = await sql.rows<Row>(BY_TRADE_NO, [provider, tradeNo])
  return row && kept(row)
}

export async function keepHandle(sql: Sql, id: bigint, handle: string): Promise<void> {
  await sql.rows(KEEP_HANDLE, [id, handle])
}

export async function end(sql: Sql, provider: string, tradeNo: string, state: 'paid' | 'closed'): Promise<void> {
  await sql.rows(END, [provider, tradeNo, state])
}

/** Intents to be looked at now, at most so many. */
export async function takeDue(sql: Sql, providers: readonly string[], now: Date, most: number): Promise<KeptIntent[]> {
  return (await sql.rows<Row>(TAKE_DUE, [providers, now, most])).map(kept)
}
