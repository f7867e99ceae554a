import type { Sql } from '../platform/database/sql.ts'
import { COUNT_STOCK, LACKING, TAKE } from './statements.ts'

const epoch = (at: Date): number => Math.floor(at.getTime() / 1000)

/** How often to look again when keys that others hold for a moment may come back. */
const LOOKS = 5

/** How many keys of a product can be sold now, counted up to `most`. */
export async function available(sql: Sql, productId: number, most: number, now: Date): Promise<number> {
  const [row] = await sql.rows<{ available: number }>(COUNT_STOCK, [productId, epoch(now), most])
  return row?.available ?? 0
}

/**
 * Takes `wanted` keys for an order line, earliest expiry first, as units numbered after `last`. Returns how many there were:
 * fewer only when there are no more, not when another transaction holds some that it may yet give back.
 */
export async function take(
  sql: Sql,
  line: { readonly id: bigint; readonly productId: number; readonly wanted: number; readonly last: number },
  now: Date,
): Promise<number> {
  let taken = 0
  for (let look = 0; look < LOOKS && taken < line.wanted; look++) {
    const values = [line.id, line.productId, line.wanted - taken, epoch(now), line.last + taken]
    taken += (await sql.rows<{ taken: number }>(TAKE, values))[0]?.taken ?? 0
    if (taken < line.wanted && (await available(sql, line.productId, 1, now)) === 0) break
  }
  return taken
}

/** Fills what an order's lines lack. False when there is not enough: the caller rolls back. */
export async function fill(sql: Sql, orderId: bigint, now: Date): Promise<boolean> {
  for (const row of await sql.rows<{ id: bigint; product_id: number; lacking: number; last: number }>(LACKING, [
    orderId,
  ])) {
    if (row.lacking === 0) continue
    const taken = await take(sql, { id: row.id, productId: row.product_id, wanted: row.lacking, last: row.last }, now)
    if (taken < row.lacking) return false
  }
  return true
}
