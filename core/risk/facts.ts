import { createHash } from 'node:crypto'
import { BUYING_RULES } from '../payments/policy.ts'
import { type Statement, statement } from '../platform/database/sql.ts'
import { groupOf, lockKey } from './locks.ts'
import { type Fact, type Facts, type FIGURES, factOf, type History, type Rule, type Stage, type Who } from './model.ts'
import { isChallenge, PASSED_DAYS } from './policy.ts'

/**
 * Facts as SQL: one statement that asks all that some rules want to know of many orders, and nothing else. A `source` gives the
 * orders as rows r (n, at, order_id, customer_id, provider, payer, ip, device, skus), of which some may be null.
 */

/** Of which moment the questions are: of now, counting what is committed, or of each order's own, for history. */
type Moment = 'now' | 'then'

/** Whose orders: a condition on `o`. */
const ORDERS_OF: Readonly<Record<Exclude<Who, 'payer'>, string>> = {
  buyer: 'o.customer_id = r.customer_id',
  group: 'o.customer_id = ANY(members.ids)',
  phone: 'o.customer_id = ANY(phones.ids)',
  ip: 'o.ip = r.ip',
  device: 'o.device = r.device',
}
/**
 * Of a payer, by their payments. That the provider is the same is asked so that no index can answer it: one of all its payments
 * must not be taken for the one of this payer's.
 */
const PAYMENTS_OF_PAYER = `p.payer = r.payer AND p.provider || '' = r.provider`
const PAID_BY_PAYER = `payment p JOIN orders o ON o.id = p.order_id WHERE ${PAYMENTS_OF_PAYER} AND p.rule IN ${BUYING_RULES}`

/** Who has a trait, the order's buyer among them. */
const sharing = (kind: string, hash: string, moment: Moment) =>
  `ARRAY(SELECT t.customer_id FROM customer_trait t WHERE t.kind = '${kind}' AND t.hash = ${hash}${
    moment === 'then' ? ' AND t.first_seen_at <= r.at' : ''
  }) || r.customer_id`
/** How a payer is known among the traits of customers: chat accounts and payers stand in other tables as they are. */
const PAYER_HASH = `sha256(convert_to(r.provider || ':' || r.payer, 'UTF8'))`

/** Which customers: an array, where it is known of whom. */
const CUSTOMERS_OF: Readonly<Record<Who, (moment: Moment) => string>> = {
  buyer: () => 'ARRAY[r.customer_id]',
  group: () => 'members.ids',
  phone: () => 'phones.ids',
  payer: (moment) => sharing('payer', PAYER_HASH, moment),
  ip: (moment) => sharing('ip', 'r.ip', moment),
  device: (moment) => sharing('device', 'r.device', moment),
}
/** Whether it is known of whom. */
const KNOWN: Readonly<Record<Who, string | undefined>> = {
  buyer: undefined,
  group: undefined,
  phone: 'cardinality(phones.ids) > 0',
  payer: 'r.payer IS NOT NULL',
  ip: 'r.ip IS NOT NULL',
  device: 'r.device IS NOT NULL',
}

const MEMBERS = `CROSS JOIN LATERAL (SELECT ARRAY(SELECT g.customer_id FROM customer_group me JOIN customer_group g ON g.group_id = me.group_id
  WHERE me.customer_id = r.customer_id AND g.customer_id <> r.customer_id) || r.customer_id AS ids) AS members`
const PHONES = `CROSS JOIN LATERAL (SELECT ARRAY(SELECT t.customer_id FROM customer_trait me JOIN customer_trait t ON t.kind = 'phone' AND t.hash = me.hash
  WHERE me.kind = 'phone' AND me.customer_id = r.customer_id) AS ids) AS phones`

const since = (minutes: number) => `r.at - make_interval(mins => ${minutes})`

