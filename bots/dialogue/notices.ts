import { NEEDED } from '../../core/approvals/model.ts'
import type { Customer } from '../../core/customers/model.ts'
import { type BuyerEvent, type Notice, STAFF_NEWS } from '../../core/notifications/model.ts'
import type { Messenger } from '../../core/notifications/provider.ts'
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
import { hasCode } from '../../core/platform/errors.ts'
import { spoken } from '../../core/platform/ids.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Shop } from '../../core/shop.ts'
import type { Permission } from '../../core/staff/model.ts'
import { accountNotice } from './buyer/accounts.ts'
import { linkNotice } from './buyer/link.ts'
import { mailingScreen } from './buyer/news.ts'
import { card } from './buyer/order.ts'
import { cardOf, codeOf, invoiceOf } from './buyer/order-subjects.ts'
import { ratingNotice } from './buyer/rating.ts'
import { answerNotice, verdictNotice } from './buyer/ticket-notices.ts'
import { signed, walletButton } from './buyer/wallet.ts'
import type { Channel, Priority } from './channel.ts'
import { deferNotice, readWaiting } from './deferral.ts'
import { minutesUntil } from './format.ts'
import { TEXTS } from './locales/texts.ts'
import { type Menu, menuSchema, printMenu } from './menu.ts'
import { present } from './present.ts'
import type { Screen } from './screen.ts'
import { approvalScreen } from './staff/approvals.ts'
import { booksNotice } from './staff/books.ts'
import { exportFile } from './staff/exports.ts'
import { withAllowed } from './staff/guard.ts'
import { jobsNotice } from './staff/jobs.ts'
import { outageNotice, paymentAlert, rootNotice, salesNotice, staffNotice, ticketNotice } from './staff/notices.ts'
import { orderOf } from './staff/payment.ts'
import { transmit } from './transmit.ts'

/** A notice as it will be shown: what it says, where it is remembered, and which earlier message it changes. */
interface Prepared {
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

/** How many messages an answer needs for itself, of those that a platform takes after a word. */
const FOR_ANSWERS = 3

/** What was shown of what had waited: how many messages, and whether the rest of an answer was among them. */
export interface CaughtUp {
  readonly messages: number
  readonly ofAnswer: boolean
}

export interface ChatMessenger extends Messenger {
  /**
   * Shows what has waited for the next word in a chat, oldest first, and leaves room for what is said after it. What cannot be
   * shown now goes on waiting.
   */
  catchUp(chat: string): Promise<CaughtUp>
}

/** Puts the shop's notices into the chats of one channel. */
export function createMessenger(shop: Shop, channel: Channel): ChatMessenger {
  const turns = new Map<string, Promise<unknown>>()

  /** Returns how many messages it took. */
  async function deliver(notice: Notice, hasWaited = false): Promise<number> {
    const customer = await shop.customers.get(notice.to.customerId)
    if (!customer) return 0
    const { chat } = notice.to
    // Their account was unlinked, and what this is about stayed with the others.
    if (await shop.linking.isOthers({ ...notice.to, channel: channel.name })) {
      await elsewhere(notice)
      return 0
    }
    const prepared = await prepare(shop, channel, notice, customer)
    const isFor = prepared?.need === undefined || customer.permissions.has(prepared.need)
    if (!prepared || !isFor) return 0
    const wait = () => deferNotice(shop, { channel, chat }, notice, prepared.subject)
    if (channel.perWord !== undefined && !hasWaited && (await shop.deferred.count(channel.name, chat)) > 0) {
      await wait()
      return 0
    }
    for (const subject of prepared.retract ?? []) {
      const gone = await shop.chats.message(channel.name, chat, subject)
      if (gone !== undefined) await channel.remove(chat, gone)
    }
    const earlier =
      (await shop.chats.message(channel.name, chat, prepared.subject)) ??
      (prepared.instead && (await shop.chats.message(channel.name, chat, prepared.instead)))
    const screen = prepared.need ? withAllowed(prepared.screen, customer) : prepared.screen
    const messages = await numbered(shop, channel, chat, screen)
    const target = channel.capabilities.edit ? earlier : undefined
    let messageId: string
    try {
      messageId = await transmit(channel, chat, messages, target, prepared.priority)
    } catch (error) {
      if (!hasCode(error, 'chat.window_closed') || hasWaited) throw error
      await wait()
      return 0
    }
    await prepared.sent?.()
    await shop.chats.rememberMessage(channel.name, chat, prepared.subject, messageId)
    if (prepared.paidAt && !earlier) shop.metrics.delivered(shop.clock().getTime() - prepared.paidAt.getTime())
    return messages.length
  }

  async function showWaiting(chat: string): Promise<CaughtUp> {
    const most = channel.perWord ?? 0
    let messages = 0
    let ofAnswer = false
    for (const { id, content } of await shop.deferred.oldest(channel.name, chat, most)) {
      const waiting = readWaiting(content)
      if (!waiting) {
        // It would hold up all that comes after it; what it was about stands in their orders and tickets.
        shop.log.error(
          { channel: channel.name, id: String(id) },
          'what waited for a word cannot be read and is left out',
        )
        await shop.deferred.done(id)
        continue
      }
      ofAnswer ||= 'message' in waiting
      // Whoever asks for the rest of an answer gets no other; it only has to be said that there is more.
      if (messages >= most - (ofAnswer ? 1 : FOR_ANSWERS)) break
      try {
        if ('notice' in waiting) messages += await deliver(waiting.notice, true)
        else {
          await channel.send(chat, waiting.message, 'reply')
          messages++
        }
      } catch (error) {
        if (!hasCode(error, 'chat.window_closed')) throw error
        break
      }
      await shop.deferred.done(id)
    }
    return { messages, ofAnswer }
  }

  /** A buyer's news goes to another of their accounts; staff are told wherever they are anyway. */
  async function elsewhere(notice: Notice): Promise<void> {
    const isOfStaff = notice.kind in STAFF_NEWS && !(await isAnswer(notice))
    const { chat } = notice.to
    if (isOfStaff || !(await shop.linking.passOn(notice, { channel: channel.name, chat })))
      shop.log.info({ kind: notice.kind }, 'a notice could not be put into a chat that was left, blocked or unlinked')
  }

  /** Whether it is the staff's answer in a ticket, which is for its buyer. */
  async function isAnswer(notice: Notice): Promise<boolean> {
    if (notice.kind !== 'ticket') return false
    const ticket = await shop.support.ticket(notice.ticketId)
    return ticket?.messages.some(({ id, fromStaff }) => String(id) === notice.messageId && fromStaff) ?? false
  }

  /** One notice after the other in each chat: two at once would print the same numbers for different things. */
  async function inTurn<T>(chat: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(chat) ?? Promise.resolve()).catch(() => {}).then(work)
    turns.set(chat, mine)
    try {
      return await mine
    } finally {
      if (turns.get(chat) === mine) turns.delete(chat)
    }
  }

