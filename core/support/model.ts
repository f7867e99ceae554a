/** Open until staff answer or close it; what the buyer asks next opens an answered one again, and a new one after a closed one. */
export type TicketState = 'open' | 'answered' | 'closed'

/** An appeal is against a block: one at a time, in a ticket of its own. */
export type TicketKind = 'support' | 'payment' | 'appeal'

export interface Ticket {
  readonly id: number
  readonly kind: TicketKind
  readonly customerId: number
  readonly channel: string
  readonly chat: string
  readonly orderNo: string | undefined
  readonly state: TicketState
  readonly messages: readonly TicketMessage[]
}

export interface TicketMessage {
  readonly id: bigint
  readonly fromStaff: boolean
  readonly text: string
  readonly at: Date
}

/** A ticket in a list. */
export interface TicketSummary {
  readonly id: number
  readonly customerId: number
  /** when the latest message came */
  readonly at: Date
}

/** Where something was said. `event` is the chat event's id, unique within its channel: what it says is said once. */
export interface Said {
  readonly channel: string
  readonly chat: string
  readonly event: string
}
