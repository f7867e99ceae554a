import type { Booking, Entry } from './model.ts'

/** Money held for us by a payment provider. */
const heldBy = (provider: string): string => `assets:${provider}`
/** What a buyer has with us. */
const walletOf = (customerId: number): string => `liabilities:wallet:${customerId}`
/** What a provider kept of payments. */
const feesOf = (provider: string): string => `expenses:fees:${provider}`
/** Keys in stock, at what they cost. */
const STOCK = 'assets:stock'
/** Money received that bought nothing: it goes back. */
const RECEIVED = 'liabilities:received'
/** What keys cost that suppliers have not been paid for. */
const SUPPLIERS = 'liabilities:suppliers'
const REFUNDS = 'liabilities:refunds'
/** On its way from one wallet of a person to another: always empty. */
const LINKING = 'liabilities:linking'
const SALES = 'income:sales'
/** What sold keys cost. */
const GOODS = 'expenses:goods'
/** What staff gave buyers, less what they took from them. */
const ADJUSTMENTS = 'expenses:adjustments'
/** What suppliers owe us for keys that did not work. */
const CLAIMS = 'assets:claims'
/** What unsold keys cost that staff took out of the shop. */
const EXPORTED = 'expenses:exported'
/** What is gone: money spent out of a wallet before its provider gave it back, keys out of the trade that nobody made good. */
const LOSSES = 'expenses:losses'

/** Money, as a provider told of it. */
interface Money {
  readonly id: bigint
  readonly provider: string
  /** minor units */
  readonly amount: number
  readonly currency: string
  /** how much of it the provider kept */
  readonly fee?: number
  /** out of whose wallet it came; absent when a provider holds it for us */
  readonly customerId?: number
}

/** What was paid over an order's price, and into whose wallet it goes. */
interface Excess {
  readonly amount: number
  readonly customerId: number
}

/** What the keys of an order cost: minor units, unknown when one was stocked without its cost. */
export interface Goods {
  readonly cost: number | undefined
  readonly currency: string
}

/** A payment bought an order: the money is ours, the keys no longer are. */
export function salePaid(money: Money, goods: Goods, excess?: Excess): Booking {
  const { id, amount, currency } = money
  const debit = sourceOf(money)
  const earned = { debit, credit: SALES, amount: amount - (excess?.amount ?? 0), currency }
  const over = excess ? [{ debit, credit: walletOf(excess.customerId), amount: excess.amount, currency }] : []
  return booking(`payment:${id}`, earned, ...over, ...kept(money), ...sold(goods))
}

/** A payment that bought nothing came in. */
export function paymentReceived(money: Money): Booking {
  const { id, amount, currency } = money
  return booking(`payment:${id}`, { debit: sourceOf(money), credit: RECEIVED, amount, currency }, ...kept(money))
}

/** The provider told only afterwards what it had kept of a payment. */
export function feeKept(paymentId: bigint, provider: string, fee: number, currency: string): Booking {
  return booking(`payment-fee:${paymentId}`, {
    debit: feesOf(provider),
    credit: heldBy(provider),
    amount: fee,
    currency,
  })
}

/** … and what it gave back of that with a refund. */
export function feeReturned(refundId: bigint, provider: string, fee: number, currency: string): Booking {
  return booking(`refund-fee:${refundId}`, { debit: heldBy(provider), credit: feesOf(provider), amount: fee, currency })
}

/** A refund was decided: what was earned (or only received) is owed to the payer. */
export function refundOwed(refundId: bigint, earned: boolean, amount: number, currency: string): Booking {
  return booking(`refund-owed:${refundId}`, { debit: earned ? SALES : RECEIVED, credit: REFUNDS, amount, currency })
}

/** The provider gave the money back. */
export function refundPaid(refundId: bigint, provider: string, amount: number, currency: string): Booking {
  return booking(refundPaidRef(refundId), { debit: REFUNDS, credit: heldBy(provider), amount, currency })
}

/** What is owed to the payer went into a wallet. */
/** The name of the booking by which a refund reached its payer, or a wallet. */
export const refundPaidRef = (refundId: bigint): string => `refund-paid:${refundId}`

export function refundCredited(refundId: bigint, customerId: number, amount: number, currency: string): Booking {
  return booking(refundPaidRef(refundId), { debit: REFUNDS, credit: walletOf(customerId), amount, currency })
}

/** The name of the booking of what a provider gave back although it had been credited: by the entry in the wallet. */
export const takenBackRef = (entryId: bigint): string => `taken-back:${entryId}`

/** A provider gave back what had been credited; `taken` of it was still in the wallet. */
export function takenBack(
  entryId: bigint,
  customerId: number,
  { provider, amount, currency }: Omit<Money, 'id'>,
  taken: number,
): Booking {
  const credit = heldBy(provider)
  return booking(
    takenBackRef(entryId),
    { debit: walletOf(customerId), credit, amount: taken, currency },
    { debit: LOSSES, credit, amount: amount - taken, currency },
  )
}

