export type OrderState =
  | 'awaiting_payment'
  | 'paid'
  | 'held'
  | 'delivering'
  | 'delivered'
  | 'part_delivered'
  | 'backordered'
  | 'refunding'
  | 'refunded'
  | 'expired'
  | 'cancelled'

/** Where an order may go from each state. Nothing else is ever written: every change names the states it may leave. */
export const TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  // keys that are there are delivered in the moment of the payment: `paid` and `delivering` are for what takes longer
  awaiting_payment: ['paid', 'held', 'delivered', 'expired', 'cancelled'],
  // money that comes after the deadline buys the order again when there is stock for it
  expired: ['paid', 'held', 'delivered'],
  cancelled: ['paid', 'held', 'delivered'],
  paid: ['held', 'delivering'],
  held: ['delivering', 'delivered', 'refunding'],
  delivering: ['delivered', 'part_delivered', 'backordered'],
  part_delivered: ['delivered', 'refunding'],
  backordered: ['delivering', 'refunding'],
  delivered: ['refunding'],
  refunding: ['refunded'],
  refunded: [],
}

/** The states from which an order may go to this one. */
export function statesBefore(state: OrderState): OrderState[] {
  return (Object.keys(TRANSITIONS) as OrderState[]).filter((from) => TRANSITIONS[from].includes(state))
}
