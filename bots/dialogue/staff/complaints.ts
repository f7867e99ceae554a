import type { Complaint, DefectRate } from '../../../core/complaints/model.ts'
import { defectPercent, mayDecide } from '../../../core/complaints/policy.ts'
import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { formatMoney, STARS } from '../../../core/platform/money.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { MOST_TEXT } from '../buyer/tickets.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type RichText } from '../screen.ts'
import { ask } from './ask.ts'
import { openTicket, ticketOf, ticketUnknown } from './tickets.ts'

/** How many keys have a button of their own. */
const KEYS_SHOWN = 8
/** In the place of a complaint's number: all that are not decided. */
const ALL = 'all'

type Seen = Pick<Context, 'shop' | 't' | 'language'>

/** How many of the keys sold did not work, in words. */
export function defects(t: Texts, rate: DefectRate): string {
  const percent = defectPercent(rate)
  return percent === undefined ? t.staff.defectsNone : t.staff.defects(rate.upheld, rate.sold, String(percent))
}

/** What staff see of the complaints in a ticket: the keys, and what their buyer did before. */
export async function complaintLines(
  { shop, t }: Seen,
  ticket: Ticket,
  complaints: readonly Complaint[],
): Promise<(RichText | string)[]> {
  if (complaints.length === 0) return []
  const { orders, complaints: made, upheld, rejected, refunds } = await shop.complaints.buyer(ticket.customerId)
  const shown = complaints.slice(0, KEYS_SHOWN)
  const rest = complaints.length - shown.length
  return [
    t.staff.complaintBuyer(orders, made, upheld, rejected, refunds),
    '',
    [bold(t.staff.complaintsTitle)],
    ...shown.map((one) => line(t, one)),
    ...(rest > 0 ? [t.buyer.moreKeys(rest)] : []),
  ]
}

const line = (t: Texts, { unit, product, reason, state }: Complaint): string =>
  t.staff.complaintLine(unit, product, t.buyer.complainReasons[reason], t.buyer.complaintStates[state])

/** What the units of these complaints cost their buyer. */
function priceOf(order: Order, complaints: readonly Complaint[], language: string): string {
  const inStars = order.paid?.currency === STARS && order.stars !== undefined
  const { currency = order.currency } = order.paid ?? {}
  const prices = order.lines.flatMap(({ quantity, unitPrice, unitStars }) =>
    Array.from({ length: quantity }, () => (inStars ? (unitStars ?? 0) : unitPrice)),
  )
  return formatMoney(
    complaints.reduce((sum, { unit }) => sum + (prices[unit - 1] ?? 0), 0),
    currency,
    language,
  )
}

/** The buttons that decide about complaints of a ticket, and lead to each key. */
export async function complaintButtons(
  { shop, t, language }: Seen,
  ticket: Ticket,
  complaints: readonly Complaint[],
  which: string = ALL,
): Promise<Button[][]> {
  const open = complaints.filter(({ state }) => (which === ALL ? state === 'open' : mayDecide(state)))
  const order = ticket.orderNo === undefined ? undefined : await shop.orders.byNo(ticket.orderNo)
  const keys =
    which === ALL
      ? complaints.slice(0, KEYS_SHOWN).map(({ id, unit }) => ({
          label: t.staff.complaintOpen(unit),
          action: action('s-complaint', id),
        }))
      : []
  const rows = [keys.slice(0, 4), keys.slice(4)].filter((row) => row.length > 0)
  if (!order || open.length === 0) return rows
  const deed = (verb: string) => action(verb, ticket.id, which)
  return [
    ...rows,
    [
      { label: t.staff.replaceAll(open.length), action: deed('s-replace'), style: 'success' },
      { label: t.staff.refundPart(open.length, priceOf(order, open, language)), action: deed('s-refund-keys') },
    ],
    [
      { label: t.staff.refundWhole, action: deed('s-refund-all'), style: 'danger' },
      ...(open.every(({ state }) => state === 'open')
        ? [{ label: t.staff.rejectAll(open.length), action: deed('s-reject-keys'), style: 'danger' } as const]
        : []),
    ],
  ]
}

