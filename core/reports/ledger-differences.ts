import { BUYING_RULES } from '../payments/policy.ts'
import { WALLET } from '../payments/providers/wallet.ts'
import { statement } from '../platform/database/sql.ts'
import { MOST } from './differences.ts'

/** What the payments and refunds of a day must have left in the ledger: see ledger/policy. */
const EXPECTED = `
  SELECT 'payment:' || p.id AS ref, p.order_no, CASE WHEN p.provider = '${WALLET}' THEN 'liabilities:wallet:' || (SELECT e.customer_id FROM wallet_entry e WHERE e.ref = 'payment:' || p.id) ELSE 'assets:' || p.provider END AS debit,
    CASE WHEN p.rule IN ${BUYING_RULES} THEN 'income:sales' ELSE 'liabilities:received' END AS credit, (p.amount - p.excess)::bigint AS amount, p.currency
  FROM payment p WHERE p.received_at >= $1 AND p.received_at < $2 AND p.outcome <> 'received'
  UNION ALL
  SELECT 'payment:' || p.id, p.order_no, 'assets:' || p.provider, 'liabilities:wallet:' || (SELECT e.customer_id FROM wallet_entry e WHERE e.ref = 'payment:' || p.id), p.excess, p.currency
  FROM payment p WHERE p.received_at >= $1 AND p.received_at < $2 AND p.excess > 0
  UNION ALL
  SELECT 'payment:' || p.id, p.order_no, 'expenses:fees:' || p.provider, 'assets:' || p.provider, p.fee, p.currency
  FROM payment p WHERE p.received_at >= $1 AND p.received_at < $2 AND p.outcome <> 'received' AND p.fee > 0 AND p.fee_at IS NULL
  UNION ALL
  SELECT 'payment-fee:' || p.id, p.order_no, 'expenses:fees:' || p.provider, 'assets:' || p.provider, p.fee, p.currency
  FROM payment p WHERE p.fee_at >= $1 AND p.fee_at < $2
  UNION ALL
  SELECT 'refund-fee:' || r.id, p.order_no, 'assets:' || p.provider, 'expenses:fees:' || p.provider, r.fee, r.currency
  FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.fee_at >= $1 AND r.fee_at < $2
  UNION ALL
  SELECT 'refund-owed:' || r.id, p.order_no, CASE WHEN p.rule IN ${BUYING_RULES} THEN 'income:sales' ELSE 'liabilities:received' END,
    'liabilities:refunds', r.amount, r.currency
  FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.requested_at >= $1 AND r.requested_at < $2
  UNION ALL
  SELECT 'refund-paid:' || r.id, p.order_no, 'liabilities:refunds', CASE WHEN r.customer_id IS NULL THEN 'assets:' || p.provider ELSE 'liabilities:wallet:' || r.customer_id END, r.amount, r.currency
  FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.state = 'done' AND r.done_at >= $1 AND r.done_at < $2`

const entry = (side: string) =>
  `${side}.debit || ' ← ' || ${side}.credit || ' ' || ${side}.amount || ' ' || ${side}.currency`

/** Each payment and refund of a day against its bookings. The cost of goods, which may stand in the same booking, is left out. */
export const LEDGER = statement(
  'difference-ledger',
  `WITH expected AS (${EXPECTED}),
     booked AS (
       SELECT t.ref, e.debit, e.credit, sum(e.amount)::bigint AS amount, e.currency FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
       WHERE t.ref IN (SELECT ref FROM expected) AND e.debit <> 'expenses:goods' AND e.credit <> 'expenses:goods' GROUP BY t.ref, e.debit, e.credit, e.currency)
   SELECT 'ledger' AS kind, ref AS subject, x.order_no, ${entry('x')} AS expected, ${entry('b')} AS actual
   FROM expected x FULL JOIN booked b USING (ref, debit, credit, currency) WHERE x.amount IS DISTINCT FROM b.amount ORDER BY ref LIMIT ${MOST}`,
)

/** Sales and debts that were booked that day for no payment or refund there is. */
export const STRAY = statement(
  'difference-ledger-stray',
  `SELECT 'ledger_stray' AS kind, t.ref AS subject, NULL AS order_no, NULL AS expected, ${entry('e')} AS actual
   FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
   WHERE t.at >= $1 AND t.at < $2 AND ARRAY[e.debit, e.credit] && '{income:sales,liabilities:received,liabilities:refunds}'
     AND NOT EXISTS (SELECT FROM payment p WHERE t.ref = 'payment:' || p.id)
     AND NOT EXISTS (SELECT FROM refund r WHERE t.ref IN ('refund-owed:' || r.id, 'refund-paid:' || r.id)) ORDER BY t.id LIMIT ${MOST}`,
)
