import type { Complaint } from '../../../core/complaints/model.ts'
import { mayDecide } from '../../../core/complaints/policy.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { pageOf } from '../../../core/platform/page.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { MOST_TEXT } from '../buyer/tickets.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { ALL, complaintButton, complaintButtons, complaintLine, defects, priceOf } from './complaint-parts.ts'
import { openTicket, ticketOf, ticketUnknown } from './tickets.ts'

const PER_PAGE = 8

/** All keys that a ticket complains of. */
async function list(context: Context, [typed = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const all = await shop.complaints.ofTicket(ticket.id)
  const { page, pages, skip, take } = pageOf(all.length, PER_PAGE, Number(wanted))
  const rows = all.slice(skip, skip + take).map((one): Button[] => [complaintButton(t, one)])
  return show({
    text: lines([bold(t.staff.complaintsTitle)], pages > 1 ? t.buyer.page(page + 1, pages) : undefined),
    buttons: [
      ...rows,
      ...pager(context, { items: [], page, pages, total: all.length }, 's-complaints', typed),
      [backButton(t, action('s-ticket', ticket.id))],
    ],
  })
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
      complaintLine(t, complaint),
      t.staff.complaintBatchRate(complaint.batchId, defects(t, rate)),
      supplier &&
        t.staff.complaintSupplierRate(supplier.name, defects(t, await shop.complaints.supplierRate(supplier.id))),
      '',
      ...reveals.slice(-10),
    ),
    buttons: [
      ...(await complaintButtons(context, ticket, [complaint], typed)),
      [
        { label: t.staff.keyHistory, action: action('s-history', String(complaint.cardId), 0) },
        { label: t.staff.batchTitle(complaint.batchId, complaint.sku), action: action('s-batch', complaint.batchId) },
      ],
      [{ label: t.staff.ticketTitle(ticket.id), action: action('s-ticket', ticket.id), back: true }],
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
    text: lines(...found.map((one) => complaintLine(t, one)), '', questions[deed]),
    buttons: [
      [{ label: t.staff.confirmYes, action: action(`s-${deed}-yes`, typed, which), style: 'danger' }],
      [backButton(t, action('s-ticket', ticket.id))],
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
    's-complaints': list,
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
