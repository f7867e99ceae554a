import { channelsBeside } from '../customers/model.ts'
import { staffAddresses } from '../customers/service.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { addJob, type Task } from '../platform/jobs.ts'
import { type Notice, noticeSchema, STAFF_NEWS, saleNoticeSchema } from './model.ts'
import type { Messenger } from './provider.ts'
import { taskOf } from './service.ts'

/** Staff are told after buyers: there may be many of them, and a platform takes only so much a second. */
const NEWS = 1

/** A job's payload is a notice, or a list of sales' that is told as one. */
function noticeOf(payload: unknown): Notice {
  if (!Array.isArray(payload)) return noticeSchema.parse(payload)
  const [first, ...others] = payload.map((one) => saleNoticeSchema.parse(one))
  if (!first) throw new KeytillError('notice.empty', 'A notice of no sale at all cannot be told.')
  return { ...first, orderNos: [...new Set([first, ...others].flatMap(({ orderNos }) => orderNos))] }
}

/**
 * The jobs of notices: one task per channel of this process, and the one that spreads a staff notice to each member. A notice
 * that waits for a channel which the shop has given up goes out by the one where people have the same accounts.
 */
export function noticeTasks(
  db: Database,
  messengers: readonly Messenger[],
  { hasStaffBot }: { readonly hasStaffBot: boolean },
): Record<string, Task> {
  const channels = messengers.map(({ channel }) => channel)
  const perChannel = messengers.flatMap((messenger) =>
    [messenger.channel, ...channelsBeside(messenger.channel).filter((beside) => !channels.includes(beside))].map(
      (channel) => [taskOf(channel), (payload: unknown) => messenger.deliver(noticeOf(payload))] as const,
    ),
  )
  return {
    ...Object.fromEntries(perChannel),
    notify_sales: async (payload) => {
      const orderNos = payload as readonly string[]
      await db.transaction(async (sql) => {
        for (const { customerId, channel, chat } of await staffAddresses(sql, hasStaffBot, STAFF_NEWS.sales)) {
          // A list under one key: what is sold before this chat can be told again is told in the same message.
          const news = orderNos.map(
            (orderNo): Notice => ({ kind: 'sales', to: { customerId, channel, chat }, orderNos: [orderNo] }),
          )
          const address = `${channel}:${chat}`
          await addJob(sql, {
            task: taskOf(channel),
            payload: news,
            key: `sales:${address}`,
            queue: `staff:${address}`,
            priority: NEWS,
          })
        }
      })
    },
    notify_staff: async (payload) => {
      const about = payload as {
        kind: keyof typeof STAFF_NEWS
        event?: string
        orderNo?: string
        paymentId?: string
        messageId?: string
        date?: string
        minute?: string
        hash?: string
        approvalId?: number
        since?: string
        /** the pseudonym of somebody of the staff who is told whatever they hold */
        also?: string
        /** the one member of staff who is told, while they can be */
        only?: number
      }
      const id =
        about.approvalId ??
        about.orderNo ??
        about.paymentId ??
        about.messageId ??
        about.date ??
        about.minute ??
        about.hash ??
        about.since
      await db.transaction(async (sql) => {
        const everyone = await staffAddresses(sql, hasStaffBot, STAFF_NEWS[about.kind], about.also)
        const meant = everyone.filter(({ customerId }) => customerId === about.only)
        for (const { customerId, channel, chat } of meant.length > 0 ? meant : everyone) {
          const key = `${about.kind}:${about.event ?? ''}:${id}:${channel}:${chat}`
          // One after the other in each staff chat: a platform's limit on that chat must not hold up buyers' deliveries.
          const queue = `staff:${channel}:${chat}`
          await addJob(sql, {
            task: taskOf(channel),
            payload: { ...about, to: { customerId, channel, chat } },
            key,
            queue,
            priority: NEWS,
          })
        }
      })
    },
  }
}