/** What is counted in one window of one kind of somebody, by the name of the column. */
type Counted = 'orders' | 'units' | 'amount' | 'refunds'
const COUNT: Readonly<Record<Counted, (moment: Moment) => string>> = {
  orders: () => 'count(*)::int',
  units: () => 'coalesce(sum(o.units), 0)::int',
  amount: () => 'coalesce(sum(o.total), 0)::float8',
  refunds: (moment) =>
    `count(*) FILTER (WHERE EXISTS (SELECT FROM payment m JOIN refund f ON f.payment_id = m.id WHERE m.order_id = o.id AND m.rule IN ${BUYING_RULES}${
      moment === 'then' ? ' AND f.requested_at <= r.at' : ''
    }))::int`,
}

/** Paid orders before the one at hand: a retry finds neither itself nor more than there was. */
function paidOrders(who: Who, within: number, moment: Moment): string {
  const from =
    who === 'payer'
      ? `${PAID_BY_PAYER} AND p.received_at > ${since(within)}`
      : `orders o WHERE ${ORDERS_OF[who]} AND o.paid_at > ${since(within)}`
  // Clocks of two processes differ: what is committed counts, whenever it says it was.
  const until = moment === 'now' ? 'o.id IS DISTINCT FROM r.order_id' : '(o.paid_at, o.id) < (r.at, r.order_id)'
  return `${from} AND ${until}`
}

function unpaidOrders(who: Exclude<Who, 'payer'>, within: number, moment: Moment): string {
  const until =
    moment === 'now'
      ? 'o.paid_at IS NULL AND o.id IS DISTINCT FROM r.order_id'
      : '(o.paid_at IS NULL OR o.paid_at > r.at) AND (o.placed_at, o.id) < (r.at, r.order_id)'
  return `SELECT count(*)::int FROM orders o WHERE ${ORDERS_OF[who]} AND o.placed_at > ${since(within)} AND ${until}`
}

function returnedPayments(who: Who, within: number, moment: Moment): string {
  const from =
    who === 'payer'
      ? `payment p WHERE ${PAYMENTS_OF_PAYER}`
      : `orders o JOIN payment p ON p.order_id = o.id WHERE ${ORDERS_OF[who]}`
  const until = moment === 'then' ? ' AND p.received_at < r.at' : ''
  return `SELECT count(*)::int FROM ${from} AND p.rule NOT IN ${BUYING_RULES} AND p.received_at > ${since(within)}${until}`
}

function signs(kind: string, who: Who, within: number, moment: Moment): string {
  const until = moment === 'then' ? ' AND s.at <= r.at' : ''
  return `SELECT count(DISTINCT s.subject)::int FROM risk_sign s
    WHERE s.customer_id = ANY(${CUSTOMERS_OF[who](moment)}) AND s.kind = '${kind}' AND s.at > ${since(within)}${until}`
}

/** Which of an order's identities are on the blocklist, by commas. An empty list costs nothing. */
const blocked = (moment: Moment) => `CASE WHEN EXISTS (SELECT FROM blocklist) THEN coalesce((
  SELECT string_agg(DISTINCT b.kind, ',' ORDER BY b.kind) FROM (
    SELECT 'customer' AS kind, sha256(convert_to(r.customer_id::text, 'UTF8')) AS hash
    UNION ALL SELECT 'account', sha256(convert_to(i.channel || ':' || i.external_id, 'UTF8')) FROM identity i WHERE i.customer_id = r.customer_id
    UNION ALL SELECT 'phone', t.hash FROM customer_trait t WHERE t.customer_id = r.customer_id AND t.kind = 'phone'
    UNION ALL SELECT 'payer', ${PAYER_HASH} UNION ALL SELECT 'ip', r.ip UNION ALL SELECT 'device', r.device) AS mine
  JOIN blocklist b ON b.kind = mine.kind AND b.value_hash = mine.hash
  WHERE ${
    moment === 'now' ? 'b.lifted_at IS NULL' : 'b.at <= r.at AND (b.lifted_at IS NULL OR b.lifted_at > r.at)'
  } AND (b.expires_at IS NULL OR b.expires_at > r.at)), '') ELSE '' END`

