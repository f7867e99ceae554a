import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { walletRoutes as buyerWalletRoutes, walletLines } from '../buyer/wallet.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { bold } from '../screen.ts'
import { orderUnknown } from './orders.ts'
import { named } from './review.ts'

/** What the buyer of an order has with the shop, and how it came. */
async function wallet(context: Context, order: Order | undefined, wanted: number): Promise<Reply> {
  const { t, shop, language } = context
  if (!order) return orderUnknown(context)
  const [buyer, balances, found] = await Promise.all([
    shop.customers.get(order.customerId),
    shop.wallets.balances(order.customerId),
    shop.wallets.history(order.customerId, wanted),
  ])
  return show({
    text: lines(
      [bold(t.staff.walletTitle(buyer?.name ?? t.staff.nameless, order.customerId))],
      ...walletLines(t, language, balances, found),
    ),
    buttons: [
      ...pager(context, found, 's-wallet', order.no),
      [{ label: t.staff.openOrder(spoken(order.no)), action: action('s-order', order.no) }],
    ],
  })
}

/** `/wallet order`; alone it is one's own. */
async function command(context: Context, argument: string): Promise<Reply> {
  const own = buyerWalletRoutes.commands?.wallet
  if (argument.trim() === '' && own) return own(context, '')
  return wallet(context, (await named(context, argument)).order, 0)
}

export const walletRoutes: Routes = {
  commands: { wallet: command },
  actions: {
    's-wallet': async (context, [no = '', page]) => wallet(context, await context.shop.orders.byNo(no), Number(page)),
  },
}
