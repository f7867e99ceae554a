import { recordAudit } from '../audit/service.ts'
import type { WalletPayment } from '../payments/model.ts'
import { checkout, priceIn } from '../payments/policy.ts'
import { WALLET } from '../payments/providers/wallet.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { debit } from '../wallet/service.ts'
import type { OrderRow } from './rows.ts'
import { NoStock, type SettleTerms, settleIn } from './settle.ts'
import { ADD_WALLET_PAYMENT, LOCK_ORDER } from './statements.ts'

/** Thrown when there is too little in the wallet, so that all of it is as if nobody had asked. */
class TooLittle extends Error {}

/** An order, and whose wallet of which currency is to pay for it. */
export interface WalletPaying {
  readonly no: string
  readonly customerId: number
  readonly currency: string
}

/**
 * Pays for an order of this customer out of their wallet, whole: the payment is made, settled and taken from the balance in one
 * transaction, or nothing is. A second time finds the order paid. Two orders at once share one balance: who is second and
 * finds too little is told.
 */
export async function payFromWallet(db: Database, paying: WalletPaying, terms: SettleTerms): Promise<WalletPayment> {
  try {
    return await db.transaction((sql) => payIn(sql, paying, terms))
  } catch (error) {
    if (error instanceof TooLittle) return { problem: 'balance' }
    if (error instanceof NoStock) return { problem: 'no_stock' }
    throw error
  }
}

async function payIn(sql: Sql, paying: WalletPaying, terms: SettleTerms): Promise<WalletPayment> {
  const { no, customerId, currency } = paying
  const [order] = await sql.rows<OrderRow>(LOCK_ORDER, [no])
  const wanted = order && { ...order, stars: order.stars ?? undefined }
  const amount = wanted && priceIn(wanted, currency)
  const problem = checkout(
    wanted && { ...wanted, customerId: wanted.customer_id, reservedUntil: wanted.reserved_until },
    // Without a price in this currency no amount is the right one.
    { customerId, amount: amount ?? Number.NaN, currency },
    terms.now,
  )
  if (problem || !order || amount === undefined) return { problem: problem ?? 'unknown_order' }
  if (order.demo) return { problem: 'demo' }
  // An order is bought once: its number is the payment's reference.
  const values = [WALLET, no, String(customerId), amount, currency, terms.now]
  const [payment] = await sql.rows<{ id: bigint }>(ADD_WALLET_PAYMENT, values)
  const paymentId = (payment as { id: bigint }).id
  const settled = await settleIn(sql, paymentId, terms, true)
  // Last, and after the buyer's standing: whoever else moves this money waits the shortest time.
  const movement = { customerId, amount, currency, move: 'paid', paymentId, ref: `payment:${paymentId}` } as const
  if (!(await debit(sql, movement, terms.now))) throw new TooLittle()
  await recordAudit(sql, terms.now, {
    actor: order.pseudonym,
    action: 'wallet.paid',
    subject: `wallet:${order.pseudonym}`,
    data: { amount, currency, order: no },
  })
  return { settled }
}
