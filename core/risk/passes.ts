import { recordAudit } from '../audit/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { CHALLENGES, type Reason } from './model.ts'
import { PASSED_DAYS, vouchedBy } from './policy.ts'
import { pass } from './store.ts'

interface Person {
  readonly id: number
  readonly pseudonym: string
}

/** Of whom no challenge is asked, because they have passed it or somebody vouches for them. */
export interface Passes {
  /** Until when some challenge is not asked of a customer; undefined when all are. */
  until(customerId: number): Promise<Date | undefined>
  /** A member of staff vouches for a customer: for a while no challenge is asked of them, as if they had passed them all. */
  give(actor: string, customer: Person): Promise<void>
  /** From now on all challenges are asked of them again. */
  take(actor: string, customer: Person): Promise<void>
}

const LAST = statement('risk-passes-last', `SELECT max(passed_at) AS at FROM customer_challenge WHERE customer_id = $1`)
const TAKE = statement('risk-passes-take', `DELETE FROM customer_challenge WHERE customer_id = $1`)

const HELD = statement(
  'risk-held',
  `SELECT customer_id AS "customerId", hold_reasons AS reasons FROM orders WHERE id = $1`,
)
const VOUCH = statement(
  'risk-vouch',
  `INSERT INTO risk_vouch (customer_id, rule, up_to, by, at) SELECT $1, v.key, v.value::int, $3, $4 FROM jsonb_each_text($2::jsonb) AS v ORDER BY v.key
   ON CONFLICT (customer_id, rule) DO UPDATE SET up_to = excluded.up_to, by = excluded.by, at = excluded.at`,
)

/** A member of staff lets an order go that was held: for a while the same rules hold none of its buyer's that is not far above it. */
export async function vouch(sql: Sql, orderId: bigint, by: string, at: Date): Promise<void> {
  const [order] = await sql.rows<{ customerId: number; reasons: Reason[] | null }>(HELD, [orderId])
  const vouched = vouchedBy(order?.reasons ?? [])
  if (order && Object.keys(vouched).length > 0)
    await sql.rows(VOUCH, [order.customerId, JSON.stringify(vouched), by, at])
}

export function createPasses(db: Database, clock: Clock): Passes {
  const change = (
    actor: string,
    action: string,
    { pseudonym }: Person,
    deed: (sql: Sql, now: Date) => Promise<unknown>,
  ) =>
    db.transaction(async (sql) => {
      const now = clock()
      await deed(sql, now)
      await recordAudit(sql, now, { actor, action, subject: `customer:${pseudonym}` })
    })
  return {
    async until(customerId) {
      const [last] = await db.rows<{ at: Date | null }>(LAST, [customerId])
      const until = last?.at ? after(last.at, hours(24 * PASSED_DAYS)) : undefined
      return until && until > clock() ? until : undefined
    },
    give: (actor, customer) =>
      change(actor, 'risk.pass_given', customer, async (sql, now) => {
        for (const kind of CHALLENGES) await pass(sql, customer.id, kind, now)
      }),
    take: (actor, customer) => change(actor, 'risk.pass_taken', customer, (sql) => sql.rows(TAKE, [customer.id])),
  }
}
