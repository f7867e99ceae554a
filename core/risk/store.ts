import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { PASSED, type Questions } from './facts.ts'
import { groupOf, LOCK } from './locks.ts'
import {
  type Block,
  type BlockKind,
  type Challenge,
  type Facts,
  type Judgement,
  type Rule,
  type RuleDefinition,
  ruleSchema,
  type Stage,
} from './model.ts'
import { isChallenge, outcomeOf } from './policy.ts'

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
   SELECT p.name, 1, p.enabled, p.definition, $3, 'system' FROM unnest($1::text[], $2::jsonb[], $4::bool[]) AS p (name, definition, enabled)
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
  // A challenge needs somebody who asks it in the chat: until then its buyer could only write to support.
  const enabled = presets.map(([, { verdict }]) => !isChallenge(verdict))
  await sql.rows(SEED, [presets.map(([name]) => name), definitions, at, enabled])
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

/** The groups of a customer ($1) and of all who have one of these traits ($2 kind, $3 hash). */
const GROUPS = statement(
  'risk-groups',
  `SELECT DISTINCT ${groupOf('c.id')} AS id FROM (
     SELECT $1::int AS id UNION SELECT t.customer_id FROM unnest($2::text[], $3::bytea[]) AS m (kind, hash)
       JOIN customer_trait t ON t.kind = m.kind AND t.hash = m.hash) AS c ORDER BY 1`,
)
const MOVE = statement('risk-group-move', `UPDATE customer_group SET group_id = $2 WHERE group_id = ANY($1)`)
const JOIN = statement(
  'risk-group-join',
  `INSERT INTO customer_group (customer_id, group_id) SELECT id, $2 FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING`,
)
const TRAITS = statement(
  'risk-traits',
  `INSERT INTO customer_trait (kind, hash, customer_id, first_seen_at) SELECT kind, hash, $1, $4 FROM unnest($2::text[], $3::bytea[]) AS t (kind, hash)
   ON CONFLICT DO NOTHING`,
)

type Traits = readonly { readonly kind: string; readonly hash: Buffer }[]

/** The ids of the groups that have to be one, the smallest first. */
export async function groupsOf(sql: Sql, customerId: number, traits: Traits): Promise<number[]> {
  const values = [customerId, traits.map(({ kind }) => kind), traits.map(({ hash }) => hash)]
  return (await sql.rows<{ id: number }>(GROUPS, values)).map(({ id }) => id)
}

export async function lock(sql: Sql, names: readonly string[]): Promise<void> {
  await sql.rows(LOCK, [names])
}

/** Makes these groups one; those of people who were alone have their ids. */
export async function joinGroups(sql: Sql, groups: readonly number[]): Promise<void> {
  await sql.rows(MOVE, [groups, groups[0]])
  await sql.rows(JOIN, [groups, groups[0]])
}

export async function addTraits(sql: Sql, customerId: number, traits: Traits, now: Date): Promise<void> {
  await sql.rows(TRAITS, [customerId, traits.map(({ kind }) => kind), traits.map(({ hash }) => hash), now])
}

