import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { requestKey, submitted } from './approvals.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { amountOf, askForOrder, DELIVERED, orderUnknown, REFUNDABLE, staffOrder } from './orders.ts'
import { reasonWords } from './rule-words.ts'

const MOST_REASON = 200

/** The order that a command names with its first word, and what stands behind it. */
export async function named(context: Context, argument: string): Promise<{ order: Order | undefined; rest: string }> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument.trim()) ?? []
  const no = parseOrderNo(word)
  return { order: no === undefined ? undefined : await context.shop.orders.byNo(no), rest: rest.trim() }
}

/** Does something to an order and shows what became of it; when its state does not allow it (somebody was quicker), `otherwise`. */
async function tried(
  context: Context,
  no: string,
  note: string | (() => Promise<string>),
  deed: () => Promise<void>,
  otherwise = context.t.staff.orderMoved,
): Promise<Reply> {
  try {
    await deed()
  } catch (error) {
    if (!hasCode(error, 'order.state')) throw error
    return staffOrder(context, no, otherwise)
  }
  return staffOrder(context, no, typeof note === 'string' ? note : await note())
}

/** How a refund goes on: into a wallet it is done at once. */
const refundNote =
  ({ shop, t }: Context, no: string, started: string) =>
  async (): Promise<string> =>
    (await shop.orders.byNo(no))?.paid?.credited ? t.staff.credited : started

/** The orders that wait for a decision, with the reasons. */
async function held(context: Context, page: number): Promise<Reply> {
  const { t, shop, language } = context
  const found = await shop.orders.inState('held', page)
  const orders = (await Promise.all(found.items.map(({ no }) => shop.orders.byNo(no)))).filter((o) => o !== undefined)
  const titleOf = (order: Order): string => {
    const units = order.lines.reduce((sum, line) => sum + line.quantity, 0)
    return t.staff.heldLine(spoken(order.no), order.lines[0]?.name ?? '', units, amountOf(order, language))
  }
  const reasonsOf = ({ currency, holdReasons }: Order) => reasonWords({ t, language, currency }, holdReasons)
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.noHeld : t.staff.heldTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...orders.flatMap((order) => ['', titleOf(order), reasonsOf(order)]),
    ),
    buttons: [
      ...orders.map((order): Button[] => [{ label: label(titleOf(order), 60), action: action('s-order', order.no) }]),
      ...pager(context, found, 's-held'),
      [{ label: t.staff.refusedButton, action: action('s-refused', 'all', 0) }, menuButton(context)],
    ],
  })
}

async function approve(context: Context, order: Order | undefined): Promise<Reply> {
  const { shop, customer, t } = context
  if (!order) return orderUnknown(context)
  return tried(context, order.no, t.staff.approved, () => shop.sale.approve(customer.pseudonym, order.no))
}

/** Rejecting needs a reason: without one it is asked for. */
async function reject(context: Context, order: Order | undefined, typed: string): Promise<Reply> {
  const { shop, customer, t } = context
  if (!order) return orderUnknown(context)
  if (order.state !== 'held') return staffOrder(context, order.no, t.staff.notHeld(t.buyer.states[order.state]))
  const reason = await withoutKeys(context, order, typed)
  const problem = reasonProblem(context, reason)
  if (reason === '' || problem !== undefined)
    return ask(context, 's-reject', lines(problem, t.staff.askRejectReason(spoken(order.no))), {
      args: [order.no],
      back: action('s-order', order.no),
    })
  return tried(context, order.no, refundNote(context, order.no, t.staff.rejected), () =>
    shop.sale.reject(customer.pseudonym, order.no, reason),
  )
}

/** A reason is kept in plain text, and "KEY does not work" is an obvious one: keys in it are masked. */
async function withoutKeys({ shop }: Context, order: Order, reason: string): Promise<string> {
  return (await shop.delivery.conceal([reason], order.customerId))[0] ?? ''
}

const reasonProblem = ({ t }: Context, reason: string): string | undefined =>
  [...reason].length > MOST_REASON ? t.staff.reasonTooLong : undefined

