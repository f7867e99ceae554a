import { closedText, profileText } from '../../../core/profile/model.ts'
import { startsOf } from '../../../core/sources/policy.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { bold } from '../screen.ts'
import { productPage } from './product.ts'
import { walletButton } from './wallet.ts'

/** The first screen: the shop's welcome and where to go. */
export async function home(context: Context): Promise<Reply> {
  const { t, profile, language, session, shop, customer } = context
  const units = session.basket.reduce((sum, line) => sum + line.quantity, 0)
  const closed = closedText(profile)
  const hasMoney = (await shop.wallets.balances(customer.id)).length > 0
  return show({
    text: lines(
      [bold(t.buyer.welcome(profileText(profile, 'name', language)))],
      profileText(profile, 'welcome', language) || undefined,
      closed === undefined ? undefined : t.buyer.closed(closed),
      shop.sandbox ? t.buyer.demoShop : undefined,
      '',
      t.buyer.homeHint,
    ),
    buttons: [
      [
        { label: t.buyer.shop, action: action('shop'), style: 'primary' },
        { label: t.buyer.myOrders, action: action('orders', 0) },
      ],
      [
        { label: t.buyer.basket(units), action: action('basket') },
        { label: t.buyer.support, action: action('support') },
      ],
      ...(hasMoney ? [[walletButton(context)]] : []),
      [
        { label: t.buyer.help, action: action('help') },
        { label: t.buyer.changeLanguage, action: action('language') },
      ],
    ],
  })
}

/** `/start`, or a deep link: to a product (`/start p_SKU`), from a source (`/start src_NAME`), or both (`/start p_SKU_src_NAME`). */
async function start(context: Context, argument: string): Promise<Reply> {
  const { shop, customer, language } = context
  const readings = startsOf(argument)
  for (const { sku, source } of readings) {
    // Read to the end it may be no product, and the name of one with a source behind it.
    if (
      source === undefined &&
      sku !== undefined &&
      readings.length > 1 &&
      !(await shop.catalog.product(sku, language))
    )
      continue
    if (source !== undefined) await shop.sources.touch(customer, source)
    return sku === undefined ? home(context) : productPage(context, sku)
  }
  return home(context)
}

export const homeRoutes: Routes = {
  commands: { start },
  actions: { home },
}