const ACTIVE = '(lifted_at IS NULL AND (expires_at IS NULL OR expires_at > $1))'
const BLOCK_TURN = statement('block-turn', `SELECT pg_advisory_xact_lock(hashtext('blocklist'))`)
const BLOCK_FIND = statement(
  'block-find',
  `SELECT id FROM blocklist WHERE ${ACTIVE} AND kind = $2 AND value_hash = $3 LIMIT 1`,
)
const BLOCK_ADD = statement(
  'block-add',
  `INSERT INTO blocklist (kind, value_hash, reason, by, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
)
const BLOCK_LIFT = statement(
  'block-lift',
  `UPDATE blocklist SET lifted_at = $1, lifted_by = $3 WHERE id = $2 AND ${ACTIVE} RETURNING kind`,
)
const BLOCK_LIST = statement(
  'block-list',
  `SELECT id, kind, reason, by, at, expires_at FROM blocklist WHERE ${ACTIVE} ORDER BY id DESC LIMIT $2 OFFSET $3`,
)
const BLOCK_COUNT = statement('block-count', `SELECT count(*)::int AS total FROM blocklist WHERE ${ACTIVE}`)

/** Adds an entry, unless there is one that counts. Two at once are one. */
export async function addBlock(
  sql: Sql,
  entry: Omit<Block, 'id'> & { readonly hash: Buffer },
): Promise<{ id: number; isNew: boolean }> {
  const { kind, hash, reason, by, at, expiresAt } = entry
  await sql.rows(BLOCK_TURN)
  const [known] = await sql.rows<{ id: number }>(BLOCK_FIND, [at, kind, hash])
  if (known) return { id: known.id, isNew: false }
  const [made] = await sql.rows<{ id: number }>(BLOCK_ADD, [kind, hash, reason, by, at, expiresAt ?? null])
  return { id: (made as { id: number }).id, isNew: true }
}

/** What kind of entry was lifted; undefined when it does not count any more. */
export async function liftBlock(sql: Sql, id: number, by: string, at: Date): Promise<BlockKind | undefined> {
  return (await sql.rows<{ kind: BlockKind }>(BLOCK_LIFT, [at, id, by]))[0]?.kind
}

export async function countBlocks(sql: Sql, now: Date): Promise<number> {
  return (await sql.rows<{ total: number }>(BLOCK_COUNT, [now]))[0]?.total ?? 0
}

export async function blocks(sql: Sql, now: Date, take: number, skip: number): Promise<Block[]> {
  const rows = await sql.rows<Omit<Block, 'expiresAt'> & { expires_at: Date | null }>(BLOCK_LIST, [now, take, skip])
  return rows.map(({ expires_at, ...row }) => ({ ...row, expiresAt: expires_at ?? undefined }))
}

/** When a rule is judged. */
const STAMP: Readonly<Record<Stage, string>> = { order: 'placed_at', payment: 'paid_at' }

/** A stretch of orders ($1 before this id, $2 so many) as they were when the rule was judged, and what became of them. */
function historyOf(stage: Stage, { columns, joins }: Questions): string {
  return `WITH r AS MATERIALIZED (
    SELECT o.id AS order_id, o.no, o.customer_id, o.${STAMP[stage]} AS at, o.placed_at, o.units AS own_units, o.total AS own_total, o.channel, o.ip, o.device,
      b.provider, nullif(b.payer, '') AS payer, o.state IN ('refunding', 'refunded') AS refunded,
      (SELECT string_agg(q.sku, ',') FROM order_line l JOIN product q ON q.id = l.product_id WHERE l.order_id = o.id) AS skus,
      EXISTS (SELECT FROM ticket t WHERE t.customer_id = o.customer_id AND t.order_no = o.no)
        OR EXISTS (SELECT FROM payment p JOIN refund f ON f.payment_id = p.id WHERE p.order_id = o.id AND f.requested_by = 'provider') AS disputed
    FROM (SELECT * FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2) AS o LEFT JOIN LATERAL (
      SELECT p.provider, p.payer FROM payment p WHERE ${stage === 'payment' ? `p.order_id = o.id AND p.rule IN ${BUYING_RULES}` : 'false'} ORDER BY p.id LIMIT 1) AS b ON true)
  SELECT r.order_id, r.no, r.at, r.placed_at, r.own_units, r.own_total, r.channel, r.refunded, r.disputed, ${PASSED} AS passed${columns}
  FROM r ${joins} ORDER BY r.order_id DESC`
}

export interface HistoryRow extends Readonly<Record<string, unknown>> {
  readonly order_id: bigint
  readonly no: string
  readonly at: Date | null
  readonly placed_at: Date
  readonly own_units: number
  readonly own_total: number
  readonly channel: string
  readonly refunded: boolean
  readonly disputed: boolean
  readonly passed: readonly string[] | null
}

/** From here on the transaction sees one moment, writes nothing, and no statement of it takes longer than this, in ms. */
export async function onlyLook(sql: Sql, most: number): Promise<void> {
  await sql.rows(statement('risk-try-begin', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'))
  await sql.rows(statement('risk-try-limit', `SET LOCAL statement_timeout = ${most}`))
  // What runs once is not worth compiling.
  await sql.rows(statement('risk-try-plan', 'SET LOCAL jit = off'))
}

export function history(sql: Sql, stage: Stage, questions: Questions, before: bigint, most: number) {
  return sql.rows<HistoryRow>({ name: '', text: historyOf(stage, questions) }, [before, most])
}
