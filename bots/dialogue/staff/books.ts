import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { pageOf } from '../../../core/platform/page.ts'
import type { Books, Difference, Turnover } from '../../../core/reports/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, code, type RichText, type Screen } from '../screen.ts'
import { menuButton } from './menu.ts'

const PER_PAGE = 5

/** An amount in minor units as money, the state of an order in words, anything else as it is. */
function said(value: string, t: Texts, language: string): string {
  const [, amount, currency] = /^(\d{1,15}) ([A-Z]{3})$/.exec(value) ?? []
  if (amount && currency) return formatMoney(Number(amount), currency, language)
  return Object.hasOwn(t.buyer.states, value) ? t.buyer.states[value as keyof typeof t.buyer.states] : value
}

function differenceLines({ t, language }: Context, difference: Difference): (RichText | string | undefined)[] {
  const { kind, subject, orderNo, expected, actual } = difference
  return [
    '',
    t.staff.differences[kind],
    [code(orderNo === subject ? spoken(subject) : subject)],
    orderNo === undefined || orderNo === subject ? undefined : t.staff.keyOrder(spoken(orderNo)),
    expected === undefined ? undefined : t.staff.differenceExpected(said(expected, t, language)),
    actual === undefined ? undefined : t.staff.differenceActual(said(actual, t, language)),
  ]
}

function page(context: Context, books: Books, wanted: number): Reply {
  const { t, language } = context
  const { date, differences } = books
  const provider = (name: string) => t.staff.providers[name] ?? name
  const sum = ({ provider: name, currency, count, amount }: Turnover) =>
    t.staff.booksSum(provider(name), count, formatMoney(amount, currency, language))
  const { page: at, pages, skip, take } = pageOf(differences.length, PER_PAGE, wanted)
  const items = differences.slice(skip, skip + take)
  const orders = [...new Set(items.map(({ orderNo }) => orderNo).filter((no) => no !== undefined))]
  return show({
    text: lines(
      [bold(t.staff.booksTitle(date))],
      t.staff.booksOrders(books.orders, books.units),
      t.staff.booksPaid,
      ...(books.payments.length > 0 ? books.payments.map(sum) : [t.staff.none]),
      t.staff.booksBack,
      ...(books.refunds.length > 0 ? books.refunds.map(sum) : [t.staff.none]),
      '',
      [bold(differences.length === 0 ? t.staff.noDifferences : t.staff.differencesTitle(differences.length))],
      ...books.unasked.map((name) => t.staff.booksUnasked(provider(name))),
      pages > 1 ? t.buyer.page(at + 1, pages) : undefined,
      ...items.flatMap((difference) => differenceLines(context, difference)),
      '',
      t.staff.booksCompared(time(books.comparedAt)),
    ),
    buttons: [
      ...orders.map((no): Button[] => [{ label: t.staff.openOrder(spoken(no)), action: action('s-order', no) }]),
      ...pager(context, { items, page: at, pages, total: differences.length }, 's-books', date),
      [{ label: t.staff.booksAgain, action: action('s-books-again', date) }, menuButton(context)],
    ],
  })
}

/** Tells staff what comparing a day's books has found. */
export function booksNotice(t: Texts, date: string, differences: number): Screen {
  return {
    text: [bold(t.staff.booksNotice(date, differences))],
    buttons: [[{ label: t.staff.booksButton, action: action('s-books', date, 0) }]],
  }
}

const daysBooks = async (context: Context, date: string, wanted: number): Promise<Reply> =>
  page(context, await context.shop.reconciliation.books(date), wanted)

export const booksRoutes: Routes = {
  commands: { reconcile: (context, date) => daysBooks(context, date || context.shop.reconciliation.yesterday(), 0) },
  actions: {
    's-books': (context, [date = '', wanted]) => daysBooks(context, date, Number(wanted)),
    's-books-again': async (context, [date = '']) => page(context, await context.shop.reconciliation.compare(date), 0),
  },
}
