import { asRows, statement } from '../platform/database/sql.ts'
import { RULES } from '../risk/service.ts'

/**
 * Locks the orders that these payments name ($1), and their buyers: two payments of one buyer are judged one after the other.
 * Those in other hands are passed over.
 */
export const LOCK_PAID = statement(
  'sale-lock-paid',
  `WITH due AS (
     SELECT o.id, o.no, o.customer_id, o.channel, o.chat, o.state, o.total, o.currency, o.stars, o.units, o.cost, o.keys_expire_at, o.unfit
     FROM orders o WHERE o.no = ANY($1) FOR UPDATE SKIP LOCKED),
   buyers AS (
     SELECT s.customer_id FROM customer_standing s WHERE s.customer_id = ANY(ARRAY(SELECT customer_id FROM due)) FOR UPDATE SKIP LOCKED)
   SELECT ${asRows(`SELECT due.*, due.id::text AS id, (SELECT pseudonym FROM customer c WHERE c.id = due.customer_id) AS pseudonym FROM due`)} AS orders,
     ARRAY(SELECT customer_id FROM buyers) AS buyers`,
)
/**
 * What else is asked, once they are locked: the rules; what each buyer has paid for within each window of the rules ($2 now);
 * which payments are known ($3 provider, $4 reference); ids for $5 payments and their bookings, by commas.
 */
export const READ_SETTLING = statement(
  'sale-read-settling',
  `SELECT ${asRows(RULES.text)} AS rules,
     ${asRows(`SELECT b.customer_id, w.minutes, v.orders, v.units
       FROM unnest(ARRAY(SELECT DISTINCT customer_id FROM orders WHERE no = ANY($1))) AS b (customer_id)
       CROSS JOIN (SELECT DISTINCT (definition ->> 'window')::int AS minutes FROM risk_rule WHERE enabled) AS w
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS orders, coalesce(sum(o.units), 0)::int AS units FROM orders o
         WHERE o.customer_id = b.customer_id AND o.paid_at > $2::timestamptz - make_interval(mins => w.minutes)) AS v`)} AS velocities,
     ARRAY(SELECT r.n::int FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS r (provider, reference, n)
       CROSS JOIN LATERAL (SELECT FROM payment p WHERE p.provider = r.provider AND p.reference = r.reference LIMIT 1) AS p) AS known,
     (SELECT string_agg(nextval('payment_id_seq')::text, ',') FROM generate_series(1, $5::int)) AS payments,
     (SELECT string_agg(nextval('ledger_transaction_id_seq')::text, ',') FROM generate_series(1, $5::int)) AS bookings`,
)
/**
 * Writes payments ($1–$10, $11 now), the orders they bought ($12–$17), bookings ($18–$24), decisions ($25–$28), what the audit
 * log is told ($29–$32) and jobs ($33–$36).
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
     INSERT INTO risk_decision (order_id, outcome, rules, facts, at)
     SELECT d.order_id, d.outcome, $28::jsonb, d.facts, $11 FROM unnest($12::bigint[], $26::text[], $27::jsonb[]) AS d (order_id, outcome, facts)),
   told AS (
     INSERT INTO outbox (task, payload, key, priority) SELECT * FROM unnest($33::text[], $34::jsonb[], $35::text[], $36::int[]))
   INSERT INTO audit_entry (at, actor, action, subject, data)
   SELECT $11, * FROM unnest($29::text[], $30::text[], $31::text[], $32::jsonb[])`,
)
