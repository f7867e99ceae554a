import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney, parseMoney, STARS } from '../../../core/platform/money.ts'
import type { Money } from '../../../core/wallet/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { walletRoutes as buyerWalletRoutes, walletLines } from '../buyer/wallet.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { bold } from '../screen.ts'
import { requestKey, submitted } from './approvals.ts'
import { ask } from './ask.ts'
import { orderUnknown } from './orders.ts'
import { named } from './review.ts'

/** What the buyer of an order has with the shop, and how it came. */
async function wallet(context: Context, order: Order | undefined, wanted: number, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  if (!order) return orderUnknown(context)
  const [buyer, balances, found] = await Promise.all([
    shop.customers.get(order.customerId),
    shop.wallets.balances(order.customerId),
    shop.wallets.history(order.customerId, wanted),
  ])
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.walletTitle(buyer?.name ?? t.staff.nameless, order.customerId))],
      ...walletLines(t, language, balances, found),
    ),
    buttons: [
      ...pager(context, found, 's-wallet', order.no),
      [{ label: t.staff.adjustButton, action: action('s-adjust', order.no) }],
      [{ label: t.staff.openOrder(spoken(order.no)), action: action('s-order', order.no), back: true }],
    ],
  })
}

const MOST_REASON = 200

/** What was typed: `+10 apology`, `-5.50 paid twice`, `+50 XTR apology`. Undefined when it is nothing like that. */
function readAdjustment(context: Context, typed: string): { money: Money; reason: string } | undefined {
  const [, sign, number = '', code, reason = ''] =
    /^([+\-−＋－])\s*(\S+?)(?:\s+([A-Z]{3}))?\s+([\s\S]+)$/.exec(typed.trim()) ?? []
  const currency = code ?? context.shop.settings.KEYTILL_CURRENCY
  if (sign === undefined || (code !== undefined && code !== STARS && code !== context.shop.settings.KEYTILL_CURRENCY))
    return undefined
  const amount = parseMoney(number, currency)
  const isOut = !['+', '＋'].includes(sign)
  return amount === 0 ? undefined : { money: { amount: isOut ? -amount : amount, currency }, reason: reason.trim() }
}

const askAdjustment = (context: Context, order: Order, problem?: string): Reply =>
  ask(context, 's-adjust', lines(problem, context.t.staff.adjustAsk(spoken(order.no))), {
    args: [order.no],
    back: action('s-wallet', order.no, 0),
  })

/** Reads what is to go in or out, and asks whether that is meant. The reason waits in the question, never in the button. */
async function adjustment(context: Context, order: Order | undefined, typed: string): Promise<Reply> {
  const { t, shop, language } = context
  if (!order) return orderUnknown(context)
  if (typed === '') return askAdjustment(context, order)
  let read: ReturnType<typeof readAdjustment>
  try {
    read = readAdjustment(context, typed)
  } catch (error) {
    if (!hasCode(error, 'money.malformed')) throw error
  }
  if (!read) return askAdjustment(context, order, t.staff.adjustMalformed)
  const reason = (await shop.delivery.conceal([read.reason], order.customerId))[0] ?? ''
  if ([...reason].length > MOST_REASON) return askAdjustment(context, order, t.staff.reasonTooLong)
  const { amount, currency } = read.money
  const sum = formatMoney(Math.abs(amount), currency, language)
  return ask(
    context,
    's-adjust',
    lines([bold(t.staff.adjustTitle(sum, amount > 0))], t.staff.refundReason(reason), t.staff.adjustTold),
    {
      args: [order.no, String(amount), currency, reason],
      back: action('s-wallet', order.no, 0),
      buttons: [
        [{ label: t.staff.adjustYes(sum, amount > 0), action: action('s-adjust-yes', order.no), style: 'danger' }],
      ],
    },
  )
}

async function adjust(context: Context, no: string): Promise<Reply> {
  const { shop, customer, session, t } = context
  const order = await shop.orders.byNo(no)
  const [about, typed = '', currency = '', reason = ''] =
    session.asked?.question === 's-adjust' ? session.asked.args : []
  session.asked = undefined
  const amount = Number(typed)
  // An old button: what it was about is forgotten.
  if (!order || about !== no || !Number.isSafeInteger(amount) || amount === 0) return adjustment(context, order, '')
  const money = { amount: Math.abs(amount), currency }
  try {
    const request = { orderNo: no, amount, currency, reason }
    const outcome = await shop.approvals.submit(customer, 'wallet', request, requestKey(context), money)
    return await submitted(context, outcome, () => wallet(context, order, 0, t.staff.adjusted))
  } catch (error) {
    if (!hasCode(error, 'wallet.too_little')) throw error
    return askAdjustment(context, order, problemText(t, error))
  }
}

/** `/wallet order`, `/wallet order +10 reason`; alone it is one's own. */
async function command(context: Context, argument: string): Promise<Reply> {
  const own = buyerWalletRoutes.commands?.wallet
  if (argument.trim() === '' && own) return own(context, '')
  const { order, rest } = await named(context, argument)
  return rest !== '' && context.customer.permissions.has('wallet.adjust')
    ? adjustment(context, order, rest)
    : wallet(context, order, 0)
}

export const walletRoutes: Routes = {
  commands: { wallet: command },
  actions: {
    's-adjust': async (context, [no = '']) => adjustment(context, await context.shop.orders.byNo(no), ''),
    's-adjust-yes': (context, [no = '']) => adjust(context, no),
    's-wallet': async (context, [no = '', page]) => wallet(context, await context.shop.orders.byNo(no), Number(page)),
  },
  questions: {
    's-adjust': async (context, text, [no = '']) =>
      adjustment(context, await context.shop.orders.byNo(no), text.trim()),
  },
}
