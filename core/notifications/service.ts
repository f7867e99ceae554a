import { forgetMessages } from '../chats/service.ts'
import { minutes } from '../platform/clock.ts'
import type { Sql } from '../platform/database/sql.ts'
import { addJob, type Job } from '../platform/jobs.ts'
import type { AccountEvent, Alert, BuyerEvent, Notice, StaffEvent } from './model.ts'

/** Keys go before everything else. */
const KEYS = -10
const PRIORITY: Partial<Record<BuyerEvent, number>> = { delivered: KEYS }

/** And what nobody waits for after it. */
export const MARKETING = 10

/** The task that tells the people of a channel. */
export const taskOf = (channel: string) => `notice:${channel}`

interface Addressee {
  readonly customerId: number
  readonly channel: string
  readonly chat: string
}

/** The notice of what became of an order, for its buyer; `again` when they have been told before. */
export function buyerJob(order: Addressee & { readonly no: string }, event: BuyerEvent, again = false): Job {
  const { customerId, channel, chat } = order
  const to = { customerId, channel, chat }
  const payload: Notice = { kind: 'order', to, event, orderNo: order.no, ...(again ? { again } : {}) }
  return { task: taskOf(channel), payload, key: subjectOf(order.no, event), priority: PRIORITY[event] ?? 0 }
}

/** The notice of an order for all active staff. */
export const staffJob = (orderNo: string, event: StaffEvent): Job => ({
  task: 'notify_staff',
  payload: { kind: 'staff', event, orderNo },
  key: staffSubject(orderNo, event),
})

/** The news of a sale for all active staff: sales that happen while the news is on its way are told together. */
export const saleJob = (orderNo: string): Job => ({ task: 'notify_sales', payload: [orderNo], key: 'sales' })

/** Tells the buyer of an order what became of it, from the moment the caller's transaction is committed. */
export function tellBuyer(sql: Sql, order: Addressee & { readonly no: string }, event: BuyerEvent): Promise<void> {
  return addJob(sql, buyerJob(order, event))
}

/** Tells the buyer of an order once more, in a new message. */
export async function tellBuyerAgain(
  sql: Sql,
  order: Addressee & { readonly no: string },
  event: BuyerEvent,
): Promise<void> {
  await forgetMessages(sql, subjectOf(order.no, event))
  await addJob(sql, buyerJob(order, event, true))
}

/** Tells the buyer of an order that its one-time link was opened, and when. */
export async function tellBuyerOfLink(sql: Sql, order: Addressee & { readonly no: string }, at: Date): Promise<void> {
  const { customerId, channel, chat, no } = order
  const openedAt = at.toISOString()
  await addJob(sql, {
    task: taskOf(channel),
    payload: { kind: 'link', to: { customerId, channel, chat }, orderNo: no, openedAt },
    key: linkSubject(no, openedAt),
  })
}

/** Under which name the message that told of an opened link is remembered. */
export const linkSubject = (orderNo: string, openedAt: string): string => `link:${orderNo}:${openedAt}`

/** Under which name the message that told of an order is remembered. */
export const subjectOf = (orderNo: string, event: BuyerEvent): string => `order:${orderNo}:${event}`

/** Tells all active staff of an order. */
export function tellStaff(sql: Sql, orderNo: string, event: StaffEvent): Promise<void> {
  return addJob(sql, staffJob(orderNo, event))
}

/** Tells them in a new message, although they may have been told the same of this order before. */
export async function tellStaffAgain(sql: Sql, orderNo: string, event: StaffEvent): Promise<void> {
  await forgetMessages(sql, staffSubject(orderNo, event))
  await tellStaff(sql, orderNo, event)
}

/** Under which name the message that told staff of an order is remembered. */
export const staffSubject = (orderNo: string, event: StaffEvent): string => `staff:${orderNo}:${event}`

