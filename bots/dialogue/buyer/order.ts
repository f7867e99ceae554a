import type { Order } from '../../../core/orders/model.ts'
import type { Settlement } from '../../../core/payments/model.ts'
import { SANDBOX } from '../../../core/payments/providers/sandbox.ts'
import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { webAddress } from '../../../core/platform/settings.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, type Show, show, toast } from '../context.ts'
import { dueHere, label, lines, minutesUntil, time } from '../format.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { keysText, maskedSection, takenBack } from './keys.ts'
import { cardOf, codeOf, invoiceOf } from './order-subjects.ts'
import { payButtons } from './pay-buttons.ts'
import { pager } from './shelf.ts'
import { payButton } from './wallet.ts'

/** How many occasions of showing the keys are listed. */
const REVEALS_SHOWN = 3

/** An order of this person, by its number; undefined for other people's, as for none. */
export async function own({ shop, customer }: Context, no: string): Promise<Order | undefined> {
  const order = await shop.orders.byNo(no)
  return order?.customerId === customer.id ? order : undefined
}

/** Somebody asks for an order that is not theirs: once may be a mistake, many times is not (see the rules of risk). */
async function probed({ shop, customer, channel, event }: Context, no: string): Promise<void> {
  await shop.risk.note({ kind: 'probe', customerId: customer.id, subject: no, event: `${channel}:${event.id}` })
}

export function notFound({ t }: Context): Reply {
  return show({
    text: [t.buyer.orderUnknown],
    buttons: [[{ label: t.buyer.myOrders, action: action('orders', 0), back: true }, homeButton(t)]],
  })
}

/** The screen of one order, in place; `note` goes above it. */
export async function orderScreen(context: Context, no: string, note?: string): Promise<Reply> {
  const order = await own(context, no)
  return order
    ? {
        show: [
          {
            screen: await card(context, order, note === undefined ? {} : { note }),
            place: 'edit',
            subject: cardOf(no),
          },
        ],
      }
    : notFound(context)
}

/** An order just placed: its screen, and the invoice where the channel has one. */
export async function placed(context: Context, order: Order): Promise<Reply> {
  const first: Show = { screen: await card(context, order), place: 'edit', subject: cardOf(order.no) }
  const bill = order.state === 'awaiting_payment' ? invoice(context, order) : undefined
  return { show: bill ? [first, bill] : [first] }
}

/** Whether the message whose button was pressed shows this order by now. */
export async function isPressed({ shop, channel, event }: Context, { no }: Order): Promise<boolean> {
  const { chat, content } = event
  const pressed = content.kind === 'press' ? content.messageId : undefined
  return pressed !== undefined && pressed === (await shop.chats.message(channel, chat, cardOf(no)))
}

function invoice({ t, can }: Context, order: Order): Show | undefined {
  if (!can.invoice || order.stars === undefined) return undefined
  const items = order.lines.map((line) => `${line.name} × ${line.quantity}`).join('，')
  const title = t.buyer.invoiceTitle(spoken(order.no))
  const bill = {
    title,
    description: t.buyer.invoiceDescription(label(items, 150)),
    payload: order.no,
    currency: 'XTR',
    amount: order.stars,
    label: title,
  } as const
  return { screen: { text: [title], invoice: bill }, place: 'new', subject: invoiceOf(order.no) }
}

/** What the screen of an order depends on: a conversation has it, and so has a notice. */
export type CardContext = Pick<Context, 'shop' | 'channel' | 'can' | 't' | 'language' | 'now'>

/**
 * Everything a buyer is told of an order, and what they can do with it. A `heading` that says what happened takes the
 * place of number and state; a `note` goes above everything.
 */
export async function card(
  context: CardContext,
  order: Order,
  { heading, note }: { readonly heading?: string; readonly note?: string } = {},
): Promise<Screen> {
  const { t, language, can } = context
  const due = dueHere(can, order) ?? { amount: order.total, currency: order.currency }
  const price = formatMoney(due.amount, due.currency, language)
  return {
    text: lines(
      ...(note === undefined ? [] : [note, '']),
      [bold(heading ?? t.buyer.orderTitle(spoken(order.no)))],
      heading === undefined ? t.buyer.orderState(t.buyer.states[order.state]) : undefined,
      '',
      ...order.lines.map((line) => `${line.name} × ${line.quantity}`),
      order.paid
        ? t.buyer.paidWith(formatMoney(order.paid.amount, order.paid.currency, language))
        : t.buyer.total(price),
      order.paid && order.paid.parted > 0
        ? t.buyer.parted(formatMoney(order.paid.parted, order.paid.currency, language))
        : undefined,
      order.demo ? t.buyer.sandboxHint : undefined,
      '',
      ...(await situation(context, order)),
      t.buyer.placedAt(time(order.placedAt)),
      order.paidAt && t.buyer.paidAt(time(order.paidAt)),
      order.deliveredAt && t.buyer.deliveredAt(time(order.deliveredAt)),
      ...reveals(context, order),
      isLasting(can) && order.state === 'delivered' && webAddress(context.shop.settings)
        ? t.buyer.linkSafer
        : undefined,
    ),
    buttons: buttons(context, order, await payButton(context, order)),
  }
}

