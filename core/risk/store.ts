import { type Sql, statement } from '../platform/database/sql.ts'
import { type Rule, type RuleDefinition, ruleSchema } from './model.ts'

export const RULES = statement(
  'risk-rules',
  `SELECT DISTINCT ON (name) name, version, enabled, definition FROM risk_rule ORDER BY name, version DESC`,
)
const ADD = statement(
  'risk-rule-add',
  `INSERT INTO risk_rule (name, version, enabled, definition, created_at, created_by)
   SELECT $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4, $5 FROM risk_rule WHERE name = $1`,
)
const SEED = statement(
  'risk-rule-seed',
  `INSERT INTO risk_rule (name, version, enabled, definition, created_at, created_by) VALUES ($1, 1, true, $2::jsonb, $3, 'system') ON CONFLICT DO NOTHING`,
)
/** Counted among what was paid, from the database: exact, and the same however often it is asked. The order at hand is counted. */
const VELOCITY = statement(
  'risk-velocity',
  `SELECT count(*)::int AS orders, coalesce(sum((SELECT sum(l.quantity) FROM order_line l WHERE l.order_id = o.id)), 0)::int AS units
   FROM orders o WHERE o.customer_id = $1 AND (o.paid_at > $2 OR o.id = $3)`,
)
const DECISION = statement(
  'risk-decision',
  `INSERT INTO risk_decision (order_id, outcome, rules, facts, at) VALUES ($1, $2, $3::jsonb, $4::jsonb, $5)`,
)

export interface RuleRow {
  readonly name: string
  readonly version: number
  readonly enabled: boolean
  readonly definition: unknown
}

/** Rules as they stand in the database. */
export const rulesOf = (rows: readonly RuleRow[]): Rule[] =>
  rows.map((row) => ({ ...row, definition: ruleSchema.parse(row.definition) }))

export async function rules(sql: Sql): Promise<Rule[]> {
  return rulesOf(await sql.rows<RuleRow>(RULES))
}

export async function addRule(
  sql: Sql,
  name: string,
  enabled: boolean,
  definition: RuleDefinition,
  at: Date,
  by: string,
): Promise<void> {
  await sql.rows(ADD, [name, enabled, JSON.stringify(definition), at, by])
}

export async function seedRule(sql: Sql, name: string, definition: RuleDefinition, at: Date): Promise<void> {
  await sql.rows(SEED, [name, JSON.stringify(definition), at])
}

export async function velocity(
  sql: Sql,
  customerId: number,
  since: Date,
  orderId: bigint,
): Promise<{ orders: number; units: number }> {
  const [row] = await sql.rows<{ orders: number; units: number }>(VELOCITY, [customerId, since, orderId])
  return row ?? { orders: 0, units: 0 }
}

export async function addDecision(
  sql: Sql,
  orderId: bigint,
  outcome: string,
  rulesApplied: unknown,
  facts: unknown,
  at: Date,
): Promise<void> {
  await sql.rows(DECISION, [orderId, outcome, JSON.stringify(rulesApplied), JSON.stringify(facts), at])
}
