import { recordAudit } from '../audit/service.ts'
import type { HoldReason } from '../orders/model.ts'
import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Fact, PRESETS, type Rule, type RuleDefinition, ruleSchema } from './model.ts'
import { judge } from './policy.ts'
import * as store from './store.ts'

export { RULES, type RuleRow, rulesOf } from './store.ts'

export interface Risk {
  rules(): Promise<readonly Rule[]>
  /** Changes a rule's limit, or switches it off with `off`. @throws KeytillError `risk.rule`, `risk.limit` */
  setLimit(actor: string, name: string, limit: string): Promise<Rule>
  /** Writes the presets that are not there yet. */
  seed(): Promise<void>
}

export function createRisk(db: Database, clock: Clock): Risk {
  return {
    rules: () => store.rules(db),
    async setLimit(actor, name, limit) {
      const rule = (await store.rules(db)).find((known) => known.name === name)
      if (!rule)
        throw new KeytillError(
          'risk.rule',
          `There is no rule ${name.slice(0, 30)}. Rules: ${Object.keys(PRESETS).join(', ')}.`,
        )
      const enabled = limit !== 'off'
      const definition: RuleDefinition | undefined = enabled
        ? ruleSchema.safeParse({ ...rule.definition, limit: /^[0-9]{1,7}$/.test(limit) ? Number(limit) : undefined })
            .data
        : rule.definition
      if (!definition) throw new KeytillError('risk.limit', 'A limit is a whole number from 1, or off.')
      await db.transaction(async (sql) => {
        await store.addRule(sql, name, enabled, definition, clock(), actor)
        await recordAudit(sql, clock(), {
          actor,
          action: 'risk.rule',
          subject: `rule:${name}`,
          data: { enabled, limit: definition.limit },
        })
      })
      return { name, version: rule.version + 1, enabled, definition }
    },
    async seed() {
      for (const [name, definition] of Object.entries(PRESETS)) await store.seedRule(db, name, definition, clock())
    },
  }
}

/**
 * Judges a paid order within the transaction that settles it and has locked its buyer's standing, and keeps the facts and rule versions of the decision.
 * Returns the reasons to hold it; none: it goes on.
 */
export async function assess(
  sql: Sql,
  order: { readonly id: bigint; readonly customerId: number },
  now: Date,
): Promise<HoldReason[]> {
  const facts: Fact[] = []
  for (const rule of await store.rules(sql)) {
    const counts = await store.velocity(sql, order.customerId, after(now, -minutes(rule.definition.window)), order.id)
    facts.push({ rule, observed: counts[rule.definition.of] })
  }
  const reasons = judge(facts)
  const observed = Object.fromEntries(facts.map(({ rule, observed: count }) => [rule.name, count]))
  const versions = facts.map(({ rule }) => ({ name: rule.name, version: rule.version }))
  await store.addDecision(sql, order.id, reasons.length > 0 ? 'hold' : 'allow', versions, observed, now)
  return reasons
}
