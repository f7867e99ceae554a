import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import type { Context, Reply, Routes } from '../context.ts'
import { lines, minutesUntil, time } from '../format.ts'
import { bold } from '../screen.ts'
import { notFound, orderScreen, own } from './order.ts'
import { codeOf } from './order-subjects.ts'
import { payPage } from './pay-buttons.ts'
import { qrPicture } from './qr.ts'

/** Shows the code by which an order is paid. While it is good, asking again shows the same. */
async function showCode(context: Context, [no = '', provider = '']: readonly string[]): Promise<Reply> {
  const { shop, t, language, now, channel } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  if (!shop.payments.intents.offered(order, channel).some((offer) => offer.provider === provider))
    return orderScreen(context, no)
  const begun = await shop.payments.intents.begin(order, { provider, form: 'code' }).catch((err: unknown) => {
    shop.log.warn({ err, provider }, 'a payment could not be begun')
    return undefined
  })
  if (!begun) return orderScreen(context, no, t.buyer.payAway)
  if ('problem' in begun) return orderScreen(context, no, t.buyer.checkoutProblems[begun.problem])
  const { handle, expiresAt } = begun.prepared
  const page = payPage(context, no)
  const screen = {
    text: lines(
      [bold(t.buyer.payCodeTitle(spoken(no), formatMoney(order.total, order.currency, language)))],
      t.buyer.payScan[provider],
      t.buyer.payCodeUntil(minutesUntil(expiresAt, now), time(expiresAt)),
    ),
    picture: await qrPicture(handle),
    buttons: [
      ...(page ? [[{ label: t.buyer.payOpen, url: page }]] : []),
      [{ label: t.buyer.orderTitle(spoken(no)), action: action('order', no) }],
    ],
  }
  return { show: [{ screen, place: 'new', subject: codeOf(no) }], retract: [codeOf(no)] }
}

export const payRoutes: Routes = { actions: { pay: showCode } }
