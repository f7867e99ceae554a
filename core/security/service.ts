import { recordAudit } from '../audit/service.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { type Security, type SecurityChange, securitySchema } from './model.ts'
import * as store from './store.ts'

/** How the shop protects itself, as it stands: a change counts at once, in every process. */
export async function readSecurity(sql: Sql): Promise<Security> {
  return securitySchema.parse((await store.read(sql)) ?? {})
}

/** Changes some of the settings, within the caller's transaction. What does not fit throws a ZodError: it was checked before. */
export async function changeSecurity(sql: Sql, actor: string, change: SecurityChange, now: Date): Promise<void> {
  const security = securitySchema.parse({ ...(await readSecurity(sql)), ...change })
  await store.write(sql, security, now)
  await recordAudit(sql, now, { actor, action: 'security.changed', subject: 'shop:security', data: change })
}

export interface SecuritySettings {
  read(): Promise<Security>
}

export const createSecuritySettings = (db: Database): SecuritySettings => ({ read: () => readSecurity(db) })