const figures: Readonly<Record<string, (moment: Moment) => string>> = {
  age: () =>
    `(SELECT greatest(0, floor(extract(epoch FROM r.at - c.created_at) / 60))::int FROM customer c WHERE c.id = r.customer_id)`,
  paid: (moment) =>
    moment === 'now'
      ? `(SELECT s.paid FROM customer_standing s WHERE s.customer_id = r.customer_id)`
      : `(SELECT count(*)::int FROM orders o WHERE o.customer_id = r.customer_id AND o.paid_at < r.at AND o.id <> r.order_id)`,
  product: () => `string_to_array(r.skus, ',')`,
  category: () =>
    `ARRAY(SELECT DISTINCT c.name FROM product p JOIN category c ON c.id = p.category_id WHERE p.sku = ANY(string_to_array(r.skus, ',')))`,
  blocked,
}

/** The order at hand, as its caller knows it. */
export interface AtHand {
  readonly units: number
  /** minor units */
  readonly total: number
  readonly channel: string
}

/** What some rules want to know, and how it is asked. */
export interface Questions {
  /** columns `f0`, `f1` … */
  readonly columns: string
  /** what goes behind the source */
  readonly joins: string
  /** Facts out of a row of those columns. */
  read(row: Readonly<Record<string, unknown>>, order: AtHand): Facts
}

/** All that these rules ask of an order, each thing once. */
export function questionsOf(rules: readonly Rule[], moment: Moment): Questions {
  const conditions = new Map(
    rules.flatMap(({ definition }) => definition.all).map((condition) => [factOf(condition), condition]),
  )
  const columns: string[] = []
  const joins = new Map<string, string>()
  const readers: [fact: string, read: (row: Readonly<Record<string, unknown>>, order: AtHand) => Fact][] = []
  const ask = (fact: string, sql: string, own: (order: AtHand) => number = () => 0) => {
    const column = `f${columns.length}`
    columns.push(`${sql} AS ${column}`)
    readers.push([fact, (row, order) => answer(row[column], own(order))])
  }
  const need = (who: Who) => {
    if (who === 'group') joins.set('members', MEMBERS)
    if (who === 'phone') joins.set('phones', PHONES)
  }
  const ifKnown = (who: Who, sql: string) => (KNOWN[who] ? `CASE WHEN ${KNOWN[who]} THEN (${sql}) END` : `(${sql})`)
  /** Counted in one go for all that is asked of one window. */
  const counted = (who: Who, within: number, what: Counted): string => {
    const name = `${who}_${within}`
    const all = COUNTED.map((column) => `${COUNT[column](moment)} AS ${column}`)
    const wanted = all.filter((_, n) => isAsked(conditions, COUNTED[n] as Counted, who, within))
    joins.set(
      name,
      `CROSS JOIN LATERAL (SELECT ${wanted.join(', ')} FROM ${paidOrders(who, within, moment)}) AS ${name}`,
    )
    return ifKnown(who, `${name}.${what}`)
  }
  for (const [fact, condition] of conditions) {
    if ('within' in condition) {
      const { by, within } = condition
      need(by)
      switch (condition.fact as History) {
        case 'orders':
        case 'units':
        case 'amount':
          ask(fact, counted(by, within, condition.fact as Counted), OWN[condition.fact])
          break
        case 'refunds':
          ask(fact, counted(by, within, 'refunds'))
          break
        case 'refund_share': {
          const [refunds, orders] = [counted(by, within, 'refunds'), counted(by, within, 'orders')]
          ask(fact, `CASE WHEN ${orders} > 0 THEN 100 * ${refunds} / ${orders} ELSE 0 END`)
          break
        }
        case 'unpaid':
          ask(fact, ifKnown(by, unpaidOrders(by as Exclude<Who, 'payer'>, within, moment)))
          break
        case 'returned':
          ask(fact, ifKnown(by, returnedPayments(by, within, moment)))
          break
        case 'probes':
          ask(fact, ifKnown(by, signs('probe', by, within, moment)))
          break
        case 'complaints':
          ask(fact, ifKnown(by, signs('complaint', by, within, moment)))
      }
    } else if ('by' in condition) {
      need(condition.by)
      ask(
        fact,
        ifKnown(
          condition.by,
          `SELECT count(DISTINCT id)::int FROM unnest(${CUSTOMERS_OF[condition.by](moment)}) AS id`,
        ),
      )
    } else if (figures[fact]) ask(fact, figures[fact](moment))
    else readers.push([fact, (_, order) => AT_HAND[fact]?.(order) ?? null])
  }
  return {
    columns: columns.map((column) => `, ${column}`).join(''),
    joins: [...joins.values()].toSorted(byNeed).join('\n'),
    read: (row, order) => Object.fromEntries(readers.map(([fact, read]) => [fact, read(row, order)])),
  }
}

