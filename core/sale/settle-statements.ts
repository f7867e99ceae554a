import { asRows, statement } from '../platform/database/sql.ts'
import { groupOf, lockKey, tryLocks } from '../risk/service.ts'

/**
 * Locks the orders that these payments name ($1; $2 provider, $3 payer), their buyers, and all else they are judged by: two payments
 * of one buyer, or one payer, are judged one after the other. Those in other hands are passed over.
 */
export const LOCK_PAID = statement(
  'sale-lock-paid',
  `WITH due AS (
     SELECT p.n::int AS n, p.provider, p.payer, o.id, o.no, o.customer_id, o.channel, o.chat, o.state, o.total, o.currency, o.stars, o.units, o.cost, o.keys_expire_at,
       o.unfit, o.ip, o.device
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS p (no, provider, payer, n) JOIN orders o ON o.no = p.no FOR UPDATE OF o SKIP LOCKED),
   buyers AS (
     SELECT s.customer_id FROM customer_standing s WHERE s.customer_id = ANY(ARRAY(SELECT customer_id FROM due)) FOR UPDATE SKIP LOCKED),
   locks AS (
     SELECT due.n, k.key FROM due CROSS JOIN LATERAL (
       SELECT ${lockKey('group', groupOf('due.customer_id'))} AS key
       UNION ALL SELECT ${lockKey('payer', `due.provider || ' ' || due.payer`)} WHERE due.payer <> ''
       UNION ALL SELECT ${lockKey('ip', `encode(due.ip, 'hex')`)} WHERE due.ip IS NOT NULL
       UNION ALL SELECT ${lockKey('device', `encode(due.device, 'hex')`)} WHERE due.device IS NOT NULL) AS k),
   got AS MATERIALIZED (${tryLocks('locks')})
   SELECT ${asRows(`SELECT due.id::text AS id, due.no, due.customer_id, due.channel, due.chat, due.state, due.total, due.currency, due.stars, due.units, due.cost,
       due.keys_expire_at, due.unfit, (SELECT pseudonym FROM customer c WHERE c.id = due.customer_id) AS pseudonym FROM due`)} AS orders,
     ARRAY(SELECT customer_id FROM buyers) AS buyers, ${asRows('SELECT n, key FROM locks')} AS locks, ARRAY(SELECT key FROM got) AS got`,
)
/**
 * What else is asked: which payments are known ($1 provider, $2 reference); ids for $3 payments and their bookings, by commas.
 */
export const READ_SETTLING = statement(
  'sale-read-settling',
  `SELECT ARRAY(SELECT r.n::int FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r (provider, reference, n)
       CROSS JOIN LATERAL (SELECT FROM payment p WHERE p.provider = r.provider AND p.reference = r.reference LIMIT 1) AS p) AS known,
     (SELECT string_agg(nextval('payment_id_seq')::text, ',') FROM generate_series(1, $3::int)) AS payments,
     (SELECT string_agg(nextval('ledger_transaction_id_seq')::text, ',') FROM generate_series(1, $3::int)) AS bookings`,
)
/**
 * Writes payments ($1–$10, $11 now), the orders they bought ($12–$17), bookings ($18–$24), decisions ($25–$28), what the audit
 * log is told ($29–$32), jobs ($33–$36), and payers seen with a buyer for the first time ($37–$38).
 */
export const WRITE_SETTLED = statement(
  'sale-write-settled',
  `WITH payments AS (
     INSERT INTO payment (id, provider, reference, order_no, order_id, payer, amount, currency, outcome, rule, received_at, resolved_at)
     SELECT p.id, p.provider, p.reference, p.order_no, p.order_id, p.payer, p.amount, p.currency, p.outcome::payment_outcome, p.rule, $11,
       CASE WHEN p.rule IS NOT NULL THEN $11::timestamptz END
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[])
       AS p (id, provider, reference, order_no, order_id, payer, amount, currency, outcome, rule)),
   moved AS (
     UPDATE orders o SET state = m.state::order_state, paid_at = $11, delivered_at = CASE WHEN m.state = 'delivered' THEN $11::timestamptz END,
       hold_reasons = m.reasons, promised_at = m.promised_at
     FROM unnest($12::bigint[], $13::text[], $14::jsonb[], $15::timestamptz[]) AS m (id, state, reasons, promised_at) WHERE o.id = m.id),
   counted AS (
     UPDATE customer_standing c SET open_orders = c.open_orders - 1, open_units = c.open_units - m.units, paid = c.paid + 1, expired = 0
     FROM unnest($16::int[], $17::int[]) AS m (customer_id, units) WHERE c.customer_id = m.customer_id),
   booked AS (
     INSERT INTO ledger_transaction (id, ref, at) SELECT b.id, b.ref, $11 FROM unnest($18::bigint[], $19::text[]) AS b (id, ref)),
   entries AS (
     INSERT INTO ledger_entry (transaction_id, position, debit, credit, amount, currency)
     SELECT * FROM unnest($20::bigint[], $21::int[], $22::text[], $23::text[], $24::bigint[], $25::text[])),
   judged AS (
     INSERT INTO risk_decision (order_id, stage, outcome, rules, facts, at)
     SELECT d.order_id, 'payment', d.outcome, $28::jsonb, d.facts, $11 FROM unnest($12::bigint[], $26::text[], $27::jsonb[]) AS d (order_id, outcome, facts)
     WHERE d.outcome IS NOT NULL),
   known AS (
     INSERT INTO customer_trait (kind, hash, customer_id, first_seen_at)
     SELECT 'payer', t.hash, t.customer_id, $11 FROM unnest($37::bytea[], $38::int[]) AS t (hash, customer_id) ON CONFLICT DO NOTHING),
   told AS (
     INSERT INTO outbox (task, payload, key, priority) SELECT * FROM unnest($33::text[], $34::jsonb[], $35::text[], $36::int[]))
   INSERT INTO audit_entry (at, actor, action, subject, data)
   SELECT $11, * FROM unnest($29::text[], $30::text[], $31::text[], $32::jsonb[])`,
)