/** Tells all active staff of a payment. */
export async function alertStaff(sql: Sql, paymentId: bigint, event: Alert): Promise<void> {
  await addJob(sql, {
    task: 'notify_staff',
    payload: { kind: 'alert', event, paymentId: String(paymentId) },
    key: alertSubject(paymentId, event),
  })
}

/** Tells them in a new message, although they may have been told the same of this payment before. */
export async function alertStaffAgain(sql: Sql, paymentId: bigint, event: Alert): Promise<void> {
  await forgetMessages(sql, alertSubject(paymentId, event))
  await alertStaff(sql, paymentId, event)
}

/** Under which name the message that told staff of a payment is remembered. */
export const alertSubject = (paymentId: bigint, event: Alert): string => `alert:${paymentId}:${event}`

/** Tells staff, when the minute ends, that jobs have failed for good: once, however often it is called before then. */
export async function tellStaffOfDeadJobs(sql: Sql, now: Date): Promise<void> {
  const minute = new Date((Math.floor(now.getTime() / minutes(1)) + 1) * minutes(1))
  await addJob(sql, {
    task: 'notify_staff',
    payload: { kind: 'jobs', minute: minute.toISOString() },
    key: 'dead-jobs',
    runAt: minute,
  })
}

/** Tells staff that the books of a day (`2026-06-01`) were compared, and in how many places they differ. */
export async function tellStaffOfBooks(sql: Sql, date: string, differences: number): Promise<void> {
  await addJob(sql, { task: 'notify_staff', payload: { kind: 'books', date, differences }, key: `books:${date}` })
}

/** When nothing was heard on the channel `where`; without `until` it still is so. `times` is how often in between. */
interface Outage {
  readonly where: string
  readonly since: Date
  readonly until?: Date
  readonly times?: number
}

/** Tells staff at a time that a channel is away, or was; later news of the same outage takes the place of what was not told yet. */
export async function tellStaffOfOutage(sql: Sql, outage: Outage, runAt: Date): Promise<void> {
  const { where, since, until, times } = outage
  const payload = {
    kind: 'outage',
    where,
    since: since.toISOString(),
    ...(until ? { until: until.toISOString(), times } : {}),
  }
  await addJob(sql, { task: 'notify_staff', payload, key: `outage:${where}:${payload.since}`, runAt })
}

/** Tells somebody at a time that what they said between two moments may not have arrived. */
export async function tellOfOutage(
  sql: Sql,
  to: Addressee,
  { from, until }: { readonly from: Date; readonly until: Date },
  runAt: Date,
): Promise<void> {
  const { customerId, channel, chat } = to
  const since = from.toISOString()
  await addJob(sql, {
    task: taskOf(channel),
    payload: { kind: 'missed', to: { customerId, channel, chat }, since, until: until.toISOString() },
    key: `missed:${channel}:${chat}`,
    runAt,
  })
}

/** Posts a root of the audit log into the chats of all active staff, where nobody can change it. */
export async function tellStaffOfRoot(sql: Sql, root: { seal: string; hash: string; key: string }): Promise<void> {
  const { seal, hash, key } = root
  await addJob(sql, { task: 'notify_staff', payload: { kind: 'root', seal, hash, key } })
}

/** Tells those who may be the second person of a request, and who asked of how it ended; later news changes the message. */
export async function tellOfApproval(sql: Sql, approvalId: number, requestedBy: string): Promise<void> {
  await addJob(sql, {
    task: 'notify_staff',
    payload: { kind: 'approval', approvalId, also: requestedBy },
    key: `approval:${approvalId}`,
  })
}

/** Sends who asked for an export its file, as soon as the caller's transaction is committed: before any news, as other keys. */
export async function sendExport(sql: Sql, to: Addressee, exportId: number): Promise<void> {
  const { customerId, channel, chat } = to
  const payload: Notice = { kind: 'export', to: { customerId, channel, chat }, exportId }
  await addJob(sql, { task: taskOf(channel), payload, key: exportSubject(exportId), priority: KEYS })
}

