import { tellBuyer } from '../notifications/service.ts'
import type { Database } from '../platform/database/database.ts'
import { addressee, type OrderRow } from './rows.ts'
import { COUNT_RELEASED, DUE, EXTEND, LOCK_ORDER } from './statements.ts'
import { giveBack } from './stock.ts'
import { move } from './transition.ts'

/** Orders released in one transaction. */
const AT_ONCE = 100

type Due = Pick<OrderRow, 'id' | 'no' | 'customer_id' | 'channel' | 'chat' | 'units'>

/** Releases unpaid orders whose deadline has passed; returns how many. */
export async function releaseDue(db: Database, now: Date): Promise<number> {
  let released = 0
  for (;;) {
    const due = await db.transaction(async (sql) => {
      const rows = await sql.rows<Due>(DUE, [now, AT_ONCE])
      for (const row of rows) {
        await move(sql, row, 'expired', 'system', now, { closedAt: now })
        await giveBack(sql, row.id)
        await tellBuyer(sql, addressee(row), 'expired')
      }
      // Buyers last and in one order for everyone: whoever places for them meanwhile is not held up by the rest.
      for (const row of rows.toSorted((a, b) => a.customer_id - b.customer_id))
        await sql.rows(COUNT_RELEASED, [row.customer_id, row.units, 1])
      return rows.length
    })
    released += due
    if (due < AT_ONCE) return released
  }
}

/** Cancels an unpaid order of this customer; false when it is not theirs, or no longer unpaid. */
export async function cancel(db: Database, no: string, customerId: number, now: Date): Promise<boolean> {
  return db.transaction(async (sql) => {
    const [order] = await sql.rows<OrderRow>(LOCK_ORDER, [no])
    if (order?.customer_id !== customerId || order.state !== 'awaiting_payment') return false
    await move(sql, order, 'cancelled', order.pseudonym, now, { closedAt: now })
    await giveBack(sql, order.id)
    await sql.rows(COUNT_RELEASED, [customerId, order.units, 0])
    return true
  })
}

/** Keeps an unpaid order's keys until then, if they are not kept longer already. False when it is no longer unpaid. Until when is policy: `keptUntil`. */
export async function extend(db: Database, orderId: bigint, until: Date): Promise<boolean> {
  return (await db.rows(EXTEND, [orderId, until])).length > 0
}
