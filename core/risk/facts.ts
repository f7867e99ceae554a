import { createHash } from 'node:crypto'
import { type Statement, statement } from '../platform/database/sql.ts'
import { groupOf, lockKey } from './locks.ts'
import { PAYER_HASH } from './look-ups.ts'
import type { Rule, Stage } from './model.ts'
import { isChallenge, PASSED_DAYS, VOUCHED_HOURS, type Vouched } from './policy.ts'
import { type Questions, questionsOf } from './questions.ts'

/** The statement that asks all that the rules of a stage want to know of many orders, and nothing else. */

/** The orders of payments ($1 their numbers, $2 provider, $3 payer, $4 now). */
const PAYMENTS = `SELECT p.n::int, $4::timestamptz AS at, o.id AS order_id, o.customer_id, o.units, o.total, p.provider, nullif(p.payer, '') AS payer, o.ip, o.device,
    (SELECT string_agg(q.sku, ',') FROM order_line l JOIN product q ON q.id = l.product_id WHERE l.order_id = o.id) AS skus
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS p (no, provider, payer, n) JOIN orders o ON o.no = p.no`
/** Orders that are to be placed ($1 customer, $2 ip, $3 device, $4 SKUs by commas, $5 now, $6 units, $7 total). */
const PLACINGS = `SELECT p.n::int, p.at, NULL::bigint AS order_id, p.customer_id, p.units, p.total, NULL::text AS provider, NULL::text AS payer, p.ip, p.device, p.skus
  FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::text[], $5::timestamptz[], $6::float8[], $7::float8[])
    WITH ORDINALITY AS p (customer_id, ip, device, skus, at, units, total, n)`
const SOURCES: Readonly<Record<Stage, string>> = { order: PLACINGS, payment: PAYMENTS }

/** Whether there is one. An EXISTS could be answered by reading the whole table once; this is looked up for each order. */
const some = (from: string) => `((SELECT true ${from} LIMIT 1) IS NOT NULL)`

/** The group of an order's buyer, as {@link groupOf} it. */
const GROUP_ID = 'coalesce(own_group.id, r.customer_id)'
/** Of a trait of the order's: whether it would join its buyer's group to another, whose member has it too. */
const joinsBy = (kind: string, hash: string) =>
  `${some(`FROM customer_trait t WHERE t.kind = '${kind}' AND t.hash = ${hash} AND t.customer_id <> r.customer_id AND ${groupOf('t.customer_id')} <> ${GROUP_ID}`)}`
const isNew = (kind: string, hash: string) =>
  `(${hash} IS NOT NULL AND NOT ${some(`FROM customer_trait t WHERE t.kind = '${kind}' AND t.hash = ${hash} AND t.customer_id = r.customer_id`)})`

/** Which traits are seen for the first time, and whether the buyer's group has to grow by one of them. */
const TRAITS: Readonly<Record<Stage, string>> = {
  order: `${isNew('ip', 'r.ip')} AS new_ip, ${isNew('device', 'r.device')} AS new_device, false AS new_payer, ${joinsBy('device', 'r.device')} AS joins`,
  payment: `false AS new_ip, false AS new_device, ${isNew('payer', PAYER_HASH)} AS new_payer, ${joinsBy('payer', PAYER_HASH)} AS joins`,
}

/** What is known of an order besides the facts: where its buyer stands in the web of those who share something. */
export interface FactsRow extends Readonly<Record<string, unknown>> {
  /** place in the batch, from 1 */
  readonly n: number
  /** the key of the lock of its buyer's group */
  readonly group_key: number
  readonly joins: boolean
  readonly new_ip: boolean
  readonly new_device: boolean
  readonly new_payer: boolean
  readonly passed: readonly string[] | null
  readonly vouched: Vouched | null
}

/** The rules of a stage that are on, and the statement that asks all they want to know; made once for as long as they stand. */
export interface Judging {
  readonly stage: Stage
  readonly rules: readonly Rule[]
  readonly questions: Questions
  readonly statement: Statement
}

export function judgingOf(stage: Stage, all: readonly Rule[]): Judging {
  const rules = all.filter(({ enabled, definition }) => enabled && definition.at === stage)
  const questions = questionsOf(rules, 'now')
  const passed = rules.some(({ definition }) => isChallenge(definition.verdict)) ? PASSED : 'NULL::text[]'
  const vouched = rules.some(({ definition }) => definition.verdict === 'hold') ? VOUCHED : 'NULL::jsonb'
  const text = `SELECT r.n, ${lockKey('group', GROUP_ID)} AS group_key, ${TRAITS[stage]}, ${passed} AS passed, ${vouched} AS vouched${questions.columns}
FROM (${SOURCES[stage]}) AS r ${questions.joins}`
  // Prepared under its own name: other rules are another statement.
  const name = `risk-facts-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
  return { stage, rules, questions, statement: statement(name, text) }
}

/** The challenges that an order's buyer has passed not too long ago. */
export const PASSED = `ARRAY(SELECT c.kind FROM customer_challenge c WHERE c.customer_id = r.customer_id AND c.passed_at <= r.at AND c.passed_at > r.at - make_interval(days => ${PASSED_DAYS}))`
/** The rules that were overruled for an order's buyer not long ago. */
const VOUCHED = `(SELECT jsonb_object_agg(v.rule, v.up_to) FROM risk_vouch v WHERE v.customer_id = r.customer_id AND v.at > r.at - make_interval(hours => ${VOUCHED_HOURS}))`