/** Under which name the message with the file of an export is remembered. */
export const exportSubject = (exportId: number): string => `export:${exportId}`

/** Tells a buyer that staff have changed their wallet. `ref` names the entry. */
export async function tellOfWallet(sql: Sql, to: Addressee, ref: string): Promise<void> {
  const { customerId, channel, chat } = to
  const payload: Notice = { kind: 'wallet', to: { customerId, channel, chat }, ref }
  await addJob(sql, { task: taskOf(channel), payload, key: `wallet:${ref}` })
}

/** Tells a person by one of their accounts that it was linked with another, or unlinked, on channel `by`. */
export async function tellOfAccount(sql: Sql, to: Addressee, event: AccountEvent, by: string, at: Date): Promise<void> {
  const payload: Notice = { kind: 'account', to, event, by, at: at.toISOString() }
  await addJob(sql, { task: taskOf(to.channel), payload, key: accountSubject(to, at.toISOString()) })
}

/** Under which name the message that told of it is remembered. */
export const accountSubject = ({ channel, chat }: Addressee, at: string): string => `account:${channel}:${chat}:${at}`

/** Sends a notice that did not reach its buyer to another account of theirs. */
export async function passOn(sql: Sql, notice: Notice, to: Addressee): Promise<void> {
  await addJob(sql, { task: taskOf(to.channel), payload: { ...notice, to } })
}

/** Asks the buyer of an order how it went. The message is of the marketing kind: everything else goes before it. */
export async function askForFeedback(sql: Sql, order: Addressee & { readonly no: string }): Promise<void> {
  const { customerId, channel, chat, no } = order
  await addJob(sql, {
    task: taskOf(channel),
    payload: { kind: 'feedback', to: { customerId, channel, chat }, orderNo: no },
    key: feedbackSubject(no),
    priority: MARKETING,
  })
}

/** Under which name the message that asked about an order is remembered. */
export const feedbackSubject = (orderNo: string): string => `feedback:${orderNo}`

/** Tells the staff of a message in a ticket: `only` the one who sees to it, while they are staff. */
export async function tellStaffOfTicket(
  sql: Sql,
  ticketId: number,
  messageId: bigint,
  only: number | undefined,
): Promise<void> {
  const payload = { kind: 'ticket', ticketId, messageId: String(messageId), ...(only === undefined ? {} : { only }) }
  await addJob(sql, { task: 'notify_staff', payload })
}

/** Tells a buyer what was decided about their complaints in a ticket. */
export async function tellOfVerdict(
  sql: Sql,
  to: Addressee,
  verdict: Omit<Extract<Notice, { kind: 'complaint' }>, 'kind' | 'to'>,
): Promise<void> {
  const { customerId, channel, chat } = to
  await addJob(sql, {
    task: taskOf(channel),
    payload: { kind: 'complaint', to: { customerId, channel, chat }, ...verdict },
    key: verdictSubject(verdict),
  })
}

/** Under which name the message that told of a decision is remembered. */
export const verdictSubject = ({ complaintId, verdict }: { complaintId: number; verdict: string }): string =>
  `complaint:${complaintId}:${verdict}`

/** Tells a person of an answer in their ticket. */
export async function tellTicket(sql: Sql, to: Addressee, ticketId: number, messageId: bigint): Promise<void> {
  await addJob(sql, {
    task: taskOf(to.channel),
    payload: {
      kind: 'ticket',
      to: { customerId: to.customerId, channel: to.channel, chat: to.chat },
      ticketId,
      messageId: String(messageId),
    },
  })
}

/** Tells a payer that money which bought nothing goes back, and in the same message, where it can be changed, that it has. */
export async function tellPayer(sql: Sql, to: Addressee, paymentId: bigint): Promise<void> {
  await addJob(sql, {
    task: taskOf(to.channel),
    payload: { kind: 'payment', to, paymentId: String(paymentId) },
    key: `payment:${paymentId}`,
  })
}
