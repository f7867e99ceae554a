import type { OrderState } from '../orders/states.ts'
import type { PaymentOutcome, PaymentRule } from '../payments/model.ts'

/** A payment as it is locked. */
export interface PaymentRow {
  readonly id: bigint
  readonly provider: string
  readonly reference: string
  readonly order_no: string | null
  readonly order_id: bigint | null
  readonly payer: string
  readonly amount: number
  readonly fee: number
  /** how much of it was more than its order costs, and went to a wallet */
  readonly excess: number
  /** how much of it goes or went back for single units */
  readonly parted: number
  readonly currency: string
  readonly outcome: PaymentOutcome
  readonly rule: PaymentRule | null
}

/** An order as it is locked. */
export interface OrderRow {
  readonly id: bigint
  readonly no: string
  readonly customer_id: number
  readonly channel: string
  readonly chat: string
  readonly state: OrderState
  readonly total: number
  readonly currency: string
  readonly stars: number | null
  readonly demo: boolean
  readonly reserved_until: Date
  readonly units: number
  /** what its keys cost us, minor units; null when unknown */
  readonly cost: number | null
  /** where it came from, as far as its door shows it */
  readonly ip: Buffer | null
  readonly device: Buffer | null
  readonly pseudonym: string
}

/** Where the news of an order goes. */
export const addressee = (order: Pick<OrderRow, 'no' | 'customer_id' | 'channel' | 'chat'>) => ({
  no: order.no,
  customerId: order.customer_id,
  channel: order.channel,
  chat: order.chat,
})
