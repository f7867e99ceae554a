import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { PASSED } from './facts.ts'
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
import { outcomeOf } from './policy.ts'
import type { Questions } from './questions.ts'

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

/** A customer ($1), or who they were linked with. */
const AS_ONE = `coalesce((SELECT n.merged_into FROM customer n WHERE n.id = $1), $1::int)`
/** The groups of a customer ($1) and of all who have one of these traits ($2 kind, $3 hash). */
const GROUPS = statement(
  'risk-groups',
  `SELECT DISTINCT ${groupOf('c.id')} AS id FROM (
     SELECT ${AS_ONE} AS id UNION SELECT t.customer_id FROM unnest($2::text[], $3::bytea[]) AS m (kind, hash)
       JOIN customer_trait t ON t.kind = m.kind AND t.hash = m.hash) AS c ORDER BY 1`,
)
const GROUPS_OF_ALL = statement(
  'risk-groups-of-all',
  `SELECT DISTINCT ${groupOf('c.id')} AS id FROM unnest($1::int[]) AS c (id) ORDER BY 1`,
)
const MOVE = statement('risk-group-move', `UPDATE customer_group SET group_id = $2 WHERE group_id = ANY($1)`)
const JOIN = statement(
  'risk-group-join',
  `INSERT INTO customer_group (customer_id, group_id) SELECT id, $2 FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING`,
)
const TRAITS = statement(
  'risk-traits',
  `INSERT INTO customer_trait (kind, hash, customer_id, first_seen_at) SELECT kind, hash, ${AS_ONE}, $4 FROM unnest($2::text[], $3::bytea[]) AS t (kind, hash)
   ON CONFLICT DO NOTHING`,
)

type Traits = readonly { readonly kind: string; readonly hash: Buffer }[]

/** The ids of the groups that have to be one, the smallest first. */
export async function groupsOf(sql: Sql, customerId: number, traits: Traits): Promise<number[]> {
  const values = [customerId, traits.map(({ kind }) => kind), traits.map(({ hash }) => hash)]
  return (await sql.rows<{ id: number }>(GROUPS, values)).map(({ id }) => id)
}

