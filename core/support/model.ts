/** Open until staff answer or close it; what the buyer writes next opens it again. */
export type TicketState = 'open' | 'answered' | 'closed'

/** A question, one about a payment, a complaint about keys, or an appeal against a block: one of those at a time, in a ticket of its own. */
export type TicketKind = 'support' | 'payment' | 'key' | 'appeal'

/** Which tickets a list holds: those that wait for an answer, one's own, all that are not closed, the closed ones. */
export const TICKET_FILTERS = ['waiting', 'mine', 'all', 'closed'] as const
export type TicketFilter = (typeof TICKET_FILTERS)[number]

export interface Ticket {
  readonly id: number
  readonly kind: TicketKind
  readonly customerId: number
  /** where the buyer last wrote from */
  readonly channel: string
  readonly chat: string
  readonly orderNo: string | undefined
  readonly state: TicketState
  readonly openedAt: Date
  /** who of the staff sees to it: a customer's id */
  readonly assigneeId: number | undefined
  /** since when the buyer waits for an answer */
  readonly waitingSince: Date | undefined
  /** when it was answered for the first time */
  readonly answeredAt: Date | undefined
  readonly closedAt: Date | undefined
  /** the closed one that it goes on from */
  readonly previousId: number | undefined
  /** the latest, oldest first */
  readonly messages: readonly TicketMessage[]
}

export interface TicketMessage {
  readonly id: bigint
  readonly fromStaff: boolean
  /** for the staff only */
  readonly note: boolean
  /** a pseudonym */
  readonly author: string
  readonly text: string
  readonly at: Date
  /** of an answer: how long the buyer had waited for it, in seconds */
  readonly waited: number | undefined
  readonly hasPicture: boolean
}

/** A ticket in a list. */
export interface TicketSummary {
  readonly id: number
  readonly customerId: number
  readonly kind: TicketKind
  readonly orderNo: string | undefined
  readonly state: TicketState
  readonly assigneeId: number | undefined
  readonly waitingSince: Date | undefined
  /** when the latest message came */
  readonly at: Date
}

/** A picture as it came or goes. */
export interface TicketPicture {
  readonly mime: string
  readonly bytes: Buffer
}

/** Where something was said, and with which picture. `event` is the chat event's id, unique within its channel: what it says is said once. */
export interface Said {
  readonly channel: string
  readonly chat: string
  readonly event: string
  readonly picture?: Buffer
}

/** What a member of staff saw of a ticket before they answered: its latest message, and whose it was. */
export interface SeenTicket {
  readonly message: bigint
  readonly assigneeId: number | undefined
}

/** What became of a member of staff's answer. `overtaken`: another has answered or taken the ticket since they looked at it. */
export type Answered = 'sent' | 'unknown' | 'overtaken'

/** How fast staff answered within some days: seconds, medians. */
export interface ReplyTimes {
  readonly opened: number
  readonly closed: number
  readonly answers: number
  readonly first: number | undefined
  readonly every: number | undefined
}

/** What staff answer often. Language `` is for every language that has none of its own. */
export interface CannedAnswer {
  readonly id: number
  readonly name: string
  readonly language: string
  readonly text: string
}
