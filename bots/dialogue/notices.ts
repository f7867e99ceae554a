import type { Customer } from '../../core/customers/model.ts'
import type { BuyerEvent, Notice } from '../../core/notifications/model.ts'
import type { Messenger } from '../../core/notifications/provider.ts'
import { alertSubject, linkSubject, subjectOf, verdictSubject } from '../../core/notifications/service.ts'
import { hasCode } from '../../core/platform/errors.ts'
import { spoken } from '../../core/platform/ids.ts'
import { formatMoney } from '../../core/platform/money.ts'
import type { Shop } from '../../core/shop.ts'
import { linkNotice } from './buyer/link.ts'
import { card } from './buyer/order.ts'
import { cardOf, invoiceOf } from './buyer/order-subjects.ts'
import { answerNotice, verdictNotice } from './buyer/ticket-notices.ts'
import { walletButton } from './buyer/wallet.ts'
import type { Channel, Priority } from './channel.ts'
import { transmit } from './dialogue.ts'
import { TEXTS } from './locales/texts.ts'
import { type Menu, menuSchema, printMenu } from './menu.ts'
import { present } from './present.ts'
import type { Screen } from './screen.ts'
import { booksNotice } from './staff/books.ts'
import { jobsNotice } from './staff/jobs.ts'
import { paymentAlert, rootNotice, salesNotice, staffNotice, ticketNotice } from './staff/notices.ts'
import { orderOf } from './staff/payment.ts'
import { whoMay } from './staff/permissions.ts'

/** A notice as it will be shown: what it says, where it is remembered, and which earlier message it changes. */
interface Prepared {
  readonly screen: Screen
  /** sent once, edited when the job runs again */
  readonly subject: string
  /** change this message instead of sending a new one */
  readonly instead?: string
  readonly retract?: string
  readonly priority: Priority
  /** when what it brings was paid for, when it is brought for the first time and nothing has held it up */
  readonly paidAt?: Date
}

/** News that changes the order's own screen quietly; everything else is worth a new message. */
const QUIET: ReadonlySet<BuyerEvent> = new Set(['expired'])

/** Puts the shop's notices into the chats of one channel. */
export function createMessenger(shop: Shop, channel: Channel): Messenger {
  const turns = new Map<string, Promise<void>>()

  async function deliver(notice: Notice): Promise<void> {
    const customer = await shop.customers.get(notice.to.customerId)
    if (!customer) return
    const { chat } = notice.to
    const prepared = await prepare(shop, channel, notice, customer)
    if (!prepared) return
    if (prepared.retract) {
      const gone = await shop.chats.message(channel.name, chat, prepared.retract)
      if (gone !== undefined) await channel.remove(chat, gone)
    }
    const earlier =
      (await shop.chats.message(channel.name, chat, prepared.subject)) ??
      (prepared.instead && (await shop.chats.message(channel.name, chat, prepared.instead)))
    const messages = await numbered(shop, channel, chat, prepared.screen)
    const messageId = await transmit(
      channel,
      chat,
      messages,
      channel.capabilities.edit ? earlier : undefined,
      prepared.priority,
    )
    await shop.chats.rememberMessage(channel.name, chat, prepared.subject, messageId)
    if (prepared.paidAt && !earlier) shop.metrics.delivered(shop.clock().getTime() - prepared.paidAt.getTime())
  }

  /** One notice after the other in each chat: two at once would print the same numbers for different things. */
  async function inTurn(chat: string, work: () => Promise<void>): Promise<void> {
    const mine = (turns.get(chat) ?? Promise.resolve()).catch(() => {}).then(work)
    turns.set(chat, mine)
    try {
      await mine
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
        // Who has blocked the bot finds the order when they come back: asking again would change nothing.
        if (!hasCode(error, 'chat.unreachable')) throw error
        shop.log.info({ err: error }, 'a notice could not be put into a chat that was left or blocked')
      }
    },
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
  { language, role }: Customer,
): Promise<Prepared | undefined> {
  const t = TEXTS[language]
  const mayRead = (command: string) => role !== undefined && whoMay(command).includes(role)
  switch (notice.kind) {
    case 'order': {
      const order = await shop.orders.byNo(notice.orderNo)
      if (!order) return undefined
      const context = { shop, can: channel.capabilities, t, language, now: shop.clock() }
      const screen = await card(context, order, { heading: t.buyer.notices[notice.event](spoken(order.no)) })
      const quiet = QUIET.has(notice.event)
      const isPrompt = notice.event === 'delivered' && !notice.again && order.holdReasons.length === 0
      return {
        screen,
        subject: subjectOf(order.no, notice.event),
        ...(quiet ? { instead: cardOf(order.no) } : {}),
        ...(notice.event === 'expired' ? { retract: invoiceOf(order.no) } : {}),
        priority: notice.event === 'delivered' ? 'key' : 'notice',
        ...(isPrompt && order.paidAt ? { paidAt: order.paidAt } : {}),
      }
    }
    case 'staff': {
      const screen = await staffNotice(shop, t, language, notice.event, notice.orderNo)
      return screen && { screen, subject: `staff:${notice.orderNo}:${notice.event}`, priority: 'notice' }
    }
    case 'sales': {
      const screen = await salesNotice(shop, t, language, notice.orderNos)
      return screen && { screen, subject: `sales:${notice.orderNos[0]}:${notice.orderNos.length}`, priority: 'notice' }
    }
    case 'alert': {
      const paymentId = BigInt(notice.paymentId)
      const screen = await paymentAlert(shop, t, language, notice.event, paymentId)
      return screen && { screen, subject: alertSubject(paymentId, notice.event), priority: 'notice' }
    }
    case 'jobs': {
      const screen = mayRead('jobs') ? await jobsNotice(shop, t) : undefined
      return screen && { screen, subject: `jobs:${notice.minute}`, priority: 'notice' }
    }
    case 'books': {
      if (!mayRead('reconcile')) return undefined
      const screen = booksNotice(t, notice.date, notice.differences)
      return { screen, subject: `books:${notice.date}`, priority: 'notice' }
    }
    case 'root': {
      if (role !== 'owner' && role !== 'auditor') return undefined
      return { screen: rootNotice(t, notice.seal, notice.hash), subject: `root:${notice.seal}`, priority: 'notice' }
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
    case 'complaint': {
      const ticket = await shop.support.ticket(notice.ticketId)
      if (!ticket) return undefined
      const context = { shop, can: channel.capabilities, t, language, now: shop.clock() }
      const screen = await verdictNotice(context, ticket, notice)
      return { screen, subject: verdictSubject(notice), priority: notice.verdict === 'replaced' ? 'key' : 'notice' }
    }
    case 'ticket': {
      const ticket = await shop.support.ticket(notice.ticketId)
      const message = ticket?.messages.find((m) => String(m.id) === notice.messageId)
      if (!ticket || !message) return undefined
      if (!message.fromStaff && !mayRead('s-reply')) return undefined
      const context = { shop, can: channel.capabilities, t, language, now: shop.clock() }
      const screen = message.fromStaff
        ? await answerNotice(context, ticket, message)
        : await ticketNotice(context, ticket, message.id)
      return { screen, subject: `ticket:${ticket.id}:${notice.messageId}`, priority: 'notice' }
    }
  }
}
