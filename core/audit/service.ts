import type { Sql } from '../platform/database/sql.ts'
import type { AuditEntry } from './model.ts'
import { insertEntries } from './store.ts'

/** Appends to the audit log, within the transaction of what it tells of. */
export async function recordAudit(sql: Sql, at: Date, ...entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await insertEntries(sql, at, entries)
}
