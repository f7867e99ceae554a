import { closedText, profileText } from '../../../core/profile/model.ts'
import { action } from '../action.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { bold } from '../screen.ts'
import { desk } from '../staff/desk.ts'
import { isAtDesk } from '../staff/elsewhere.ts'
import { walletButton } from './wallet.ts'

/** The first screen: the shop's welcome and where to go. Where only staff are served it is theirs. */
export async function home(context: Context): Promise<Reply> {
  if (isAtDesk(context)) return desk(context)
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

export const homeRoutes: Routes = {
  commands: { start: home },
  actions: { home },
}
