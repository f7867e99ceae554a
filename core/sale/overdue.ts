import { recordAudit } from '../audit/service.ts'
import { tellBuyerAgain, tellStaffAgain } from '../notifications/service.ts'
import type { TraitsOf } from '../payments/policy.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { hasCode } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Profile } from '../profile/model.ts'
import { approveIn, lockOrder, refundIn } from './review.ts'
import { addressee, type OrderRow } from './rows.ts'
import { IS_OVERDUE, OVERDUE, PROMISE } from './statements.ts'

/** Orders looked at in one turn. */
const AT_ONCE = 100
const SYSTEM = 'system'

type Decision = Profile['overdue']

interface OverdueTerms {
  readonly now: Date
  readonly traits: TraitsOf
  /** the new time that the buyer of an order is promised that is left as it is */
  readonly promisedAt: Date
}

/**
 * Decides about held orders whose promised time has passed without a decision, each once however many processes look. One that
 * is left, or of which there are no keys to deliver, is promised for later, and staff are told again. Returns how many.
 */
export async function decideOverdue(db: Database, decision: Decision, terms: OverdueTerms, log: Log): Promise<number> {
  let decided = 0
  for (const { no } of await db.rows<{ no: string }>(OVERDUE, [terms.now, AT_ONCE])) {
    const done = await decideOne(db, no, decision, terms).catch((err: unknown) => {
      // One that cannot be decided about must not keep the others waiting.
      log.error({ err }, 'a held order could not be decided about in time; it will be tried again')
      return false
    })
    if (done) decided += 1
  }
  return decided
}

async function decideOne(db: Database, no: string, decision: Decision, terms: OverdueTerms): Promise<boolean> {
  try {
    return await db.transaction((sql) => decideIn(sql, no, decision, terms))
  } catch (error) {
    if (!hasCode(error, 'order.no_stock')) throw error
    return db.transaction((sql) => decideIn(sql, no, 'leave', terms))
  }
}

/** False when somebody was quicker. */
async function decideIn(sql: Sql, no: string, decision: Decision, terms: OverdueTerms): Promise<boolean> {
  const { now, traits, promisedAt } = terms
  const order = await lockOrder(sql, no)
  if ((await sql.rows(IS_OVERDUE, [order.id, now])).length === 0) return false
  await recordAudit(sql, now, { actor: SYSTEM, action: 'order.overdue', subject: `order:${no}`, data: { decision } })
  if (decision === 'approve') await approveIn(sql, order, SYSTEM, now)
  else if (decision === 'reject') await refundIn(sql, order, { reason: 'overdue', by: SYSTEM, now }, traits)
  else await leave(sql, order, promisedAt)
  await tellStaffAgain(sql, no, 'overdue')
  return true
}

async function leave(sql: Sql, order: OrderRow, promisedAt: Date): Promise<void> {
  await sql.rows(PROMISE, [order.id, promisedAt])
  await tellBuyerAgain(sql, addressee(order), 'delayed')
}
