import { recordAudit } from '../audit/service.ts'
import { imageType } from '../catalog/policy.ts'
import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { tellStaffOfTicket, tellTicket } from '../notifications/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import { type CannedAnswers, createCannedAnswers } from './answers.ts'
import type {
  Answered,
  ReplyTimes,
  Said,
  SeenTicket,
  Ticket,
  TicketFilter,
  TicketKind,
  TicketMessage,
  TicketPicture,
  TicketSummary,
} from './model.ts'
import { MOST_PICTURE_BYTES, MOST_PICTURES, mayReopen } from './policy.ts'
import * as store from './store.ts'

/** Waits until no other transaction is about this customer's tickets, and has those that come wait for this one. */
export const inTurn = store.inTurn

type StaffSaid = Pick<Said, 'channel' | 'event' | 'picture'>

export interface Support {
  /**
   * A buyer's question goes to the staff, once per event; it joins their open ticket in this chat unless that is about another
   * order, or opens one. An appeal joins the one that is not decided, in whatever chat. Returns the ticket's number.
   * @throws KeytillError `ticket.picture`, `ticket.pictures`
   */
  ask(customer: Customer, said: Said, text: string, kind: Exclude<TicketKind, 'key'>, orderNo?: string): Promise<number>
  /**
   * A buyer goes on in one of their tickets, once per event: a closed one is opened again, or a new one goes on from it when
   * that was long ago. Returns the number of the ticket it stands in; undefined when it is not theirs.
   * @throws KeytillError `ticket.picture`, `ticket.pictures`
   */
  write(customer: Customer, said: Said, ticketId: number, text: string): Promise<number | undefined>
  /** Opens a ticket about a complaint, within the caller's transaction; `id` is one that this event opened before. */
  openFor(
    sql: Sql,
    customer: Customer,
    said: Said,
    text: string,
    orderNo: string,
  ): Promise<{ readonly id: number; readonly isNew: boolean }>
  /**
   * An answer of the staff goes to the buyer, once per event. The ticket is theirs who answer first. When another has
   * answered or taken it since what they have `seen`, nothing is sent.
   * @throws KeytillError `ticket.picture`, `ticket.pictures`
   */
  answer(staff: Customer, said: StaffSaid, ticketId: number, text: string, seen?: SeenTicket): Promise<Answered>
  /**
   * Writes an answer down within the caller's transaction, who tells the buyer of it. Returns the message; undefined when this
   * event has said it before.
   */
  answerIn(sql: Sql, staff: Customer, said: StaffSaid, ticketId: number, text: string): Promise<bigint | undefined>
  /** Something for the staff only, once per event. False when there is no such ticket. */
  note(staff: Customer, said: StaffSaid, ticketId: number, text: string): Promise<boolean>
  /** Gives a ticket to a member of staff, or to nobody; false when it was no longer `from`'s. */
  assign(staff: Customer, ticketId: number, from: number | undefined, to: number | undefined): Promise<boolean>
  /** Nothing more is to be said in a ticket. False when it is closed, has a complaint that is not decided, or there is none. */
  close(by: Customer, ticketId: number): Promise<boolean>
  /** The number of a customer's appeal that is not decided yet. */
  appealOf(customerId: number): Promise<number | undefined>
  /** A ticket with its latest messages, oldest first. Keys that the buyer quotes are masked: staff read it. */
  ticket(id: number): Promise<Ticket | undefined>
  /** A page of a ticket as its buyer reads it, word for word and without the staff's notes; the last page by default. */
  own(
    customer: Customer,
    id: number,
    page?: number,
  ): Promise<(Ticket & { readonly shown: Page<TicketMessage> }) | undefined>
  /** A page of a ticket as staff read it; the last page by default. */
  conversation(id: number, page?: number): Promise<Page<TicketMessage>>
  /** The picture of a message; whose ticket it is must have been seen to. */
  picture(ticketId: number, messageId: bigint): Promise<TicketPicture | undefined>
  /** Tickets for the staff; those whose buyers wait longest first. */
  list(filter: TicketFilter, staff: Customer, page: number): Promise<Page<TicketSummary>>
  /** A buyer's tickets, the open ones first. */
  ofCustomer(customerId: number, page: number): Promise<Page<TicketSummary>>
  /** How fast staff answered in the last `days`. */
  replyTimes(days: number): Promise<ReplyTimes>
  readonly answers: CannedAnswers
}

/** What its messages are sealed for. */
export const TICKET_PURPOSE = 'ticket message'
export const TICKET_PICTURE_PURPOSE = 'ticket picture'
const SHOWN = 20
const PER_PAGE = 8
const MESSAGES_PER_PAGE = 5

