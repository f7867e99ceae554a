import type { Language } from '../../../core/customers/model.ts'
import type { Alert, StaffEvent } from '../../../core/notifications/model.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { pictureScreen } from '../buyer/tickets.ts'
import type { Context } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type RichText, type Screen } from '../screen.ts'
import { menuButton } from './menu.ts'
import { amountOf, reviewButtons } from './orders.ts'
import { orderOf, paymentScreen } from './payment.ts'
import { reasonWords } from './rule-words.ts'
import { ticketScreen } from './ticket-screen.ts'

/** News of an order for staff, with what they can do about it; undefined when there is no such order. */
export async function staffNotice(
  shop: Shop,
  t: Texts,
  language: Language,
  event: StaffEvent,
  orderNo: string,
): Promise<Screen | undefined> {
  const order = await shop.orders.byNo(orderNo)
  if (!order) return undefined
  const open: Button = { label: t.staff.openOrder(spoken(order.no)), action: action('s-order', order.no) }
  return {
    text: lines(
      [bold(t.staff.notices[event](spoken(order.no)))],
      ...order.lines.map((line) => `${line.name} × ${line.quantity}`),
      [amountOf(order, language), t.buyer.channels[order.channel] ?? order.channel].join(' · '),
      ...more(t, language, order),
    ),
    buttons: [...deeds(t, order), [open]],
  }
}

/** Orders named in a notice of many sales; of the rest only the number and the sum are told. */
const SALES_LISTED = 10

/** News of sales for staff: one as its order, several as a list with their sum. */
export async function salesNotice(
  shop: Shop,
  t: Texts,
  language: Language,
  orderNos: readonly string[],
): Promise<Screen | undefined> {
  const orders = (await Promise.all(orderNos.map((no) => shop.orders.byNo(no)))).filter((order) => order !== undefined)
  const [only] = orders
  if (!only) return undefined
  const title = orders.length === 1 ? t.staff.notices.sale(spoken(only.no)) : t.staff.notices.sales(orders.length)
  const items = (order: Order) => order.lines.map((line) => `${line.name} × ${line.quantity}`)
  const where = (order: Order) =>
    [amountOf(order, language), t.buyer.channels[order.channel] ?? order.channel].join(' · ')
  const listed = orders.slice(0, SALES_LISTED)
  const body =
    orders.length === 1
      ? [...items(only), where(only)]
      : listed.map((order) => `${spoken(order.no)}  ${items(order).join(', ')}  ${where(order)}`)
  const rest = orders.length - listed.length
  return {
    text: lines([bold(title)], ...body, rest > 0 ? t.buyer.moreKeys(rest) : undefined),
    buttons:
      orders.length === 1
        ? [[{ label: t.staff.openOrder(spoken(only.no)), action: action('s-order', only.no) }]]
        : [[menuButton({ t })]],
  }
}

/** What the event needs said besides. By the time a notice is sent, somebody may have acted on it. */
function more(t: Texts, language: Language, order: Order): (RichText | string)[] {
  const state = order.state === 'held' ? [] : ['', t.staff.orderState(t.buyer.states[order.state])]
  return [
    '',
    [bold(t.staff.heldBecause)],
    reasonWords({ t, language, currency: order.currency }, order.holdReasons),
    ...state,
  ]
}

function deeds(t: Texts, order: Order): Button[][] {
  return order.state === 'held' ? [reviewButtons(t, order.no)] : []
}

/** News of one payment for staff, as it stands now, with what they can do about it; undefined when there is no such payment. */
export async function paymentAlert(
  shop: Shop,
  t: Texts,
  language: Language,
  event: Alert,
  paymentId: bigint,
): Promise<Screen | undefined> {
  const payment = await shop.payments.byId(paymentId)
  if (!payment) return undefined
  const order = await orderOf(shop, payment)
  return paymentScreen(shop, t, language, payment, t.staff.alerts[event](order && spoken(order.no)))
}

/** A channel is away, or was: between which moments something may be missing, and what to do about it. */
export function outageNotice(t: Texts, where: string, since: Date, until?: Date, times = 1): Screen {
  const name = t.buyer.channels[where] ?? where
  if (!until) return { text: lines([bold(t.staff.channelAway(name, time(since)))], '', t.staff.channelAwayHint) }
  return {
    text: lines(
      [bold(t.staff.channelBack(name))],
      t.staff.channelGap(time(since), time(until), times),
      '',
      t.staff.channelGapHint,
    ),
  }
}

/** The audit log as it stands now, in one hash: kept in the chat, it shows later whether the log was changed. */
export function rootNotice(t: Texts, seal: string, hash: string): Screen {
  return { text: lines([bold(t.staff.rootTitle(seal))], [code(hash)], '', t.staff.rootHint) }
}

/** A buyer's question with what was said before it and its picture, and buttons to act. */
export async function ticketNotice(
  context: Pick<Context, 'shop' | 't' | 'language' | 'can' | 'now'>,
  ticket: Ticket,
  messageId: bigint,
): Promise<Screen> {
  const screen = await ticketScreen(context, ticket, { upTo: messageId })
  const { picture } = (await pictureScreen(context, ticket.id, String(messageId))) ?? {}
  return picture ? { ...screen, picture, secret: true } : screen
}
