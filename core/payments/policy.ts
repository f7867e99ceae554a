import type { OrderState } from '../orders/states.ts'
import { after, hours, minutes } from '../platform/clock.ts'
import { STARS } from '../platform/money.ts'
import type { BuyingRule, CheckoutProblem, PaymentRule } from './model.ts'
import type { PaymentProvider } from './provider.ts'

/** What an order says about the money it wants. */
export interface Expected {
  readonly state: OrderState
  readonly total: number
  readonly currency: string
  readonly stars: number | undefined
}

/** A sum beside what the order costs in its currency. */
export type Sum = 'exact' | 'over' | 'under' | 'other_currency'

const all = (rule: PaymentRule): Readonly<Record<Sum, PaymentRule>> => ({
  exact: rule,
  over: rule,
  under: rule,
  other_currency: rule,
})

/**
 * The rule for every verified payment, by the state of the order it names and by its sum. What it is not asked about changes
 * nothing: the provider, who paid, and whether a payment of the same order came before. The same payment told again (its
 * provider's own id) is not decided about again: it gets the answer of the first time.
 */
export const DECISIONS: Readonly<Record<OrderState | 'none', Readonly<Record<Sum, PaymentRule>>>> = {
  none: all('unknown_order'),
  awaiting_payment: { exact: 'on_time', over: 'overpaid', under: 'wrong_amount', other_currency: 'wrong_currency' },
  expired: { exact: 'late', over: 'overpaid', under: 'wrong_amount', other_currency: 'wrong_currency' },
  cancelled: { exact: 'late', over: 'overpaid', under: 'wrong_amount', other_currency: 'wrong_currency' },
  paid: all('already_paid'),
  held: all('already_paid'),
  delivering: all('already_paid'),
  delivered: all('already_paid'),
  part_delivered: all('already_paid'),
  backordered: all('already_paid'),
  refunding: all('already_paid'),
  refunded: all('already_paid'),
}

/**
 * What a rule does with the money. What buys takes the order's own keys, or others when those are gone; when there are none,
 * the rule is `late_no_stock`. More than the price buys as well: what is over goes to the payer's wallet, because not every
 * provider gives a part back, and whoever paid enough waits for the key.
 */
export const ENDS: Readonly<Record<PaymentRule, 'order' | 'order_and_wallet' | 'back'>> = {
  on_time: 'order',
  late: 'order',
  overpaid: 'order_and_wallet',
  late_no_stock: 'back',
  already_paid: 'back',
  wrong_amount: 'back',
  wrong_currency: 'back',
  unknown_order: 'back',
  given_back: 'back',
}

/** Where money that goes back goes: to where it came from, to the payer's wallet, or nowhere until staff see to it. */
export type WayBack = 'source' | 'wallet' | 'staff' | 'staff_or_wallet'

/**
 * The way back, by what the provider can do and whether the payer is known: by their account in a chat, else by the order.
 * A part of a payment (single units of its order, or the rest where a part is in a wallet already) can go back only where its
 * provider gives parts back. `staff` is a failed
 * refund, which stands among the differences of every day until it is done; after a refusal staff may ask again, or choose the
 * wallet.
 */
export const WAYS_BACK: Readonly<Record<'can' | 'cannot' | 'refused', Readonly<Record<'known' | 'unknown', WayBack>>>> =
  {
    can: { known: 'source', unknown: 'source' },
    cannot: { known: 'wallet', unknown: 'staff' },
    refused: { known: 'staff_or_wallet', unknown: 'staff' },
  }

/** Whether a payment under this rule is the one that buys its order. */
export const buys = (rule: PaymentRule | null): rule is BuyingRule => rule !== null && ENDS[rule] !== 'back'

/** The rules that buy, as a list in SQL. */
export const BUYING_RULES = `(${(Object.keys(ENDS) as PaymentRule[])
  .filter(buys)
  .map((rule) => `'${rule}'`)
  .join(', ')})`

/** What becomes of a verified payment: never "refused", because the money is here. */
export type Decision =
  /** it buys the order; `excess` is what is over, in minor units */
  | { readonly rule: BuyingRule; readonly excess: number }
  | { readonly rule: Exclude<PaymentRule, BuyingRule>; readonly excess?: never }