export function createSupport(db: Database, keyring: Keyring, delivery: Delivery, clock: Clock): Support {
  const seal = (text: string) => sealBlob(keyring, TICKET_PURPOSE, Buffer.from(text))
  const keyOf = ({ channel, event }: Pick<Said, 'channel' | 'event'>) => `${channel}:${event}`

  /** A picture as it is kept; there are only so many of a ticket. */
  async function kept(sql: Sql, ticketId: number, bytes: Buffer | undefined) {
    if (!bytes) return undefined
    const mime = bytes.length <= MOST_PICTURE_BYTES ? imageType(bytes) : undefined
    if (mime === undefined)
      throw new KeytillError('ticket.picture', 'A picture is a JPEG, PNG or WebP of at most 5 MB.')
    if ((await store.countPictures(sql, ticketId)) >= MOST_PICTURES)
      throw new KeytillError('ticket.pictures', `A ticket holds at most ${MOST_PICTURES} pictures.`)
    return { mime, sealed: sealBlob(keyring, TICKET_PICTURE_PURPOSE, bytes) }
  }

  /** The buyer says something in a ticket: staff are told. */
  async function asked(sql: Sql, customer: Customer, said: Said, id: number, text: string, orderNo?: string) {
    const message = await store.say(
      sql,
      {
        ticketId: id,
        fromStaff: false,
        author: customer.pseudonym,
        sealed: seal(text),
        event: keyOf(said),
        picture: await kept(sql, id, said.picture),
      },
      clock(),
    )
    if (message === undefined) return
    await store.setAsked(sql, id, { channel: said.channel, chat: said.chat, orderNo }, clock())
    await tellStaffOfTicket(sql, id, message, (await store.getTicket(sql, id))?.assigneeId)
  }

  const tell = (sql: Sql, by: Customer, action: string, ticketId: number, data = {}) =>
    recordAudit(sql, clock(), { actor: by.pseudonym, action, subject: `ticket:${ticketId}`, data })

  async function answerIn(sql: Sql, staff: Customer, said: StaffSaid, ticketId: number, text: string) {
    const waitingSince = (await store.lockTicket(sql, ticketId))?.waitingSince
    const now = clock()
    const message = await store.say(
      sql,
      {
        ticketId,
        fromStaff: true,
        author: staff.pseudonym,
        sealed: seal(text),
        event: keyOf(said),
        waited: waitingSince && Math.round((now.getTime() - waitingSince.getTime()) / 1000),
        picture: await kept(sql, ticketId, said.picture),
      },
      now,
    )
    if (message === undefined) return undefined
    await store.setAnswered(sql, ticketId, staff.id, now)
    await tell(sql, staff, 'ticket.answered', ticketId)
    return message
  }

  async function read(rows: readonly store.MessageRow[], customerId: number, hide: boolean): Promise<TicketMessage[]> {
    const said = rows.map((m) => openBlob(keyring, TICKET_PURPOSE, m.sealed).toString())
    const texts = hide ? await delivery.conceal(said, customerId) : said
    return rows.map((m, index) => ({
      id: m.id,
      fromStaff: m.from_staff,
      note: m.note,
      author: m.author,
      // What staff wrote goes to the buyer as well, word for word; their notes do not.
      text: (m.from_staff && !m.note ? said : texts)[index] ?? '',
      at: m.at,
      waited: m.waited ?? undefined,
      hasPicture: m.has_picture,
    }))
  }

  async function pageOfTicket(row: store.TicketRow, staff: boolean, wanted?: number): Promise<Page<TicketMessage>> {
    const total = await store.countMessages(db, row.id, staff)
    const { page, pages } = pageOf(total, MESSAGES_PER_PAGE, wanted ?? Number.MAX_SAFE_INTEGER)
    // Counted from the end, where the latest are.
    const skip = Math.max(0, total - (page + 1) * MESSAGES_PER_PAGE)
    const take = Math.min(total, (page + 1) * MESSAGES_PER_PAGE) - page * MESSAGES_PER_PAGE
    const rows = take > 0 ? (await store.messages(db, row.id, take, skip, staff)).reverse() : []
    return { items: await read(rows, row.customerId, staff), page, pages, total }
  }

  return {
    answers: createCannedAnswers(db, clock),
    ask: (customer, said, text, kind, orderNo) =>
      db.transaction(async (sql) => {
        const { channel, chat } = said
        // Two first questions at once are one ticket.
        await store.inTurn(sql, customer.id)
        const known = await store.ticketOfEvent(sql, keyOf(said))
        if (known !== undefined) return known
        const open =
          kind === 'appeal'
            ? await store.openAppeal(sql, customer.id)
            : await store.openTicket(sql, customer.id, channel, chat, orderNo)
        const id =
          open ?? (await store.createTicket(sql, { customerId: customer.id, channel, chat, kind, orderNo }, clock()))
        await asked(sql, customer, said, id, text, orderNo)
        return id
      }),
    write: (customer, said, ticketId, text) =>
      db.transaction(async (sql) => {
        await store.inTurn(sql, customer.id)
        const known = await store.ticketOfEvent(sql, keyOf(said))
        if (known !== undefined) return known
        const ticket = await store.lockTicket(sql, ticketId)
        if (ticket?.customerId !== customer.id) return undefined
        const isOld = ticket.closedAt !== undefined && !mayReopen(ticket.closedAt, clock())
        const { channel, chat } = said
        const { orderNo } = ticket
        // A complaint or an appeal that was judged long ago is a question by now.
        const kind: TicketKind = ticket.kind === 'payment' ? 'payment' : 'support'
        const next = { customerId: customer.id, channel, chat, kind, orderNo, previousId: ticket.id }
        // What is added to a decided appeal joins the one that is not decided.
        const appeal = ticket.kind === 'appeal' ? await store.openAppeal(sql, customer.id) : undefined
        const id = appeal ?? (isOld ? await store.createTicket(sql, next, clock()) : ticketId)
        if (ticket.state === 'closed' && id === ticketId) await tell(sql, customer, 'ticket.reopened', id)
        await asked(sql, customer, said, id, text)
        return id
      }),
    async openFor(sql, customer, said, text, orderNo) {
      await store.inTurn(sql, customer.id)
      const known = await store.ticketOfEvent(sql, keyOf(said))
      if (known !== undefined) return { id: known, isNew: false }
      const { channel, chat } = said
      const ticket = { customerId: customer.id, channel, chat, kind: 'key', orderNo } as const
      const id = await store.createTicket(sql, ticket, clock())
      await asked(sql, customer, said, id, text)
      return { id, isNew: true }
    },
    answer: (staff, said, ticketId, text, seen) =>
      db.transaction(async (sql) => {
        const ticket = await store.lockTicket(sql, ticketId)
        if (!ticket) return 'unknown'
        if ((await store.ticketOfEvent(sql, keyOf(said))) !== undefined) return 'sent'
        if (seen) {
          const { assigneeId } = ticket
          const isTaken = assigneeId !== undefined && assigneeId !== staff.id && assigneeId !== seen.assigneeId
          if (isTaken || (await store.othersSince(sql, ticketId, staff.pseudonym, seen.message))) return 'overtaken'
        }
        const message = await answerIn(sql, staff, said, ticketId, text)
        if (message !== undefined) await tellTicket(sql, ticket, ticketId, message)
        return 'sent'
      }),
    answerIn,
    note: (staff, said, ticketId, text) =>
      db.transaction(async (sql) => {
        if (!(await store.getTicket(sql, ticketId))) return false
        const words = { ticketId, fromStaff: true, note: true, author: staff.pseudonym }
        const noted = await store.say(sql, { ...words, sealed: seal(text), event: keyOf(said) }, clock())
        if (noted !== undefined) await tell(sql, staff, 'ticket.noted', ticketId)
        return true
      }),
    assign: (staff, ticketId, from, to) =>
      db.transaction(async (sql) => {
        if (!(await store.setAssignee(sql, ticketId, from, to))) return false
        await tell(sql, staff, to === undefined ? 'ticket.released' : 'ticket.assigned', ticketId, { to: to ?? null })
        return true
      }),
    appealOf: (customerId) => store.openAppeal(db, customerId),
    close: (by, ticketId) => db.transaction((sql) => closeTicket(sql, by, ticketId, clock())),
    async ticket(id) {
      const row = await store.getTicket(db, id)
      if (!row) return undefined
      return {
        ...row,
        messages: await read((await store.messages(db, id, SHOWN, 0, true)).reverse(), row.customerId, true),
      }
    },
    async own(customer, id, wanted) {
      const row = await store.getTicket(db, id)
      if (row?.customerId !== customer.id) return undefined
      const shown = await pageOfTicket(row, false, wanted)
      return { ...row, messages: shown.items, shown }
    },
    async conversation(id, wanted) {
      const row = await store.getTicket(db, id)
      return row ? pageOfTicket(row, true, wanted) : { items: [], page: 0, pages: 1, total: 0 }
    },
    async picture(ticketId, messageId) {
      const row = await store.picture(db, ticketId, messageId)
      return row && { mime: row.mime, bytes: openBlob(keyring, TICKET_PICTURE_PURPOSE, row.sealed) }
    },
    async list(filter, staff, wanted) {
      const total = await store.countList(db, filter, staff.id)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.list(db, filter, staff.id, take, skip), page, pages, total }
    },
    async ofCustomer(customerId, wanted) {
      const total = await store.countOfCustomer(db, customerId)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.ofCustomer(db, customerId, take, skip), page, pages, total }
    },
    replyTimes: (days) => store.replyTimes(db, after(clock(), -hours(24 * days))),
  }
}

/** What became of a complaint is told in its ticket, within the caller's transaction: it needs no other answer. */
export async function settleTicket(sql: Sql, ticketId: number, staff: Customer | undefined, at: Date): Promise<void> {
  await store.setAnswered(sql, ticketId, staff?.id, at)
}

/** Closes a ticket within the caller's transaction; false when it is closed already. */
export async function closeTicket(sql: Sql, by: Customer, ticketId: number, at: Date): Promise<boolean> {
  if (!(await store.setClosed(sql, ticketId, at))) return false
  await recordAudit(sql, at, { actor: by.pseudonym, action: 'ticket.closed', subject: `ticket:${ticketId}` })
  return true
}
