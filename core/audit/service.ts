import type { Sql } from '../platform/database/sql.ts'
import type { AuditEntry, Receipt } from './model.ts'
import { receiptOf } from './receipt.ts'
import { type SealerParts, startSealer } from './sealer.ts'
import { insertEntries, unsealed } from './store.ts'

/** Appends to the audit log, within the transaction of what it tells of. */
export async function recordAudit(sql: Sql, at: Date, ...entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await insertEntries(sql, at, entries)
}

/**
 * The tables of the log. The role that the shop runs under needs to add to them and to read them, and nothing else:
 *
 *     REVOKE ALL ON audit_entry, audit_seal FROM <role>;
 *     GRANT SELECT ON audit_entry, audit_seal TO <role>;
 *     GRANT INSERT (at, actor, action, subject, data) ON audit_entry TO <role>;
 *     GRANT INSERT ON audit_seal TO <role>;
 *     GRANT USAGE ON SEQUENCE audit_entry_id_seq TO <role>;
 *
 * Without `id` and `xact` among the columns it can also not choose where in the log an entry stands.
 */
export const AUDIT_TABLES = ['audit_entry', 'audit_seal'] as const

/** How far sealing is behind: committed entries without a seal (counted up to 10,000), and for how many seconds the first of them has waited. */
export async function auditLag(sql: Sql, now: Date): Promise<{ readonly rows: number; readonly seconds: number }> {
  const { rows, oldest } = await unsealed(sql)
  return { rows, seconds: oldest ? Math.max(0, (now.getTime() - Number(oldest)) / 1000) : 0 }
}

export interface Audit {
  /** As {@link auditLag}, now. */
  lag(): ReturnType<typeof auditLag>
  /**
   * What a buyer can prove the delivery of an order with; undefined when it was not delivered or its entries are not sealed
   * yet. Whose order it is must have been seen to.
   */
  receipt(orderNo: string): Promise<Receipt | undefined>
  /** Takes part in sealing until it is stopped. @throws KeytillError when the signing key cannot be used */
  seal(): { stop(): Promise<void> }
}

export function createAudit(parts: SealerParts): Audit {
  const { db, clock } = parts
  return {
    lag: () => auditLag(db, clock()),
    receipt: (orderNo) => receiptOf(db, orderNo),
    seal: () => startSealer(parts),
  }
}