/** What its state means for the buyer. */
async function situation(context: CardContext, order: Order) {
  const { t, now } = context
  switch (order.state) {
    case 'awaiting_payment':
      return [
        order.reservedUntil > now
          ? t.buyer.payWithin(minutesUntil(order.reservedUntil, now), time(order.reservedUntil))
          : t.buyer.deadlinePassed,
        context.can.invoice ? t.buyer.invoiceBelow : undefined,
        '',
      ]
    case 'held':
      return [t.buyer.heldNote(time(order.promisedAt ?? now)), '']
    case 'refunding':
      return [t.buyer.refundingNote, '']
    case 'refunded':
      return [order.paid?.credited ? t.buyer.refundedToWallet : t.buyer.refundedNote, '']
    case 'expired':
      return [t.buyer.expiredNote, '']
    case 'delivered':
    case 'part_delivered':
      return [await maskedSection(context.shop, t, order), '']
    default:
      return []
  }
}

function reveals({ t }: CardContext, order: Order) {
  if (order.state !== 'delivered' && order.reveals.length === 0) return []
  if (order.reveals.length === 0) return [t.buyer.neverRevealed]
  const last = order.reveals.slice(-REVEALS_SHOWN)
  const more = order.reveals.length - last.length
  return [
    ...last.map((reveal) => t.buyer.revealedAt(time(reveal.at), t.buyer.channels[reveal.channel] ?? reveal.channel)),
    more > 0 ? t.buyer.revealedMore(more) : undefined,
  ]
}

/** Whether what is shown in the chat stays there for good: keys are better read elsewhere. */
const isLasting = (can: CardContext['can']): boolean => !can.edit && !can.delete

function buttons(context: CardContext, order: Order, fromWallet: Button | undefined): Button[][] {
  const { t, can, shop } = context
  const back: Button[] = [{ label: t.buyer.myOrders, action: action('orders', 0), back: true }, homeButton(t)]
  if (order.state === 'awaiting_payment') {
    const pay: Button[] = []
    if (can.invoice && order.stars !== undefined)
      pay.push({ label: t.buyer.sendInvoice, action: action('invoice', order.no) })
    else if (shop.sandbox && order.demo)
      pay.push({ label: t.buyer.sandboxPay, action: action('pay-sandbox', order.no), style: 'success' })
    return [
      ...(pay.length > 0 ? [pay] : []),
      ...payButtons(context, order).map((button) => [button]),
      ...(fromWallet ? [[fromWallet]] : []),
      [{ label: t.buyer.cancelOrder, action: action('cancel-order', order.no), style: 'danger' }],
      back,
    ]
  }
  if (order.state === 'delivered' || order.state === 'part_delivered') {
    const reveal = order.reveals.length > 0 ? t.buyer.revealAgain : t.buyer.reveal
    const inChat: Button[] = [{ label: reveal, action: action('reveal', order.no), style: 'primary' }]
    const byLink: Button[][] = webAddress(shop.settings)
      ? [[{ label: t.buyer.link, action: action('link', order.no) }]]
      : []
    const [first, last] = isLasting(can) ? [[...byLink, inChat], []] : [[inChat], byLink]
    return [
      ...first,
      [
        { label: t.buyer.keyProblem, action: action('problem', order.no) },
        { label: t.buyer.receipt, action: action('receipt', order.no) },
      ],
      [{ label: t.buyer.rating.button, action: action('rate', order.no) }],
      [{ label: t.buyer.keysStatus, action: action('units', order.no, 0) }],
      ...last,
      back,
    ]
  }
  const sku = order.lines[0]?.sku
  if ((order.state === 'expired' || order.state === 'cancelled') && sku !== undefined) {
    return [[{ label: t.buyer.orderAgain, action: action('again', order.no) }], back]
  }
  return [back]
}

async function list(context: Context, page: number): Promise<Reply> {
  const { t, shop, customer } = context
  const found = await shop.orders.ofCustomer(customer.id, page)
  const home: Button[] = [homeButton(t)]
  if (found.total === 0)
    return show({
      text: [t.buyer.noOrders],
      buttons: [[{ label: t.buyer.shop, action: action('shop'), style: 'primary' }], home],
    })
  const rows = found.items.map((o): Button[] => [
    {
      label: label(t.buyer.orderLine(spoken(o.no), o.title, o.units, t.buyer.states[o.state]), 60),
      action: action('order', o.no),
    },
  ])
  return show({
    text: lines([bold(t.buyer.ordersTitle)], found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined),
    buttons: [...rows, ...pager(context, found, 'orders'), home],
  })
}

