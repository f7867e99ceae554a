import { BUYING_RULES } from '../payments/policy.ts'
import type { History, Who } from './model.ts'

/**
 * What is looked up of the orders `r` of a statement, each as a subquery of one row. It has none when the answer cannot matter
 * (`gate`, a condition on what is known by then): then PostgreSQL does not look at all.
 *
 * Never EXISTS in them: PostgreSQL may answer it by reading the whole table once.
 */

/** Of which moment the questions are: of now, counting what is committed, or of each order's own, for history. */
export type Moment = 'now' | 'then'

/** The group of the order's buyer, null of who is alone; and the buyers of the group. Fenced, so that each is looked up once. */
export const GROUP = `LEFT JOIN LATERAL (SELECT mine.id, CASE WHEN mine.id IS NULL THEN ARRAY[r.customer_id]
    ELSE ARRAY(SELECT g.customer_id FROM customer_group g WHERE g.group_id = mine.id) END AS members
  FROM (SELECT (SELECT g.group_id FROM customer_group g WHERE g.customer_id = r.customer_id) AS id OFFSET 0) AS mine OFFSET 0) AS own_group ON true`
export const PHONES = `LEFT JOIN LATERAL (SELECT ARRAY(SELECT t.customer_id FROM customer_trait me JOIN customer_trait t ON t.kind = 'phone' AND t.hash = me.hash
  WHERE me.kind = 'phone' AND me.customer_id = r.customer_id) AS ids OFFSET 0) AS phones ON true`

