import { recordAudit } from '../audit/service.ts'
import { after, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { type Extent, needsSecond, type Security, type SecurityChange, securitySchema } from './model.ts'
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

/** For how long what somebody did alone counts towards their limit, in ms. */
const COUNTED = hours(24)

/**
 * Whether somebody may do this alone, within the transaction that does it: with what they did alone in the 24 hours before, it stays
 * below the limit. Then it counts towards that. The same key again is the same act.
 */
export async function mayActAlone(
  sql: Sql,
  {
    act,
    actor,
    extent,
    idempotencyKey,
    now,
  }: Omit<store.SoloAct, 'extent' | 'currency' | 'at'> & { readonly extent: Extent | undefined; readonly now: Date },
): Promise<boolean> {
  const security = await readSecurity(sql)
  if (extent === undefined) return !needsSecond(security, act)
  const isMoney = 'currency' in extent
  const mine = {
    act,
    actor,
    extent: isMoney ? extent.amount : extent.keys,
    currency: isMoney ? extent.currency : undefined,
    at: now,
    idempotencyKey,
  }
  const whole = mine.extent + (await store.doneAlone(sql, mine, after(now, -COUNTED)))
  if (needsSecond(security, act, isMoney ? { ...extent, amount: whole } : { keys: whole })) return false
  await store.addAlone(sql, mine)
  return true
}

export interface SecuritySettings {
  read(): Promise<Security>
}

export const createSecuritySettings = (db: Database): SecuritySettings => ({ read: () => readSecurity(db) })
