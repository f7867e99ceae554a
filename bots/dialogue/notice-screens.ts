import { NEEDED } from '../../core/approvals/model.ts'
import type { Customer } from '../../core/customers/model.ts'
import { type BuyerEvent, type Notice, STAFF_NEWS } from '../../core/notifications/model.ts'
import {
  accountSubject,
  alertSubject,
  exportSubject,
  feedbackSubject,
  linkSubject,
  staffSubject,
  subjectOf,
  verdictSubject,
} from '../../core/notifications/service.ts'
import { spoken } from '../../core/platform/ids.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Shop } from '../../core/shop.ts'
import type { Permission } from '../../core/staff/model.ts'
import { accountNotice } from './buyer/accounts.ts'
import { linkNotice } from './buyer/link.ts'
import { card } from './buyer/order.ts'
import { cardOf, codeOf, invoiceOf } from './buyer/order-subjects.ts'
import { ratingNotice } from './buyer/rating.ts'
import { answerNotice, verdictNotice } from './buyer/ticket-notices.ts'
import { signed, walletButton } from './buyer/wallet.ts'
import type { Channel, Priority } from './channel.ts'
import { minutesUntil } from './format.ts'
import { TEXTS } from './locales/texts.ts'
import type { Screen } from './screen.ts'
import { approvalScreen } from './staff/approvals.ts'
import { booksNotice } from './staff/books.ts'
import { exportFile } from './staff/exports.ts'
import { jobsNotice } from './staff/jobs.ts'
import { outageNotice, paymentAlert, rootNotice, salesNotice, staffNotice, ticketNotice } from './staff/notices.ts'
import { orderOf } from './staff/payment.ts'

/** A notice as it will be shown: what it says, where it is remembered, and which earlier message it changes. */
export interface Prepared {
  readonly screen: Screen
  /** sent once, edited when the job runs again */
  readonly subject: string
  /** change this message instead of sending a new one */
  readonly instead?: string
  /** take these messages back, as far as they are remembered */
  readonly retract?: readonly string[]
  readonly priority: Priority
  /** it is for staff, who must still hold this */
  readonly need?: Permission | undefined
  /** when what it brings was paid for, when it is brought for the first time and nothing has held it up */
  readonly paidAt?: Date
  /** done as soon as the platform has it */
  sent?(): Promise<void>
}

/** News that changes the order's own screen quietly; everything else is worth a new message. */
const QUIET: ReadonlySet<BuyerEvent> = new Set(['expired'])

