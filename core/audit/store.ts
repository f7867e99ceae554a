import { type Sql, statement } from '../platform/database/sql.ts'
import type { AuditEntry } from './model.ts'

const INSERT = statement(
  'audit-insert',
  `INSERT INTO audit_entry (at, actor, action, subject, data)
   SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::jsonb[])`,
)

export async function insertEntries(sql: Sql, at: Date, entries: readonly AuditEntry[]): Promise<void> {
  await sql.rows(INSERT, [
    at,
    entries.map((entry) => entry.actor),
    entries.map((entry) => entry.action),
    entries.map((entry) => entry.subject),
    entries.map((entry) => JSON.stringify(entry.data ?? {})),
  ])
}
