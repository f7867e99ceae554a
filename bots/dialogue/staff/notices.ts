import type { Language } from '../../../core/customers/model.ts'
import type { StaffEvent } from '../../../core/notifications/model.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type RichText, type Screen } from '../screen.ts'
import { amountOf, holdReasons, reviewButtons } from './orders.ts'
import { ticketScreen } from './tickets.ts'

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
      ...more(t, event, order),
    ),
    buttons: [...deeds(t, event, order), [open]],
  }
}

/** What the event needs said besides. By the time a notice is sent, somebody may have acted on it. */
function more(t: Texts, event: StaffEvent, order: Order): (RichText | string)[] {
  if (event === 'refund_failed')
    return ['', order.state === 'refunding' ? t.staff.refundFailedNext : t.staff.refundFailedOther]
  if (event !== 'held') return []
  const state = order.state === 'held' ? [] : ['', t.staff.orderState(t.buyer.states[order.state])]
  return ['', [bold(t.staff.heldBecause)], holdReasons(t, order.holdReasons), ...state]
}

function deeds(t: Texts, event: StaffEvent, order: Order): Button[][] {
  if (event === 'held' && order.state === 'held') return [reviewButtons(t, order.no)]
  // A failed refund of some other payment must not lead to giving back the good one.
  if (event === 'refund_failed' && order.state === 'refunding')
    return [[{ label: t.staff.retryRefund, action: action('s-retry', order.no) }]]
  return []
}

/** A buyer's question with what was said before it, and a button to answer. */
export async function ticketNotice(shop: Shop, t: Texts, ticket: Ticket, messageId: bigint): Promise<Screen> {
  return ticketScreen(shop, t, ticket, messageId)
}
