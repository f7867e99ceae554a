import { BUYING_RULES } from '../payments/policy.ts'
import { statement } from '../platform/database/sql.ts'

/**
 * The statements of the sale: the only ones that write several features' tables. What each table lends them is told in
 * prisma/schema.prisma.
 */

/**
 * Takes keys for a line of an order that is there already, waiting for keys that others hold, which may yet give them back.
 * Everyone who waits takes keys in the same order, product by product: so two never wait for each other.
 */
export const TAKE_WAITING = statement(
  'sale-take-waiting',
  `WITH taken AS (
     SELECT product_id, rank, card_id FROM stock WHERE product_id = $2 AND rank > $4 ORDER BY rank, card_id LIMIT $3 FOR UPDATE),
   gone AS (
     DELETE FROM stock s USING taken t WHERE s.product_id = t.product_id AND s.rank = t.rank AND s.card_id = t.card_id RETURNING s.rank, s.card_id),
   units AS (
     INSERT INTO order_unit (line_id, ordinal, card_id) SELECT $1, $5 + row_number() OVER (ORDER BY rank, card_id), card_id FROM gone RETURNING card_id)
   SELECT count(*)::int AS taken FROM units`,
)
export const COUNT_STOCK = statement(
  'sale-count-stock',
  `SELECT count(*)::int AS available FROM (SELECT FROM stock WHERE product_id = $1 AND rank > $2 LIMIT $3) AS s`,
)

/** Tells every process where keys came back: see hint.ts. */
const announced = (from: string) =>
  `SELECT pg_notify('keytill_stock', format('%s %s %s %s %s', product_id, rank, card_id, rank, card_id)) FROM ${from}`
/** What the keys that left an order had cost. Those that are out of the trade too: they are the shop's again. */
const costOf = (from: string) =>
  `(SELECT coalesce(sum(k.cost), 0)::int FROM ${from} JOIN card_key k ON k.id = ${from}.card_id)`

/**
 * Before a statement that looks at the marks of an order's keys: nobody freezes, voids or unfreezes one of them until the
 * transaction ends (inventory/store locks a key in the same way), or it would be lost, or sold although it is frozen.
 */
export const LOCK_KEYS = statement(
  'sale-lock-keys',
  `SELECT FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id WHERE l.order_id = $1
   ORDER BY k.id FOR NO KEY UPDATE OF k`,
)
/** Of these keys, those whose cost nobody gets back, as a list with what each had cost. */
const lostOf = (from: string, which: string) =>
  `(SELECT coalesce(json_agg(json_build_object('id', k.id::text, 'cost', k.cost)), '[]') FROM ${from} JOIN card_key k ON k.id = ${from}.card_id WHERE ${which})`
const MARKED_FOR_GOOD = `EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id AND m.kind <> 'frozen')`
/** Keys of unpaid or undelivered orders go back to the queue they came from, unless they are out of the trade. */
export const RETURN_KEYS = statement(
  'sale-return-keys',
  `WITH lost AS (
     DELETE FROM order_unit u USING order_line l WHERE l.id = u.line_id AND l.order_id = $1 RETURNING u.card_id),
   back AS (
     INSERT INTO stock (product_id, rank, card_id, cost)
     SELECT k.product_id, coalesce(floor(extract(epoch FROM k.expires_at))::bigint, 9223372036854775807), k.id, k.cost FROM lost JOIN card_key k ON k.id = lost.card_id
     WHERE NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id) ON CONFLICT DO NOTHING RETURNING product_id, rank, card_id)
   SELECT ${costOf('lost')} AS cost, ${lostOf('lost', MARKED_FOR_GOOD)} AS gone, (SELECT count(*) FROM (${announced('back')}) AS told) AS announced`,
)
/**
 * After a refund: a key nobody was shown is sold again, one that was shown is written off. The units stay as history, and those
 * whose keys were complained of with right as they are.
 */