/** A refund needs a reason and a confirmation; the reason waits in the question, never in the button. */
async function refund(context: Context, order: Order | undefined, typed: string): Promise<Reply> {
  const { t, language } = context
  if (!order) return orderUnknown(context)
  if (!REFUNDABLE.includes(order.state))
    return staffOrder(context, order.no, t.staff.cannotRefund(t.buyer.states[order.state]))
  const reason = await withoutKeys(context, order, typed)
  const amount = amountOf(order, language)
  const problem = reasonProblem(context, reason)
  const back = action('s-order', order.no)
  if (reason === '' || problem !== undefined)
    return ask(context, 's-refund', lines(problem, t.staff.askRefundReason(spoken(order.no), amount)), {
      args: [order.no],
      back,
    })
  const text = lines(
    [bold(t.staff.refundTitle(spoken(order.no), amount))],
    t.staff.refundReason(reason),
    order.reveals.length > 0 ? t.staff.refundKeysSeen : t.staff.refundKeysUnseen,
  )
  const yes: Button = {
    label: t.staff.refundConfirm(amount),
    action: action('s-refund-yes', order.no),
    style: 'danger',
  }
  return ask(context, 's-refund', text, { args: [order.no, reason], back, buttons: [[yes]] })
}

async function confirmRefund(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, session, t } = context
  const order = await shop.orders.byNo(no)
  const [about, reason] = session.asked?.question === 's-refund' ? session.asked.args : []
  session.asked = undefined
  // An old button: its reason was about another order, or is forgotten.
  if (!order || about !== no || reason === undefined) return refund(context, order, '')
  if (!REFUNDABLE.includes(order.state))
    return staffOrder(context, no, t.staff.cannotRefund(t.buyer.states[order.state]))
  const { amount, currency } = order.paid ?? { amount: order.total, currency: order.currency }
  const request = { orderNo: no, reason }
  try {
    const outcome = await shop.approvals.submit(customer, 'refund', request, requestKey(context), { amount, currency })
    const note = refundNote(context, no, t.staff.refundStarted)
    return await submitted(context, outcome, async () => staffOrder(context, no, await note()))
  } catch (error) {
    if (!hasCode(error, 'order.state')) throw error
    return staffOrder(context, no, t.staff.orderMoved)
  }
}

/** Tries a failed refund again; never begins one, whatever the button was under. */
async function retry(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, t } = context
  const order = await shop.orders.byNo(no)
  if (!order) return orderUnknown(context)
  if (order.state === 'refunded') return staffOrder(context, no, t.staff.orderMoved)
  if (order.state !== 'refunding') return staffOrder(context, no, t.staff.retryNotThis)
  return tried(
    context,
    no,
    t.staff.retried,
    () => shop.sale.refund(customer.pseudonym, no, 'retry'),
    t.staff.refundUnderWay,
  )
}

async function resend(context: Context, order: Order | undefined): Promise<Reply> {
  const { shop, customer, t } = context
  if (!order) return orderUnknown(context)
  if (!DELIVERED.includes(order.state)) return staffOrder(context, order.no, t.staff.notDelivered)
  return tried(context, order.no, t.staff.resent, () => shop.sale.resend(customer.pseudonym, order.no))
}

export const reviewRoutes: Routes = {
  commands: {
    held: (context) => held(context, 0),
    approve: async (context, argument) =>
      argument === '' ? held(context, 0) : approve(context, (await named(context, argument)).order),
    resend: async (context, argument) =>
      argument === '' ? askForOrder(context) : resend(context, (await named(context, argument)).order),
    reject: async (context, argument) => {
      if (argument === '') return held(context, 0)
      const { order, rest } = await named(context, argument)
      return reject(context, order, rest)
    },
    refund: async (context, argument) => {
      if (argument === '') return askForOrder(context)
      const { order, rest } = await named(context, argument)
      return refund(context, order, rest)
    },
  },
  actions: {
    's-held': (context, [page]) => held(context, Number(page)),
    's-approve': async (context, [no = '']) => approve(context, await context.shop.orders.byNo(no)),
    's-reject': async (context, [no = '']) => reject(context, await context.shop.orders.byNo(no), ''),
    's-refund': async (context, [no = '']) => refund(context, await context.shop.orders.byNo(no), ''),
    's-refund-yes': confirmRefund,
    's-retry': retry,
    's-resend': async (context, [no = '']) => resend(context, await context.shop.orders.byNo(no)),
  },
  questions: {
    's-reject': async (context, text, [no = '']) => reject(context, await context.shop.orders.byNo(no), text.trim()),
    's-refund': async (context, text, [no = '']) => refund(context, await context.shop.orders.byNo(no), text.trim()),
  },
}
