import { formatMoney } from '../../../core/platform/money.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { profileText } from '../../../core/profile/model.ts'
import { action, numberOf } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { buyerButton, isAtDesk } from './elsewhere.ts'

/** The button that leads back to the staff menu. */
export const menuButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.staffMenu,
  action: action('s-menu'),
  back: true,
})

/** Figures of the day, what waits for a decision, and where to go. */
export async function menu(context: Context): Promise<Reply> {
  const { t, shop, profile, language } = context
  const today = await shop.reports.today()
  const sales = today.sales.map(({ currency, amount }) => formatMoney(amount, currency, language)).join(' + ')
  return show({
    text: lines(
      [bold(t.staff.menuTitle(profileText(profile, 'name', language)))],
      '',
      [bold(t.staff.last24Hours)],
      t.staff.figureOrders(today.orders, today.units),
      t.staff.figureSales(sales || formatMoney(0, shop.settings.KEYTILL_CURRENCY, language)),
      t.staff.figureRefunds(today.refunds),
      '',
      [bold(t.staff.now)],
      t.staff.figureHeld(today.held),
      t.staff.figureTickets(today.openTickets),
      t.staff.figureUnpaid(today.unpaid),
    ),
    buttons: [
      [
        { label: t.staff.products, action: action('s-products', 0) },
        { label: t.staff.stock, action: action('s-stock', 0) },
      ],
      [
        { label: t.staff.import, action: action('s-imports', 0) },
        { label: t.staff.keys, action: action('s-key-ask') },
      ],
      [
        { label: t.staff.heldButton(today.held), action: action('s-held', 0) },
        { label: t.staff.findOrder, action: action('s-find') },
      ],
      [
        { label: t.staff.ticketsButton(today.openTickets), action: action('s-tickets', 'waiting', 0) },
        { label: t.staff.shopSettings, action: action('s-profile') },
      ],
      [
        { label: t.staff.riskRules, action: action('s-risk') },
        { label: t.staff.quotasButton, action: action('s-quotas') },
      ],
      [
        { label: t.staff.findBuyer, action: action('s-buyer') },
        { label: t.staff.blockedButton, action: action('s-blocked', 0) },
      ],
      [
        { label: t.staff.feedback.button, action: action('s-feedback', 'all', 0) },
        { label: t.staff.broadcasts.button, action: action('s-mails', 0) },
        { label: t.staff.sources.button, action: action('s-sources', '30', 0) },
      ],
      [
        { label: t.staff.booksButton, action: action('s-books', shop.reconciliation.yesterday(), 0) },
        { label: t.staff.jobsButton, action: action('s-jobs', 0) },
      ],
      [
        { label: t.staff.batches, action: action('s-batches', 0) },
        { label: t.staff.claims, action: action('s-claims', 0) },
      ],
      [
        { label: t.staff.teamButton, action: action('s-team', 0) },
        { label: t.staff.securityButton, action: action('s-security') },
      ],
      [
        { label: t.staff.help, action: action('s-help') },
        { label: t.staff.refresh, action: action('s-menu') },
      ],
      buyerButton(context, isAtDesk(context) ? t.staff.toShopBot : t.buyer.home, action('home')),
    ],
  })
}

/** How many characters of help are a page where a menu stands under it. */
const PAGE = 450

/** The lines in pages that are about as long. */
function paged(all: readonly string[]): string[][] {
  const pages: string[][] = [[]]
  let length = 0
  for (const line of all) {
    if (length > 0 && length + line.length > PAGE) {
      pages.push([])
      length = 0
    }
    pages.at(-1)?.push(line)
    length += line.length
  }
  return pages
}

/** Every command of the staff's: in one go where there are buttons, else in pages. */
export async function help(context: Context, wanted = 0): Promise<Reply> {
  const { t, can } = context
  const all = [...t.staff.helpLines, ...t.staff.aftersaleHelp]
  const parts = can.buttons ? [all] : paged(all)
  const { page, pages } = pageOf(parts.length, 1, wanted)
  const items = parts[page] ?? []
  return show({
    text: lines([bold(t.staff.helpTitle)], pages > 1 ? t.buyer.page(page + 1, pages) : undefined, ...items),
    buttons: [...pager(context, { page, pages, items, total: all.length }, 's-help'), [menuButton(context)]],
  })
}

export const menuRoutes: Routes = {
  commands: { staff: menu },
  actions: { 's-menu': menu, 's-help': (context, [page]) => help(context, numberOf(page)) },
}