export const TAKE_BACK = statement(
  'sale-take-back',
  `WITH unit AS (
     SELECT u.id, u.card_id, EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id) AS shown FROM order_unit u JOIN order_line l ON l.id = u.line_id
     WHERE l.order_id = $1 AND u.card_id IS NOT NULL AND u.ended IS NULL),
   freed AS (UPDATE order_unit u SET card_id = NULL FROM unit WHERE unit.id = u.id AND NOT unit.shown RETURNING unit.card_id),
   written_off AS (
     INSERT INTO card_mark (card_id, kind, reason, by, at) SELECT card_id, 'void', 'refunded', 'system', $2 FROM unit WHERE shown
     ON CONFLICT (card_id) DO UPDATE SET kind = 'void', reason = 'refunded', by = 'system', at = $2 WHERE card_mark.kind IN ('frozen', 'used') RETURNING 1),
   back AS (
     INSERT INTO stock (product_id, rank, card_id, cost)
     SELECT k.product_id, coalesce(floor(extract(epoch FROM k.expires_at))::bigint, 9223372036854775807), k.id, k.cost FROM freed JOIN card_key k ON k.id = freed.card_id
     WHERE NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id) ON CONFLICT DO NOTHING RETURNING product_id, rank, card_id)
   SELECT (SELECT count(*)::int FROM (${announced('back')}) AS told) AS returned, (SELECT count(*)::int FROM written_off) AS written_off,
     ${costOf('freed')} AS cost, ${lostOf('freed', MARKED_FOR_GOOD)} AS gone, ${lostOf('unit', 'unit.shown')} AS shown`,
)

export const DUE = statement(
  'sale-due',
  `SELECT o.id, o.no, o.customer_id, o.channel, o.chat, o.units FROM orders o
   WHERE o.state = 'awaiting_payment' AND o.reserved_until <= $1 ORDER BY o.reserved_until LIMIT $2 FOR UPDATE SKIP LOCKED`,
)
/** Held orders of which the buyer was promised a decision by now. */
export const OVERDUE = statement(
  'sale-overdue',
  `SELECT no FROM orders WHERE state = 'held' AND promised_at <= $1 ORDER BY promised_at LIMIT $2`,
)
export const IS_OVERDUE = statement(
  'sale-is-overdue',
  `SELECT FROM orders WHERE id = $1 AND state = 'held' AND promised_at <= $2`,
)
export const PROMISE = statement('sale-promise', `UPDATE orders SET promised_at = $2 WHERE id = $1`)
export const EXTEND = statement(
  'sale-extend',
  `UPDATE orders SET reserved_until = greatest(reserved_until, $2) WHERE id = $1 AND state = 'awaiting_payment' RETURNING id`,
)

/** What an order carries of its keys, after some were swapped: what they cost and when the first expires. */
export const SUM_KEYS = statement(
  'sale-sum-keys',
  `UPDATE orders o SET unfit = false, cost = k.cost, keys_expire_at = k.expires_at
   FROM (
     SELECT CASE WHEN count(k.cost) = count(*) THEN coalesce(sum(k.cost), 0)::int END AS cost, min(k.expires_at) AS expires_at
     FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id WHERE l.order_id = $1 AND u.ended IS NULL) AS k
   WHERE o.id = $1 RETURNING o.cost`,
)
/** A buyer's unpaid order was released: its units no longer count, and $3 reservations more have run out. */
export const COUNT_RELEASED = statement(
  'sale-count-released',
  `UPDATE customer_standing SET open_orders = open_orders - 1, open_units = open_units - $2, expired = expired + $3 WHERE customer_id = $1`,
)
/** A buyer paid for an order; $2 of its units had counted as unpaid, in $3 orders (none when it had been released). */
export const COUNT_PAID = statement(
  'sale-count-paid',
  `UPDATE customer_standing SET open_orders = open_orders - $3, open_units = open_units - $2, paid = paid + 1, expired = 0 WHERE customer_id = $1`,
)

