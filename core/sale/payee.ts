import { recordAudit } from '../audit/service.ts'
import { personBy } from '../customers/service.ts'
import type { TraitsOf } from '../payments/policy.ts'
import type { Sql } from '../platform/database/sql.ts'
import type { Movement } from '../wallet/model.ts'
import { credit } from '../wallet/service.ts'
import { addressee, type OrderRow, type PaymentRow } from './rows.ts'

/** Whose money a payment is, and where they are told of it. */
export interface Payee {
  readonly customerId: number
  readonly pseudonym: string
  readonly channel: string
  readonly chat: string
}

/**
 * Who has paid: the person whose account at the provider it is, where those are people of a chat, else the buyer of the order.
 * Undefined when neither is known. Whoever paid for another's order gets the money back, not the other.
 */
export async function payeeOf(
  sql: Sql,
  payment: Pick<PaymentRow, 'provider' | 'payer'>,
  order: OrderRow | undefined,
  traits: TraitsOf,
): Promise<Payee | undefined> {
  const { channel } = traits(payment.provider)
  const person = channel === undefined ? undefined : await personBy(sql, channel, payment.payer)
  // The buyer of the order is told where the order's other news goes.
  if (person && person.customerId !== order?.customer_id) return person
  return order && { ...addressee(order), pseudonym: order.pseudonym }
}

/** Puts money into a payee's wallet, and says so in the audit log; the caller books it. */
export async function creditTo(
  sql: Sql,
  { customerId, pseudonym }: Payee,
  movement: Omit<Movement, 'customerId'> & { readonly paymentId: bigint },
  actor: string,
  now: Date,
): Promise<void> {
  await credit(sql, { ...movement, customerId }, now)
  const { amount, currency, move, paymentId } = movement
  await recordAudit(sql, now, {
    actor,
    action: 'wallet.credited',
    subject: `wallet:${pseudonym}`,
    data: { amount, currency, move, payment: String(paymentId) },
  })
}
