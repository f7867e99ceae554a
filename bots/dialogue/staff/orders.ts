import type { Order } from '../../../core/orders/model.ts'
import { unitCount } from '../../../core/orders/model.ts'
import type { StandingNow } from '../../../core/orders/quotas.ts'
import type { OrderState } from '../../../core/orders/states.ts'
import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time, times } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type RichText } from '../screen.ts'
import { ask } from './ask.ts'
import { buyerButton } from './elsewhere.ts'
import { menuButton } from './menu.ts'
import { levelName } from './quotas.ts'
import { reasonWords } from './rule-words.ts'

/** How many occasions of showing the keys are listed. */
const REVEALS_SHOWN = 5

/** States in which an order's keys are with its buyer. */
export const DELIVERED: readonly OrderState[] = ['delivered', 'part_delivered']
/** States from which the whole of an order can be refunded. */
export const REFUNDABLE: readonly OrderState[] = ['held', 'delivered', 'part_delivered', 'backordered']

/** What the buyer paid, or would have to. */
export function amountOf(order: Order, language: string): string {
  const { amount, currency } = order.paid ?? { amount: order.total, currency: order.currency }
  return formatMoney(amount, currency, language)
}

/** There is no such order: what to do next. */
export function orderUnknown(context: Context): Reply {
  const { t } = context
  return show({
    text: [t.staff.orderUnknown],
    buttons: [[{ label: t.staff.findOrder, action: action('s-find') }, menuButton(context)]],
  })
}

/** An order as staff see it, whoever bought it; `note` goes above it. */
export async function staffOrder(context: Context, no: string, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  const order = await shop.orders.byNo(no)
  if (!order) return orderUnknown(context)
  const [buyer, standing] = await Promise.all([
    shop.customers.get(order.customerId),
    shop.quotas.standingOf(order.customerId),
  ])
  const channel = (name: string) => t.buyer.channels[name] ?? name
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.orderTitle('')), code(spoken(order.no))],
      t.staff.orderState(t.buyer.states[order.state]),
      t.staff.orderBuyer(buyer?.name ?? t.staff.nameless, channel(order.channel), order.customerId),
      ...(isOpen(order) ? standingLines(t, standing) : []),
      '',
      ...order.lines.map((line) =>
        t.staff.orderLine(
          line.name,
          line.sku,
          line.quantity,
          formatMoney(line.unitPrice * line.quantity, order.currency, language),
        ),
      ),
      isPaidAsListed(order) ? undefined : t.staff.orderTotal(formatMoney(order.total, order.currency, language)),
      order.paid
        ? t.staff.orderPaid(amountOf(order, language), t.staff.providers[order.paid.provider] ?? order.paid.provider)
        : t.staff.orderUnpaid,
      order.paid?.credited ? t.staff.refundCredited : undefined,
      order.demo && !order.paid ? t.staff.orderDemo : undefined,
      ...heldBecause(context, order),
      '',
      dates(t, order),
      ...revealed(context, order, channel),
    ),
    buttons: buttons(context, order, standing),
  })
}

/** Whether somebody still has to pay or to decide: then it counts how the buyer stands. */
const isOpen = ({ state }: Order): boolean => state === 'awaiting_payment' || state === 'held'

/** Whether the price of its only line says what was paid. */
const isPaidAsListed = ({ lines, paid, total, currency }: Order): boolean =>
  lines.length === 1 && paid?.amount === total && paid.currency === currency

/** When it went from state to state, in one line: a day is said once. */
function dates(t: Texts, { placedAt, paidAt, deliveredAt, reservedUntil, state }: Order): string {
  const steps: [(time: string) => string, Date | undefined][] = [
    [t.staff.orderPlaced, placedAt],
    [t.staff.orderReserved, state === 'awaiting_payment' ? reservedUntil : undefined],
    [t.staff.orderPaidAt, paidAt],
    [t.staff.orderDelivered, deliveredAt],
  ]
  const next = times()
  return steps.flatMap(([said, at]) => (at ? [said(next(at))] : [])).join(' · ')
}

