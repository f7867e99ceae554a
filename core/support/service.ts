import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { tellStaffOfTicket, tellTicket } from '../notifications/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { Said, Ticket, TicketSummary } from './model.ts'
import * as store from './store.ts'

export interface Support {
  /**
   * A buyer's question goes to the staff, once per event; it joins their open ticket in this chat, or opens one. Returns
   * the ticket's number.
   */
  ask(customer: Customer, said: Said, text: string, kind: 'support' | 'payment', orderNo?: string): Promise<number>
  /** An answer of the staff goes to the buyer, once per event. False when there is no such ticket. */
  answer(staff: Customer, said: Pick<Said, 'channel' | 'event'>, ticketId: number, text: string): Promise<boolean>
  /** Nothing more is to be said in a ticket. False when there is no such ticket or it is closed. */
  close(staff: Customer, ticketId: number): Promise<boolean>
  /** A ticket with its latest messages, oldest first. Keys that the buyer quotes are masked: staff read it. */
  ticket(id: number): Promise<Ticket | undefined>
  /** Tickets that wait for an answer, newest first. */
  waiting(page: number): Promise<Page<TicketSummary>>
}

/** What its messages are sealed for. */
export const TICKET_PURPOSE = 'ticket message'
const SHOWN = 20
const PER_PAGE = 8

export function createSupport(db: Database, keyring: Keyring, delivery: Delivery, clock: Clock): Support {
  const seal = (text: string) => sealBlob(keyring, TICKET_PURPOSE, Buffer.from(text))
  const keyOf = ({ channel, event }: Pick<Said, 'channel' | 'event'>) => `${channel}:${event}`
  return {
    ask: (customer, said, text, kind, orderNo) =>
      db.transaction(async (sql) => {
        const { channel, chat } = said
        // Two first questions at once are one ticket.
        await store.inTurn(sql, customer.id)
        const known = await store.ticketOfEvent(sql, keyOf(said))
        if (known !== undefined) return known
        const open = await store.openTicket(sql, customer.id, channel, chat)
        const id =
          open ?? (await store.createTicket(sql, { customerId: customer.id, channel, chat, kind, orderNo }, clock()))
        const message = await store.say(
          sql,
          { ticketId: id, fromStaff: false, author: customer.pseudonym, sealed: seal(text), event: keyOf(said) },
          clock(),
        )
        if (message === undefined) return id
        await store.setState(sql, id, 'open')
        await tellStaffOfTicket(sql, id, message)
        return id
      }),
    answer: (staff, said, ticketId, text) =>
      db.transaction(async (sql) => {
        const ticket = await store.getTicket(sql, ticketId)
        if (!ticket) return false
        const message = await store.say(
          sql,
          { ticketId, fromStaff: true, author: staff.pseudonym, sealed: seal(text), event: keyOf(said) },
          clock(),
        )
        if (message === undefined) return true
        await store.setState(sql, ticketId, 'answered')
        await tellTicket(
          sql,
          { customerId: ticket.customer_id, channel: ticket.channel, chat: ticket.chat },
          ticketId,
          message,
        )
        await recordAudit(sql, clock(), {
          actor: staff.pseudonym,
          action: 'ticket.answered',
          subject: `ticket:${ticketId}`,
        })
        return true
      }),
    close: (staff, ticketId) =>
      db.transaction(async (sql) => {
        if (!(await store.setState(sql, ticketId, 'closed'))) return false
        await recordAudit(sql, clock(), {
          actor: staff.pseudonym,
          action: 'ticket.closed',
          subject: `ticket:${ticketId}`,
        })
        return true
      }),
    async ticket(id) {
      const row = await store.getTicket(db, id)
      if (!row) return undefined
      const messages = (await store.messages(db, id, SHOWN)).reverse()
      const said = messages.map((m) => openBlob(keyring, TICKET_PURPOSE, m.sealed).toString())
      const texts = await delivery.conceal(said, row.customer_id)
      return {
        id,
        customerId: row.customer_id,
        channel: row.channel,
        chat: row.chat,
        orderNo: row.order_no ?? undefined,
        state: row.state,
        messages: messages.map((m, index) => ({
          id: m.id,
          fromStaff: m.from_staff,
          // What staff wrote goes to the buyer as well, word for word.
          text: (m.from_staff ? said : texts)[index] ?? '',
          at: m.at,
        })),
      }
    },
    async waiting(wanted) {
      const total = await store.countWaiting(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.waiting(db, take, skip), page, pages, total }
    },
  }
}
