import { type Sql, statement } from '../platform/database/sql.ts'
import type { Booking } from './model.ts'

const INSERT = statement(
  'ledger-insert',
  `WITH booked AS (INSERT INTO ledger_transaction (ref, at) VALUES ($1, $2) ON CONFLICT (ref) DO NOTHING RETURNING id)
   INSERT INTO ledger_entry (transaction_id, position, debit, credit, amount, currency)
   SELECT booked.id, e.position, e.debit, e.credit, e.amount, e.currency
   FROM booked, unnest($3::text[], $4::text[], $5::bigint[], $6::text[]) WITH ORDINALITY AS e (debit, credit, amount, currency, position)`,
)

export async function insertBooking(sql: Sql, at: Date, { ref, entries }: Booking): Promise<void> {
  await sql.rows(INSERT, [
    ref,
    at,
    entries.map((e) => e.debit),
    entries.map((e) => e.credit),
    entries.map((e) => e.amount),
    entries.map((e) => e.currency),
  ])
}