/** Staff put money into a wallet, or took it out (`amount` below zero). */
export function walletAdjusted(ref: string, customerId: number, amount: number, currency: string): Booking {
  const [debit, credit] = amount > 0 ? [ADJUSTMENTS, walletOf(customerId)] : [walletOf(customerId), ADJUSTMENTS]
  return booking(ref, { debit, credit, amount: Math.abs(amount), currency })
}

/** Money goes over from one customer's wallet to another's, who is the same person, in two bookings: one for each wallet's entry. */
export function walletLeft(ref: string, customerId: number, amount: number, currency: string): Booking {
  return booking(ref, { debit: walletOf(customerId), credit: LINKING, amount, currency })
}
export function walletCame(ref: string, customerId: number, amount: number, currency: string): Booking {
  return booking(ref, { debit: LINKING, credit: walletOf(customerId), amount, currency })
}

/** Keys of a refunded order are for sale again. Undefined when they had cost nothing. */
export function goodsReturned(refundId: bigint, { cost, currency }: Goods): Booking | undefined {
  if (!cost) return undefined
  return { ref: `goods-returned:${refundId}`, entries: [{ debit: STOCK, credit: GOODS, amount: cost, currency }] }
}

/**
 * Keys of a paid order were swapped for others before its delivery, or one that did not work after it: then `ref` is the
 * complaint's. Nothing when those cost the same.
 */
export function goodsSwapped(ref: `order:${bigint}` | `complaint:${number}`, before: number, goods: Goods): Booking {
  const { cost = 0, currency } = goods
  const [debit, credit] = cost > before ? [GOODS, STOCK] : [STOCK, GOODS]
  return booking(`goods-swapped:${ref}`, { debit, credit, amount: Math.abs(cost - before), currency })
}

/** A key that is out of the trade for good. */
export interface LostKey {
  readonly cardId: bigint
  /** minor units; null when it is unknown: then nothing is booked */
  readonly cost: number | null
  readonly currency: string
  /** where its cost stands until now: with the stock, or with what was sold */
  readonly from: 'stock' | 'goods'
  /** it is claimed from its supplier */
  readonly claimed?: boolean
}

/** What a key had cost is lost, or its supplier owes it: once per key, whatever else becomes of it. */
export function keyLost({ cardId, cost, currency, from, claimed }: LostKey): Booking {
  const credit = from === 'stock' ? STOCK : GOODS
  return booking(`key-lost:${cardId}`, { debit: claimed ? CLAIMS : LOSSES, credit, amount: cost ?? 0, currency })
}

/** Unsold keys left the shop with an export: what they had cost goes with them. */
export function keysExported(exportId: number, { cost = 0, currency }: Goods): Booking {
  return booking(`keys-exported:${exportId}`, { debit: EXPORTED, credit: STOCK, amount: cost, currency })
}

/** A supplier makes nothing good. */
export function claimRefused(claimId: number, { cost = 0, currency }: Goods): Booking {
  return booking(`claim:${claimId}`, { debit: LOSSES, credit: CLAIMS, amount: cost, currency })
}

/** A supplier made so much good, which we owe them less; the rest of the cost is lost, and what is over makes losses less. */
export function claimSettled(claimId: number, { cost = 0, currency }: Goods, amount: number): Booking {
  return booking(
    `claim:${claimId}`,
    { debit: SUPPLIERS, credit: CLAIMS, amount: Math.min(cost, amount), currency },
    { debit: LOSSES, credit: CLAIMS, amount: cost - amount, currency },
    { debit: SUPPLIERS, credit: LOSSES, amount: amount - cost, currency },
  )
}

/** Keys of a batch came into stock, the first with this ordinal. Undefined when none of them had a known cost. */
export function goodsReceived(batchId: number, ordinal: number, { cost, currency }: Goods): Booking | undefined {
  if (!cost) return undefined
  return { ref: `batch:${batchId}:${ordinal}`, entries: [{ debit: STOCK, credit: SUPPLIERS, amount: cost, currency }] }
}

/** Nothing is not booked: an entry is above zero, and a booking may be left without any. */
const booking = (ref: string, ...entries: readonly Entry[]): Booking => ({
  ref,
  entries: entries.filter(({ amount }) => amount > 0),
})

const sourceOf = ({ provider, customerId }: Money): string =>
  customerId === undefined ? heldBy(provider) : walletOf(customerId)

const kept = ({ provider, currency, fee = 0 }: Money): Entry[] => [
  { debit: feesOf(provider), credit: heldBy(provider), amount: fee, currency },
]

function sold({ cost, currency }: Goods): Entry[] {
  return cost ? [{ debit: GOODS, credit: STOCK, amount: cost, currency }] : []
}
