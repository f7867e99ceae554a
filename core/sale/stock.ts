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

/** A key that nobody will sell any more, with what it had cost, in minor units. */
export interface GoneKey {
  readonly id: string
  readonly cost: number | null
}

/**
 * Takes from an order the keys that were frozen, voided or have expired meanwhile: `fill` finds others for them. Returns those
 * that were voided.
 */
export async function dropUnfit(sql: Sql, orderId: bigint, now: Date): Promise<readonly GoneKey[]> {
  await sql.rows(LOCK_KEYS, [orderId])
  return sql.rows<GoneKey>(DROP_UNFIT, [orderId, now])
}

/** Keys that left an order: what all of them had cost, minor units, and which of them were voided. */
interface Returned {
  readonly cost: number
  readonly gone: readonly GoneKey[]
}

/** Puts the keys of an order that was not delivered back on the shelf, except those that are out of the trade. */
export async function giveBack(sql: Sql, orderId: bigint): Promise<Returned> {
  await sql.rows(LOCK_KEYS, [orderId])
  return (await sql.rows<Returned>(RETURN_KEYS, [orderId]))[0] ?? { cost: 0, gone: [] }
}

/** The keys of a refunded order: how many went which way, those nobody was shown, and those that were shown. */
interface TakenBack extends Returned {
  readonly returned: number
  readonly written_off: number
  readonly shown: readonly GoneKey[]
}

/** Takes a refunded order's keys back: to the shelf when nobody was shown them, else they are written off. */
export async function takeBack(sql: Sql, orderId: bigint, now: Date): Promise<TakenBack> {
  await sql.rows(LOCK_KEYS, [orderId])
  return (await sql.rows<TakenBack>(TAKE_BACK, [orderId, now]))[0] as TakenBack
}