const COUNTED = ['orders', 'units', 'amount', 'refunds'] as const
/** What the order at hand adds to a window: it is paid, or about to be. */
const OWN: Readonly<Record<string, (order: AtHand) => number>> = {
  orders: () => 1,
  units: ({ units }) => units,
  amount: ({ total }) => total,
}
const AT_HAND: Readonly<Record<string, (order: AtHand) => Fact>> = {
  units: ({ units }) => units,
  amount: ({ total }) => total,
  unit_price: ({ total, units }) => Math.floor(total / Math.max(1, units)),
  channel: ({ channel }) => channel,
} satisfies Partial<Record<(typeof FIGURES)[number] | 'channel', (order: AtHand) => Fact>>

const answer = (value: unknown, own: number): Fact =>
  typeof value === 'number' ? value + own : ((value ?? null) as Fact)

/** Who is asked about comes before what is asked of them. */
const byNeed = (a: string, b: string): number =>
  Number(b === MEMBERS || b === PHONES) - Number(a === MEMBERS || a === PHONES)

function isAsked(conditions: ReadonlyMap<string, unknown>, what: Counted, who: Who, within: number): boolean {
  const asks = (fact: string) => conditions.has(`${fact} by ${who} in ${within}`)
  return asks(what) || (asks('refund_share') && (what === 'refunds' || what === 'orders'))
}

/** The orders of payments ($1 their numbers, $2 provider, $3 payer, $4 now). */
const PAYMENTS = `SELECT p.n::int, $4::timestamptz AS at, o.id AS order_id, o.customer_id, p.provider, nullif(p.payer, '') AS payer, o.ip, o.device,
    (SELECT string_agg(q.sku, ',') FROM order_line l JOIN product q ON q.id = l.product_id WHERE l.order_id = o.id) AS skus
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS p (no, provider, payer, n) JOIN orders o ON o.no = p.no`
/** Orders that are to be placed ($1 customer, $2 ip, $3 device, $4 SKUs by commas, $5 now). */
const PLACINGS = `SELECT p.n::int, p.at, NULL::bigint AS order_id, p.customer_id, NULL::text AS provider, NULL::text AS payer, p.ip, p.device, p.skus
  FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::text[], $5::timestamptz[]) WITH ORDINALITY AS p (customer_id, ip, device, skus, at, n)`
const SOURCES: Readonly<Record<Stage, string>> = { order: PLACINGS, payment: PAYMENTS }

/** Whether there is one. An EXISTS could be answered by reading the whole table once; this is looked up for each order. */
const some = (from: string) => `((SELECT true ${from} LIMIT 1) IS NOT NULL)`

/** Of a trait of the order's: whether it would join its buyer's group to another, whose member has it too. */
const joinsBy = (kind: string, hash: string) =>
  `${some(`FROM customer_trait t WHERE t.kind = '${kind}' AND t.hash = ${hash} AND t.customer_id <> r.customer_id AND ${groupOf('t.customer_id')} <> ${groupOf('r.customer_id')}`)}`
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
  const text = `SELECT r.n, ${lockKey('group', groupOf('r.customer_id'))} AS group_key, ${TRAITS[stage]}, ${passed} AS passed${questions.columns}
FROM (${SOURCES[stage]}) AS r ${questions.joins}`
  // Prepared under its own name: other rules are another statement.
  const name = `risk-facts-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
  return { stage, rules, questions, statement: statement(name, text) }
}

/** The challenges that an order's buyer has passed not too long ago. */
export const PASSED = `ARRAY(SELECT c.kind FROM customer_challenge c WHERE c.customer_id = r.customer_id AND c.passed_at <= r.at AND c.passed_at > r.at - make_interval(days => ${PASSED_DAYS}))`
