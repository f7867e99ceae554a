import type { Sql } from '../platform/database/sql.ts'
import { COUNT_STOCK, DROP_UNFIT, LACKING, LOCK_KEYS, RETURN_KEYS, TAKE_BACK, TAKE_WAITING } from './statements.ts'

const epoch = (at: Date): number => Math.floor(at.getTime() / 1000)

/** How many keys of a product can be sold now, counted up to `most`. */
export async function available(sql: Sql, productId: number, most: number, now: Date): Promise<number> {
  const [row] = await sql.rows<{ available: number }>(COUNT_STOCK, [productId, epoch(now), most])
  return row?.available ?? 0
}

/** Takes `wanted` keys for an order line, earliest expiry first, as units numbered after `last`. Returns how many there were. */
async function take(
  sql: Sql,
  line: { readonly id: bigint; readonly productId: number; readonly wanted: number; readonly last: number },
  now: Date,
): Promise<number> {
  const values = [line.id, line.productId, line.wanted, epoch(now), line.last]
  return (await sql.rows<{ taken: number }>(TAKE_WAITING, values))[0]?.taken ?? 0
}

/** Fills what an order's lines lack. False when there is not enough: the caller rolls back. */
export async function fill(sql: Sql, orderId: bigint, now: Date): Promise<boolean> {
  for (const row of await sql.rows<{ id: bigint; product_id: number; lacking: number; last: number }>(LACKING, [
    orderId,
  ])) {
    if (row.lacking === 0) continue
    const line = { id: row.id, productId: row.product_id, wanted: row.lacking, last: row.last }
    if ((await take(sql, line, now)) < row.lacking) return false
  }
  return true
}

/** Takes from an order the keys that were frozen, voided or have expired meanwhile: `fill` finds others for them. */
export async function dropUnfit(sql: Sql, orderId: bigint, now: Date): Promise<void> {
  await sql.rows(LOCK_KEYS, [orderId])
  await sql.rows(DROP_UNFIT, [orderId, now])
}

/**
 * Puts the keys of an order that was not delivered back on the shelf, except those that are out of the trade. Returns what
 * all of them had cost, minor units.
 */
export async function giveBack(sql: Sql, orderId: bigint): Promise<number> {
  await sql.rows(LOCK_KEYS, [orderId])
  return (await sql.rows<{ cost: number }>(RETURN_KEYS, [orderId]))[0]?.cost ?? 0
}

/**
 * Takes a refunded order's keys back: to the shelf when nobody was shown them, else they are written off. Returns how many of
 * each, and what all had cost that nobody was shown, minor units.
 */
export async function takeBack(
  sql: Sql,
  orderId: bigint,
  now: Date,
): Promise<{ readonly returned: number; readonly written_off: number; readonly cost: number } | undefined> {
  await sql.rows(LOCK_KEYS, [orderId])
  return (await sql.rows<{ returned: number; written_off: number; cost: number }>(TAKE_BACK, [orderId, now]))[0]
}
