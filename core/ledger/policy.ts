import { KeytillError } from '../platform/errors.ts'
import type { Booking } from './model.ts'

/** Money held for us by a payment provider. */
const heldBy = (provider: string): string => `assets:${provider}`
/** Money received that is not yet earned: it becomes a sale, or goes back. */
const RECEIVED = 'liabilities:received'
const SALES = 'income:sales'

/** A verified payment came in. */
export function paymentReceived(paymentId: bigint, provider: string, amount: number, currency: string): Booking {
  return move(`payment:${paymentId}`, heldBy(provider), RECEIVED, amount, currency)
}

/** The payment paid for an order: what was received is earned. */
export function saleEarned(paymentId: bigint, amount: number, currency: string): Booking {
  return move(`sale:${paymentId}`, RECEIVED, SALES, amount, currency)
}

/** A refund was decided: what was earned (or only received) is owed to the payer. */
export function refundOwed(refundId: bigint, earned: boolean, amount: number, currency: string): Booking {
  return move(`refund-owed:${refundId}`, earned ? SALES : RECEIVED, 'liabilities:refunds', amount, currency)
}

/** The provider gave the money back. */
export function refundPaid(refundId: bigint, provider: string, amount: number, currency: string): Booking {
  return move(`refund-paid:${refundId}`, 'liabilities:refunds', heldBy(provider), amount, currency)
}

function move(ref: string, debit: string, credit: string, amount: number, currency: string): Booking {
  return balanced({
    ref,
    entries: [
      { account: debit, amount, currency },
      { account: credit, amount: -amount, currency },
    ],
  })
}

/** The booking itself. @throws KeytillError `ledger.unbalanced` when its entries do not add up to zero in every currency */
export function balanced(booking: Booking): Booking {
  const sums = new Map<string, number>()
  for (const { amount, currency } of booking.entries) sums.set(currency, (sums.get(currency) ?? 0) + amount)
  if ([...sums.values()].some((sum) => sum !== 0))
    throw new KeytillError('ledger.unbalanced', `The booking ${booking.ref} does not balance.`)
  return booking
}