/** The ids of the groups of these customers, the smallest first. */
export async function groupsOfAll(sql: Sql, customers: readonly number[]): Promise<number[]> {
  return (await sql.rows<{ id: number }>(GROUPS_OF_ALL, [customers])).map(({ id }) => id)
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
  `INSERT INTO blocklist (kind, value_hash, reason, by, at, expires_at, label, customer_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
)
const BLOCK_LIFT = statement(
  'block-lift',
  `UPDATE blocklist SET lifted_at = $1, lifted_by = $3, lift_reason = $4 WHERE id = $2 AND ${ACTIVE} RETURNING kind`,
)
const BLOCK_COLUMNS = `id, kind, label, customer_id, reason, by, at, expires_at,
  CASE WHEN by ~ '^[0-9a-f-]{36}$' THEN (SELECT c.name FROM customer c WHERE c.pseudonym = by::uuid) END AS by_name`
/** All that count, or of them those about somebody ($2 kind, $3 hash). */
const WANTED = `${ACTIVE} AND ($2::text IS NULL OR (kind = $2 AND value_hash = $3))`
const BLOCK_LIST = statement(
  'block-list',
  `SELECT ${BLOCK_COLUMNS} FROM blocklist WHERE ${WANTED} ORDER BY id DESC LIMIT $4 OFFSET $5`,
)
const BLOCK_COUNT = statement('block-count', `SELECT count(*)::int AS total FROM blocklist WHERE ${WANTED}`)
const BLOCK_GET = statement('block-get', `SELECT ${BLOCK_COLUMNS} FROM blocklist WHERE ${ACTIVE} AND id = $2`)
const BLOCKS_OF = statement(
  'blocks-of',
  `SELECT ${BLOCK_COLUMNS} FROM blocklist b WHERE ${ACTIVE} AND EXISTS (SELECT FROM (
     SELECT 'customer' AS kind, sha256(convert_to($2::text, 'UTF8')) AS hash
     UNION ALL SELECT 'account', sha256(convert_to(i.channel || ':' || i.external_id, 'UTF8')) FROM identity i WHERE i.customer_id = $2::int
     UNION ALL SELECT t.kind, t.hash FROM customer_trait t WHERE t.customer_id = $2::int) AS mine
   WHERE mine.kind = b.kind AND mine.hash = b.value_hash) ORDER BY id DESC`,
)
/** The customers whom an entry is about ($1 kind, $2 value, $3 hash), and whether they are staff. */
const CONCERNED = statement(
  'block-concerned',
  `SELECT c.id, s.customer_id IS NOT NULL AS "isStaff" FROM (
     SELECT coalesce(merged_into, id) AS id FROM customer WHERE $1 = 'customer' AND id = CASE WHEN $1 = 'customer' THEN $2::text::int END
     UNION SELECT customer_id FROM identity WHERE $1 = 'account' AND channel = split_part($2, ':', 1) AND external_id = substr($2, strpos($2, ':') + 1)
     UNION SELECT customer_id FROM customer_trait WHERE kind = $1 AND hash = $3) AS c
   LEFT JOIN staff_member s ON s.customer_id = c.id AND s.suspended_at IS NULL ORDER BY 1`,
)

/** Waits for whoever changes the list, or links customers, and has those that come wait until the transaction ends. */
export async function inTurn(sql: Sql): Promise<void> {
  await sql.rows(BLOCK_TURN)
}

/** Adds an entry, unless there is one that counts. Two at once are one. */
export async function addBlock(
  sql: Sql,
  entry: Omit<Block, 'id' | 'byName'> & { readonly hash: Buffer },
): Promise<{ id: number; isNew: boolean }> {
  const { kind, hash, reason, by, at, expiresAt, label, customerId } = entry
  const [known] = await sql.rows<{ id: number }>(BLOCK_FIND, [at, kind, hash])
  if (known) return { id: known.id, isNew: false }
  const [made] = await sql.rows<{ id: number }>(BLOCK_ADD, [
    kind,
    hash,
    reason,
    by,
    at,
    expiresAt ?? null,
    label ?? null,
    customerId ?? null,
  ])
  return { id: (made as { id: number }).id, isNew: true }
}

/** What kind of entry was lifted; undefined when it does not count any more. */
export async function liftBlock(
  sql: Sql,
  id: number,
  by: string,
  reason: string,
  at: Date,
): Promise<BlockKind | undefined> {
  return (await sql.rows<{ kind: BlockKind }>(BLOCK_LIFT, [at, id, by, reason]))[0]?.kind
}

interface BlockRow {
  readonly id: number
  readonly kind: BlockKind
  readonly label: string | null
  readonly customer_id: number | null
  readonly reason: string
  readonly by: string
  readonly by_name: string | null
  readonly at: Date
  readonly expires_at: Date | null
}

const blockOf = ({ label, customer_id, by_name, expires_at, ...row }: BlockRow): Block => ({
  ...row,
  label: label ?? undefined,
  customerId: customer_id ?? undefined,
  byName: by_name ?? undefined,
  expiresAt: expires_at ?? undefined,
})

/** A kind and the hash of whom it is; without, everybody. */
export interface OfWhom {
  readonly kind: BlockKind
  readonly hash: Buffer
}

export async function countBlocks(sql: Sql, now: Date, whom?: OfWhom): Promise<number> {
  const values = [now, whom?.kind ?? null, whom?.hash ?? null]
  return (await sql.rows<{ total: number }>(BLOCK_COUNT, values))[0]?.total ?? 0
}

export async function blocks(
  sql: Sql,
  now: Date,
  { take, skip }: { readonly take: number; readonly skip: number },
  whom?: OfWhom,
): Promise<Block[]> {
  const values = [now, whom?.kind ?? null, whom?.hash ?? null, take, skip]
  return (await sql.rows<BlockRow>(BLOCK_LIST, values)).map(blockOf)
}

export async function block(sql: Sql, now: Date, id: number): Promise<Block | undefined> {
  return (await sql.rows<BlockRow>(BLOCK_GET, [now, id])).map(blockOf)[0]
}

/** All that stop a customer: by their number, an account, or what they are known by. */
export async function blocksOf(sql: Sql, now: Date, customerId: number): Promise<Block[]> {
  return (await sql.rows<BlockRow>(BLOCKS_OF, [now, String(customerId)])).map(blockOf)
}

export function concerned(
  sql: Sql,
  { kind, value }: { readonly kind: BlockKind; readonly value: string },
  hash: Buffer,
): Promise<{ readonly id: number; readonly isStaff: boolean }[]> {
  return sql.rows(CONCERNED, [kind, value, hash])
}

/** When a rule is judged. */
const STAMP: Readonly<Record<Stage, string>> = { order: 'placed_at', payment: 'paid_at' }

/** A stretch of orders ($1 before this id, $2 so many) as they were when the rule was judged, and what became of them. */
function historyOf(stage: Stage, { columns, joins }: Questions): string {
  return `WITH r AS MATERIALIZED (
    SELECT o.id AS order_id, o.no, o.customer_id, o.${STAMP[stage]} AS at, o.placed_at, o.units, o.total, o.channel, o.ip, o.device,
      b.provider, nullif(b.payer, '') AS payer, o.state IN ('refunding', 'refunded') AS refunded,
      (SELECT string_agg(q.sku, ',') FROM order_line l JOIN product q ON q.id = l.product_id WHERE l.order_id = o.id) AS skus,
      EXISTS (SELECT FROM ticket t WHERE t.customer_id = o.customer_id AND t.order_no = o.no)
        OR EXISTS (SELECT FROM payment p JOIN refund f ON f.payment_id = p.id WHERE p.order_id = o.id AND f.requested_by = 'provider') AS disputed
    FROM (SELECT * FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2) AS o LEFT JOIN LATERAL (
      SELECT p.provider, p.payer FROM payment p WHERE ${stage === 'payment' ? `p.order_id = o.id AND p.rule IN ${BUYING_RULES}` : 'false'} ORDER BY p.id LIMIT 1) AS b ON true)
  SELECT r.order_id, r.no, r.at, r.placed_at, r.units, r.total, r.channel, r.refunded, r.disputed, ${PASSED} AS passed${columns}
  FROM r ${joins} ORDER BY r.order_id DESC`
}

export interface HistoryRow extends Readonly<Record<string, unknown>> {
  readonly order_id: bigint
  readonly no: string
  readonly at: Date | null
  readonly placed_at: Date
  readonly units: number
  readonly total: number
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
