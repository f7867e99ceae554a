import type { OrderState } from '../orders/states.ts'
import { after, hours, minutes } from '../platform/clock.ts'
import { STARS } from '../platform/money.ts'
import type { CheckoutProblem, PaymentRule } from './model.ts'

/** What an order says about the money it wants. */
export interface Expected {
  readonly state: OrderState
  readonly total: number
  readonly currency: string
  readonly stars: number | undefined
}

export type Decision =
  /** the order's own reserved keys pay for it */
  | { readonly action: 'settle'; readonly rule: 'on_time' }
  /** its keys may be gone: take others, or send the money back */
  | { readonly action: 'settle_late'; readonly rule: 'late' }
  | { readonly action: 'refund'; readonly rule: PaymentRule }

/** What an order costs in a currency; undefined when it cannot be paid in it. */
export function priceIn(order: Expected, currency: string): number | undefined {
  if (currency === STARS) return order.stars
  return currency === order.currency ? order.total : undefined
}

/** Where a verified payment ends. Never "refused": the money is here. */
export function decide(
  order: Expected | undefined,
  money: { readonly amount: number; readonly currency: string },
): Decision {
  if (!order) return { action: 'refund', rule: 'unknown_order' }
  const price = priceIn(order, money.currency)
  if (price === undefined) return { action: 'refund', rule: 'wrong_currency' }
  if (price !== money.amount) return { action: 'refund', rule: 'wrong_amount' }
  switch (order.state) {
    case 'awaiting_payment':
      return { action: 'settle', rule: 'on_time' }
    case 'expired':
    case 'cancelled':
      return { action: 'settle_late', rule: 'late' }
    case 'paid':
    case 'held':
    case 'delivering':
    case 'delivered':
    case 'part_delivered':
    case 'backordered':
    case 'refunding':
    case 'refunded':
      return { action: 'refund', rule: 'already_paid' }
  }
}

/** Whether a payment may still be begun. */
export function checkout(
  order: (Expected & { readonly customerId: number; readonly reservedUntil: Date }) | undefined,
  payer: { readonly customerId: number | undefined; readonly amount: number; readonly currency: string },
  now: Date,
): CheckoutProblem | undefined {
  if (!order) return 'unknown_order'
  if (order.customerId !== payer.customerId) return 'not_yours'
  if (order.state === 'cancelled') return 'cancelled'
  if (order.state === 'expired') return 'expired'
  if (order.state !== 'awaiting_payment') return 'already_paid'
  if (order.reservedUntil <= now) return 'expired'
  return priceIn(order, payer.currency) === payer.amount ? undefined : 'wrong_amount'
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