/** Whose orders: a condition on `o`. */
const ORDERS_OF: Readonly<Record<Exclude<Who, 'payer'>, string>> = {
  buyer: 'o.customer_id = r.customer_id',
  group: 'o.customer_id = ANY(own_group.members)',
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

/** How a payer is known among the traits of customers: chat accounts and payers stand in other tables as they are. */
export const PAYER_HASH = `sha256(convert_to(r.provider || ':' || r.payer, 'UTF8'))`
/** Who has a trait, the order's buyer among them. */
const sharing = (kind: string, hash: string, moment: Moment) =>
  `ARRAY(SELECT t.customer_id FROM customer_trait t WHERE t.kind = '${kind}' AND t.hash = ${hash}${
    moment === 'then' ? ' AND t.first_seen_at <= r.at' : ''
  }) || r.customer_id`
/** Which customers: an array, where it is known of whom. */
const CUSTOMERS_OF: Readonly<Record<Who, (moment: Moment) => string>> = {
  buyer: () => 'ARRAY[r.customer_id]',
  group: () => 'own_group.members',
  phone: () => 'phones.ids',
  payer: (moment) => sharing('payer', PAYER_HASH, moment),
  ip: (moment) => sharing('ip', 'r.ip', moment),
  device: (moment) => sharing('device', 'r.device', moment),
}

/** Whether it is known of whom; of the buyer it always is. */
export const KNOWN: Readonly<Partial<Record<Who, string>>> = {
  phone: 'cardinality(phones.ids) > 0',
  payer: 'r.payer IS NOT NULL',
  ip: 'r.ip IS NOT NULL',
  device: 'r.device IS NOT NULL',
}
const since = (minutes: number) => `r.at - make_interval(mins => ${minutes})`

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
const isRefunded = (moment: Moment) =>
  moment === 'now' ? 'o.refunded_at IS NOT NULL' : 'o.refunded_at IS NOT NULL AND o.refunded_at <= r.at'

/** What is counted in one go of somebody's paid orders, by the name of its column. */
export const COUNTED = ['orders', 'units', 'amount', 'refund_share'] as const
export type Counted = (typeof COUNTED)[number]
const COUNT: Readonly<Record<Counted, (moment: Moment) => string>> = {
  orders: () => 'count(*)::int',
  units: () => 'coalesce(sum(o.units), 0)::int',
  amount: () => 'coalesce(sum(o.total), 0)::float8',
  refund_share: (moment) =>
    `coalesce(100 * count(*) FILTER (WHERE ${isRefunded(moment)}) / nullif(count(*), 0), 0)::int`,
}
export function paidWindow(
  columns: readonly Counted[],
  who: Who,
  within: number,
  { moment, gate }: { readonly moment: Moment; readonly gate: string },
): string {
  const counts = columns.map((column) => `${COUNT[column](moment)} AS ${column}`)
  return `SELECT ${counts.join(', ')} FROM ${paidOrders(who, within, moment)} HAVING ${gate}`
}

type LookUp = (who: Who, within: number, moment: Moment) => string
const signs =
  (kind: string): LookUp =>
  (who, within, moment) =>
    `SELECT count(DISTINCT s.subject)::int FROM risk_sign s WHERE s.customer_id = ANY(${CUSTOMERS_OF[who](moment)}) AND s.kind = '${kind}'
    AND s.at > ${since(within)}${moment === 'then' ? ' AND s.at <= r.at' : ''}`
const HISTORIES: Readonly<Record<Exclude<History, Counted>, LookUp>> = {
  unpaid(who, within, moment) {
    const until =
      moment === 'now'
        ? 'o.paid_at IS NULL AND o.id IS DISTINCT FROM r.order_id'
        : '(o.paid_at IS NULL OR o.paid_at > r.at) AND (o.placed_at, o.id) < (r.at, r.order_id)'
    return `SELECT count(*)::int FROM orders o WHERE ${ORDERS_OF[who as Exclude<Who, 'payer'>]} AND o.placed_at > ${since(within)} AND ${until}`
  },
  returned(who, within, moment) {
    const from =
      who === 'payer'
        ? `payment p WHERE ${PAYMENTS_OF_PAYER}`
        : `orders o JOIN payment p ON p.order_id = o.id WHERE ${ORDERS_OF[who]}`
    const until = moment === 'then' ? ' AND p.received_at < r.at' : ''
    return `SELECT count(*)::int FROM ${from} AND p.rule NOT IN ${BUYING_RULES} AND p.received_at > ${since(within)}${until}`
  },
  // Few orders are refunded, and those of a buyer have an index of their own: who has bought much costs no more than others.
  refunds: (who, within, moment) =>
    `SELECT count(*)::int FROM ${paidOrders(who, within, moment)} AND ${isRefunded(moment)}`,
  probes: signs('probe'),
  complaints: signs('complaint'),
}
export const historyOf = (
  fact: Exclude<History, Counted>,
  who: Who,
  within: number,
  { moment, gate }: { readonly moment: Moment; readonly gate: string },
): string => `(${HISTORIES[fact](who, within, moment)} HAVING ${gate})`

/** How many buyers share something. */
export const buyersBy = (who: Who, { moment, gate }: { readonly moment: Moment; readonly gate: string }): string =>
  who === 'group'
    ? 'cardinality(own_group.members)'
    : `(SELECT count(DISTINCT id)::int FROM unnest(${CUSTOMERS_OF[who](moment)}) AS id HAVING ${gate})`

/** Which of an order's identities are on the blocklist, by commas. An empty list costs nothing. */
const blocked = (moment: Moment) => `(CASE WHEN EXISTS (SELECT FROM blocklist) THEN coalesce((
  SELECT string_agg(mine.kind, ',' ORDER BY mine.kind) FROM (
    SELECT DISTINCT mine.kind FROM (
      SELECT 'customer' AS kind, sha256(convert_to(r.customer_id::text, 'UTF8')) AS hash
      UNION ALL SELECT 'account', sha256(convert_to(i.channel || ':' || i.external_id, 'UTF8')) FROM identity i WHERE i.customer_id = r.customer_id
      UNION ALL SELECT 'phone', t.hash FROM customer_trait t WHERE t.customer_id = r.customer_id AND t.kind = 'phone'
      UNION ALL SELECT 'payer', ${PAYER_HASH} WHERE r.payer IS NOT NULL UNION ALL SELECT 'ip', r.ip WHERE r.ip IS NOT NULL
      UNION ALL SELECT 'device', r.device WHERE r.device IS NOT NULL) AS mine
    CROSS JOIN LATERAL (SELECT FROM blocklist b WHERE b.kind = mine.kind AND b.value_hash = mine.hash
      AND ${
        moment === 'now' ? 'b.lifted_at IS NULL' : 'b.at <= r.at AND (b.lifted_at IS NULL OR b.lifted_at > r.at)'
      } AND (b.expires_at IS NULL OR b.expires_at > r.at) LIMIT 1) AS b) AS mine), '') ELSE '' END)`

/** What is known of the order and its buyer. */
export const FIGURES_OF: Readonly<
  Record<'age' | 'paid' | 'product' | 'category' | 'blocked', (moment: Moment, gate: string) => string>
> = {
  age: (_, gate) =>
    `(SELECT greatest(0, floor(extract(epoch FROM r.at - c.created_at) / 60))::int FROM customer c WHERE c.id = r.customer_id AND (${gate}))`,
  paid: (moment, gate) =>
    moment === 'now'
      ? `(SELECT s.paid FROM customer_standing s WHERE s.customer_id = r.customer_id AND (${gate}))`
      : `(SELECT count(*)::int FROM orders o WHERE o.customer_id = r.customer_id AND o.paid_at < r.at AND o.id <> r.order_id HAVING ${gate})`,
  product: () => `string_to_array(r.skus, ',')`,
  category: (_, gate) =>
    `CASE WHEN ${gate} THEN ARRAY(SELECT DISTINCT c.name FROM product p JOIN category c ON c.id = p.category_id WHERE p.sku = ANY(string_to_array(r.skus, ','))) END`,
  blocked: (moment, gate) => `CASE WHEN ${gate} THEN ${blocked(moment)} END`,
}