/** What a notice comes to for whom it is for; undefined when there is nothing to tell any more. */
export async function prepare(
  shop: Shop,
  channel: Channel,
  notice: Notice,
  customer: Customer,
): Promise<Prepared | undefined> {
  const { language } = customer
  const t = TEXTS[language]
  const forStaff = (kind: keyof typeof STAFF_NEWS, screen: Screen | undefined, subject: string): Prepared | undefined =>
    screen && { screen, subject, priority: 'notice', need: STAFF_NEWS[kind] }
  switch (notice.kind) {
    case 'order': {
      const order = await shop.orders.byNo(notice.orderNo)
      if (!order) return undefined
      const context = { shop, channel: channel.name, can: channel.capabilities, t, language, now: shop.clock() }
      const screen = await card(context, order, { heading: t.buyer.notices[notice.event](spoken(order.no)) })
      const quiet = QUIET.has(notice.event)
      const isPrompt = notice.event === 'delivered' && !notice.again && order.holdReasons.length === 0
      return {
        screen,
        subject: subjectOf(order.no, notice.event),
        ...(quiet ? { instead: cardOf(order.no) } : {}),
        // What it was to be paid by is no longer good for that; an invoice that was paid stays as a receipt.
        retract: notice.event === 'expired' ? [invoiceOf(order.no), codeOf(order.no)] : [codeOf(order.no)],
        priority: notice.event === 'delivered' ? 'key' : 'notice',
        ...(isPrompt && order.paidAt ? { paidAt: order.paidAt } : {}),
      }
    }
    case 'staff': {
      const screen = await staffNotice(shop, t, language, notice.event, notice.orderNo)
      return forStaff('staff', screen, staffSubject(notice.orderNo, notice.event))
    }
    case 'sales': {
      const screen = await salesNotice(shop, t, language, notice.orderNos)
      return forStaff('sales', screen, `sales:${notice.orderNos[0]}:${notice.orderNos.length}`)
    }
    case 'alert': {
      const paymentId = BigInt(notice.paymentId)
      const screen = await paymentAlert(shop, t, language, notice.event, paymentId)
      return forStaff('alert', screen, alertSubject(paymentId, notice.event))
    }
    case 'jobs':
      return forStaff('jobs', await jobsNotice(shop, t), `jobs:${notice.minute}`)
    case 'outage': {
      const { where, since, until, times } = notice
      const screen = outageNotice(t, where, new Date(since), until === undefined ? undefined : new Date(until), times)
      return forStaff('outage', screen, `outage:${where}:${since}:${until ?? ''}`)
    }
    case 'missed': {
      const { since, until } = notice
      const screen = { text: [t.buyer.wasAway(minutesUntil(new Date(until), new Date(since)))] }
      return { screen, subject: `missed:${since}`, priority: 'notice' }
    }
    case 'books':
      return forStaff('books', booksNotice(t, notice.date, notice.differences), `books:${notice.date}`)
    case 'root':
      return forStaff('root', rootNotice(t, notice.seal, notice.hash), `root:${notice.seal}`)
    case 'approval': {
      const approval = await shop.approvals.get(notice.approvalId)
      if (!approval) return undefined
      const isOwn = approval.requestedBy === customer.pseudonym
      // Who asked has it before them; the others must be able to decide, and see later that somebody has.
      if (isOwn ? approval.state === 'waiting' : !customer.permissions.has(NEEDED[approval.act])) return undefined
      const screen = approvalScreen({ t, language }, approval, customer)
      const prepared = forStaff('approval', screen, `approval:${approval.id}`)
      return isOwn && prepared ? { ...prepared, need: undefined } : prepared
    }
    case 'export': {
      const made = await shop.exports.get(notice.exportId)
      // Opened only for who may still have it, and once: what comes again is asked for.
      if (!made || made.sentAt || !customer.permissions.has(STAFF_NEWS.export)) return undefined
      const screen = await exportFile({ shop, t, customer, channel: channel.name }, made)
      const prepared = forStaff('export', screen, exportSubject(made.id))
      return prepared && { ...prepared, priority: 'key', sent: () => shop.exports.sent(made.id) }
    }
    case 'wallet': {
      const entry = await shop.wallets.entry(notice.ref)
      if (!entry) return undefined
      const said = t.buyer.walletNotice(signed(language, entry), entry.note ?? '')
      return {
        screen: { text: [said], buttons: [[walletButton({ t })]] },
        subject: `wallet:${notice.ref}`,
        priority: 'notice',
      }
    }
    case 'link': {
      const { orderNo, openedAt } = notice
      const screen = linkNotice(t, orderNo, new Date(openedAt))
      return { screen, subject: linkSubject(orderNo, openedAt), priority: 'notice' }
    }
    case 'payment': {
      const payment = await shop.payments.byId(BigInt(notice.paymentId))
      if (!payment) return undefined
      const order = await orderOf(shop, payment)
      const isOver = payment.outcome === 'settled'
      const amount = formatMoney(isOver ? payment.excess : payment.amount, payment.currency, language)
      const said = t.buyer.paymentNotices[payment.outcome](order && spoken(order.no), amount)
      const hasWallet = isOver || payment.outcome === 'credited'
      return {
        screen: { text: [said], ...(hasWallet ? { buttons: [[walletButton({ t })]] } : {}) },
        subject: `payment:${notice.paymentId}`,
        priority: 'notice',
      }
    }
    case 'account':
      return {
        screen: accountNotice(t, notice.event, notice.by),
        subject: accountSubject(notice.to, notice.at),
        priority: 'notice',
      }
    case 'feedback': {
      const order = await shop.orders.byNo(notice.orderNo)
      if (!order || !(await shop.feedback.stillAsks(order.no))) return undefined
      return { screen: ratingNotice(t, order), subject: feedbackSubject(order.no), priority: 'marketing' }
    }
    case 'complaint': {
      const ticket = await shop.support.ticket(notice.ticketId)
      if (!ticket) return undefined
      const context = { shop, channel: channel.name, can: channel.capabilities, t, language, now: shop.clock() }
      const screen = await verdictNotice(context, ticket, notice)
      return { screen, subject: verdictSubject(notice), priority: notice.verdict === 'replaced' ? 'key' : 'notice' }
    }
    case 'ticket': {
      const ticket = await shop.support.ticket(notice.ticketId)
      const message = ticket?.messages.find((m) => String(m.id) === notice.messageId)
      if (!ticket || !message) return undefined
      const context = { shop, channel: channel.name, can: channel.capabilities, t, language, now: shop.clock() }
      const subject = `ticket:${ticket.id}:${notice.messageId}`
      if (!message.fromStaff) return forStaff('ticket', await ticketNotice(context, ticket, message.id), subject)
      return { screen: await answerNotice(context, ticket, message), subject, priority: 'notice' }
    }
  }
}
