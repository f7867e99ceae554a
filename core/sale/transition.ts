import { recordAudit } from '../audit/service.ts'
import { type OrderState, statesBefore } from '../orders/states.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'

/** What a transition writes besides the state. */
export interface Stamps {
  readonly paidAt?: Date
  readonly deliveredAt?: Date
  /** set by a move that ends the order; any other clears it: an order that was released and then paid late is open again */
  readonly closedAt?: Date
  readonly holdReasons?: unknown
  readonly promisedAt?: Date
}

const MOVE = statement(
  'order-move',
  `UPDATE orders SET state = $2::order_state, paid_at = coalesce($4, paid_at), delivered_at = coalesce($5, delivered_at), closed_at = $6,
     hold_reasons = coalesce($7::jsonb, hold_reasons), promised_at = coalesce($8, promised_at)
   WHERE id = $1 AND state = ANY($3::order_state[]) RETURNING id`,
)

/**
 * Moves an order to a state, from one that the table allows, and tells the audit log, in the caller's transaction.
 * @throws KeytillError `order.state` when it is elsewhere by now
 */
export async function move(
  sql: Sql,
  order: { readonly id: bigint; readonly no: string },
  to: OrderState,
  actor: string,
  at: Date,
  stamps: Stamps = {},
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const values = [
    order.id,
    to,
    statesBefore(to),
    stamps.paidAt ?? null,
    stamps.deliveredAt ?? null,
    stamps.closedAt ?? null,
    stamps.holdReasons === undefined ? null : JSON.stringify(stamps.holdReasons),
    stamps.promisedAt ?? null,
  ]
  const moved = await sql.rows(MOVE, values)
  if (moved.length === 0)
    throw new KeytillError(
      'order.state',
      `The order ${order.no} is no longer in a state from which it can become ${to}.`,
    )
  await recordAudit(sql, at, { actor, action: `order.${to}`, subject: `order:${order.no}`, data })
}
