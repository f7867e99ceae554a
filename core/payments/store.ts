import { type Sql, statement } from '../platform/database/sql.ts'
import type { Payment, PaymentNotice, PaymentOutcome, PaymentRule } from './model.ts'

const RECEIVE = statement(
  'payment-receive',
  `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (provider, reference) DO NOTHING RETURNING id`,
)
const BY_REFERENCE = statement('payment-by-reference', `SELECT * FROM payment WHERE provider = $1 AND reference = $2`)
const BY_ID = statement('payment-by-id', `SELECT * FROM payment WHERE id = $1`)
const UNSETTLED = statement(
  'payment-unsettled',
  `SELECT id FROM payment WHERE outcome = 'received' ORDER BY id LIMIT 100`,
)
const OPEN_REFUND = statement(
  'payment-open-refund',
  `SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.provider = $1 AND p.reference = $2 AND r.state <> 'done' ORDER BY r.id LIMIT 1`,
)

interface Row {
  id: bigint
  provider: string
  reference: string
  order_no: string | null
  payer: string
  amount: number
  currency: string
  outcome: PaymentOutcome
  rule: PaymentRule | null
}

const paymentOf = (row: Row): Payment => ({
  id: row.id,
  provider: row.provider,
  reference: row.reference,
  orderNo: row.order_no ?? undefined,
  payer: row.payer,
  amount: row.amount,
  currency: row.currency,
  outcome: row.outcome,
  rule: row.rule ?? undefined,
})

/** Puts a payment in the inbox; the id it has, now or from before. */
export async function receive(sql: Sql, notice: PaymentNotice, at: Date): Promise<bigint> {
  const { provider, reference, orderNo, payer, amount, currency } = notice
  const [made] = await sql.rows<{ id: bigint }>(RECEIVE, [provider, reference, orderNo, payer, amount, currency, at])
  if (made) return made.id
  const [known] = await sql.rows<Row>(BY_REFERENCE, [provider, reference])
  return (known as Row).id
}

export async function known(sql: Sql, provider: string, reference: string): Promise<Payment | undefined> {
  const [row] = await sql.rows<Row>(BY_REFERENCE, [provider, reference])
  return row && paymentOf(row)
}

export async function byId(sql: Sql, id: bigint): Promise<Payment | undefined> {
  const [row] = await sql.rows<Row>(BY_ID, [id])
  return row && paymentOf(row)
}

export async function unsettled(sql: Sql): Promise<bigint[]> {
  return (await sql.rows<{ id: bigint }>(UNSETTLED)).map((row) => row.id)
}

export async function openRefund(sql: Sql, provider: string, reference: string): Promise<bigint | undefined> {
  const [row] = await sql.rows<{ id: bigint }>(OPEN_REFUND, [provider, reference])
  return row?.id
}
