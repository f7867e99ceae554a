import type { Order } from '../../../core/orders/model.ts'
import type { Payment } from '../../../core/payments/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import type { Shop } from '../../../core/shop.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type Screen } from '../screen.ts'
import { menuButton } from './menu.ts'
import { orderUnknown } from './orders.ts'

/** The order that a payment names, when it is one of ours. */
export const orderOf = async (shop: Shop, { orderNo }: Payment): Promise<Order | undefined> =>
  orderNo === undefined ? undefined : shop.orders.byNo(orderNo)

/** Where a payment's money is, in words; undefined when it is with the shop. */
function whereabouts(t: Texts, { outcome, refund }: Payment): string | undefined {
  if (outcome === 'credited') return t.staff.refundCredited
  if (refund?.state === 'failed' && refund.problem === undefined) return t.staff.noWayBack
  return refund && t.staff.refundStates[refund.state]
}

/** A payment and where its money is, with what staff can do when it is stuck. */
export async function paymentScreen(
  shop: Shop,
  t: Texts,
  language: string,
  payment: Payment,
  title: string,
): Promise<Screen> {
  const { id, provider, reference, amount, excess, currency, rule = '', refund } = payment
  const order = await orderOf(shop, payment)
  const why = t.staff.oddRules[rule]
  const where = whereabouts(t, payment)
  const deeds: Button[] = []
  // By the payment: a failed refund of some other payment must not lead to giving back the good one.
  if (refund?.state === 'failed') {
    // One without a problem was never asked for, because its provider gives nothing back.
    if (refund.problem !== undefined)
      deeds.push({ label: t.staff.retryRefund, action: action('s-retry-payment', String(id)) })
    if ((await shop.payments.creditee(id)) !== undefined)
      deeds.push({ label: t.staff.creditInstead, action: action('s-credit', String(id)) })
    deeds.push({ label: t.staff.byHand, action: action('s-by-hand', String(id)) })
  }
  if (order) deeds.push({ label: t.staff.openOrder(spoken(order.no)), action: action('s-order', order.no) })
  return {
    text: lines(
      [bold(title)],
      ...(order?.lines.map((line) => `${line.name} × ${line.quantity}`) ?? []),
      t.staff.orderPaid(formatMoney(amount, currency, language), t.staff.providers[provider] ?? provider),
      [t.staff.paymentReference, code(reference)],
      why === undefined ? undefined : t.staff.refundReason(why),
      excess > 0 ? t.staff.excessCredited(formatMoney(excess, currency, language)) : undefined,
      ...(where === undefined ? [] : ['', where]),
      refund?.problem === undefined ? undefined : t.staff.providerSaid(refund.problem),
    ),
    ...(deeds.length > 0 ? { buttons: deeds.map((deed) => [deed]) } : {}),
  }
}

const paymentOf = async ({ shop }: Context, id: string): Promise<Payment | undefined> =>
  /^[0-9]{1,18}$/.test(id) ? shop.payments.byId(BigInt(id)) : undefined

/** The payment as it is now, below what has just been said of it. */
async function view(context: Context, id: string, title?: string): Promise<Reply> {
  const { shop, t, language } = context
  const payment = await paymentOf(context, id)
  if (!payment) return orderUnknown(context)
  const screen = await paymentScreen(shop, t, language, payment, title ?? t.staff.paymentTitle)
  return show({ ...screen, buttons: [...(screen.buttons ?? []), [menuButton(context)]] })
}

/** Does something to a failed refund and shows what became of it; somebody may have been quicker. */
async function act(context: Context, id: string, said: string, deed: (id: bigint) => Promise<boolean>): Promise<Reply> {
  const payment = await paymentOf(context, id)
  if (!payment) return orderUnknown(context)
  return view(context, id, (await deed(payment.id)) ? said : context.t.staff.refundNotFailed)
}

/** Asks before money goes a way that it does not come back from. */
async function confirm(context: Context, id: string, question: (payment: Payment) => Promise<string>, yes: Button) {
  const payment = await paymentOf(context, id)
  if (payment?.refund?.state !== 'failed') return view(context, id, context.t.staff.refundNotFailed)
  return show({
    text: [await question(payment)],
    buttons: [[yes], [backButton(context.t, action('s-payment', id))]],
  })
}

const sum = ({ language }: Context, { refund, currency }: Payment): string =>
  formatMoney(refund?.amount ?? 0, currency, language)

async function askCredit(context: Context, [id = '']: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const question = async (payment: Payment) => {
    const customerId = (await shop.payments.creditee(payment.id)) ?? 0
    const name = (await shop.customers.get(customerId))?.name ?? t.staff.nameless
    return t.staff.creditAsk(sum(context, payment), name, customerId)
  }
  return confirm(context, id, question, { label: t.staff.creditYes, action: action('s-credit-yes', id) })
}

async function askByHand(context: Context, [id = '']: readonly string[]): Promise<Reply> {
  const { t } = context
  const question = async (payment: Payment) => t.staff.byHandAsk(sum(context, payment))
  return confirm(context, id, question, { label: t.staff.byHandYes, action: action('s-by-hand-yes', id) })
}

export const paymentRoutes: Routes = {
  actions: {
    's-payment': (context, [id = '']) => view(context, id),
    's-retry-payment': (context, [id = '']) =>
      act(context, id, context.t.staff.retried, (payment) =>
        context.shop.payments.retryRefund(context.customer.pseudonym, payment),
      ),
    's-credit': askCredit,
    's-credit-yes': (context, [id = '']) =>
      act(context, id, context.t.staff.credited, (payment) =>
        context.shop.payments.creditRefund(context.customer.pseudonym, payment),
      ),
    's-by-hand': askByHand,
    's-by-hand-yes': (context, [id = '']) =>
      act(context, id, context.t.staff.byHandDone, (payment) =>
        context.shop.payments.refundedByHand(context.customer.pseudonym, payment),
      ),
  },
}
