import { asRows, statement } from '../platform/database/sql.ts'
import { groupOf, lockKey, tryLocks } from '../risk/service.ts'

const standings = (lock: string) =>
  `SELECT s.customer_id, s.open_orders, s.open_units, s.paid, s.expired, s.trust FROM customer_standing s WHERE s.customer_id = ANY($1) ${lock}`

/** Buyers' standing, locked, waiting for whoever has it: two orders of one buyer are placed one after the other, and the quota is counted for certain. */
export const AWAIT_STANDINGS = statement('sale-await-standings', standings('FOR UPDATE'))
/** How a buyer stands with these products: units in their unpaid orders, and how many keys are free at $3 (seconds since 1970), counted up to $4. */
export const CLAIMED = statement(
  'sale-claimed',
  `SELECT p.id,
     (SELECT coalesce(sum(l.quantity), 0)::int FROM orders o JOIN order_line l ON l.order_id = o.id
       WHERE o.customer_id = $1 AND o.state = 'awaiting_payment' AND l.product_id = p.id) AS open,
     (SELECT count(*)::int FROM (SELECT FROM stock s WHERE s.product_id = p.id AND s.rank > $3 LIMIT $4) AS s) AS available
   FROM product p WHERE p.id = ANY($2)`,
)
/** Products as they are for sale now, with their names in every language. */
const products = (skus: string) =>
  `SELECT p.id, p.sku, p.price, p.currency, p.stars, p.on_shelf, p.demo, p."limit",
     (SELECT json_object_agg(t.language, t.name) FROM product_text t WHERE t.product_id = p.id) AS names
   FROM product p WHERE p.sku = ANY(${skus})`
export const PRODUCTS = statement('sale-products', products('$1'))
export const BY_IDEMPOTENCY_KEY = statement(
  'sale-by-key',
  `SELECT id, no FROM orders WHERE idempotency_key = $1 AND customer_id = $2`,
)
export const OPEN_ORDERS = statement(
  'sale-open-orders',
  `SELECT no FROM orders WHERE customer_id = $1 AND state = 'awaiting_payment' ORDER BY id`,
)
const ids = (sequence: string, count: string) =>
  `(SELECT coalesce(string_agg(nextval('${sequence}')::text, ','), '') FROM generate_series(1, ${count}::int))`
/** Ids for $1 orders with $2 lines, by commas. */
export const PLACE_IDS = statement(
  'sale-place-ids',
  `SELECT ${ids('orders_id_seq', '$1')} AS orders, ${ids('order_line_id_seq', '$2')} AS lines`,
)
/** The parameter `n` of a statement whose first one has the number `first`. */
const numbered = (first: number) => (n: number) => `$${first + n - 1}`
function pick(lock: string, first = 1): string {
  const p = numbered(first)
  return `SELECT p.product_id, k.rank, k.card_id, k.cost
   FROM unnest(${p(1)}::int[], ${p(2)}::int[]) AS p (product_id, units) CROSS JOIN LATERAL (
     SELECT s.rank, s.card_id, s.cost
     FROM unnest(${p(3)}::int[], ${p(4)}::bigint[], ${p(5)}::bigint[], ${p(6)}::bigint[], ${p(7)}::bigint[]) AS t (product_id, after_rank, after_card, to_rank, to_card)
     CROSS JOIN LATERAL (
       SELECT s.rank, s.card_id, s.cost FROM stock s
       WHERE s.product_id = p.product_id AND (s.rank, s.card_id) > (t.after_rank, t.after_card) AND (s.rank, s.card_id) <= (t.to_rank, t.to_card)
       ORDER BY s.rank, s.card_id LIMIT p.units ${lock}) AS s
     WHERE t.product_id = p.product_id LIMIT p.units) AS k`
}

/**
 * Locks the first free keys of each product ($1, as many as $2) in these stretches of its queue ($3 product, $4–$7 from behind
 * a place up to a place). Those in other hands are passed over.
 */
export const PICK = statement('sale-pick', pick('FOR UPDATE SKIP LOCKED'))
/** The same, waiting for keys in other hands, which may yet be given back. */
export const PICK_WAITING = statement('sale-pick-waiting', pick('FOR UPDATE'))

/** Keys of the locks under which the orders of a batch are judged ($1 customer, $13 ip, $14 device). */
const LOCKS = `SELECT b.n::int AS n, k.key FROM unnest($1::int[], $13::bytea[], $14::bytea[]) WITH ORDINALITY AS b (customer_id, ip, device, n)
     CROSS JOIN LATERAL (
       SELECT ${lockKey('group', `${groupOf('b.customer_id')}`)} AS key
       UNION ALL SELECT ${lockKey('ip', `encode(b.ip, 'hex')`)} WHERE b.ip IS NOT NULL
       UNION ALL SELECT ${lockKey('device', `encode(b.device, 'hex')`)} WHERE b.device IS NOT NULL) AS k`

