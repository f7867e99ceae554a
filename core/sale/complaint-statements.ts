import { statement } from '../platform/database/sql.ts'

/**
 * Complaints ($4 reason, $5 now, in ticket $3) about units ($2) of an order that its buyer was shown, and that are what they
 * bought: not one that has another in its place, or whose price went back. One that is complained of already, or was judged,
 * is left out.
 */
export const OPEN_COMPLAINTS = statement(
  'complaint-open',
  `INSERT INTO complaint (ticket_id, order_id, unit_id, ordinal, card_id, reason, opened_at)
   SELECT $3, l.order_id, u.id, u.ordinal, u.card_id, $4::complaint_reason, $5 FROM order_line l JOIN order_unit u ON u.line_id = l.id
   WHERE l.order_id = $1 AND u.id = ANY($2::bigint[]) AND u.card_id IS NOT NULL AND u.ended IS NULL
     AND EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id)
     AND NOT EXISTS (SELECT FROM complaint c WHERE c.card_id = u.card_id AND c.state <> 'withdrawn')
   ORDER BY u.id ON CONFLICT (card_id) WHERE state = 'open' DO NOTHING RETURNING id, card_id AS "cardId"`,
)
/** While a key is judged nobody is shown it. What staff have said of it stands. */
export const FREEZE_COMPLAINED = statement(
  'complaint-freeze',
  `INSERT INTO card_mark (card_id, kind, reason, by, at) SELECT card, 'frozen', 'complaint', $2, $3 FROM unnest($1::bigint[]) AS card
   ON CONFLICT (card_id) DO UPDATE SET kind = 'frozen', reason = 'complaint', by = $2, at = $3 WHERE card_mark.kind = 'used'`,
)
export const UNFREEZE_COMPLAINED = statement(
  'complaint-unfreeze',
  `DELETE FROM card_mark WHERE card_id = ANY($1::bigint[]) AND kind = 'frozen' AND reason = 'complaint'`,
)
/** Complaints of an order that can still be judged ($3 states), locked, with what is known of their keys. */
export const LOCK_COMPLAINTS = statement(
  'complaint-lock',
  `SELECT c.id, c.ticket_id AS "ticketId", c.unit_id AS "unitId", c.card_id AS "cardId", u.line_id AS "lineId", u.ordinal, k.batch_id AS "batchId",
     l.product_id AS "productId", l.unit_price AS price, l.unit_stars AS stars, k.cost, b.supplier_id AS "supplierId"
   FROM complaint c JOIN order_unit u ON u.id = c.unit_id JOIN order_line l ON l.id = u.line_id JOIN card_key k ON k.id = c.card_id JOIN batch b ON b.id = k.batch_id
   WHERE c.order_id = $1 AND c.id = ANY($2::int[]) AND c.state = ANY($3::complaint_state[]) AND u.ended IS NULL ORDER BY c.id FOR UPDATE OF c`,
)
export const END_COMPLAINTS = statement(
  'complaint-end',
  `UPDATE complaint SET state = $2::complaint_state, decided_at = $3, decided_by = $4, refund_id = $5 WHERE id = ANY($1::int[])`,
)
export const NOTE_REPLACEMENT = statement(
  'complaint-replacement',
  `UPDATE complaint SET replacement_id = $2 WHERE id = $1`,
)
/** A key that did not work is out of the trade for good, whatever was said of it before. */
export const MARK_COMPLAINED = statement(
  'complaint-mark',
  `INSERT INTO card_mark (card_id, kind, reason, by, at) SELECT card, $2::card_mark_kind, 'complaint', $3, $4 FROM unnest($1::bigint[]) AS card
   ON CONFLICT (card_id) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, by = excluded.by, at = excluded.at`,
)
/** What its supplier owes us for a key. */
export const ADD_CLAIM = statement(
  'complaint-claim',
  `INSERT INTO supplier_claim (supplier_id, batch_id, card_id, complaint_id, cost, currency, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT DO NOTHING`,
)
/**
 * A key of a product ($1) for one that did not work: not of the batch $3, unless that is null. Only those that come next are
 * looked at, and what another order takes at this moment is passed over, so that nobody waits for a member of staff.
 */
export const TAKE_OTHER = statement(
  'complaint-take-other',
  `WITH next AS MATERIALIZED (
     SELECT product_id, rank, card_id FROM stock WHERE product_id = $1 AND rank > $2 ORDER BY rank, card_id LIMIT 5000),
   taken AS (
     SELECT s.product_id, s.rank, s.card_id FROM next JOIN stock s USING (product_id, rank, card_id) JOIN card_key k ON k.id = s.card_id
     WHERE $3::int IS NULL OR k.batch_id <> $3 ORDER BY s.rank, s.card_id LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
   DELETE FROM stock s USING taken t WHERE s.product_id = t.product_id AND s.rank = t.rank AND s.card_id = t.card_id RETURNING s.card_id AS "cardId"`,
)
/** The unit stays as history, and leaves its ordinal to the one that takes its place. */
export const STEP_ASIDE = statement(
  'complaint-step-aside',
  `UPDATE order_unit u SET ended = 'replaced', ordinal = (SELECT least(0, min(o.ordinal)) - 1 FROM order_unit o WHERE o.line_id = u.line_id) WHERE u.id = $1`,
)
export const ADD_UNIT = statement(
  'complaint-add-unit',
  `INSERT INTO order_unit (line_id, ordinal, card_id) VALUES ($1, $2, $3) RETURNING id`,
)
export const END_UNITS = statement(
  'complaint-end-units',
  `UPDATE order_unit SET ended = 'refunded' WHERE id = ANY($1::bigint[])`,
)
/** How many units of an order still count. */
export const COUNT_LEFT = statement(
  'complaint-count-left',
  `SELECT count(*)::int AS left FROM order_line l JOIN order_unit u ON u.line_id = l.id WHERE l.order_id = $1 AND u.ended IS NULL`,
)
/** Whoever opened a link was shown the keys of that moment, and no later ones. */
export const END_LINKS = statement(
  'complaint-end-links',
  `UPDATE redemption_link SET revoked_at = $2 WHERE order_id = $1 AND revoked_at IS NULL`,
)