const levelOf = (t: Texts, { level }: StandingNow): string => (level ? levelName(t, level.name) : t.staff.none)

/** How a buyer stands: what they keep unpaid, what they paid and let run out, and the level of trust they are on. */
export function standingLines(t: Texts, standing: StandingNow): readonly string[] {
  const level = levelOf(t, standing)
  const isSet = standing.trust !== undefined && standing.trust === standing.level?.name
  return [
    t.staff.standing(standing.openOrders, standing.openUnits, standing.paid, standing.expired),
    isSet ? t.staff.trustLevel(level) : t.staff.trustLevelAuto(level),
  ]
}

function heldBecause({ t, language }: Context, order: Order): (RichText | string | undefined)[] {
  if (order.holdReasons.length === 0) return []
  const promised =
    order.state === 'held' && order.promisedAt ? t.staff.orderPromised(time(order.promisedAt)) : undefined
  const reasons =
    order.state === 'held'
      ? reasonWords({ t, language, currency: order.currency }, order.holdReasons)
      : order.holdReasons.map(({ rule }) => t.staff.ruleNames[rule] ?? rule).join(t.buyer.comma)
  return ['', [bold(t.staff.heldBecause)], reasons, promised]
}

function revealed({ t }: Context, order: Order, channel: (name: string) => string): (string | undefined)[] {
  if (order.reveals.length === 0) return DELIVERED.includes(order.state) ? [t.staff.neverRevealed] : []
  const last = order.reveals.slice(-REVEALS_SHOWN)
  const more = order.reveals.length - last.length
  return [
    more > 0 ? t.staff.orderRevealedMore(more) : undefined,
    ...last.map((reveal) => t.staff.orderRevealed(time(reveal.at), channel(reveal.channel), reveal.units)),
  ]
}

function buttons(context: Context, order: Order, standing: StandingNow): Button[][] {
  const { t, customer } = context
  const { no, state } = order
  const deeds: Button[] = state === 'held' ? reviewButtons(t, no) : []
  if (DELIVERED.includes(state)) deeds.push({ label: t.staff.resend, action: action('s-resend', no) })
  if (state !== 'held' && REFUNDABLE.includes(state))
    deeds.push({ label: t.staff.refund, action: action('s-refund', no), style: 'danger' })
  if (state === 'refunding') deeds.push({ label: t.staff.retryRefund, action: action('s-retry', no) })
  const more: Button[] = [{ label: t.staff.unitsButton(unitCount(order)), action: action('s-units', no, 0) }]
  if (order.customerId === customer.id) more.push(...buyerButton(context, t.staff.myOrder, action('order', no)))
  return [
    ...(deeds.length > 0 ? [deeds] : []),
    more,
    [
      { label: t.staff.trustButton(levelOf(t, standing)), action: action('s-trust', no) },
      { label: t.buyer.wallet, action: action('s-wallet', no, 0) },
    ],
    [{ label: t.staff.buyerButton, action: action('s-buyer', order.customerId) }],
    [{ label: t.staff.findOrder, action: action('s-find') }, menuButton(context)],
  ]
}

/** The buttons that decide about a held order. */
export function reviewButtons(t: Texts, no: string): Button[] {
  return [
    { label: t.staff.approve, action: action('s-approve', no), style: 'success' },
    { label: t.staff.reject, action: action('s-reject', no), style: 'danger' },
  ]
}

/** Asks which order is meant. */
export function askForOrder(context: Context, problem?: string): Reply {
  return ask(context, 's-find', problem ?? context.t.staff.askOrderNo, { back: action('s-menu') })
}

async function find(context: Context, text: string): Promise<Reply> {
  if (text === '') return askForOrder(context)
  const no = parseOrderNo(text)
  const order = no === undefined ? undefined : await context.shop.orders.byNo(no)
  return order ? staffOrder(context, order.no) : askForOrder(context, context.t.staff.orderUnknown)
}

export const orderRoutes: Routes = {
  commands: { order: find },
  actions: {
    's-find': async (context) => askForOrder(context),
    's-order': (context, [no = '']) => staffOrder(context, no),
  },
  questions: { 's-find': find },
}