/**
 * All that is asked for a batch: the standing of its buyers ($1), locked; the products ($2); which of the keys of idempotency
 * ($3) are taken; ids for $4 orders with $5 lines; keys, as {@link PICK} does, in $6–$12; and the locks of where the
 * orders come from ($13 ip, $14 device) and of their buyers' groups. Whoever places or settles for
 * the same buyer elsewhere is passed over here and goes alone.
 */
export const READ_PLACING = statement(
  'sale-read-placing',
  `WITH standings AS (${standings('FOR UPDATE SKIP LOCKED')}),
   picked AS (${pick('FOR UPDATE SKIP LOCKED', 6)}),
   locks AS (${LOCKS}),
   got AS MATERIALIZED (${tryLocks('locks')})
   SELECT ${asRows('SELECT n, key FROM locks')} AS locks, ARRAY(SELECT key FROM got) AS got, ${asRows('SELECT * FROM standings')} AS standings, ${asRows(products('$2'))} AS products,
     ${asRows('SELECT product_id, rank::text, card_id::text, cost FROM picked')} AS picked,
     ARRAY(SELECT idempotency_key FROM orders WHERE idempotency_key = ANY($3)) AS known,
     ${ids('orders_id_seq', '$4')} AS orders, ${ids('order_line_id_seq', '$5')} AS lines`,
)

/**
 * Writes orders ($1–$15, $16 their currency, $33 and $34 where they come from), their lines ($17–$24), units ($25–$29), what the
 * audit log is told ($30–$32), what the rules decided on ($35–$37), and what buyers were known by for the first time ($38–$41). The
 * source of an order is whose link its buyer opened last, at most $42 ms before.
 */
export const WRITE_PLACED = statement(
  'sale-write-placed',
  `WITH made AS (
     INSERT INTO orders (id, no, customer_id, channel, chat, language, total, stars, demo, idempotency_key, placed_at, reserved_until, units, cost, keys_expire_at, ip, device, currency, source)
     SELECT m.*, $16, (SELECT c.last_source FROM customer c WHERE c.id = m.customer_id AND c.source_at > m.placed_at - $42 * interval '1 millisecond')
     FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::bool[], $10::text[],
       $11::timestamptz[], $12::timestamptz[], $13::int[], $14::int[], $15::timestamptz[], $33::bytea[], $34::bytea[])
       AS m (id, no, customer_id, channel, chat, language, total, stars, demo, key, placed_at, reserved_until, units, cost, keys_expire_at, ip, device)),
   lines AS (
     INSERT INTO order_line (id, order_id, position, product_id, name, quantity, unit_price, unit_stars)
     SELECT * FROM unnest($17::bigint[], $18::bigint[], $19::int[], $20::int[], $21::text[], $22::int[], $23::int[], $24::int[])),
   units AS (
     INSERT INTO order_unit (line_id, ordinal, card_id) SELECT * FROM unnest($25::bigint[], $26::int[], $27::bigint[])),
   gone AS (
     DELETE FROM stock s USING unnest($28::int[], $29::bigint[], $27::bigint[]) AS u (product_id, rank, card_id)
     WHERE s.product_id = u.product_id AND s.rank = u.rank AND s.card_id = u.card_id),
   counted AS (
     UPDATE customer_standing c SET open_orders = c.open_orders + 1, open_units = c.open_units + m.units
     FROM unnest($3::int[], $13::int[]) AS m (customer_id, units) WHERE c.customer_id = m.customer_id),
   judged AS (
     INSERT INTO risk_decision (order_id, stage, outcome, rules, facts, at)
     SELECT d.order_id, 'order', 'allow', $37::jsonb, d.facts, d.at FROM unnest($35::bigint[], $36::jsonb[], $11::timestamptz[]) AS d (order_id, facts, at)
     WHERE d.order_id IS NOT NULL),
   known AS (
     INSERT INTO customer_trait (kind, hash, customer_id, first_seen_at)
     SELECT * FROM unnest($38::text[], $39::bytea[], $40::int[], $41::timestamptz[]) ON CONFLICT DO NOTHING)
   INSERT INTO audit_entry (at, actor, action, subject, data)
   SELECT a.at, a.actor, 'order.placed', a.subject, a.data FROM unnest($11::timestamptz[], $30::text[], $31::text[], $32::jsonb[]) AS a (at, actor, subject, data)`,
)
