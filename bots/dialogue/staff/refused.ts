import type { RefusedOrder } from '../../../core/risk/refusals.ts'
import { action, numberOf } from '../action.ts'
import { asBack } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold, type RichText } from '../screen.ts'
import { menuButton } from './menu.ts'
import { reasonWords } from './rule-words.ts'
import { buyerButton, buyerName } from './whom.ts'

/** Orders that were not taken, with the reasons: of everybody (`who` is `all`) or of one buyer. */
async function refused(context: Context, who: string, wanted: number): Promise<Reply> {
  const { t, shop } = context
  const id = who === 'all' ? undefined : numberOf(who)
  const found = await shop.risk.refusals.list(wanted, id)
  const names = new Map<number, string>()
  for (const { customerId } of found.items) names.set(customerId, await buyerName(shop, t, customerId))
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.noRefused : t.staff.refusedTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...found.items.flatMap((one) => ['', ...refusedLines(context, one, names.get(one.customerId) ?? '')]),
    ),
    buttons: [
      ...(id === undefined ? [...names] : []).map(([customerId, name]): Button[] => [
        { label: label(`👤 ${name}`), action: action('s-buyer', customerId) },
      ]),
      ...pager(context, found, 's-refused', who),
      id === undefined ? [menuButton(context)] : [asBack(buyerButton(context, id)), menuButton(context)],
    ],
  })
}

function refusedLines(context: Context, one: RefusedOrder, name: string): (string | RichText)[] {
  const { t, language, shop } = context
  const goods = one.wanted.map(({ sku, quantity }) => `${sku} × ${quantity}`).join(t.buyer.comma)
  return [
    t.staff.refusedLine(time(one.at), name, goods, t.staff.refusedOutcomes[one.outcome]),
    reasonWords({ t, language, currency: shop.settings.KEYTILL_CURRENCY }, one.reasons),
  ]
}

export const refusedRoutes: Routes = {
  commands: { refused: (context) => refused(context, 'all', 0) },
  actions: { 's-refused': (context, [who = 'all', page = '0']) => refused(context, who, numberOf(page)) },
}
