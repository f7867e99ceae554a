export interface Ticket {
  readonly id: number
  readonly customerId: number
  readonly channel: string
  readonly chat: string
  readonly orderNo: string | undefined
  readonly messages: readonly TicketMessage[]
}

export interface TicketMessage {
  readonly id: bigint
  readonly fromStaff: boolean
  readonly text: string
  readonly at: Date
}
