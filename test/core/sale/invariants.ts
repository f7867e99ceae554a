import assert from 'node:assert/strict'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import type { Stand } from '../../stand/shop.ts'

/** What must hold of every shop at every moment, each as a query that finds what breaks it. */
const NEVER: Readonly<Record<string, string>> = {
  'a key is in two units': `SELECT card_id FROM order_unit WHERE card_id IS NOT NULL GROUP BY card_id HAVING count(*) > 1`,
  'a key is for sale and in an order': `SELECT s.card_id FROM stock s JOIN order_unit u USING (card_id)`,
  'a key is for sale and out of the trade': `SELECT s.card_id FROM stock s JOIN card_mark m USING (card_id)`,
  'a key was exported and is an order’s, or of no export': `SELECT m.card_id FROM card_mark m LEFT JOIN order_unit u ON u.card_id = m.card_id
    WHERE m.kind = 'exported' AND (u.id IS NOT NULL OR m.export_id IS NULL) OR m.kind <> 'exported' AND m.export_id IS NOT NULL`,
  'an export has not as many keys as it says': `SELECT e.id FROM key_export e LEFT JOIN card_mark m ON m.export_id = e.id GROUP BY e.id HAVING count(m.card_id) <> e.keys`,
  'a key is nowhere': `SELECT k.id FROM card_key k WHERE NOT EXISTS (SELECT FROM stock s WHERE s.card_id = k.id)
    AND NOT EXISTS (SELECT FROM order_unit u WHERE u.card_id = k.id) AND NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id)`,
  'a key is in the queue of another product or in a wrong place': `SELECT s.* FROM stock s LEFT JOIN card_key k ON k.id = s.card_id
    WHERE k.id IS NULL OR s.product_id <> k.product_id OR s.rank <> coalesce(floor(extract(epoch FROM k.expires_at)), 9223372036854775807)`,
  'a key is of no batch or of another product': `SELECT k.id FROM card_key k LEFT JOIN batch b ON b.id = k.batch_id WHERE b.product_id IS DISTINCT FROM k.product_id`,
  'a paid order lacks keys or has too many': `SELECT o.no, l.quantity, count(u.card_id) FROM orders o JOIN order_line l ON l.order_id = o.id
    LEFT JOIN order_unit u ON u.line_id = l.id AND u.ordinal > 0 WHERE o.state IN ('held', 'delivered') GROUP BY o.no, l.id HAVING count(u.card_id) <> l.quantity`,
  'an order has more keys than it asked for': `SELECT l.id FROM order_line l JOIN order_unit u ON u.line_id = l.id WHERE u.ordinal > 0 GROUP BY l.id HAVING count(*) > l.quantity`,
  'a released order keeps keys': `SELECT o.no FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
    WHERE o.state IN ('expired', 'cancelled')`,
  'a refunded order keeps keys that nobody saw': `SELECT o.no FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
    WHERE o.state = 'refunded' AND u.card_id IS NOT NULL AND NOT EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id)`,
  'a key that was shown is for sale again': `SELECT s.card_id FROM stock s JOIN order_unit u ON u.card_id = s.card_id JOIN reveal r ON r.unit_id = u.id`,
  'an order has not exactly one payment that bought it': `SELECT o.no, o.state FROM orders o
    LEFT JOIN payment p ON p.order_id = o.id AND p.rule IN ('on_time', 'late', 'overpaid') GROUP BY o.id
    HAVING count(p.id) <> CASE WHEN o.state IN ('awaiting_payment', 'expired', 'cancelled') THEN 0 ELSE 1 END`,
  'a payment has no end': `SELECT id FROM payment WHERE outcome = 'received' OR rule IS NULL OR resolved_at IS NULL`,
  'a payment and its refunds disagree': `SELECT p.id, p.outcome FROM payment p LEFT JOIN refund r ON r.payment_id = p.id GROUP BY p.id
    HAVING NOT CASE p.outcome WHEN 'settled' THEN count(r.id) FILTER (WHERE NOT r.part) = 0
      WHEN 'refunding' THEN count(r.id) FILTER (WHERE NOT r.part AND r.state <> 'done') = 1 AND count(r.id) FILTER (WHERE NOT r.part AND r.state = 'done') = 0
      WHEN 'refunded' THEN count(r.id) FILTER (WHERE NOT r.part) = 1 AND bool_and(r.part OR r.state = 'done')
      WHEN 'credited' THEN count(r.id) FILTER (WHERE NOT r.part) = 1 AND bool_and(r.part OR r.state = 'done' AND r.customer_id IS NOT NULL) END`,
  'a refund is not the rest of the payment, or what an overpaid one had bought': `SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment_id
    WHERE NOT r.part AND (r.amount, r.currency) <> (p.amount - p.excess - p.parted, p.currency) OR p.excess > 0 AND p.rule <> 'overpaid'`,
  'the parts of a payment are not what went back for single units': `SELECT p.id FROM payment p LEFT JOIN refund r ON r.payment_id = p.id AND r.part
    GROUP BY p.id HAVING p.parted <> coalesce(sum(r.amount), 0)`,
  'an order does not know when its money was asked back first': `SELECT o.no FROM orders o LEFT JOIN payment p ON p.order_id = o.id AND p.rule IN ('on_time', 'late', 'overpaid')
    LEFT JOIN refund r ON r.payment_id = p.id GROUP BY o.id HAVING o.refunded_at IS DISTINCT FROM min(r.requested_at)`,
  'the ends of a payment are not its amount': `SELECT p.id, p.amount, p.outcome FROM payment p WHERE p.amount <>
      CASE p.outcome WHEN 'settled' THEN p.amount - p.excess - p.parted ELSE 0 END
      + (SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.payment_id = p.id AND r.customer_id IS NULL)
      + (SELECT coalesce(sum(e.amount), 0) FROM wallet_entry e WHERE e.payment_id = p.id AND e.amount > 0)`,
  'a unit that ended has not been shown, or its key is not out of the trade': `SELECT u.id FROM order_unit u LEFT JOIN card_mark m ON m.card_id = u.card_id
    WHERE u.ended IS NOT NULL AND (m.kind IS DISTINCT FROM CASE u.ended WHEN 'replaced' THEN 'replaced' ELSE 'returned' END::card_mark_kind
      OR NOT EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id))`,
  'a unit was replaced and nothing is in its place, or the other way round': `SELECT c.id FROM complaint c LEFT JOIN order_unit o ON o.id = c.unit_id LEFT JOIN order_unit n ON n.id = c.replacement_id
    WHERE (c.state = 'replaced') <> (n.id IS NOT NULL) OR c.state = 'replaced' AND (o.ended <> 'replaced' OR o.ordinal > 0 OR n.ordinal < 1 AND n.ended IS NULL OR n.line_id <> o.line_id)`,
  'a complaint was upheld and what is owed for it is not': `SELECT c.id FROM complaint c JOIN order_unit u ON u.id = c.unit_id JOIN card_key k ON k.id = c.card_id JOIN batch b ON b.id = k.batch_id
    LEFT JOIN supplier_claim x ON x.complaint_id = c.id WHERE (u.ended IS NOT NULL AND c.state IN ('replaced', 'refunded') AND b.supplier_id IS NOT NULL) <> (x.id IS NOT NULL)`,
  'two complaints are open about a key': `SELECT card_id FROM complaint WHERE state = 'open' GROUP BY 1 HAVING count(*) > 1`,
  'a key that is judged can be seen': `SELECT c.id FROM complaint c LEFT JOIN card_mark m ON m.card_id = c.card_id WHERE c.state = 'open' AND m.kind IS NULL AND c.id NOT IN (
      SELECT c2.id FROM complaint c2 JOIN audit_entry a ON a.subject = 'key:' || c2.card_id AND a.action = 'key.unfrozen')`,
  'a wallet is not the sum of its history': `SELECT w.* FROM wallet w FULL JOIN (SELECT customer_id, currency, sum(amount) AS amount FROM wallet_entry GROUP BY 1, 2) AS e
    USING (customer_id, currency) WHERE w.balance IS DISTINCT FROM e.amount`,
  'an order was paid from a wallet and that is not in it': `SELECT p.id FROM payment p LEFT JOIN wallet_entry e ON e.payment_id = p.id AND e.move = 'paid' AND -e.amount = p.amount
    AND e.currency = p.currency AND (SELECT coalesce(c.merged_into, c.id) FROM customer c WHERE c.id = e.customer_id) = (SELECT customer_id FROM orders o WHERE o.id = p.order_id) WHERE p.provider = 'wallet' AND e.id IS NULL`,
  'a settled payment has no delivered or held order': `SELECT p.id FROM payment p LEFT JOIN orders o ON o.id = p.order_id
    WHERE p.outcome = 'settled' AND (o.state IS NULL OR o.state NOT IN ('held', 'delivered'))`,
  'a booking has no entry': `SELECT ref FROM ledger_transaction t WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.transaction_id = t.id)`,
  'an order does not carry what its keys cost and when they expire': `SELECT o.no, o.cost, k.cost, o.keys_expire_at, k.expires_at FROM orders o JOIN (
      SELECT l.order_id, CASE WHEN count(k.cost) = count(*) THEN sum(k.cost) END AS cost, min(k.expires_at) AS expires_at
      FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id WHERE u.ended IS NULL GROUP BY 1) AS k ON k.order_id = o.id
    WHERE o.state IN ('awaiting_payment', 'held', 'delivered') AND ((o.cost, o.keys_expire_at) IS DISTINCT FROM (k.cost::int, date_trunc('second', k.expires_at))
      AND (o.cost, o.keys_expire_at) IS DISTINCT FROM (k.cost::int, k.expires_at))`,
  'an order does not carry its number of units': `SELECT o.no FROM orders o WHERE o.units <> (SELECT sum(l.quantity) FROM order_line l WHERE l.order_id = o.id)`,
  'a stock row has another cost than its key': `SELECT s.card_id FROM stock s JOIN card_key k ON k.id = s.card_id WHERE s.cost IS DISTINCT FROM k.cost`,
  'a waiting order has an unfit key and does not say so': `SELECT o.no FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
    JOIN card_mark m ON m.card_id = u.card_id WHERE o.state = 'awaiting_payment' AND NOT o.unfit`,
  "a buyer's standing is off": `SELECT s.*, o.* FROM customer_standing s LEFT JOIN (
      SELECT customer_id, count(*) FILTER (WHERE state = 'awaiting_payment') AS open, coalesce(sum(units) FILTER (WHERE state = 'awaiting_payment'), 0) AS units,
        count(*) FILTER (WHERE paid_at IS NOT NULL) AS paid FROM orders GROUP BY 1) AS o ON o.customer_id = s.customer_id
    WHERE (s.open_orders, s.open_units, s.paid) IS DISTINCT FROM (coalesce(o.open, 0)::int, coalesce(o.units, 0)::int, coalesce(o.paid, 0)::int)`,
}

