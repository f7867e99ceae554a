import { type Sql, statement } from '../platform/database/sql.ts'
import type { Payment, PaymentNotice, PaymentOutcome, PaymentRule } from './model.ts'

const RECEIVE = statement(
  'payment-receive',
  `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at, fee) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (provider, reference) DO NOTHING RETURNING id`,
)
const PAYMENT = `SELECT p.*, r.state AS refund_state, r.amount AS refund_amount, r.problem FROM payment p
   LEFT JOIN LATERAL (SELECT state, amount, problem FROM refund WHERE payment_id = p.id ORDER BY state = 'failed' DESC, id DESC LIMIT 1) AS r ON true`
const BY_REFERENCE = statement('payment-by-reference', `${PAYMENT} WHERE p.provider = $1 AND p.reference = $2`)
const RETURNED = statement(
  'payment-returned',
  `SELECT reference, outcome = 'refunded' AS is_back FROM payment WHERE provider = $1 AND reference = ANY($2::text[])`,
)
const BY_ID = statement('payment-by-id', `${PAYMENT} WHERE p.id = $1`)
const UNSETTLED = statement(
  'payment-unsettled',
  `SELECT id FROM payment WHERE outcome = 'received' ORDER BY id LIMIT 100`,
)
const REFUND_OF = statement(
  'payment-refund-of',
  `SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.provider = $1 AND p.reference = $2 AND r.id = $3`,
)
const BOOK_FEES = statement(
  'payment-book-fees',
  `UPDATE payment p SET fee = b.fee, fee_at = $4 FROM unnest($2::text[], $3::int[]) AS b (reference, fee)
   WHERE p.provider = $1 AND p.reference = b.reference AND p.outcome <> 'received' AND p.fee = 0 AND p.fee_at IS NULL AND b.fee > 0 AND b.fee <= p.amount
   RETURNING p.id, p.fee, p.currency`,
)
const BOOK_REFUND_FEES = statement(
  'payment-book-refund-fees',
  `UPDATE refund r SET fee = b.fee, fee_at = $5 FROM payment p, unnest($2::text[], $3::bigint[], $4::int[]) AS b (reference, id, fee)
   WHERE p.id = r.payment_id AND p.provider = $1 AND p.reference = b.reference AND r.id = b.id AND r.fee_at IS NULL AND b.fee > 0 AND b.fee <= r.amount
   RETURNING r.id, r.fee, r.currency`,
)
/** Kept in `shop_setting`, one row per provider. */
const LAST_ASKED = statement('payment-last-asked', `SELECT value FROM shop_setting WHERE key = 'asked:' || $1`)
/** Of two processes that ask at once the earlier one does not turn it back. */
const KEEP_ASKED = statement(
  'payment-keep-asked',
  `INSERT INTO shop_setting (key, value, updated_at) VALUES ('asked:' || $1, $2::jsonb, $3)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at WHERE shop_setting.updated_at < excluded.updated_at`,
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
  excess: number
  refund_state: 'requested' | 'done' | 'failed' | null
  refund_amount: number | null
  problem: string | null
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
  excess: row.excess,
  refund: row.refund_state
    ? { state: row.refund_state, amount: row.refund_amount ?? 0, problem: row.problem ?? undefined }
    : undefined,
})

/** Puts a payment in the inbox; the id it has, now or from before. */
export async function receive(sql: Sql, notice: PaymentNotice, at: Date): Promise<bigint> {
  const { provider, reference, orderNo, payer, amount, currency, fee = 0 } = notice
  const values = [provider, reference, orderNo, payer, amount, currency, at, fee]
  const [made] = await sql.rows<{ id: bigint }>(RECEIVE, values)
  if (made) return made.id
  const [known] = await sql.rows<Row>(BY_REFERENCE, [provider, reference])
  return (known as Row).id
}

export async function known(sql: Sql, provider: string, reference: string): Promise<Payment | undefined> {
  const [row] = await sql.rows<Row>(BY_REFERENCE, [provider, reference])
  return row && paymentOf(row)
}

/** Which of these payments are known, and whether each is back with its payer. */
export async function returned(
  sql: Sql,
  provider: string,
  references: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await sql.rows<{ reference: string; is_back: boolean }>(RETURNED, [provider, references])
  return new Map(rows.map((row) => [row.reference, row.is_back]))
}

export async function byId(sql: Sql, id: bigint): Promise<Payment | undefined> {
  const [row] = await sql.rows<Row>(BY_ID, [id])
  return row && paymentOf(row)
}

export async function unsettled(sql: Sql): Promise<bigint[]> {
  return (await sql.rows<{ id: bigint }>(UNSETTLED)).map((row) => row.id)
}

/** One of our refunds of this payment; undefined when it is none. */
export async function refundOf(sql: Sql, provider: string, reference: string, id: bigint): Promise<bigint | undefined> {
  const [row] = await sql.rows<{ id: bigint }>(REFUND_OF, [provider, reference, id])
  return row?.id
}

interface FeeRow {
  readonly id: bigint
  readonly fee: number
  readonly currency: string
}

/** Keeps what a provider kept of these payments, where that is news; those it was news for. */
export function keepFees(
  sql: Sql,
  provider: string,
  fees: readonly { readonly reference: string; readonly fee: number }[],
  at: Date,
): Promise<FeeRow[]> {
  return sql.rows<FeeRow>(BOOK_FEES, [provider, fees.map(({ reference }) => reference), fees.map(({ fee }) => fee), at])
}

/** … and what it gave back of them with these refunds. */
export function keepRefundFees(
  sql: Sql,
  provider: string,
  fees: readonly { readonly reference: string; readonly refundId: string; readonly fee: number }[],
  at: Date,
): Promise<FeeRow[]> {
  const columns = [
    fees.map(({ reference }) => reference),
    fees.map(({ refundId }) => BigInt(refundId)),
    fees.map(({ fee }) => fee),
  ]
  return sql.rows<FeeRow>(BOOK_REFUND_FEES, [provider, ...columns, at])
}

/** When a provider was last asked and all it told was taken up. */
export async function lastAsked(sql: Sql, provider: string): Promise<Date | undefined> {
  const [row] = await sql.rows<{ value: string }>(LAST_ASKED, [provider])
  return row && new Date(row.value)
}

export async function keepAsked(sql: Sql, provider: string, at: Date): Promise<void> {
  await sql.rows(KEEP_ASKED, [provider, JSON.stringify(at), at])
}
