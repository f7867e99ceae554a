import { type Sql, statement } from '../platform/database/sql.ts'
import type { Money, Movement, WalletEntry } from './model.ts'

const BALANCES = statement(
  'wallet-balances',
  `SELECT currency, balance::float8 AS amount FROM wallet WHERE customer_id = $1 AND balance > 0 ORDER BY currency`,
)
const LOCK_ALL = statement(
  'wallet-lock-all',
  `SELECT currency, balance::float8 AS amount FROM wallet WHERE customer_id = $1 AND balance > 0 ORDER BY currency FOR UPDATE`,
)
const LOCK = statement(
  'wallet-lock',
  `SELECT balance::float8 AS balance FROM wallet WHERE customer_id = $1 AND currency = $2 FOR UPDATE`,
)
/** Of a customer ($1), and of those who were linked with them: what was written stays under whose it was. */
const THEIRS = `e.customer_id IN (SELECT id FROM customer WHERE id = $1 OR merged_into = $1) AND e.move <> 'linked'`
const ENTRY = `SELECT e.id, e.at, e.amount, e.currency, e.move, e.note, o.no FROM wallet_entry e LEFT JOIN payment p ON p.id = e.payment_id LEFT JOIN orders o ON o.id = p.order_id`
const ENTRIES = statement('wallet-entries', `${ENTRY} WHERE ${THEIRS} ORDER BY e.id DESC LIMIT $2 OFFSET $3`)
const BY_REF = statement('wallet-entry', `${ENTRY} WHERE e.ref = $1`)
const COUNT_ENTRIES = statement(
  'wallet-count-entries',
  `SELECT count(*)::int AS total FROM wallet_entry e WHERE ${THEIRS}`,
)
const ADD = statement(
  'wallet-add',
  `WITH wallet AS (
     INSERT INTO wallet (customer_id, currency, balance) VALUES ($1, $2, $3)
     ON CONFLICT (customer_id, currency) DO UPDATE SET balance = wallet.balance + excluded.balance)
   INSERT INTO wallet_entry (customer_id, currency, amount, move, payment_id, ref, at, note) VALUES ($1, $2, $3, $4::wallet_move, $5, $6, $7, $8)`,
)
/** Two that take at once: the second sees what the first has left. */
const TAKE = statement(
  'wallet-take',
  `WITH wallet AS (
     UPDATE wallet SET balance = balance - $3 WHERE customer_id = $1 AND currency = $2 AND balance >= $3 RETURNING customer_id)
   INSERT INTO wallet_entry (customer_id, currency, amount, move, payment_id, ref, at, note)
   SELECT customer_id, $2, -$3::int, $4::wallet_move, $5, $6, $7, $8 FROM wallet RETURNING id`,
)
/** They are nobody else's until the transaction ends. */
const CREDITS_OF = statement(
  'wallet-credits-of-payment',
  `SELECT e.id, coalesce(c.merged_into, c.id) AS "customerId", e.amount, e.currency FROM wallet_entry e JOIN customer c ON c.id = e.customer_id
   WHERE e.payment_id = $1 AND e.amount > 0 AND ($2::text IS NULL OR e.ref = $2) ORDER BY e.id FOR KEY SHARE OF c`,
)

type EntryRow = Omit<WalletEntry, 'orderNo' | 'note'> & {
  readonly no: string | null
  readonly note: string | null
}

const values = ({ customerId, currency, amount, move, paymentId, ref, note }: Movement, at: Date) => [
  customerId,
  currency,
  amount,
  move,
  paymentId ?? null,
  ref,
  at,
  note ?? null,
]

export function balances(sql: Sql, customerId: number): Promise<Money[]> {
  return sql.rows<Money>(BALANCES, [customerId])
}

export function lockAll(sql: Sql, customerId: number): Promise<Money[]> {
  return sql.rows<Money>(LOCK_ALL, [customerId])
}

/** What is in a wallet, which nobody else changes until the caller's transaction ends. */
export async function lock(sql: Sql, { customerId, currency }: Movement): Promise<number> {
  return (await sql.rows<{ balance: number }>(LOCK, [customerId, currency]))[0]?.balance ?? 0
}

const entryOf = ({ no, note, ...row }: EntryRow): WalletEntry => ({
  ...row,
  orderNo: no ?? undefined,
  note: note ?? undefined,
})

export async function entry(sql: Sql, ref: string): Promise<WalletEntry | undefined> {
  return (await sql.rows<EntryRow>(BY_REF, [ref])).map(entryOf)[0]
}

export async function entries(sql: Sql, customerId: number, take: number, skip: number): Promise<WalletEntry[]> {
  return (await sql.rows<EntryRow>(ENTRIES, [customerId, take, skip])).map(entryOf)
}

export async function countEntries(sql: Sql, customerId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_ENTRIES, [customerId]))[0]?.total ?? 0
}

export async function add(sql: Sql, movement: Movement, at: Date): Promise<void> {
  await sql.rows(ADD, values(movement, at))
}

/** False when there is too little: nothing has changed. */
export async function take(sql: Sql, movement: Movement, at: Date): Promise<boolean> {
  return (await sql.rows(TAKE, values(movement, at))).length > 0
}

export function creditsOf(
  sql: Sql,
  paymentId: bigint,
  ref?: string,
): Promise<(Money & { id: bigint; customerId: number })[]> {
  return sql.rows(CREDITS_OF, [paymentId, ref ?? null])
}
