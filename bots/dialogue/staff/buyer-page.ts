import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { action, numberOf } from '../action.ts'
import { asBack } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { standingLines } from './orders.ts'
import { blockLines, buyerButton, buyerName, whomOf } from './whom.ts'

/** All that staff want to know of one buyer, and what they can do. */
async function page(context: Context, id: number, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  const [figures, buyer] = await Promise.all([shop.reports.buyer(id), shop.customers.get(id)])
  if (!figures || !buyer) return find(context, t.staff.whomUnknown)
  const [standing, blocks, passed] = await Promise.all([
    shop.quotas.standingOf(id),
    shop.risk.blocklist.of(id),
    shop.risk.passes.until(id),
  ])
  const spent = figures.spent.map(({ amount, currency }) => formatMoney(amount, currency, language))
  const channel = (name: string) => t.buyer.channels[name] ?? name
  const accounts = figures.accounts.map(({ channel: on, id: account, linkedAt }) =>
    t.staff.buyerAccount(`${channel(on)} ${account}`, linkedAt === null ? undefined : time(new Date(linkedAt))),
  )
  const blocked = blocks.length === 0 ? [t.staff.buyerNotBlocked] : await blockLines(shop, t, blocks)
  return show({
    text: lines(
      note,
      [bold(await buyerName(shop, t, id))],
      t.staff.buyerSince(time(figures.since)),
      t.staff.buyerAccounts(accounts.join(t.buyer.comma)),
      '',
      t.staff.buyerPaid(figures.orders, spent.join(t.buyer.comma) || t.staff.none),
      t.staff.buyerTrouble(figures.refunds, figures.complaints, figures.probes),
      ...standingLines(t, standing),
      '',
      ...blocked,
      passed ? t.staff.passedUntil(time(passed)) : t.staff.passedNone,
      figures.linked.length > 0 ? t.staff.buyerLinked(figures.linked.length) : undefined,
    ),
    buttons: [
      [
        { label: t.staff.buyerOrders, action: action('s-buyer-orders', id, 0) },
        { label: t.staff.refusedButton, action: action('s-refused', id, 0) },
      ],
      [
        passed
          ? { label: t.staff.passTake, action: action('s-pass', id, 'take') }
          : { label: t.staff.passGive, action: action('s-pass', id, 'give') },
      ],
      ...figures.linked.map(({ id: other, name }): Button[] => [
        { label: label(t.staff.buyerName(name ?? t.staff.nameless, other)), action: action('s-buyer', other) },
      ]),
      ...blocks
        .slice(0, 3)
        .map((block): Button[] => [{ label: t.staff.unblockButton(block.id), action: action('s-unblock', block.id) }]),
      ...(buyer.role === undefined
        ? [[{ label: t.staff.blockButton, action: action('s-block', id), style: 'danger' } as const]]
        : []),
      [menuButton(context)],
    ],
  })
}

/** Spares a buyer the challenges for a while, or takes that back. */
async function pass(context: Context, id: number, what: string): Promise<Reply> {
  const { t, shop, customer } = context
  const buyer = await shop.customers.get(id)
  if (!buyer) return find(context, t.staff.whomUnknown)
  await shop.risk.passes[what === 'take' ? 'take' : 'give'](customer.pseudonym, buyer)
  return page(context, id, what === 'take' ? t.staff.passTaken : t.staff.passGiven)
}

/** A page of the orders of a buyer. */
async function orders(context: Context, id: number, wanted: number): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.orders.ofCustomer(id, wanted)
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.buyerNoOrders : await buyerName(shop, t, id))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...found.items.map((order): Button[] => [
        {
          label: label(t.buyer.orderLine(spoken(order.no), order.title, order.units, t.buyer.states[order.state]), 60),
          action: action('s-order', order.no),
        },
      ]),
      ...pager(context, found, 's-buyer-orders', String(id)),
      [asBack(buyerButton(context, id)), menuButton(context)],
    ],
  })
}

function find(context: Context, problem?: string): Reply {
  return ask(context, 's-buyer', lines(problem, context.t.staff.buyerAsk), { back: action('s-menu') })
}

/** `/buyer 12`, `/buyer K7MQ-4XD2`, `/buyer telegram:12345`, or a phone number. */
async function typed(context: Context, text: string): Promise<Reply> {
  const { t, shop } = context
  if (text === '') return find(context)
  const whom = await whomOf(shop, text.replace(/\s+/g, ''))
  const ids = whom ? await shop.risk.blocklist.concerned(whom) : []
  const [only] = ids
  if (only === undefined) return find(context, t.staff.whomUnknown)
  if (ids.length === 1) return page(context, only)
  const rows = ids
    .slice(0, 10)
    .map(
      async (id): Promise<Button[]> => [{ label: label(await buyerName(shop, t, id)), action: action('s-buyer', id) }],
    )
  return show({
    text: [t.staff.buyerSeveral(ids.length)],
    buttons: [...(await Promise.all(rows)), [menuButton(context)]],
  })
}

export const buyerPageRoutes: Routes = {
  commands: { buyer: typed },
  actions: {
    's-buyer': (context, [id]) => (id === undefined ? Promise.resolve(find(context)) : page(context, numberOf(id))),
    's-pass': (context, [id, what = '']) => pass(context, numberOf(id), what),
    's-buyer-orders': (context, [id, page]) => orders(context, numberOf(id), numberOf(page)),
  },
  questions: { 's-buyer': typed },
}
