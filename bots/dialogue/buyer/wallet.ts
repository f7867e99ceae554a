import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import type { Page } from '../../../core/platform/page.ts'
import type { Money, WalletEntry } from '../../../core/wallet/model.ts'
import { covers } from '../../../core/wallet/policy.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { dueHere, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold } from '../screen.ts'
import { pager } from './shelf.ts'

/** What is in a wallet, as one text: `¥9.90、★ 50`. */
const sums = (t: Texts, language: string, balances: readonly Money[]): string =>
  balances.map(({ amount, currency }) => formatMoney(amount, currency, language)).join(t.buyer.comma)

/** `+¥9.90`, `−★ 50` */
export const signed = (language: string, { amount, currency }: Money): string =>
  `${amount < 0 ? '−' : '+'}${formatMoney(Math.abs(amount), currency, language)}`

function entryLine(t: Texts, language: string, { at, amount, currency, move, orderNo, note }: WalletEntry): string {
  const sum = signed(language, { amount, currency })
  const what = t.buyer.walletMoves[move](orderNo && spoken(orderNo))
  return t.buyer.walletLine(time(at), sum, note === undefined ? what : `${what} (${note})`)
}

/** A wallet's balance and a page of its history, for its owner and for staff. */
export function walletLines(
  t: Texts,
  language: string,
  balances: readonly Money[],
  found: Page<WalletEntry>,
): string[] {
  return [
    balances.length === 0 ? t.buyer.walletEmpty : t.buyer.walletBalance(sums(t, language, balances)),
    ...(found.pages > 1 ? ['', t.buyer.page(found.page + 1, found.pages)] : found.total > 0 ? [''] : []),
    ...found.items.map((entry) => entryLine(t, language, entry)),
  ]
}

/** The button that leads to the wallet. */
export const walletButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.buyer.wallet,
  action: action('wallet', 0),
})

/** What this person has with the shop, and how it came. */
async function wallet(context: Context, wanted: number): Promise<Reply> {
  const { t, shop, customer, language } = context
  const [balances, found] = await Promise.all([
    shop.wallets.balances(customer.id),
    shop.wallets.history(customer.id, wanted),
  ])
  return show({
    text: lines([bold(t.buyer.walletTitle)], ...walletLines(t, language, balances, found), '', t.buyer.walletHint),
    buttons: [...pager(context, found, 'wallet'), [{ label: t.buyer.shop, action: action('shop') }, homeButton(t)]],
  })
}

/** The button that pays for an order from its buyer's wallet; undefined when that does not cover what it costs on this channel. */
export async function payButton(
  { shop, t, can, language }: Pick<Context, 'shop' | 't' | 'can' | 'language'>,
  order: Order,
): Promise<Button | undefined> {
  const due = dueHere(can, order)
  if (order.state !== 'awaiting_payment' || order.demo || !due) return undefined
  if (!covers(await shop.wallets.balances(order.customerId), due)) return undefined
  const label = t.buyer.payFromWallet(formatMoney(due.amount, due.currency, language))
  return { label, action: action('pay-wallet', order.no), style: 'success' }
}

export const walletRoutes: Routes = {
  commands: { wallet: (context) => wallet(context, 0) },
  actions: { wallet: (context, [page]) => wallet(context, Number(page)) },
}
