import type { Sql } from '../platform/database/sql.ts'
import type { Booking } from './model.ts'
import { keyLost, type LostKey } from './policy.ts'
import { insertBooking } from './store.ts'

/** Books within the caller's transaction, once per `ref`: booking the same again changes nothing, and so does booking nothing. */
export async function book(sql: Sql, at: Date, booking: Booking): Promise<void> {
  if (booking.entries.length > 0) await insertBooking(sql, at, booking)
}

/** Books what keys had cost as lost, or as owed by their suppliers, within the caller's transaction. */
export async function bookLost(sql: Sql, at: Date, keys: readonly LostKey[]): Promise<void> {
  for (const key of keys) await book(sql, at, keyLost(key))
}