/** What each account must hold, told by the payments and refunds themselves. */
const ACCOUNTS = `WITH sides AS (
    SELECT debit AS account, currency, amount FROM ledger_entry UNION ALL SELECT credit, currency, -amount FROM ledger_entry),
  booked AS (SELECT account, currency, sum(amount)::int AS amount FROM sides GROUP BY 1, 2 HAVING sum(amount) <> 0),
  sold AS (
    SELECT o.id, o.currency, CASE WHEN o.cost IS NOT NULL THEN sum(k.cost) END AS cost FROM orders o JOIN order_line l ON l.order_id = o.id
      JOIN order_unit u ON u.line_id = l.id AND u.ended IS NULL JOIN card_key k ON k.id = u.card_id WHERE o.state IN ('held', 'delivered', 'refunding') GROUP BY o.id),
  -- out of the trade for good, and no buyer's
  lost AS (
    SELECT k.id, k.cost, p.currency, EXISTS (SELECT FROM supplier_claim c WHERE c.card_id = k.id) AS claimed FROM card_mark m JOIN card_key k ON k.id = m.card_id
      JOIN product p ON p.id = k.product_id LEFT JOIN order_unit u ON u.card_id = k.id LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id
    WHERE m.kind IN ('void', 'returned', 'replaced') AND (u.ended IS NOT NULL OR o.id IS NULL OR o.state IN ('awaiting_payment', 'refunded'))),
  taken AS (SELECT p.* FROM payment p WHERE EXISTS (SELECT FROM audit_entry a WHERE a.subject = 'payment:' || p.id AND a.action = 'wallet.taken_back')),
  money AS (
    SELECT 'assets:' || provider AS account, currency, sum(amount - fee) AS amount FROM payment WHERE provider <> 'wallet' GROUP BY provider, currency
    UNION ALL SELECT 'assets:' || p.provider, p.currency, -sum(r.amount) FROM payment p JOIN refund r ON r.payment_id = p.id
      WHERE r.state = 'done' AND r.customer_id IS NULL GROUP BY 1, 2
    UNION ALL SELECT 'assets:' || p.provider, e.currency, -sum(e.amount) FROM wallet_entry e JOIN taken p ON p.id = e.payment_id WHERE e.amount > 0 GROUP BY 1, 2
    UNION ALL SELECT 'expenses:fees:' || provider, currency, sum(fee) FROM payment GROUP BY provider, currency
    UNION ALL SELECT 'liabilities:wallet:' || customer_id, currency, -balance FROM wallet
    UNION ALL SELECT 'expenses:losses', e.currency, sum(e.amount) FROM wallet_entry e JOIN taken p ON p.id = e.payment_id GROUP BY e.currency
    UNION ALL SELECT 'income:sales', currency, -sum(amount - excess - parted) FROM payment WHERE outcome = 'settled' GROUP BY currency
    UNION ALL SELECT 'expenses:goods', currency, sum(cost) FROM sold GROUP BY currency
    UNION ALL SELECT 'assets:stock', currency, -sum(cost) FROM sold GROUP BY currency
    UNION ALL SELECT 'assets:stock', currency, -sum(cost) FROM lost GROUP BY currency
    UNION ALL SELECT 'assets:stock', p.currency, -sum(k.cost) FROM card_mark m JOIN card_key k ON k.id = m.card_id JOIN product p ON p.id = k.product_id WHERE m.kind = 'exported' GROUP BY 2
    UNION ALL SELECT 'expenses:exported', p.currency, sum(k.cost) FROM card_mark m JOIN card_key k ON k.id = m.card_id JOIN product p ON p.id = k.product_id WHERE m.kind = 'exported' GROUP BY 2
    UNION ALL SELECT 'expenses:losses', currency, sum(cost) FROM lost WHERE NOT claimed GROUP BY currency
    UNION ALL SELECT 'assets:claims', currency, sum(cost) FROM supplier_claim WHERE state IN ('open', 'accepted') GROUP BY currency
    UNION ALL SELECT 'expenses:losses', currency, sum(coalesce(cost, 0) - coalesce(amount, 0)) FROM supplier_claim WHERE state IN ('refused', 'settled') GROUP BY currency
    UNION ALL SELECT 'liabilities:suppliers', currency, sum(amount) FROM supplier_claim WHERE state = 'settled' GROUP BY currency
    UNION ALL SELECT 'assets:stock', p.currency, sum(k.cost) FROM card_key k JOIN product p ON p.id = k.product_id GROUP BY p.currency
    UNION ALL SELECT 'liabilities:suppliers', p.currency, -sum(k.cost) FROM card_key k JOIN product p ON p.id = k.product_id GROUP BY p.currency
    UNION ALL SELECT 'liabilities:refunds', currency, -sum(amount) FROM refund WHERE state <> 'done' GROUP BY currency),
  expected AS (SELECT account, currency, sum(amount)::int AS amount FROM money GROUP BY 1, 2 HAVING sum(amount) <> 0)
  SELECT coalesce(b.account, e.account) AS account, coalesce(b.currency, e.currency) AS currency, b.amount AS booked, e.amount AS expected
  FROM booked b FULL JOIN expected e ON b.account = e.account AND b.currency = e.currency WHERE b.amount IS DISTINCT FROM e.amount`