  return {
    channel: channel.name,
    async deliver(notice) {
      try {
        await inTurn(notice.to.chat, () => deliver(notice))
      } catch (error) {
        // Who has blocked the bot, and has no other account, finds the order when they come back.
        if (!hasCode(error, 'chat.unreachable')) throw error
        await shop.customers.gone(channel.name, notice.to.chat)
        await elsewhere(notice)
      }
    },
    async catchUp(chat) {
      try {
        return await inTurn(chat, () => showWaiting(chat))
      } catch (err) {
        // Whoever has written is answered all the same.
        shop.log.warn({ err, channel: channel.name }, 'what waited for a word could not be shown yet')
        return { messages: 0, ofAnswer: false }
      }
    },
    async post({ mailing, to }) {
      const product = mailing.sku === undefined ? undefined : await shop.catalog.product(mailing.sku, to.language)
      const screen = mailingScreen(TEXTS[to.language], mailing, product)
      await inTurn(to.chat, async () => {
        const messages = await numbered(shop, channel, to.chat, screen)
        await transmit(channel, to.chat, messages, undefined, 'marketing')
      })
    },
    ...(channel.marketingPause === undefined ? {} : { pause: channel.marketingPause }),
  }
}

/** The messages of a screen. Where its buttons are numbers, these count before anyone can type one, after those there are. */
async function numbered(shop: Shop, channel: Channel, chat: string, screen: Screen): Promise<readonly Screen[]> {
  const made = (before?: Menu) =>
    present(screen, channel.capabilities, (buttons) => printMenu(buttons, shop.clock().getTime(), before))
  if (channel.capabilities.buttons) return made().messages
  let messages: readonly Screen[] = []
  await shop.chats.changeMenu(channel.name, chat, (menu) => {
    const before = menuSchema.safeParse(menu).data
    const presentation = made(before)
    messages = presentation.messages
    return presentation.menu ?? before
  })
  return messages
}

async function prepare(
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