export const LOCK_PAYMENT = statement('sale-lock-payment', `SELECT * FROM payment WHERE id = $1 FOR UPDATE`)
/** Not joined to its buyer: an order that was waited for may be another customer's by then (their accounts were linked), and is found all the same. */
const lockingOrder = (
  which: string,
) => `SELECT o.id, o.no, o.customer_id, o.channel, o.chat, o.state, o.total, o.currency, o.stars, o.demo, o.reserved_until, o.units, o.cost, o.ip, o.device,
     (SELECT c.pseudonym FROM customer c WHERE c.id = o.customer_id) AS pseudonym
   FROM orders o WHERE ${which} FOR UPDATE OF o`
/** Whoever locks an order, its payment and its refund locks them in this order: so two never wait for each other. */
export const LOCK_ORDER = statement('sale-lock-order', lockingOrder('o.no = $1'))
export const LOCK_ORDER_OF_PAYMENT = statement(
  'sale-lock-order-of-payment',
  lockingOrder('o.no = (SELECT p.order_no FROM payment p WHERE p.id = $1)'),
)
export const LOCK_ORDER_OF_REFUND = statement(
  'sale-lock-order-of-refund',
  lockingOrder('o.id = (SELECT p.order_id FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.id = $1)'),
)
export const LOCK_PAYMENT_OF_REFUND = statement(
  'sale-lock-payment-of-refund',
  `SELECT * FROM payment WHERE id = (SELECT r.payment_id FROM refund r WHERE r.id = $1) FOR UPDATE`,
)
/**
 * Keys of the order that staff froze or voided meanwhile, or that have expired: they are swapped for others before anyone is
 * shown them. An expired one goes back to its queue, where it is counted and not sold.
 */
export const DROP_UNFIT = statement(
  'sale-drop-unfit',
  `WITH unfit AS (
     SELECT u.id, k.id AS card_id, k.product_id, k.expires_at, k.cost, m.kind
     FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id LEFT JOIN card_mark m ON m.card_id = k.id
     WHERE l.order_id = $1 AND (m.card_id IS NOT NULL OR k.expires_at <= $2)),
   dropped AS (DELETE FROM order_unit u USING unfit WHERE u.id = unfit.id),
   back AS (
     INSERT INTO stock (product_id, rank, card_id, cost)
     SELECT product_id, floor(extract(epoch FROM expires_at))::bigint, card_id, cost FROM unfit WHERE kind IS NULL)
   SELECT card_id::text AS id, cost FROM unfit WHERE kind <> 'frozen'`,
)
/** Per line: how many units it lacks, and the highest ordinal it has. */
export const LACKING = statement(
  'sale-lacking',
  `SELECT l.id, l.product_id, l.quantity - count(u.card_id)::int AS lacking, coalesce(max(u.ordinal), 0)::int AS last
   FROM order_line l LEFT JOIN order_unit u ON u.line_id = l.id WHERE l.order_id = $1 GROUP BY l.id ORDER BY l.product_id`,
)

export const RESOLVE_PAYMENT = statement(
  'sale-resolve-payment',
  `UPDATE payment SET outcome = $2::payment_outcome, rule = $3, order_id = $4, resolved_at = $5, excess = $6 WHERE id = $1`,
)
/** A payment that a buyer makes out of their wallet: it is settled in the same transaction. */
export const ADD_WALLET_PAYMENT = statement(
  'sale-add-wallet-payment',
  `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at) VALUES ($1, $2, $2, $3, $4, $5, $6) RETURNING id`,
)
export const ADD_REFUND = statement(
  'sale-add-refund',
  `WITH parted AS (UPDATE payment SET parted = parted + $2 WHERE id = $1 AND $7::boolean),
   refunded AS (
     UPDATE orders o SET refunded_at = least(o.refunded_at, $6) FROM payment p WHERE p.id = $1 AND p.rule IN ${BUYING_RULES} AND o.id = p.order_id)
   INSERT INTO refund (payment_id, amount, currency, reason, requested_by, requested_at, part) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
)
export const PAYMENT_OF_ORDER = statement(
  'sale-payment-of-order',
  `SELECT * FROM payment WHERE order_id = $1 AND rule IN ${BUYING_RULES} AND outcome IN ('settled', 'refunding') ORDER BY id LIMIT 1 FOR UPDATE`,
)
