import { closedText, profileText } from '../../../core/profile/model.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { bold } from '../screen.ts'
import { join } from './join.ts'
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

/** `/start`, or a deep link: to a product (`/start p_SKU`), or an invitation to join the staff (`/start join_CODE`). */
async function start(context: Context, argument: string): Promise<Reply> {
  const [, code] = /^join_([2-9A-Z]{12})$/.exec(argument) ?? []
  if (code !== undefined) return join(context, code)
  const [, sku] = /^p_([\w-]{1,24})$/.exec(argument) ?? []
  return sku === undefined ? home(context) : productPage(context, sku)
}

export const homeRoutes: Routes = {
  commands: { start },
  actions: { home },
}
