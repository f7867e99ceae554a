import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label } from '../format.ts'
import type { Button } from '../screen.ts'
import { may } from './permissions.ts'
import { staffName } from './ticket-screen.ts'
import { openTicket, ticketOf, ticketUnknown } from './tickets.ts'

const STAFF_PER_PAGE = 8

/** Who may answer tickets, but for whoever has this one. */
async function colleagues({ shop }: Context, ticket: Ticket) {
  const staff = await shop.customers.staff()
  return staff.filter((member) => member.id !== ticket.assigneeId && may(member, 's-reply'))
}

async function askGive(context: Context, [typed = '', wanted]: readonly string[]): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const all = await colleagues(context, ticket)
  const page = Math.max(0, Math.min(Number(wanted) || 0, Math.ceil(all.length / STAFF_PER_PAGE) - 1))
  const pages = Math.max(1, Math.ceil(all.length / STAFF_PER_PAGE))
  const rows = all.slice(page * STAFF_PER_PAGE, (page + 1) * STAFF_PER_PAGE).map((member): Button[] => {
    const title = `${staffName(member)}${member.role ? ` · ${t.staff.roles[member.role] ?? member.role}` : ''}`
    return [{ label: label(title, 60), action: action('s-give-to', ticket.id, ticket.assigneeId ?? 0, member.id) }]
  })
  return show({
    text: [all.length > 0 ? t.staff.ticketGiveWhom(ticket.id) : t.staff.ticketGiveNobody],
    buttons: [
      ...rows,
      ...pager(context, { items: [], page, pages, total: all.length }, 's-give', String(ticket.id)),
      [backButton(t, action('s-ticket', ticket.id))],
    ],
  })
}

/** Gives a ticket to somebody, when it still is whose the button said. */
async function assign(
  context: Context,
  typed: string,
  from: number | undefined,
  to: number | undefined,
  said: string,
): Promise<Reply> {
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  // A second tap says again what the first has done.
  const done = ticket.assigneeId === to || (await context.shop.support.assign(context.customer, ticket.id, from, to))
  return openTicket(context, typed, done ? said : context.t.staff.ticketMoved)
}

async function give(context: Context, [typed = '', from, to = '']: readonly string[]): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const member = (await colleagues(context, { ...ticket, assigneeId: undefined })).find(({ id }) => String(id) === to)
  if (!member) return askGive(context, [typed])
  const said = t.staff.ticketGiven(staffName(member))
  return assign(context, typed, Number(from) || undefined, member.id, said)
}

export const ticketAssignRoutes: Routes = {
  actions: {
    's-take': (context, [id = '']) => assign(context, id, undefined, context.customer.id, context.t.staff.ticketTaken),
    's-release': (context, [id = '', from]) =>
      assign(context, id, Number(from) || undefined, undefined, context.t.staff.ticketReleased),
    's-give': askGive,
    's-give-to': give,
  },
}
