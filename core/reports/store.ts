import { type Sql, statement } from '../platform/database/sql.ts'
import type { Today } from './model.ts'

const TODAY = statement(
  'report-today',
  `SELECT (SELECT count(*)::int FROM orders WHERE paid_at > $1) AS orders,
     (SELECT coalesce(sum(l.quantity), 0)::int FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.paid_at > $1) AS units,
     (SELECT coalesce(json_agg(s), '[]') FROM (SELECT currency, sum(amount)::int AS amount FROM payment WHERE resolved_at > $1 AND outcome = 'settled' GROUP BY currency ORDER BY currency) AS s) AS sales,
     (SELECT count(*)::int FROM refund WHERE done_at > $1) AS refunds,
     (SELECT count(*)::int FROM orders WHERE state = 'held') AS held,
     (SELECT count(*)::int FROM ticket WHERE state = 'open') AS "openTickets",
     (SELECT count(*)::int FROM orders WHERE state = 'awaiting_payment') AS unpaid`,
)

export async function today(sql: Sql, since: Date): Promise<Today> {
  return (await sql.rows<Today>(TODAY, [since]))[0] as Today
}
