import { COMPLAINT_REASONS, type ComplaintReason, type UnitFacts } from '../../../core/complaints/model.ts'
import { mayComplain } from '../../../core/complaints/policy.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { action } from '../action.ts'
import { backButton, cancelButton } from '../back.ts'
import { type Context, type Reply, type Routes, show, toast } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { notFound, own } from './order.ts'
import { sentPicture } from './picture.ts'
import { pager } from './shelf.ts'
import { MOST_TEXT, ticketsButton } from './tickets.ts'
import { UNITS_PER_PAGE, unitLine } from './units.ts'

/** The keys of an order that can be complained of. */
async function complainable({ shop }: Context, order: Order): Promise<UnitFacts[]> {
  return (await shop.complaints.units(order)).filter(mayComplain)
}

/** What was chosen so far, of this order. */
const chosen = ({ session: { complaint } }: Context, no: string): readonly number[] =>
  complaint?.no === no ? complaint.units : []

const asking = ({ t }: Context, no: string): Button[] => [
  { label: t.buyer.complainAsk, action: action('ask-about', no) },
  backButton(t, action('order', no)),
]

/** A key of this order does not work: which one? A single one needs no choosing. */
async function begin(context: Context, [no = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, session } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  const units = await complainable(context, order)
  const [only] = units
  if (!only) return show({ text: [t.buyer.complainNothing], buttons: [[ticketsButton(context)], asking(context, no)] })
  if (units.length === 1) {
    session.complaint = { no, units: [only.unit] }
    return why(context, [no])
  }
  const { page, pages, skip, take } = pageOf(units.length, UNITS_PER_PAGE, Number(wanted ?? 0))
  const picked = chosen(context, no)
  const rows = units.slice(skip, skip + take).map((unit): Button[] => {
    const isPicked = picked.includes(unit.unit)
    // It says what it does, not that it does the opposite: a tap that is handled twice does it once.
    const tap = action(isPicked ? 'unpick' : 'pick', no, unit.unit, page)
    return [{ label: label(`${isPicked ? '☑️' : '▫️'} ${unitLine(context, unit)}`, 60), action: tap }]
  })
  return show({
    text: lines(
      [bold(t.buyer.complainTitle(spoken(no)))],
      t.buyer.complainHint,
      pages > 1 ? t.buyer.page(page + 1, pages) : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, { items: [], page, pages, total: units.length }, 'problem', no),
      [{ label: t.buyer.complainNext(picked.length), action: action('why', no), style: 'primary' }],
      asking(context, no),
    ],
  })
}

async function pick(context: Context, args: readonly string[], wanted: boolean): Promise<Reply> {
  const [no = '', typed = '', page = '0'] = args
  const unit = Number(typed)
  const others = chosen(context, no).filter((one) => one !== unit)
  const units = wanted ? [...others, unit] : others
  // No order has as many units as that: it came from no button of ours.
  if (units.length <= 1000 && Number.isSafeInteger(unit)) context.session.complaint = { no, units }
  return begin(context, [no, page])
}

/** The one key whose page it was said on. */
async function broken(context: Context, [no = '', typed = '']: readonly string[]): Promise<Reply> {
  context.session.complaint = { no, units: [Number(typed)] }
  return why(context, [no])
}

async function why(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const { t } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  const count = chosen(context, no).length
  if (count === 0) return toast(t.buyer.complainNoneChosen, true)
  const reasons = COMPLAINT_REASONS.map((reason): Button[] => [
    { label: t.buyer.complainReasons[reason], action: action('because', no, reason) },
  ])
  return show({
    text: lines([bold(t.buyer.orderTitle(spoken(no)))], t.buyer.complainWhy(count)),
    buttons: [...reasons, asking(context, no)],
  })
}

/** Asks for words; only what has no name of its own needs them. */
async function because(context: Context, [no = '', reason = '']: readonly string[], problem?: string): Promise<Reply> {
  const { t, can, session } = context
  if (!(await own(context, no))) return notFound(context)
  if (!isReason(reason) || chosen(context, no).length === 0) return begin(context, [no])
  session.asked = { question: 'complain', args: [no, reason], digits: false }
  const send: Button = { label: t.buyer.complainSend, action: action('complain', no, reason), style: 'success' }
  return show({
    text: lines(problem, [bold(t.buyer.complainReasons[reason])], t.buyer.complainSay(can.pictures)),
    buttons: [...(reason === 'other' ? [] : [[send]]), [cancelButton(t, action('order', no))]],
  })
}

const isReason = (text: string): text is ComplaintReason => COMPLAINT_REASONS.some((reason) => reason === text)

async function complain(context: Context, text: string, [no = '', reason = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event, session } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  if (!isReason(reason) || (reason === 'other' && text === '' && event.content.kind === 'press'))
    return because(context, [no, reason])
  if (text.length > MOST_TEXT) return because(context, [no, reason], t.buyer.supportTooLong)
  const picture = await sentPicture(context)
  const places = chosen(context, no)
  const units = (await shop.complaints.units(order)).filter(({ unit }) => places.includes(unit))
  const said = { channel, chat: event.chat, event: event.id, ...(picture ? { picture } : {}) }
  const what = { orderNo: no, units: units.map(({ unitId }) => unitId), reason, text }
  const id = await shop.complaints.open(customer, said, what)
  // A sign when it is said of many orders: see the rules of risk.
  await shop.risk.note({ kind: 'complaint', customerId: customer.id, subject: no, event: `${channel}:${event.id}` })
  session.asked = undefined
  session.complaint = undefined
  const count = (await shop.complaints.ofTicket(id)).length
  return show({
    text: [t.buyer.complained(id, count)],
    buttons: [[{ label: t.buyer.openTicket(id), action: action('ticket', id) }], [backButton(t, action('order', no))]],
  })
}

export const complaintRoutes: Routes = {
  actions: {
    problem: begin,
    pick: (context, args) => pick(context, args, true),
    unpick: (context, args) => pick(context, args, false),
    broken,
    why,
    because: (context, args) => because(context, args),
    complain: (context, args) => complain(context, '', args),
  },
  questions: { complain },
  files: { complain: (context, caption) => complain(context, caption, context.session.asked?.args ?? []) },
}
