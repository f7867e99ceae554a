import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { tellStaffOfTicket, tellTicket } from '../notifications/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { Ticket } from './model.ts'
import * as store from './store.ts'

export interface Support {
  /** A buyer's question goes to the staff; it joins their open ticket in this chat, or opens one. Returns the ticket's number. */
  ask(
    customer: Customer,
    from: { readonly channel: string; readonly chat: string },
    text: string,
    kind: 'support' | 'payment',
    orderNo?: string,
  ): Promise<number>
  /** An answer of the staff goes to the buyer. False when there is no such ticket. */
  answer(staff: Customer, ticketId: number, text: string): Promise<boolean>
  /** A ticket with its latest messages, oldest first. Keys that the buyer quotes are masked: staff read it. */
  ticket(id: number): Promise<Ticket | undefined>
}

const PURPOSE = 'ticket message'
const SHOWN = 20

export function createSupport(db: Database, keyring: Keyring, delivery: Delivery, clock: Clock): Support {
  const seal = (text: string) => sealBlob(keyring, PURPOSE, Buffer.from(text))
  return {
    ask: (customer, { channel, chat }, text, kind, orderNo) =>
      db.transaction(async (sql) => {
        const open = await store.openTicket(sql, customer.id, channel, chat)
        const id =
          open ?? (await store.createTicket(sql, { customerId: customer.id, channel, chat, kind, orderNo }, clock()))
        await store.setState(sql, id, 'open')
        const message = await store.say(sql, id, false, customer.pseudonym, seal(text), clock())
        await tellStaffOfTicket(sql, id, message)
        return id
      }),
    answer: (staff, ticketId, text) =>
      db.transaction(async (sql) => {
        const ticket = await store.getTicket(sql, ticketId)
        if (!ticket) return false
        await store.setState(sql, ticketId, 'answered')
        const message = await store.say(sql, ticketId, true, staff.pseudonym, seal(text), clock())
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
    async ticket(id) {
      const row = await store.getTicket(db, id)
      if (!row) return undefined
      const messages = (await store.messages(db, id, SHOWN)).reverse()
      const said = messages.map((m) => openBlob(keyring, PURPOSE, m.sealed).toString())
      const texts = await delivery.conceal(said, row.customer_id)
      return {
        id,
        customerId: row.customer_id,
        channel: row.channel,
        chat: row.chat,
        orderNo: row.order_no ?? undefined,
        messages: messages.map((m, index) => ({
          id: m.id,
          fromStaff: m.from_staff,
          // What staff wrote goes to the buyer as well, word for word.
          text: (m.from_staff ? said : texts)[index] ?? '',
          at: m.at,
        })),
      }
    },
  }
}
