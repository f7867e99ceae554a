import { TICKET_FILTERS, type Ticket, type TicketFilter } from '../../../core/support/model.ts'
import { action, numberOf } from '../action.ts'
import { sentPicture } from '../buyer/picture.ts'
import { pager } from '../buyer/shelf.ts'
import { MOST_TEXT, pictureScreen } from '../buyer/tickets.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { ownerName, shortName, ticketScreen, ticketsButton } from './ticket-screen.ts'

const isFilter = (text: string): text is TicketFilter => TICKET_FILTERS.some((filter) => filter === text)

/** Tickets of one kind; those whose buyers wait longest first. */
async function list(context: Context, wanted: string, page: number): Promise<Reply> {
  const { t, shop, customer, now } = context
  const filter = isFilter(wanted) ? wanted : 'waiting'
  const found = await shop.support.list(filter, customer, page)
  const rows = found.items.map(async ({ id, kind, customerId, waitingSince, assigneeId }): Promise<Button[]> => {
    const waited = waitingSince && t.staff.lasting((now.getTime() - waitingSince.getTime()) / 1000)
    const owner = assigneeId === undefined ? undefined : `→ ${await ownerName(shop, assigneeId)}`
    const line = t.staff.ticketListLine(
      id,
      t.buyer.ticketKinds[kind],
      await shortName(shop, t, customerId),
      waited,
      owner,
    )
    return [{ label: label(line, 60), action: action('s-ticket', id) }]
  })
  const filters = TICKET_FILTERS.map((name): Button => {
    const mark = name === filter ? '● ' : ''
    return { label: `${mark}${t.staff.ticketFilters[name]}`, action: action('s-tickets', name, 0) }
  })
  const title = found.total === 0 ? t.staff.ticketsNone : t.staff.ticketsIn
  return show({
    text: lines(
      [bold(title(t.staff.ticketFilters[filter], found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...(await Promise.all(rows)),
      ...pager(context, found, 's-tickets', filter),
      filters,
      [
        { label: t.staff.ticketFigures, action: action('s-ticket-figures') },
        { label: t.staff.answersManage, action: action('s-answers') },
      ],
      [menuButton(context)],
    ],
  })
}

/** The ticket that is meant, in the number of a button or as it was typed. */
export async function ticketOf({ shop }: Pick<Context, 'shop'>, typed: string): Promise<Ticket | undefined> {
  return /^[0-9]{1,9}$/.test(typed) ? shop.support.ticket(Number(typed)) : undefined
}

export const ticketUnknown = (context: Context, text = context.t.staff.ticketUnknown): Reply =>
  show({ text: [text], buttons: [[ticketsButton(context), menuButton(context)]] })

/** A ticket as it is now, with a page of its conversation; `note` goes above it. */
export async function openTicket(context: Context, typed: string, note?: string, wanted?: string): Promise<Reply> {
  const ticket = await ticketOf(context, typed.replace(/^#/, ''))
  if (!ticket) return ticketUnknown(context)
  const page = await context.shop.support.conversation(ticket.id, wanted === undefined ? undefined : Number(wanted))
  return show(await ticketScreen(context, ticket, { page, note }))
}

async function close(context: Context, typed: string): Promise<Reply> {
  const { t, shop, customer } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const closed = await shop.support.close(customer, ticket.id)
  return openTicket(context, typed, closed || ticket.state === 'closed' ? undefined : t.staff.ticketCloseOpen)
}

/** What is on the screen when an answer is begun: the latest message, and whose ticket it is. */
export const seenOf = ({ messages, assigneeId }: Ticket): [string, string] => [
  String(messages.at(-1)?.id ?? 0),
  String(assigneeId ?? 0),
]

/** Asks for an answer; what was said until then has been seen. */
async function askReply(context: Context, typed: string, problem?: string): Promise<Reply> {
  const { t, can } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const picture = can.pictures ? t.staff.ticketPictureHint : undefined
  const asked = ask(context, 's-reply', lines(problem, t.staff.ticketAsk(ticket.id), picture), {
    args: [String(ticket.id), ...seenOf(ticket)],
    back: action('s-ticket', ticket.id),
  })
  // The buyer's question stays in sight while it is answered.
  return { ...asked, show: (asked.show ?? []).map((item) => ({ ...item, place: 'new' })) }
}

async function answer(context: Context, text: string, args: readonly string[]): Promise<Reply> {
  const [typed = ''] = args
  if (text.length > MOST_TEXT) return askReply(context, typed, context.t.staff.ticketTooLong)
  return send(context, text, args, await sentPicture(context))
}

/** Sends an answer, unless somebody else has answered since what this person saw: then what they said is shown first. */
export async function send(
  context: Context,
  text: string,
  [typed = '', message = '', assignee = '']: readonly string[],
  picture?: Buffer,
): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const said = { channel, event: event.id, ...(picture ? { picture } : {}) }
  const seen = {
    message: /^[0-9]{1,18}$/.test(message) ? BigInt(message) : 0n,
    assigneeId: Number(assignee) || undefined,
  }
  switch (await shop.support.answer(customer, said, ticket.id, text, seen)) {
    case 'unknown':
      return ticketUnknown(context)
    case 'overtaken': {
      const now = await openTicket(context, typed, t.staff.ticketOvertaken)
      const again = await askReply(context, typed)
      return { show: [...(now.show ?? []), ...(again.show ?? [])] }
    }
    case 'sent':
      return show({
        text: [t.staff.ticketSent],
        buttons: [
          [{ label: t.staff.ticketTitle(ticket.id), action: action('s-ticket', ticket.id) }, ticketsButton(context)],
          [menuButton(context)],
        ],
      })
  }
}

async function askNote(context: Context, typed: string, problem?: string): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  return ask(context, 's-note', lines(problem, t.staff.ticketAskNote(ticket.id)), {
    args: [String(ticket.id)],
    back: action('s-ticket', ticket.id),
  })
}

async function note(context: Context, text: string, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  if (text.length > MOST_TEXT) return askNote(context, typed, t.staff.ticketTooLong)
  const noted = await shop.support.note(customer, { channel, event: event.id }, numberOf(typed), text)
  return noted ? openTicket(context, typed, t.staff.ticketNoted) : ticketUnknown(context)
}

/** How fast tickets were answered lately. */
async function figures(context: Context): Promise<Reply> {
  const { t, shop } = context
  const told = await Promise.all(
    [7, 30].map(async (days) => {
      const { opened, closed, answers, first, every } = await shop.support.replyTimes(days)
      const lasting = (seconds: number | undefined) => (seconds === undefined ? t.staff.none : t.staff.lasting(seconds))
      return lines(
        '',
        [bold(t.staff.ticketFiguresOf(days))],
        t.staff.ticketFiguresCounts(opened, closed, answers),
        t.staff.ticketFiguresTimes(lasting(first), lasting(every)),
      )
    }),
  )
  return show({
    text: lines([bold(t.staff.ticketFiguresTitle)], ...told),
    buttons: [[ticketsButton(context), menuButton(context)]],
  })
}

async function picture(context: Context, [typed = '', messageId]: readonly string[]): Promise<Reply> {
  const ticket = await ticketOf(context, typed)
  const screen = ticket && (await pictureScreen(context, ticket.id, messageId))
  return screen ? { show: [{ screen, place: 'new' }] } : ticketUnknown(context)
}

export const ticketRoutes: Routes = {
  commands: {
    ticket: async (context, text) =>
      text === '' ? ticketUnknown(context, context.t.staff.ticketAskNo) : openTicket(context, text),
    tickets: (context) => list(context, 'waiting', 0),
  },
  actions: {
    's-tickets': (context, [filter = '', page]) => list(context, filter, Number(page)),
    's-ticket-close': (context, [id = '']) => close(context, id),
    's-ticket': (context, [id = '', page]) => openTicket(context, id, undefined, page),
    's-ticket-picture': picture,
    's-ticket-figures': figures,
    's-reply': (context, [id = '']) => askReply(context, id),
    's-note': (context, [id = '']) => askNote(context, id),
  },
  questions: { 's-reply': answer, 's-note': note },
  files: {
    's-reply': async (context, caption) => {
      const { asked } = context.session
      const reply = await answer(context, caption, asked?.args ?? [])
      // Answered, unless it was asked again: one that is refused is asked for still.
      if (context.session.asked === asked) context.session.asked = undefined
      return reply
    },
  },
}
