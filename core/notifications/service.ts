import { forgetMessages } from '../chats/service.ts'
import { staffAddresses } from '../customers/service.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { addJob, type Task } from '../platform/jobs.ts'
import { type Alert, type BuyerEvent, type Notice, noticeSchema, type StaffEvent } from './model.ts'
import type { Messenger } from './provider.ts'

/** Keys go before everything else. */
const PRIORITY: Partial<Record<BuyerEvent, number>> = { delivered: -10 }

const taskOf = (channel: string) => `notice:${channel}`

interface Addressee {
  readonly customerId: number
  readonly channel: string
  readonly chat: string
}

/** Tells the buyer of an order what became of it, from the moment the caller's transaction is committed. */
export async function tellBuyer(
  sql: Sql,
  order: Addressee & { readonly no: string },
  event: BuyerEvent,
): Promise<void> {
  const { customerId, channel, chat } = order
  const notice: Notice = { kind: 'order', to: { customerId, channel, chat }, event, orderNo: order.no }
  await addJob(sql, {
    task: taskOf(channel),
    payload: notice,
    key: subjectOf(order.no, event),
    priority: PRIORITY[event] ?? 0,
  })
}

/** Tells the buyer of a delivered order once more, in a new message. */
export async function tellBuyerAgain(sql: Sql, order: Addressee & { readonly no: string }): Promise<void> {
  await forgetMessages(sql, subjectOf(order.no, 'delivered'))
  await tellBuyer(sql, order, 'delivered')
}

/** Under which name the message that told of an order is remembered. */
export const subjectOf = (orderNo: string, event: BuyerEvent): string => `order:${orderNo}:${event}`

/** Tells all active staff of an order. */
export async function tellStaff(sql: Sql, orderNo: string, event: StaffEvent): Promise<void> {
  await addJob(sql, {
    task: 'notify_staff',
    payload: { kind: 'staff', event, orderNo },
    key: `staff:${orderNo}:${event}`,
  })
}

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

/** Tells the staff of a message in a ticket. */
export async function tellStaffOfTicket(sql: Sql, ticketId: number, messageId: bigint): Promise<void> {
  await addJob(sql, { task: 'notify_staff', payload: { kind: 'ticket', ticketId, messageId: String(messageId) } })
}

/** Tells a person of an answer in their ticket. */
export async function tellTicket(sql: Sql, to: Addressee, ticketId: number, messageId: bigint): Promise<void> {
  await addJob(sql, {
    task: taskOf(to.channel),
    payload: { kind: 'ticket', to, ticketId, messageId: String(messageId) },
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

/** The jobs of notices: one task per channel of this process, and the one that spreads a staff notice to each member. */
export function noticeTasks(db: Database, messengers: readonly Messenger[]): Record<string, Task> {
  const perChannel = messengers.map(
    (messenger) =>
      [taskOf(messenger.channel), (payload: unknown) => messenger.deliver(noticeSchema.parse(payload))] as const,
  )
  return {
    ...Object.fromEntries(perChannel),
    notify_staff: async (payload) => {
      const about = payload as {
        kind: string
        event?: string
        orderNo?: string
        paymentId?: string
        messageId?: string
      }
      const id = about.orderNo ?? about.paymentId ?? about.messageId
      await db.transaction(async (sql) => {
        for (const { customerId, channel, chat } of await staffAddresses(sql)) {
          const key = `${about.kind}:${about.event ?? ''}:${id}:${channel}:${chat}`
          // One after the other in each staff chat: a platform's limit on that chat must not hold up buyers' deliveries.
          const queue = `staff:${channel}:${chat}`
          await addJob(sql, {
            task: taskOf(channel),
            payload: { ...about, to: { customerId, channel, chat } },
            key,
            queue,
          })
        }
      })
    },
  }
}
