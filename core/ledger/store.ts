import { type Sql, statement } from '../platform/database/sql.ts'
import type { Booking } from './model.ts'

const INSERT = statement(
  'ledger-insert',
  `WITH booked AS (INSERT INTO ledger_transaction (ref, at) VALUES ($1, $2) ON CONFLICT (ref) DO NOTHING RETURNING id)
   INSERT INTO ledger_entry (transaction_id, account, amount, currency)
   SELECT booked.id, entry.* FROM booked, unnest($3::text[], $4::bigint[], $5::text[]) AS entry`,
)

export async function insertBooking(sql: Sql, at: Date, { ref, entries }: Booking): Promise<void> {
  await sql.rows(INSERT, [
    ref,
    at,
    entries.map((e) => e.account),
    entries.map((e) => e.amount),
    entries.map((e) => e.currency),
  ])
}