async function byNumber(context: Context, argument: string): Promise<Reply> {
  if (argument === '') return show({ text: [context.t.buyer.askOrderNo] })
  const no = parseOrderNo(argument)
  if (no === undefined) return notFound(context)
  if (!(await own(context, no))) await probed(context, no)
  return orderScreen(context, no)
}

/** When a free text is the number of one of this person's orders, that order. */
export async function orderTyped(context: Context, text: string): Promise<Reply | undefined> {
  const no = parseOrderNo(text)
  const order = no === undefined ? undefined : await context.shop.orders.byNo(no)
  if (!order) return undefined
  if (order.customerId === context.customer.id) return orderScreen(context, order.no)
  await probed(context, order.no)
  return undefined
}

async function cancel(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, t } = context
  const done = await shop.sale.cancel(no, customer.id)
  const reply = await orderScreen(context, no, done ? t.buyer.cancelledOrder : t.buyer.cannotCancel)
  return done ? { ...reply, retract: [invoiceOf(no), codeOf(no)] } : reply
}

async function sendInvoice(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const order = await own(context, no)
  if (!order) return notFound(context)
  const bill =
    order.state === 'awaiting_payment' && order.reservedUntil > context.now ? invoice(context, order) : undefined
  return bill ? { show: [bill], retract: [invoiceOf(no)] } : orderScreen(context, no)
}

/** The pretend payment: for demo products, where the shop offers it at all. */
async function paySandbox(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, t } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  if (!shop.sandbox || !order.demo) return orderScreen(context, no)
  const problem = await shop.payments.check(SANDBOX, no, {
    customerId: customer.id,
    amount: order.total,
    currency: order.currency,
  })
  if (problem) return { ...(await orderScreen(context, no, t.buyer.checkoutProblems[problem])) }
  const settled = await shop.payments.receive({
    provider: SANDBOX,
    reference: `order-${order.no}`,
    orderNo: order.no,
    payer: String(customer.id),
    amount: order.total,
    currency: order.currency,
  })
  return paid(context, no, settled)
}

/** Out of the wallet, where what is in it covers what the order costs on this channel. */
async function payFromWallet(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, can, t } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  const due = dueHere(can, order)
  if (!due) return orderScreen(context, no)
  const { settled, problem } = await shop.payments.payFromWallet(no, customer.id, due.currency)
  if (problem) return orderScreen(context, no, { ...t.buyer.checkoutProblems, ...t.buyer.walletProblems }[problem])
  return { ...(await paid(context, no, settled)), retract: [invoiceOf(no), codeOf(no)] }
}

/** The keys come with the notice of the delivery, whatever it was paid with: here only that it was paid. */
async function paid(context: Context, no: string, settled: Settlement): Promise<Reply> {
  const { t } = context
  if (settled.order !== 'delivered') return { ...(await orderScreen(context, no)), ...toast(t.buyer.paidToast) }
  const text = lines([bold(t.buyer.orderTitle(spoken(no)))], t.buyer.paidNote)
  return { show: [{ screen: { text }, place: 'edit', subject: cardOf(no) }], ...toast(t.buyer.paidToast) }
}

async function reveal(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, channel, t } = context
  const order = await shop.orders.byNo(no)
  // One answer for both: nobody learns which numbers there are.
  if (order?.customerId !== customer.id) {
    if (order) await probed(context, no)
    return toast(t.buyer.orderUnknown, true)
  }
  if (order.state !== 'delivered' && order.state !== 'part_delivered') return orderScreen(context, no, t.buyer.noKeys)
  const keys = await shop.delivery.reveal(order, customer, channel)
  return keysText(context, order, keys)
}

/** The keys leave the chat again and the order's screen takes their place, as far as the channel can take anything back. */
async function hide(context: Context, [no = '', pictures]: readonly string[]): Promise<Reply> {
  const reply = await orderScreen(context, no, context.can.delete ? undefined : context.t.buyer.hideYourself)
  return { ...reply, retract: takenBack(context, no, Number(pictures)) }
}

export const orderRoutes: Routes = {
  commands: {
    orders: (context) => list(context, 0),
    order: byNumber,
  },
  actions: {
    orders: (context, [page]) => list(context, Number(page)),
    order: (context, [no = '']) => orderScreen(context, no),
    invoice: sendInvoice,
    'pay-sandbox': paySandbox,
    'pay-wallet': payFromWallet,
    'cancel-order': cancel,
    reveal,
    hide,
  },
}
