import { type Sql, statement } from '../platform/database/sql.ts'
import {
  type Challenge,
  type Facts,
  type Judgement,
  type Rule,
  type RuleDefinition,
  ruleSchema,
  type Stage,
} from './model.ts'
import { outcomeOf } from './policy.ts'

const COLUMNS = 'name, version, enabled, definition, created_at, created_by'
const RULES = statement('risk-rules', `SELECT DISTINCT ON (name) ${COLUMNS} FROM risk_rule ORDER BY name, version DESC`)
const VERSIONS = statement(
  'risk-rule-versions',
  `SELECT ${COLUMNS} FROM risk_rule WHERE name = $1 ORDER BY version DESC LIMIT $2`,
)
/** Two editors at once: the version is taken once, and the second is told that the rule has changed. */
const ADD = statement(
  'risk-rule-add',
  `INSERT INTO risk_rule (name, version, enabled, definition, created_at, created_by) VALUES ($1, $2, $3, $4::jsonb, $5, $6)
   ON CONFLICT DO NOTHING RETURNING version`,
)
const SEED = statement(
  'risk-rule-seed',
  `INSERT INTO risk_rule (name, version, enabled, definition, created_at, created_by)
   SELECT p.name, 1, true, p.definition, $3, 'system' FROM unnest($1::text[], $2::jsonb[]) AS p (name, definition)
   WHERE NOT EXISTS (SELECT FROM risk_rule r WHERE r.name = p.name) ON CONFLICT DO NOTHING`,
)
const DECISION = statement(
  'risk-decision',
  `INSERT INTO risk_decision (order_id, stage, outcome, rules, facts, at) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`,
)
const REFUSAL = statement(
  'risk-refusal',
  `INSERT INTO risk_refusal (key, customer_id, channel, wanted, outcome, reasons, rules, facts, at)
   VALUES ($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7::jsonb, $8::jsonb, $9)
   ON CONFLICT (key) DO UPDATE SET wanted = excluded.wanted, outcome = excluded.outcome, reasons = excluded.reasons, rules = excluded.rules,
     facts = excluded.facts, at = excluded.at`,
)
const PASS = statement(
  'risk-pass',
  `INSERT INTO customer_challenge (customer_id, kind, passed_at) VALUES ($1, $2, $3)
   ON CONFLICT (customer_id, kind) DO UPDATE SET passed_at = greatest(customer_challenge.passed_at, excluded.passed_at)`,
)
const SIGN = statement(
  'risk-sign',
  `INSERT INTO risk_sign (customer_id, kind, subject, event, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event) DO NOTHING`,
)

interface RuleRow {
  readonly name: string
  readonly version: number
  readonly enabled: boolean
  readonly definition: unknown
  readonly created_at: Date
  readonly created_by: string
}

/** A rule, and who made this version of it when. */
export interface RuleVersion extends Rule {
  readonly at: Date
  readonly by: string
}

const ruleOf = ({ name, version, enabled, definition, created_at, created_by }: RuleRow): RuleVersion => ({
  name,
  version,
  enabled,
  definition: ruleSchema.parse(definition),
  at: created_at,
  by: created_by,
})

/** Every rule as it stands. */
export async function rules(sql: Sql): Promise<RuleVersion[]> {
  return (await sql.rows<RuleRow>(RULES)).map(ruleOf)
}

/** The last `most` versions of a rule, the newest first. */
export async function versions(sql: Sql, name: string, most: number): Promise<RuleVersion[]> {
  return (await sql.rows<RuleRow>(VERSIONS, [name, most])).map(ruleOf)
}

/** False when there is such a version already. */
export async function addRule(sql: Sql, rule: Rule, at: Date, by: string): Promise<boolean> {
  const { name, version, enabled, definition } = rule
  return (await sql.rows(ADD, [name, version, enabled, JSON.stringify(definition), at, by])).length > 0
}

export async function seedRules(sql: Sql, presets: readonly [name: string, definition: RuleDefinition][], at: Date) {
  const definitions = presets.map(([, definition]) => JSON.stringify(definition))
  await sql.rows(SEED, [presets.map(([name]) => name), definitions, at])
}

/** The versions that a decision was made on, as it keeps them. */
export const versionsText = (judged: readonly Rule[]): string =>
  JSON.stringify(judged.map(({ name, version }) => ({ name, version })))

export async function addDecision(
  sql: Sql,
  orderId: bigint,
  stage: Stage,
  judgement: Judgement,
  { judged, facts }: { readonly judged: readonly Rule[]; readonly facts: Facts },
  at: Date,
): Promise<void> {
  await sql.rows(DECISION, [orderId, stage, outcomeOf(judgement), versionsText(judged), JSON.stringify(facts), at])
}

/** What was not taken, of whom. */
export interface Refused {
  readonly key: string
  readonly customerId: number
  readonly channel: string
  readonly wanted: unknown
}

export async function addRefusal(
  sql: Sql,
  { key, customerId, channel, wanted }: Refused,
  judgement: Judgement,
  { judged, facts }: { readonly judged: readonly Rule[]; readonly facts: Facts },
  at: Date,
): Promise<void> {
  await sql.rows(REFUSAL, [
    key,
    customerId,
    channel,
    JSON.stringify(wanted),
    outcomeOf(judgement),
    JSON.stringify(judgement.reasons),
    versionsText(judged),
    JSON.stringify(facts),
    at,
  ])
}

export async function pass(sql: Sql, customerId: number, kind: Challenge, at: Date): Promise<void> {
  await sql.rows(PASS, [customerId, kind, at])
}

export async function sign(
  sql: Sql,
  customerId: number,
  kind: string,
  subject: string,
  event: string,
  at: Date,
): Promise<void> {
  await sql.rows(SIGN, [customerId, kind, subject, event, at])
}