/** A shop's database, looked into from outside. */
type Look = Pick<Stand, 'rows'>

/** What is wrong, if anything is, in a shop's keys, orders, money and audit log: what it is, and the rows that show it. */
export async function unsound(look: Look): Promise<Record<string, unknown>> {
  const broken: Record<string, unknown> = {}
  for (const [never, query] of Object.entries({ ...NEVER, 'an account is off': ACCOUNTS })) {
    const found = await look.rows(query)
    if (found.length > 0) broken[never] = found
  }
  const moves = await forbiddenMoves(look)
  if (moves.length > 0) broken['an order went a way that is not in the table'] = moves
  return broken
}

/** Fails with what is wrong, if anything is, in this shop's keys, orders, money and audit log. */
export async function expectSound(stand: Stand): Promise<void> {
  assert.deepEqual(await unsound(stand), {})
  await expectTrueLevels(stand)
}

async function forbiddenMoves(look: Look): Promise<string[]> {
  const orders = await look.rows<{ no: string; state: OrderState; actions: string[] }>(
    `SELECT o.no, o.state, array_agg(a.action ORDER BY a.id) AS actions FROM orders o JOIN audit_entry a ON a.subject = 'order:' || o.no GROUP BY o.id`,
  )
  return orders.flatMap(({ no, state, actions }) => {
    const moves = actions
      .map((action) => action.replace('order.', ''))
      .filter((to) => to in TRANSITIONS) as OrderState[]
    const path: OrderState[] = ['awaiting_payment', ...moves]
    const isAllowed = moves.every((to, index) => TRANSITIONS[path[index] as OrderState].includes(to))
    return actions[0] === 'order.placed' && path.at(-1) === state && isAllowed ? [] : [`${no} (${state}): ${actions}`]
  })
}

/** The figures staff see are those of the tables, and no key is counted twice or not at all. */
async function expectTrueLevels(stand: Stand): Promise<void> {
  const counts = await stand.rows<{ sku: string; keys: number; marked: number; delivered: number }>(
    `SELECT p.sku, (SELECT count(*)::int FROM card_key k WHERE k.product_id = p.id) AS keys,
       (SELECT count(*)::int FROM card_mark m JOIN card_key k ON k.id = m.card_id WHERE k.product_id = p.id AND m.kind <> 'used') AS marked,
       (SELECT count(*)::int FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
         WHERE l.product_id = p.id AND o.state IN ('held', 'delivered', 'refunding') AND u.card_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = u.card_id AND m.kind <> 'used')) AS delivered
     FROM product p`,
  )
  for (const { sku, keys, marked, delivered } of counts) {
    const [level] = (await stand.shop.inventory.levels(sku, 0)).items
    if (!level) throw new Error(`no level of ${sku}`)
    assert.deepEqual({ sku, sold: level.sold }, { sku, sold: delivered })
    const counted = level.available + level.expired + level.reserved + level.sold + marked
    assert.deepEqual({ sku, keys: counted }, { sku, keys })
  }
}
