import type { UnitFacts } from '../../../core/complaints/model.ts'
import { mayComplain } from '../../../core/complaints/policy.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { notFound, own } from './order.ts'
import { pager } from './shelf.ts'

export const UNITS_PER_PAGE = 8

/** One key of an order in a list: its place, what may be shown of it, and how it stands. */
export const unitLine = ({ t }: Pick<Context, 't'>, { unit, masked, state }: UnitFacts): string =>
  t.buyer.unitLineMine(unit, masked, t.buyer.unitStates[state])

/** How each key of an order stands. */
async function list(context: Context, [no = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  const units = await shop.complaints.units(order)
  const { page, pages, skip, take } = pageOf(units.length, UNITS_PER_PAGE, Number(wanted))
  const rows = units
    .slice(skip, skip + take)
    .map((unit): Button[] => [{ label: label(unitLine(context, unit), 60), action: action('unit', no, unit.unit) }])
  return show({
    text: lines(
      [bold(t.buyer.unitsTitleMine(spoken(no)))],
      pages > 1 ? t.buyer.page(page + 1, pages) : undefined,
      units.length === 0 ? t.buyer.noKeys : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, { items: [], page, pages, total: units.length }, 'units', no),
      [backButton(t, action('order', no))],
    ],
  })
}

/** A key of one of this person's orders, by its place in it. */
export async function ownUnit(context: Context, no: string, typed: string) {
  const order = await own(context, no)
  const unit = order && (await context.shop.complaints.units(order)).find((one) => String(one.unit) === typed)
  return order && unit ? { order, unit } : undefined
}

function page(context: Context, order: Order, unit: UnitFacts, note?: string): Reply {
  const { t } = context
  const { state, complaint } = unit
  const deeds: Button[] = []
  if (state === 'shown') deeds.push({ label: t.buyer.unitMarkUsed, action: action('unit-used', order.no, unit.unit) })
  if (state === 'used')
    deeds.push({ label: t.buyer.unitMarkUnused, action: action('unit-unused', order.no, unit.unit) })
  if (mayComplain(unit))
    deeds.push({ label: t.buyer.unitBroken, action: action('broken', order.no, unit.unit), style: 'danger' })
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.buyer.unitsTitleMine(spoken(order.no)))],
      unit.name,
      unitLine(context, unit),
      unit.shownAt ? t.buyer.unitShownAt(time(unit.shownAt), unit.shown) : t.buyer.unitNeverShown,
      unit.isReplacement ? t.buyer.unitReplaced : undefined,
      complaint && t.buyer.unitComplaint(complaint.ticketId, t.buyer.complaintStates[complaint.state]),
    ),
    buttons: [
      ...(deeds.length > 0 ? [deeds] : []),
      ...(complaint
        ? [[{ label: t.buyer.openTicket(complaint.ticketId), action: action('ticket', complaint.ticketId) }]]
        : []),
      [backButton(t, action('units', order.no, Math.floor((unit.unit - 1) / UNITS_PER_PAGE)))],
    ],
  })
}

async function open(context: Context, [no = '', typed = '']: readonly string[], note?: string): Promise<Reply> {
  const found = await ownUnit(context, no, typed)
  return found ? page(context, found.order, found.unit, note) : notFound(context)
}

async function mark(context: Context, args: readonly string[], used: boolean): Promise<Reply> {
  const { t, shop, customer } = context
  const [no = '', typed = ''] = args
  if (!(await ownUnit(context, no, typed))) return notFound(context)
  const key = await shop.inventory.find({ orderNo: no, unit: Number(typed) })
  const { inventory } = shop
  const deed = used ? inventory.markUsed : inventory.unmarkUsed
  const done = key !== undefined && (await deed(customer.pseudonym, key.cardId))
  return open(context, args, done ? (used ? t.buyer.unitMarked : t.buyer.unitUnmarked) : t.buyer.unitNotMarked)
}

export const unitRoutes: Routes = {
  actions: {
    units: list,
    unit: (context, args) => open(context, args),
    'unit-used': (context, args) => mark(context, args, true),
    'unit-unused': (context, args) => mark(context, args, false),
  },
}
