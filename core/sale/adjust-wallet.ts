import type { Requests } from '../approvals/model.ts'
import { tellOfWallet } from '../notifications/service.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { adjust } from '../wallet/service.ts'
import { addressee, type OrderRow } from './rows.ts'
import { LOCK_ORDER } from './statements.ts'

/**
 * Changes the wallet of an order's buyer (P6), within the caller's transaction, and tells them where the order's news goes. The same
 * `ref` again is refused by the database. @throws KeytillError `order.unknown`, `wallet.too_little`
 */
export async function adjustWallet(
  sql: Sql,
  actor: string,
  { orderNo, amount, currency, reason }: Requests['wallet'],
  ref: string,
  now: Date,
): Promise<void> {
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER, [orderNo])
  if (!order) throw new KeytillError('order.unknown', 'There is no order with this number.')
  const entry = `wallet-adjusted:${ref}`
  const { customer_id: customerId, pseudonym } = order
  await adjust(sql, actor, { customerId, pseudonym, amount, currency, reason, ref: entry }, now)
  await tellOfWallet(sql, addressee(order), entry)
}
