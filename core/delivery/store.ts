import { type Sql, statement } from '../platform/database/sql.ts'
import type { LinkRecord } from './model.ts'

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

const UNIT = `SELECT u.id AS unit_id, l.id AS line_id, k.product_id, k.batch_id, k.ordinal, k.ciphertext, b.sealed_data_key, b.key_version,
     EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id AND m.kind <> 'used') AS withheld
   FROM order_line l JOIN order_unit u ON u.line_id = l.id JOIN card_key k ON k.id = u.card_id JOIN batch b ON b.id = k.batch_id
   WHERE l.order_id = $1`
const UNITS = statement('delivery-units', `${UNIT} AND u.ended IS NULL ORDER BY l.position, u.ordinal LIMIT $2`)
const ALL_UNITS = statement('delivery-units-all', `${UNIT} AND u.ordinal > 0 ORDER BY l.position, u.ordinal`)
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

const LINK = `SELECT l.id, l.order_id AS "orderId", o.customer_id AS "customerId", c.pseudonym, l.created_at AS "createdAt", l.expires_at AS "expiresAt",
  l.revoked_at AS "revokedAt", l.opened_at AS "openedAt", l.opened_by AS "openedBy"
  FROM redemption_link l JOIN orders o ON o.id = l.order_id JOIN customer c ON c.id = o.customer_id`
const LINK_BY_HASH = statement('link-by-hash', `${LINK} WHERE l.hash = $1`)
const LINK_NEWEST = statement('link-newest', `${LINK} WHERE l.order_id = $1 ORDER BY l.id DESC LIMIT 1`)
/** Makers of links of one order take turns here; a refund waits, or has been. */
const LINK_TURN = statement(
  'link-turn',
  `SELECT id FROM orders WHERE id = $1 AND state IN ('delivered', 'part_delivered') FOR NO KEY UPDATE`,
)
const LINK_REVOKE = statement(
  'link-revoke',
  `UPDATE redemption_link SET revoked_at = $2 WHERE order_id = $1 AND revoked_at IS NULL
   RETURNING id, opened_at IS NULL AND expires_at > $2 AS "wasUnopened"`,
)
const LINK_ADD = statement(
  'link-add',
  `INSERT INTO redemption_link (order_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4) RETURNING id`,
)
/** Of two at once the second waits for the first, looks again and finds it opened. */
const LINK_TAKE = statement(
  'link-take',
  `UPDATE redemption_link SET opened_at = $2, opened_by = $3
   WHERE id = $1 AND opened_at IS NULL AND revoked_at IS NULL AND expires_at > $2 RETURNING id`,
)
const LINK_PRUNE = statement('link-prune', `DELETE FROM redemption_link WHERE expires_at < $1`)

/** A link with its order and the order's buyer. */
export interface LinkRow extends LinkRecord {
  readonly id: bigint
  readonly orderId: bigint
  readonly customerId: number
  readonly pseudonym: string
}

export function sealedUnits(sql: Sql, orderId: bigint, most: number): Promise<SealedUnit[]> {
  return sql.rows<SealedUnit>(UNITS, [orderId, most])
}

/** Those that are refunded too, in the place they have; not those that another took the place of. */
export function allUnits(sql: Sql, orderId: bigint): Promise<SealedUnit[]> {
  return sql.rows<SealedUnit>(ALL_UNITS, [orderId])
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

type Nullable<T> = { [K in keyof T]: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }

const linkOf = (row: Nullable<LinkRow>): LinkRow => ({
  ...row,
  revokedAt: row.revokedAt ?? undefined,
  openedAt: row.openedAt ?? undefined,
  openedBy: row.openedBy ?? undefined,
})

export async function linkByHash(sql: Sql, hash: Buffer): Promise<LinkRow | undefined> {
  const [row] = await sql.rows<Nullable<LinkRow>>(LINK_BY_HASH, [hash])
  return row && linkOf(row)
}

export async function newestLink(sql: Sql, orderId: bigint): Promise<LinkRow | undefined> {
  const [row] = await sql.rows<Nullable<LinkRow>>(LINK_NEWEST, [orderId])
  return row && linkOf(row)
}

/** False when the order is not delivered (any more). */
export async function takeLinkTurn(sql: Sql, orderId: bigint): Promise<boolean> {
  return (await sql.rows(LINK_TURN, [orderId])).length > 0
}

/** Revokes every link of an order; gives the ids of those that could still have been opened. */
export async function revokeLinks(sql: Sql, orderId: bigint, at: Date): Promise<bigint[]> {
  const rows = await sql.rows<{ id: bigint; wasUnopened: boolean }>(LINK_REVOKE, [orderId, at])
  return rows.filter(({ wasUnopened }) => wasUnopened).map(({ id }) => id)
}

export async function addLink(sql: Sql, orderId: bigint, hash: Buffer, at: Date, expiresAt: Date): Promise<bigint> {
  const [row] = await sql.rows<{ id: bigint }>(LINK_ADD, [orderId, hash, at, expiresAt])
  return (row as { id: bigint }).id
}

/** False when it can not be opened (any more). */
export async function takeLink(sql: Sql, id: bigint, at: Date, viewer: Buffer): Promise<boolean> {
  return (await sql.rows(LINK_TAKE, [id, at, viewer])).length > 0
}

export async function pruneLinks(sql: Sql, expiredBefore: Date): Promise<void> {
  await sql.rows(LINK_PRUNE, [expiredBefore])
}
