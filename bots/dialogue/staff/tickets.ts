import type { Customer } from '../../../core/customers/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Page } from '../../../core/platform/page.ts'
import type { Shop } from '../../../core/shop.ts'
import { TICKET_FILTERS, type Ticket, type TicketFilter, type TicketMessage } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { sentPicture } from '../buyer/picture.ts'
import { pager } from '../buyer/shelf.ts'
import { MOST_TEXT, messageLines, pictureButtons, pictureScreen } from '../buyer/tickets.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { ask } from './ask.ts'
import { appealButtons } from './blocks.ts'
import { complaintButtons, complaintLines } from './complaint-parts.ts'
import { menuButton } from './menu.ts'
import { may } from './permissions.ts'
import { blockLines, buyerButton } from './whom.ts'

const MESSAGES_SHOWN = 5
const STAFF_PER_PAGE = 8

export const ticketsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.ticketsButton(0),
  action: action('s-tickets', 'waiting', 0),
})

/** What the screen of a ticket depends on: a conversation has it, and so has a notice. */
type TicketContext = Pick<Context, 'shop' | 't' | 'language' | 'can' | 'now'>

const buyerName = async (shop: Shop, t: Texts, id: number): Promise<string> =>
  (await shop.customers.get(id))?.name ?? t.staff.nameless

/** A member of staff; one without a name has a number, so that two of them are told apart. */
const staffName = ({ id, name }: Pick<Customer, 'id' | 'name'>): string => name ?? `#${id}`

const ownerName = async (shop: Shop, id: number): Promise<string> =>
  staffName((await shop.customers.get(id)) ?? { id, name: undefined })

/** How long a buyer waits, or how fast they were answered. */
function replyTimes({ t, now }: TicketContext, ticket: Ticket, messages: readonly TicketMessage[]) {
  const { openedAt, answeredAt, waitingSince } = ticket
  const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000
  const latest = messages.findLast(({ waited }) => waited !== undefined)?.waited
  return [
    waitingSince && t.staff.ticketWaiting(t.staff.lasting(seconds(waitingSince, now))),
    answeredAt && t.staff.ticketFirstAnswer(t.staff.lasting(seconds(openedAt, answeredAt))),
    latest === undefined ? undefined : t.staff.ticketLatestAnswer(t.staff.lasting(latest)),
  ]
}

/** A ticket with its latest messages, up to the one with the id `upTo`, or a page of all of them; `note` goes above it. */
export async function ticketScreen(
  context: TicketContext,
  ticket: Ticket,
  { upTo, page, note }: { upTo?: bigint; page?: Page<TicketMessage>; note?: string | undefined } = {},
): Promise<Screen> {
  const { shop, t } = context
  const { id, kind, state, orderNo, assigneeId, channel } = ticket
  const latest = ticket.messages.filter((message) => upTo === undefined || message.id <= upTo).slice(-MESSAGES_SHOWN)
  const said = page?.items ?? latest
  const authors = new Map<string, string>()
  for (const member of await shop.customers.staff()) authors.set(member.pseudonym, staffName(member))
  const author = ({ author }: TicketMessage) => authors.get(author) ?? t.staff.ticketStaff
  const who = (message: TicketMessage) => {
    if (message.note) return t.staff.ticketNoteBy(author(message))
    return message.fromStaff ? author(message) : t.staff.ticketBuyer
  }
  const complaints = kind === 'key' ? await shop.complaints.ofTicket(id) : []
  const order: Button[] =
    orderNo === undefined ? [] : [{ label: t.staff.openOrder(spoken(orderNo)), action: action('s-order', orderNo) }]
  const close: Button[] =
    state === 'closed' ? [] : [{ label: t.staff.ticketClose, action: action('s-ticket-close', id) }]
  const owned: Button[] =
    assigneeId === undefined
      ? [{ label: t.staff.ticketTake, action: action('s-take', id) }]
      : [{ label: t.staff.ticketRelease, action: action('s-release', id, assigneeId) }]
  const isAppeal = kind === 'appeal'
  const blocks = isAppeal ? await shop.risk.blocklist.of(ticket.customerId) : []
  return {
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(isAppeal ? t.staff.appealTitle(id) : t.staff.ticketTitle(id))],
      t.staff.ticketState(t.staff.ticketStates[state]),
      t.staff.ticketFrom(await buyerName(shop, t, ticket.customerId), t.buyer.channels[channel] ?? channel),
      t.staff.ticketKindLine(t.buyer.ticketKinds[kind], time(ticket.openedAt)),
      ticket.previousId === undefined ? undefined : t.buyer.ticketPrevious(ticket.previousId),
      assigneeId === undefined ? t.staff.ticketNoOwner : t.staff.ticketOwner(await ownerName(shop, assigneeId)),
      ...replyTimes(context, ticket, ticket.messages),
      ...(await complaintLines(context, ticket, complaints)),
      page && page.pages > 1 ? t.buyer.page(page.page + 1, page.pages) : undefined,
      ...messageLines(context, said, who),
      ...(isAppeal ? ['', [bold(blocks.length > 0 ? t.staff.appealBlocks : t.staff.appealNoBlocks)]] : []),
      ...(await blockLines(shop, t, blocks)),
    ),
    buttons: [
      ...(page ? pager({ t } as Context, page, 's-ticket', String(id)) : []),
      ...pictureButtons(
        context,
        's-ticket-picture',
        id,
        said.filter((message) => !message.note),
      ),
      ...(await complaintButtons(context, ticket, complaints)),
      ...(isAppeal ? appealButtons(t, ticket, blocks) : []),
      [
        { label: t.staff.ticketReply, action: action('s-reply', id), style: 'primary' },
        { label: t.staff.ticketCanned, action: action('s-canned', id, 0) },
      ],
      [
        { label: t.staff.ticketNote, action: action('s-note', id) },
        ...owned,
        { label: t.staff.ticketGive, action: action('s-give', id, 0) },
      ],
      [...close, ...order, ticketsButton({ t })],
      [buyerButton({ t }, ticket.customerId), menuButton({ t })],
    ],
  }
}

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
      await buyerName(shop, t, customerId),
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
  const noted = await shop.support.note(customer, { channel, event: event.id }, Number(typed), text)
  return noted ? openTicket(context, typed, t.staff.ticketNoted) : ticketUnknown(context)
}

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
      [{ label: t.buyer.back, action: action('s-ticket', ticket.id) }],
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
    's-take': (context, [id = '']) => assign(context, id, undefined, context.customer.id, context.t.staff.ticketTaken),
    's-release': (context, [id = '', from]) =>
      assign(context, id, Number(from) || undefined, undefined, context.t.staff.ticketReleased),
    's-give': askGive,
    's-give-to': give,
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
