import type { Sql } from '../platform/database/sql.ts'
import type { Booking } from './model.ts'
import { insertBooking } from './store.ts'

/** Books within the caller's transaction, once per `ref`: booking the same again changes nothing, and so does booking nothing. */
export async function book(sql: Sql, at: Date, booking: Booking): Promise<void> {
  if (booking.entries.length > 0) await insertBooking(sql, at, booking)
}
