import type { Order } from '../../../core/orders/model.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { webAddress } from '../../../core/platform/settings.ts'
import { action } from '../action.ts'
import type { Context } from '../context.ts'
import type { Button } from '../screen.ts'

/** The address of the page on which an order is paid; undefined where there is no web server that buyers reach. */
export function payPage({ shop }: Pick<Context, 'shop'>, no: string): string | undefined {
  const address = webAddress(shop.settings)
  return address && `${address}/pay/${shop.payments.pages.tokenOf(no)}`
}

/** The ways to pay an order outside the chat: a page where it opens in the app they pay with, else a code to be scanned. */
export function payButtons(context: Pick<Context, 'shop' | 'channel' | 't' | 'language'>, order: Order): Button[] {
  const { shop, t, language, channel } = context
  const price = formatMoney(order.total, order.currency, language)
  return shop.payments.intents.offered(order, channel).flatMap(({ provider, form }): Button[] => {
    const label = t.buyer.payBy[provider]?.(price)
    const url = form === 'page' ? payPage(context, order.no) : undefined
    if (label === undefined) return []
    return [url ? { label, url } : { label, action: action('pay', order.no, provider), style: 'success' }]
  })
}
