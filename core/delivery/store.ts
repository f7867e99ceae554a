import { type Sql, statement } from '../platform/database/sql.ts'

export interface SealedUnit {
  readonly unit_id: bigint
  readonly line_id: bigint
  readonly product_id: number
  readonly batch_id: number
  readonly ordinal: bigint
  readonly ciphertext: Buffer
  readonly sealed_data_key: Buffer
  readonly key_version: number
}

const UNITS = statement(
  'delivery-units',
  `SELECT u.id AS unit_id, l.id AS line_id, k.product_id, k.batch_id, k.ordinal, k.ciphertext, b.sealed_data_key, b.key_version
   FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id JOIN batch b ON b.id = k.batch_id
   WHERE l.order_id = $1 ORDER BY l.position, u.ordinal LIMIT $2`,
)
/** Only while the order is delivered: between the check and the writing no refund can slip in. */
const REVEAL = statement(
  'delivery-reveal',
  `WITH o AS (SELECT id FROM orders WHERE id = $1 AND state IN ('delivered', 'part_delivered') FOR SHARE)
   INSERT INTO reveal (order_id, unit_id, customer_id, channel, at) SELECT o.id, unit, $2, $3, $4 FROM o, unnest($5::bigint[]) AS unit RETURNING id`,
)

export function sealedUnits(sql: Sql, orderId: bigint, most: number): Promise<SealedUnit[]> {
  return sql.rows<SealedUnit>(UNITS, [orderId, most])
}

export async function recordReveal(
  sql: Sql,
  orderId: bigint,
  customerId: number,
  channel: string,
  at: Date,
  units: readonly bigint[],
): Promise<boolean> {
  return (await sql.rows(REVEAL, [orderId, customerId, channel, at, units])).length > 0
}
