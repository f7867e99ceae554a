import type { Customer } from '../customers/model.ts'
import type { Delivery } from '../delivery/service.ts'
import { tellOfVerdict } from '../notifications/service.ts'
import type { Order } from '../orders/model.ts'
import type { TraitsOf } from '../payments/policy.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import {
  openComplaints,
  refundKeys,
  rejectComplaints,
  replaceKeys,
  type Verdict,
  withdrawComplaints,
} from '../sale/complaints.ts'
import type { Said, Ticket } from '../support/model.ts'
import { closeTicket, type Support, settleTicket } from '../support/service.ts'
import type { BuyerHistory, Complaint, ComplaintReason, DefectRate, UnitFacts } from './model.ts'
import * as store from './store.ts'

/**
 * Keys that do not work (C8). While a complaint is open its key is frozen: nobody is shown it, not through a link either, so
 * that what staff ask the supplier about does not change meanwhile. The buyer may withdraw it and has the key back at once.
 */
export interface Complaints {
  /** How each key of a delivered order stands, for its buyer. */
  units(order: Order): Promise<readonly UnitFacts[]>
  /**
   * A buyer complains of keys of theirs, once per event. Returns the ticket.
   * @throws KeytillError `order.not_yours`, `order.state`, `complaint.none` when each was complained of before or not shown,
   * `ticket.picture`
   */
  open(
    customer: Customer,
    said: Said,
    complaint: {
      readonly orderNo: string
      readonly units: readonly bigint[]
      readonly reason: ComplaintReason
      readonly text: string
    },
  ): Promise<number>
  /** The complaints in a ticket. */
  ofTicket(ticketId: number): Promise<readonly Complaint[]>
  byId(id: number): Promise<Complaint | undefined>
  /**
   * Decides for another key. Each decision: about these complaints of a ticket, all or none; the buyer is told at once.
   * @throws KeytillError `complaint.decided` when somebody was quicker, `complaint.no_stock`, `order.state`
   */
  replace(staff: Customer, ticket: Ticket, ids: readonly number[]): Promise<void>
  /** Decides for the price of these units, or of all that is left of the order. @throws KeytillError as {@link replace} */
  refund(staff: Customer, ticket: Ticket, ids: readonly number[], whole: boolean): Promise<void>
  /** Decides that the keys are good, in words for the buyer. @throws KeytillError as {@link replace} */
  reject(
    staff: Customer,
    said: Pick<Said, 'channel' | 'event'>,
    ticket: Ticket,
    ids: readonly number[],
    words: string,
  ): Promise<void>
  /** Closes a buyer's own ticket, and withdraws what is undecided in it. False when there is nothing to close. */
  close(customer: Customer, ticketId: number): Promise<boolean>
  buyer(customerId: number): Promise<BuyerHistory>
  batchRate(batchId: number): Promise<DefectRate>
  supplierRate(supplierId: number): Promise<DefectRate>
}

interface ComplaintParts {
  readonly db: Database
  readonly delivery: Delivery
  readonly support: Support
  readonly traits: TraitsOf
  readonly clock: Clock
}

export function createComplaints({ db, delivery, support, traits, clock }: ComplaintParts): Complaints {
  /** Decides in one transaction, and tells the buyer. */
  async function decide(
    staff: Customer,
    ticket: Ticket,
    ids: readonly number[],
    verdict: 'replaced' | 'refunded' | 'rejected',
    deed: (sql: Sql, verdict: Verdict) => Promise<void>,
    words?: { readonly said: Pick<Said, 'channel' | 'event'>; readonly text: string },
  ): Promise<void> {
    const [complaintId] = ids
    if (ticket.orderNo === undefined || complaintId === undefined)
      throw new KeytillError('complaint.decided', 'There is nothing to decide in this ticket.')
    const now = clock()
    const what = { no: ticket.orderNo, complaints: ids, actor: staff.pseudonym, now }
    await db.transaction(async (sql) => {
      await deed(sql, what)
      const message = words && (await support.answerIn(sql, staff, words.said, ticket.id, words.text))
      await settleTicket(sql, ticket.id, staff, now)
      const reason = message === undefined ? {} : { messageId: String(message) }
      await tellOfVerdict(sql, ticket, { ticketId: ticket.id, verdict, keys: ids.length, complaintId, ...reason })
    })
  }

  return {
    async units(order) {
      const rows = await store.units(db, order.id)
      const masked = new Map((await delivery.maskedAll(order)).map(({ unitId, masked }) => [unitId, masked]))
      return rows.map((row, index) => ({
        unitId: row.unitId,
        unit: index + 1,
        name: row.name,
        masked: masked.get(row.unitId) ?? '****',
        state: stateOf(row),
        shownAt: row.shownAt ?? undefined,
        shown: row.shown,
        complaint:
          row.complaint !== null && row.ticketId !== null
            ? { state: row.complaint, ticketId: row.ticketId }
            : undefined,
        isReplacement: row.isReplacement,
      }))
    },
    open: (customer, said, { orderNo, units, reason, text }) =>
      db.transaction(async (sql) => {
        const { id, isNew } = await support.openFor(sql, customer, said, text, orderNo)
        if (!isNew) return id
        const what = { no: orderNo, units, reason, ticketId: id }
        if ((await openComplaints(sql, customer, what, clock())) === 0)
          throw new KeytillError(
            'complaint.none',
            'There is a complaint about these keys already, or they were not shown.',
          )
        return id
      }),
    ofTicket: (ticketId) => store.ofTicket(db, ticketId),
    byId: (id) => store.byId(db, id),
    replace: (staff, ticket, ids) => decide(staff, ticket, ids, 'replaced', replaceKeys),
    refund: (staff, ticket, ids, whole) =>
      decide(staff, ticket, ids, 'refunded', (sql, verdict) => refundKeys(sql, verdict, whole, traits)),
    reject: (staff, said, ticket, ids, text) =>
      decide(staff, ticket, ids, 'rejected', rejectComplaints, { said, text }),
    close: (customer, ticketId) =>
      db.transaction(async (sql) => {
        const ticket = await support.ticket(ticketId)
        if (ticket?.customerId !== customer.id) return false
        const open = (await store.ofTicket(sql, ticketId)).filter(({ state }) => state === 'open')
        const now = clock()
        if (ticket.orderNo !== undefined && open.length > 0) {
          const complaints = open.map(({ id }) => id)
          await withdrawComplaints(sql, { no: ticket.orderNo, complaints, actor: customer.pseudonym, now })
        }
        return closeTicket(sql, customer, ticketId, now)
      }),
    buyer: (customerId) => store.buyerHistory(db, customerId),
    batchRate: (batchId) => store.batchRate(db, batchId),
    supplierRate: (supplierId) => store.supplierRate(db, supplierId),
  }
}

function stateOf({ ended, mark, complaint, shown }: store.UnitRow): UnitFacts['state'] {
  if (ended === 'refunded') return 'refunded'
  if (complaint === 'open') return 'complained'
  if (mark === 'used') return 'used'
  if (mark !== null) return 'withheld'
  return shown > 0 ? 'shown' : 'unseen'
}