/** What an order costs in a currency; undefined when it cannot be paid in it, or in no other than that of a provider. */
export function priceIn(order: Expected, currency: string, only = currency): number | undefined {
  if (currency !== only) return undefined
  if (currency === STARS) return order.stars
  return currency === order.currency ? order.total : undefined
}

/** Which rule a verified payment falls under; `only`: see the traits of its provider. */
export function decide(
  order: Expected | undefined,
  money: { readonly amount: number; readonly currency: string },
  only?: string,
): Decision {
  const price = order && priceIn(order, money.currency, only)
  const rule = DECISIONS[order?.state ?? 'none'][sumOf(money.amount, price)]
  return buys(rule) ? { rule, excess: money.amount - (price ?? 0) } : { rule: rule as Exclude<PaymentRule, BuyingRule> }
}

function sumOf(amount: number, price: number | undefined): Sum {
  if (price === undefined) return 'other_currency'
  if (amount === price) return 'exact'
  return amount > price ? 'over' : 'under'
}

/** What is asked of a provider before a payment is decided about. */
export interface Traits {
  readonly canRefund: boolean
  readonly canRefundPart: boolean
  /** see PaymentProvider */
  readonly channel: string | undefined
  readonly currency: string | undefined
}
export type TraitsOf = (provider: string) => Traits

/** What these providers can do. One that is not configured here may be elsewhere: its refund waits for the process that knows it. */
export const traitsOf =
  (providers: readonly PaymentProvider[]): TraitsOf =>
  (name) => {
    const provider = providers.find((candidate) => candidate.name === name)
    return {
      canRefund: provider === undefined || provider.refund !== undefined,
      canRefundPart: provider?.refundPart !== undefined,
      channel: provider?.channel,
      currency: provider?.currency,
    }
  }

/** Which way so much of a payment goes back that its provider was not asked for yet: see {@link WAYS_BACK}. */
export function wayBack(
  { canRefund, canRefundPart }: Traits,
  payment: { readonly amount: number },
  amount: number,
  isKnown: boolean,
): WayBack {
  const can = amount === payment.amount ? canRefund : canRefundPart
  return WAYS_BACK[can ? 'can' : 'cannot'][isKnown ? 'known' : 'unknown']
}

/** Whether a payment may still be begun; `only`: see the traits of its provider. */
export function checkout(
  order: (Expected & { readonly customerId: number; readonly reservedUntil: Date }) | undefined,
  payer: { readonly customerId: number | undefined; readonly amount: number; readonly currency: string },
  now: Date,
  only?: string,
): CheckoutProblem | undefined {
  if (!order) return 'unknown_order'
  if (order.customerId !== payer.customerId) return 'not_yours'
  if (order.state === 'cancelled') return 'cancelled'
  if (order.state === 'expired') return 'expired'
  if (order.state !== 'awaiting_payment') return 'already_paid'
  if (order.reservedUntil <= now) return 'expired'
  return priceIn(order, payer.currency, only) === payer.amount ? undefined : 'wrong_amount'
}

/** How much longer a reservation holds once the buyer has confirmed a payment, in ms. */
const EXTENSION = minutes(10)
/** How much longer than it was granted a reservation can get in all, in ms: payments begun and never made must not hold keys for ever. */
const MOST_EXTENSION = minutes(30)

/** Until when an order's keys are kept for a payment that begins now; `reservation` is what an order is granted, in ms. Never shortens. */
export function keptUntil(
  order: { readonly placedAt: Date; readonly reservedUntil: Date },
  reservation: number,
  now: Date,
): Date {
  const most = after(order.placedAt, reservation + MOST_EXTENSION)
  const wanted = after(now, EXTENSION)
  const allowed = wanted < most ? wanted : most
  return allowed > order.reservedUntil ? allowed : order.reservedUntil
}

/** How far back a provider is asked on a normal day, in ms. */
const LOOK_BACK = hours(48)
/** How much of the time before the last success is looked at again, in ms: a provider may write its book a little late. */
const OVERLAP = hours(1)

/** Since when a provider is asked for what it has seen: nothing since `last`, when all it told was taken up, is passed over. */
export function lookBack(last: Date | undefined, now: Date): Date {
  const usual = after(now, -LOOK_BACK)
  const missing = last && after(last, -OVERLAP)
  return missing && missing < usual ? missing : usual
}
