import { type Sql, statement } from '../platform/database/sql.ts'

export interface SealedKey {
  readonly product_id: number
  readonly batch_id: number
  readonly ordinal: bigint
  readonly ciphertext: Buffer
  readonly sealed_data_key: Buffer
  readonly key_version: number
}

export interface SealedUnit extends SealedKey {
  readonly unit_id: bigint
  readonly line_id: bigint
  /** staff took the key out of the trade after it was sold */
  readonly withheld: boolean
}

const UNITS = statement(
  'delivery-units',
  `SELECT u.id AS unit_id, l.id AS line_id, k.product_id, k.batch_id, k.ordinal, k.ciphertext, b.sealed_data_key, b.key_version,
     EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id) AS withheld
   FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id JOIN batch b ON b.id = k.batch_id
   WHERE l.order_id = $1 ORDER BY l.position, u.ordinal LIMIT $2`,
)
/** What a buyer was ever shown, the latest first (a refund does not make them forget it), and the keys of these fingerprints. */
const QUOTABLE = statement(
  'delivery-quotable',
  `WITH shown AS (
     SELECT u.card_id FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
     WHERE o.customer_id = $1 AND u.card_id IS NOT NULL AND EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id) ORDER BY u.id DESC LIMIT $2)
   SELECT k.product_id, k.batch_id, k.ordinal, k.ciphertext, b.sealed_data_key, b.key_version FROM card_key k JOIN batch b ON b.id = k.batch_id
   WHERE k.id IN (SELECT card_id FROM shown) OR k.fingerprint = ANY($3::bytea[])`,
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

export function quotableKeys(
  sql: Sql,
  customerId: number,
  most: number,
  fingerprints: readonly Buffer[],
): Promise<SealedKey[]> {
  return sql.rows<SealedKey>(QUOTABLE, [customerId, most, fingerprints])
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
