import { BUYING_RULES } from '../payments/policy.ts'
import { type Statement, statement } from '../platform/database/sql.ts'
import type { DifferenceKind } from './model.ts'

/** A row that a comparison finds. */
export interface Found {
  readonly kind: DifferenceKind
  readonly subject: string
  readonly order_no: string | null
  readonly expected: string | null
  readonly actual: string | null
}

/** Each is about a day: `$1` its begin, `$2` its end. Nothing lists more than this of one kind. */
export const MOST = 1000

const comparison = (kind: DifferenceKind, text: string): Statement =>
  statement(
    `difference-${kind}`,
    `SELECT '${kind}' AS kind, found.* FROM (${text}) AS found (subject, order_no, expected, actual) LIMIT ${MOST}`,
  )

const during = (column: string) => `${column} >= $1 AND ${column} < $2`
/** Whenever it came in: every comparison takes both bounds. */
const EVER = `p.received_at < $2 AND $1 < $2`
/** The payment that bought an order, whatever became of it later. */
const BOUGHT = `p.rule IN ${BUYING_RULES}`

/**
 * Payments, orders and keys against each other (P10). Payments and refunds that have not come to their end stand in every
 * day's list until they do.
 */
export const COMPARISONS: readonly Statement[] = [
  comparison(
    'payment_open',
    `SELECT p.reference, p.order_no, NULL, p.outcome::text FROM payment p
     WHERE p.outcome = 'received' AND ${EVER} ORDER BY p.id`,
  ),
  comparison(
    'refund_open',
    `SELECT p.reference, p.order_no, NULL, (SELECT r.state::text FROM refund r WHERE r.payment_id = p.id ORDER BY r.id DESC LIMIT 1)
     FROM payment p WHERE (p.outcome = 'refunding' OR p.outcome = 'settled' AND EXISTS (SELECT FROM refund r WHERE r.payment_id = p.id AND r.state <> 'done')) AND ${EVER} ORDER BY p.id`,
  ),
  comparison(
    'payment_without_order',
    `SELECT p.reference, p.order_no, p.outcome::text, o.state::text FROM payment p LEFT JOIN orders o ON o.id = p.order_id
     WHERE ${during('p.received_at')} AND CASE
       WHEN p.outcome = 'settled' THEN o.state IN ('held', 'delivered', 'part_delivered', 'backordered')
       WHEN ${BOUGHT} THEN o.state IN ('refunding', 'refunded') ELSE true END IS NOT TRUE ORDER BY p.id`,
  ),
  comparison(
    'order_without_payment',
    `SELECT o.no, o.no, '1', count(p.id)::text FROM orders o
     LEFT JOIN payment p ON p.order_id = o.id AND (p.outcome = 'settled' OR ${BOUGHT})
     WHERE ${during('o.paid_at')} GROUP BY o.id HAVING count(p.id) <> 1 ORDER BY o.id`,
  ),
  comparison(
    'order_amount',
    `SELECT o.no, o.no, CASE WHEN p.currency = 'XTR' THEN o.stars || ' XTR' ELSE o.total || ' ' || o.currency END, p.amount - p.excess || ' ' || p.currency
     FROM payment p JOIN orders o ON o.id = p.order_id WHERE ${during('p.received_at')} AND ${BOUGHT}
       AND CASE WHEN p.currency = 'XTR' THEN o.stars = p.amount - p.excess ELSE (o.total, o.currency) = (p.amount - p.excess, p.currency) END IS NOT TRUE
     ORDER BY p.id`,
  ),
  comparison(
    'payment_refund',
    `SELECT p.reference, p.order_no, p.outcome::text, count(r.id) || ' · ' || coalesce(sum(r.amount) FILTER (WHERE r.state = 'done'), 0) || ' ' || p.currency
     FROM payment p LEFT JOIN refund r ON r.payment_id = p.id WHERE ${during('p.received_at')} GROUP BY p.id
     HAVING coalesce(sum(r.amount) FILTER (WHERE r.part), 0) <> p.parted OR
       CASE p.outcome WHEN 'settled' THEN count(r.id) FILTER (WHERE NOT r.part) = 0 WHEN 'refunding' THEN bool_or(r.state <> 'done')
       WHEN 'received' THEN true ELSE sum(r.amount) FILTER (WHERE r.state = 'done') = p.amount - p.excess
         AND (p.outcome = 'refunded' OR bool_and(r.part OR r.customer_id IS NOT NULL)) END IS NOT TRUE ORDER BY p.id`,
  ),
  comparison(
    'wallet_balance',
    `SELECT w.customer_id::text, NULL, coalesce(sum(e.amount), 0) || ' ' || w.currency, w.balance || ' ' || w.currency
     FROM wallet w LEFT JOIN wallet_entry e USING (customer_id, currency) WHERE $1::timestamptz < $2::timestamptz
     GROUP BY w.customer_id, w.currency HAVING coalesce(sum(e.amount), 0) <> w.balance ORDER BY w.customer_id, w.currency`,
  ),
  comparison(
    'wallet_ledger',
    `WITH moved AS (
       SELECT ref, 'liabilities:wallet:' || customer_id AS account, currency, amount::bigint FROM wallet_entry WHERE ${during('at')}),
     booked AS (
       SELECT t.ref, s.account, e.currency, sum(s.amount)::bigint AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
       CROSS JOIN LATERAL (VALUES (e.credit, e.amount), (e.debit, -e.amount)) AS s (account, amount)
       WHERE ${during('t.at')} AND s.account LIKE 'liabilities:wallet:%' GROUP BY 1, 2, 3)
     SELECT ref, NULL, b.amount || ' ' || currency, m.amount || ' ' || currency FROM moved m FULL JOIN booked b USING (ref, account, currency)
     WHERE m.amount IS DISTINCT FROM b.amount ORDER BY ref`,
  ),
  comparison(
    'order_keys',
    `WITH sold AS MATERIALIZED (
       SELECT o.id, o.no FROM orders o WHERE (${during('o.paid_at')} OR ${during('o.delivered_at')}) AND o.state IN ('held', 'delivered'))
     SELECT o.no, o.no, l.quantity::text, count(u.card_id)::text FROM sold o JOIN order_line l ON l.order_id = o.id
     JOIN product d ON d.id = l.product_id AND d.kind = 'card_key' LEFT JOIN order_unit u ON u.line_id = l.id AND u.ordinal > 0
     GROUP BY o.no, l.id HAVING count(u.card_id) <> l.quantity ORDER BY l.id`,
  ),
  ...(
    [
      ['key_twice', `SELECT FROM order_unit other WHERE other.card_id = u.card_id AND other.id <> u.id`],
      ['key_for_sale', `SELECT FROM stock s WHERE s.card_id = u.card_id`],
    ] as const
  ).map(([kind, other]) =>
    comparison(
      kind,
      `SELECT u.card_id::text, o.no, NULL, NULL FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
       WHERE ${during('o.paid_at')} AND EXISTS (${other}) ORDER BY u.id`,
    ),
  ),
  comparison(
    'key_kept',
    `SELECT u.card_id::text, o.no, NULL, o.state::text FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
     WHERE ${during('o.closed_at')} AND u.card_id IS NOT NULL AND (o.state IN ('expired', 'cancelled')
       OR o.state = 'refunded' AND NOT EXISTS (SELECT FROM reveal v WHERE v.unit_id = u.id)) ORDER BY u.id`,
  ),
  // A key that left the trade for good and belongs to no buyer any more, and the keys of an export, against what was booked for them.
  comparison(
    'key_loss',
    `SELECT k.id::text, o.no, k.cost || ' ' || p.currency, (SELECT sum(e.amount) || ' ' || min(e.currency) FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.ref = 'key-lost:' || k.id)
     FROM card_mark m JOIN card_key k ON k.id = m.card_id JOIN product p ON p.id = k.product_id LEFT JOIN order_unit u ON u.card_id = k.id
     LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id
     WHERE ${during('m.at')} AND m.kind IN ('void', 'returned', 'replaced') AND k.cost > 0 AND (u.ended IS NOT NULL OR o.id IS NULL OR o.state IN ('awaiting_payment', 'refunded'))
       AND NOT EXISTS (SELECT FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.ref = 'key-lost:' || k.id GROUP BY t.id HAVING sum(e.amount) = k.cost)
     UNION ALL
     SELECT 'export ' || x.id, NULL, x.cost || ' ' || x.currency, (SELECT sum(e.amount) || ' ' || min(e.currency) FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.ref = 'keys-exported:' || x.id)
     FROM (SELECT e.id, sum(k.cost) AS cost, min(p.currency) AS currency FROM key_export e JOIN card_mark m ON m.export_id = e.id JOIN card_key k ON k.id = m.card_id
       JOIN product p ON p.id = k.product_id WHERE ${during('e.at')} GROUP BY e.id HAVING sum(k.cost) > 0) AS x
     WHERE NOT EXISTS (SELECT FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.ref = 'keys-exported:' || x.id GROUP BY t.id HAVING sum(e.amount) = x.cost)
     ORDER BY 1`,
  ),
]
