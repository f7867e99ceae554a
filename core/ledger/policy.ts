import type { Booking, Entry } from './model.ts'

/** Money held for us by a payment provider. */
const heldBy = (provider: string): string => `assets:${provider}`
/** Keys in stock, at what they cost. */
const STOCK = 'assets:stock'
/** Money received that bought nothing: it goes back. */
const RECEIVED = 'liabilities:received'
/** What keys cost that suppliers have not been paid for. */
const SUPPLIERS = 'liabilities:suppliers'
const REFUNDS = 'liabilities:refunds'
const SALES = 'income:sales'
/** What sold keys cost. */
const GOODS = 'expenses:goods'

/** Money, as a provider told of it. */
interface Money {
  readonly id: bigint
  readonly provider: string
  /** minor units */
  readonly amount: number
  readonly currency: string
}

/** What the keys of an order cost: minor units, unknown when one was stocked without its cost. */
export interface Goods {
  readonly cost: number | undefined
  readonly currency: string
}

/** A payment bought an order: the money is ours, the keys no longer are. */
export function salePaid({ id, provider, amount, currency }: Money, goods: Goods): Booking {
  const earned = { debit: heldBy(provider), credit: SALES, amount, currency }
  return booking(`payment:${id}`, earned, ...sold(goods))
}

/** A payment that bought nothing came in. */
export function paymentReceived({ id, provider, amount, currency }: Money): Booking {
  return booking(`payment:${id}`, { debit: heldBy(provider), credit: RECEIVED, amount, currency })
}

/** A refund was decided: what was earned (or only received) is owed to the payer. */
export function refundOwed(refundId: bigint, earned: boolean, amount: number, currency: string): Booking {
  return booking(`refund-owed:${refundId}`, { debit: earned ? SALES : RECEIVED, credit: REFUNDS, amount, currency })
}

/** The provider gave the money back. */
export function refundPaid(refundId: bigint, provider: string, amount: number, currency: string): Booking {
  return booking(`refund-paid:${refundId}`, { debit: REFUNDS, credit: heldBy(provider), amount, currency })
}

/** Keys of a refunded order are for sale again. Undefined when they had cost nothing. */
export function goodsReturned(refundId: bigint, { cost, currency }: Goods): Booking | undefined {
  if (!cost) return undefined
  return { ref: `goods-returned:${refundId}`, entries: [{ debit: STOCK, credit: GOODS, amount: cost, currency }] }
}

/** Keys of a paid order were swapped for others before its delivery. Undefined when those cost the same. */
export function goodsSwapped(orderId: bigint, before: number, { cost = 0, currency }: Goods): Booking | undefined {
  if (cost === before) return undefined
  const [debit, credit] = cost > before ? [GOODS, STOCK] : [STOCK, GOODS]
  return { ref: `goods-swapped:${orderId}`, entries: [{ debit, credit, amount: Math.abs(cost - before), currency }] }
}

/** Keys came into stock. Undefined when none of them had a known cost. */
export function goodsReceived(batchId: number, { cost, currency }: Goods): Booking | undefined {
  if (!cost) return undefined
  return { ref: `batch:${batchId}`, entries: [{ debit: STOCK, credit: SUPPLIERS, amount: cost, currency }] }
}

/** Nothing is not booked: an entry is above zero, and a booking may be left without any. */
const booking = (ref: string, ...entries: readonly Entry[]): Booking => ({
  ref,
  entries: entries.filter(({ amount }) => amount > 0),
})

function sold({ cost, currency }: Goods): Entry[] {
  return cost ? [{ debit: GOODS, credit: STOCK, amount: cost, currency }] : []
}
