/**
 * The same sale by hand: what a careful author would give pgbench, with the same reads and writes; but of the risk rules only what
 * one buyer paid within an hour.
 */

interface Shape {
  readonly products: number
  readonly lines: number
  readonly customers: number
  /** the number of the first product */
  readonly first: number
}

const NEVER = '9223372036854775807'

/**
 * One script: place, then settle, each one statement in a transaction of its own. With one product the client keeps its place
 * in the queue, as our processes do; without that it would walk over all keys sold before.
 */
export function pgbenchScript({ products, lines, customers, first }: Shape): string {
  const at = Array.from({ length: lines }, (_, i) => i + 1)
  // pgbench has no lists to keep a place of each product in.
  const place = products === 1 ? ', (SELECT max(card_id) FROM picked) AS h' : ''
  const chosen = [
    `\\set first random(0, ${products - 1})`,
    ...at.map((i) => `\\set p${i} ${first} + (:first + ${i}) % ${products}`),
  ]
  return `\\set c random(1, ${customers})
\\set u random(1, 1000000000000)
${chosen.join('\n')}
WITH buyer AS (
  SELECT s.customer_id, c.pseudonym, s.open_orders, s.open_units, t.open_orders AS most_orders, t.always_units AS most_units
  FROM customer_standing s JOIN customer c ON c.id = s.customer_id CROSS JOIN LATERAL (
    SELECT * FROM trust_level t WHERE s.paid >= t.min_paid AND s.expired <= t.max_expired ORDER BY t.rank DESC LIMIT 1) AS t
  WHERE s.customer_id = :c::int FOR UPDATE OF s),
offer AS (
  SELECT v.position, p.id, p.sku, p.price, p.stars, (SELECT name FROM product_text t WHERE t.product_id = p.id AND t.language = '') AS name
  FROM (VALUES ${at.map((i) => `(${i}, :p${i}::int)`).join(', ')}) AS v (position, product_id) JOIN product p ON p.id = v.product_id WHERE p.on_shelf),
picked AS (
  ${at
    .map(
      (i) => `SELECT * FROM (SELECT ${i} AS position, s.product_id, s.rank, s.card_id, s.cost FROM stock s
    WHERE s.product_id = :p${i}::int AND (s.rank, s.card_id) > (${NEVER}, :h::bigint) ORDER BY s.rank, s.card_id LIMIT 1 FOR UPDATE SKIP LOCKED) AS k${i}`,
    )
    .join('\n  UNION ALL ')}),
made AS (
  INSERT INTO orders (no, customer_id, channel, chat, language, currency, total, stars, demo, idempotency_key, placed_at, reserved_until, units, cost)
  SELECT 'B' || :u::text || '-' || :client_id::text, :c::int, 'bench', 'chat-' || :c::int, 'zh', 'CNY', (SELECT sum(price) FROM offer), (SELECT sum(stars) FROM offer), false,
    'k' || :u::text || '-' || :client_id::text, now(), now() + interval '15 minutes', ${lines}, (SELECT sum(cost) FROM picked)
  FROM buyer WHERE open_orders < most_orders AND open_units + ${lines} <= most_units AND (SELECT count(*) FROM picked) = ${lines}
    AND NOT EXISTS (SELECT FROM orders WHERE idempotency_key = 'k' || :u::text || '-' || :client_id::text) RETURNING id, no, customer_id),
line AS (
  INSERT INTO order_line (order_id, position, product_id, name, quantity, unit_price, unit_stars)
  SELECT m.id, o.position, o.id, o.name, 1, o.price, o.stars FROM made m, offer o RETURNING id, position),
unit AS (
  INSERT INTO order_unit (line_id, ordinal, card_id) SELECT l.id, 1, k.card_id FROM line l JOIN picked k USING (position)),
gone AS (
  DELETE FROM stock s USING picked k WHERE s.card_id = k.card_id AND EXISTS (SELECT FROM made)),
counted AS (
  UPDATE customer_standing SET open_orders = open_orders + 1, open_units = open_units + ${lines} WHERE customer_id = :c::int AND EXISTS (SELECT FROM made)),
audited AS (
  INSERT INTO audit_entry (at, actor, action, subject, data)
  SELECT now(), b.pseudonym, 'order.placed', 'order:' || m.no,
    jsonb_build_object('total', (SELECT sum(price) FROM offer), 'currency', 'CNY', 'items', (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', 1, 'price', price)) FROM offer))
  FROM made m, buyer b)
SELECT m.no, (SELECT sum(price) FROM offer) AS total${place} FROM made m \\gset
WITH due AS (
  SELECT o.id, o.no, o.customer_id, o.channel, o.chat, o.units, o.cost, o.currency, c.pseudonym FROM orders o JOIN customer c ON c.id = o.customer_id
  WHERE o.no = :no::text AND o.state = 'awaiting_payment' AND NOT o.unfit AND (o.keys_expire_at IS NULL OR o.keys_expire_at > now()) AND o.total = :total::int FOR UPDATE OF o),
buyer AS (SELECT s.customer_id FROM customer_standing s WHERE s.customer_id IN (SELECT customer_id FROM due) FOR UPDATE),
rule AS (SELECT DISTINCT ON (name) name, version, enabled, definition FROM risk_rule ORDER BY name, version DESC),
velocity AS (
  SELECT count(*)::int + 1 AS orders, coalesce(sum(o.units), 0)::int + ${lines} AS units FROM orders o
  WHERE o.customer_id = (SELECT customer_id FROM buyer) AND o.paid_at > now() - interval '60 minutes'),
paid AS (
  INSERT INTO payment (provider, reference, order_no, order_id, payer, amount, currency, received_at, outcome, rule, resolved_at)
  SELECT 'bench', 'r' || :u::text || '-' || :client_id::text, d.no, d.id, d.customer_id::text, :total::int, 'CNY', now(), 'settled', 'on_time', now() FROM due d, buyer
  ON CONFLICT (provider, reference) DO NOTHING RETURNING id),
moved AS (
  UPDATE orders o SET state = 'delivered', paid_at = now(), delivered_at = now() FROM due d, paid WHERE o.id = d.id),
counted AS (
  UPDATE customer_standing c SET open_orders = c.open_orders - 1, open_units = c.open_units - d.units, paid = c.paid + 1, expired = 0 FROM due d WHERE c.customer_id = d.customer_id),
booked AS (INSERT INTO ledger_transaction (ref, at) SELECT 'payment:' || id, now() FROM paid RETURNING id),
entries AS (
  INSERT INTO ledger_entry (transaction_id, position, debit, credit, amount, currency)
  SELECT b.id, 1, 'assets:' || 'bench', 'income:' || 'sales', :total::int, 'CNY' FROM booked b
  UNION ALL SELECT b.id, 2, 'expenses:' || 'goods', 'assets:' || 'stock', d.cost, d.currency FROM booked b, due d WHERE d.cost > 0),
judged AS (
  INSERT INTO risk_decision (order_id, outcome, rules, facts, at)
  SELECT d.id, 'allow', (SELECT jsonb_agg(jsonb_build_object('name', name, 'version', version)) FROM rule),
    (SELECT jsonb_build_object('hourly-orders', orders, 'hourly-units', units) FROM velocity), now() FROM due d),
audited AS (
  INSERT INTO audit_entry (at, actor, action, subject, data)
  SELECT now(), d.pseudonym, 'order.delivered', 'order:' || d.no, jsonb_build_object('provider', 'bench', 'amount', :total::int, 'currency', 'CNY', 'rule', 'on_time') FROM due d)
INSERT INTO outbox (task, payload, key, priority)
SELECT 'notice:' || d.channel, jsonb_build_object('kind', 'order', 'event', 'delivered', 'orderNo', d.no,
    'to', jsonb_build_object('customerId', d.customer_id, 'channel', d.channel, 'chat', d.chat)), 'order:' || d.no || ':' || 'delivered', -10 FROM due d
UNION ALL SELECT 'notify_sales', jsonb_build_array(d.no), 'sales', 0 FROM due d;
`
}