/** One key that is complained of: who was shown it when and where, how its batch and supplier do, and what can be decided. */
async function page(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const complaint = /^[0-9]{1,9}$/.test(typed) ? await shop.complaints.byId(Number(typed)) : undefined
  const ticket = complaint && (await shop.support.ticket(complaint.ticketId))
  if (!complaint || !ticket) return ticketUnknown(context, t.staff.complaintUnknown)
  const [events, batch, rate] = await Promise.all([
    shop.inventory.history(complaint.cardId),
    shop.inventory.batch(complaint.batchId),
    shop.complaints.batchRate(complaint.batchId),
  ])
  const reveals = events.flatMap((event) =>
    event.what === 'revealed'
      ? [
          t.staff.keyHistoryLine(
            time(event.at),
            t.staff.keyHappened.revealed,
            t.buyer.channels[event.channel] ?? event.channel,
            event.by,
          ),
        ]
      : [],
  )
  const supplier = batch?.supplier
  return show({
    text: lines(
      [bold(t.staff.ticketTitle(ticket.id))],
      line(t, complaint),
      t.staff.complaintBatchRate(complaint.batchId, defects(t, rate)),
      supplier &&
        t.staff.complaintSupplierRate(supplier.name, defects(t, await shop.complaints.supplierRate(supplier.id))),
      ...(await complaintLines(context, ticket, [])),
      '',
      ...reveals.slice(-10),
    ),
    buttons: [
      ...(await complaintButtons(context, ticket, [complaint], typed)),
      [
        { label: t.staff.keyHistory, action: action('s-history', String(complaint.cardId), 0) },
        { label: t.staff.batchTitle(complaint.batchId, complaint.sku), action: action('s-batch', complaint.batchId) },
      ],
      [{ label: t.staff.ticketTitle(ticket.id), action: action('s-ticket', ticket.id) }],
    ],
  })
}

/** The complaints that a button means: one, or all of the ticket that are not decided. */
async function meant({ shop }: Context, ticket: Ticket, which: string): Promise<readonly Complaint[]> {
  const all = await shop.complaints.ofTicket(ticket.id)
  return all.filter(({ id, state }) => (which === ALL ? state === 'open' : String(id) === which && mayDecide(state)))
}

type Deed = 'replace' | 'refund-keys' | 'refund-all'

/** Asks before keys or money go a way that they do not come back from. */
async function confirm(context: Context, deed: Deed, [typed = '', which = '']: readonly string[]): Promise<Reply> {
  const { t, shop, language } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const found = await meant(context, ticket, which)
  const order = ticket.orderNo === undefined ? undefined : await shop.orders.byNo(ticket.orderNo)
  if (found.length === 0 || !order) return openTicket(context, typed, t.staff.complaintDecided)
  const questions: Readonly<Record<Deed, string>> = {
    replace: t.staff.replaceAsk(found.length),
    'refund-keys': t.staff.refundPartAsk(found.length, priceOf(order, found, language)),
    'refund-all': t.staff.refundWholeAsk,
  }
  return show({
    text: lines(...found.map((one) => line(t, one)), '', questions[deed]),
    buttons: [
      [{ label: t.staff.confirmYes, action: action(`s-${deed}-yes`, typed, which), style: 'danger' }],
      [{ label: t.buyer.back, action: action('s-ticket', ticket.id) }],
    ],
  })
}

/** Decides, and shows the ticket as it is then; when somebody was quicker, that too. */
async function decide(
  context: Context,
  [typed = '', which = '']: readonly string[],
  said: string,
  deed: (ticket: Ticket, ids: readonly number[]) => Promise<void>,
): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const ids = (await meant(context, ticket, which)).map(({ id }) => id)
  try {
    await deed(ticket, ids)
  } catch (error) {
    if (hasCode(error, 'complaint.no_stock')) return openTicket(context, typed, t.staff.complaintNoStock)
    if (!hasCode(error, 'complaint.decided') && !hasCode(error, 'order.state')) throw error
    return openTicket(context, typed, t.staff.complaintDecided)
  }
  return openTicket(context, typed, said)
}

async function askWhy(context: Context, [typed = '', which = '']: readonly string[], problem?: string): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const found = await meant(context, ticket, which)
  if (found.length === 0) return openTicket(context, typed, t.staff.complaintDecided)
  return ask(context, 's-reject-keys', lines(problem, t.staff.rejectAsk(found.length)), {
    args: [typed, which],
    back: action('s-ticket', ticket.id),
  })
}

async function reject(context: Context, text: string, args: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  if (text.length > MOST_TEXT) return askWhy(context, args, t.staff.ticketTooLong)
  return decide(context, args, t.staff.rejectedNow, (ticket, ids) =>
    shop.complaints.reject(customer, { channel, event: event.id }, ticket, ids, text),
  )
}

export const complaintRoutes: Routes = {
  actions: {
    's-complaint': page,
    's-replace': (context, args) => confirm(context, 'replace', args),
    's-replace-yes': (context, args) =>
      decide(context, args, context.t.staff.replacedNow, (ticket, ids) =>
        context.shop.complaints.replace(context.customer, ticket, ids),
      ),
    's-refund-keys': (context, args) => confirm(context, 'refund-keys', args),
    's-refund-keys-yes': (context, args) =>
      decide(context, args, context.t.staff.refundedNow, (ticket, ids) =>
        context.shop.complaints.refund(context.customer, ticket, ids, false),
      ),
    's-refund-all': (context, args) => confirm(context, 'refund-all', args),
    's-refund-all-yes': (context, args) =>
      decide(context, args, context.t.staff.refundedNow, (ticket, ids) =>
        context.shop.complaints.refund(context.customer, ticket, ids, true),
      ),
    's-reject-keys': (context, args) => askWhy(context, args),
  },
  questions: { 's-reject-keys': reject },
}
