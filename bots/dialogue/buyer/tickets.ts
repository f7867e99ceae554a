import { after, minutes } from '../../../core/platform/clock.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Ticket, TicketMessage } from '../../../core/support/model.ts'
import { action, numberOf } from '../action.ts'
import { asBack, cancelButton, homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, times } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, italic, type RichText, type Screen } from '../screen.ts'
import { sentPicture } from './picture.ts'
import { pager } from './shelf.ts'

/** The longest message, in characters. */
export const MOST_TEXT = 2000

/** What a picture answers that comes by itself. */
export const MORE_PICTURES = 'more-pictures'
/** How long after a buyer wrote to a ticket pictures belong to it, in ms: an album comes one by one. */
const ALBUM = minutes(10)

/** The button that leads to the buyer's tickets. */
export const ticketsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.buyer.myTickets,
  action: action('tickets', 0),
})

/** The messages of a conversation; `who` says whose each is. Where there are pictures, that there are. */
export function messageLines(
  { t, can }: { t: Texts; can: Context['can'] },
  messages: readonly TicketMessage[],
  who: (message: TicketMessage) => string,
): (RichText | string)[] {
  const next = times()
  return messages.flatMap((message) => [
    '',
    [italic(t.staff.ticketMessage(who(message), next(message.at)))],
    ...(message.text === '' ? [] : [message.text]),
    ...(message.hasPicture ? [can.pictures ? t.buyer.pictureHere : t.buyer.pictureNotHere] : []),
  ])
}

/** Buttons that show the pictures of these messages. */
export function pictureButtons(
  { t, can }: Pick<Context, 't' | 'can'>,
  verb: string,
  ticketId: number,
  messages: readonly TicketMessage[],
): Button[][] {
  const row = messages
    .filter(({ hasPicture }) => hasPicture && can.pictures)
    .map(({ id }, index) => ({ label: t.buyer.ticketPicture(index + 1), action: action(verb, ticketId, String(id)) }))
  return row.length > 0 ? [row] : []
}

/** A picture of a ticket; it may show a key. */
export async function pictureScreen(
  { shop, t }: Pick<Context, 'shop' | 't'>,
  ticketId: number,
  messageId: string | undefined,
): Promise<Screen | undefined> {
  if (messageId === undefined || !/^[0-9]{1,18}$/.test(messageId)) return undefined
  const picture = await shop.support.picture(ticketId, BigInt(messageId))
  if (!picture) return undefined
  const id = `ticket-${ticketId}-${messageId}`
  return { text: [t.buyer.pictureOf(ticketId)], picture: { id, ...picture }, secret: true }
}

async function list(context: Context, wanted: number): Promise<Reply> {
  const { t, shop, customer } = context
  const found = await shop.support.ofCustomer(customer.id, wanted)
  const rows = found.items.map(({ id, kind, orderNo, state }): Button[] => {
    const about = [t.buyer.ticketKinds[kind], ...(orderNo === undefined ? [] : [spoken(orderNo)])].join(' ')
    return [
      {
        label: label(t.buyer.ticketMineLine(id, about, t.buyer.ticketMineStates[state]), 60),
        action: action('ticket', id),
      },
    ]
  })
  return show({
    text: lines(
      [bold(found.total === 0 ? t.buyer.noTicketsMine : t.buyer.ticketsMine)],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, found, 'tickets'),
      [{ label: t.buyer.support, action: action('support') }, homeButton(t)],
    ],
  })
}

const unknown = (context: Context): Reply =>
  show({ text: [context.t.buyer.ticketMineUnknown], buttons: [[ticketsButton(context)]] })

/** One of this person's tickets, the latest page first; `note` goes above it. */
export async function ownTicket(context: Context, typed: string, page?: string, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  const ticket = await shop.support.own(customer, numberOf(typed), page === undefined ? undefined : Number(page))
  if (!ticket) return unknown(context)
  const { id, kind, state, orderNo, previousId, shown } = ticket
  const complaints = kind === 'key' ? await shop.complaints.ofTicket(id) : []
  const order: Button[] =
    orderNo === undefined ? [] : [{ label: t.buyer.orderTitle(spoken(orderNo)), action: action('order', orderNo) }]
  const write = state === 'closed' ? t.buyer.ticketReopen : t.buyer.ticketWrite
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.buyer.ticketMineTitle(id, t.buyer.ticketKinds[kind]))],
      t.buyer.ticketMineState(t.buyer.ticketMineStates[state]),
      orderNo === undefined ? undefined : t.buyer.orderTitle(spoken(orderNo)),
      previousId === undefined ? undefined : t.buyer.ticketPrevious(previousId),
      ...complaints.map(({ unit, reason, state }) =>
        t.buyer.unitLineMine(unit, t.buyer.complainReasons[reason], t.buyer.complaintStates[state]),
      ),
      shown.pages > 1 ? t.buyer.page(shown.page + 1, shown.pages) : undefined,
      ...messageLines(context, shown.items, ({ fromStaff }) => (fromStaff ? t.buyer.ticketShop : t.buyer.ticketYou)),
    ),
    buttons: [
      ...pictureButtons(context, 'ticket-picture', id, shown.items),
      ...pager(context, shown, 'ticket', String(id)),
      [
        { label: write, action: action('ticket-write', id), style: 'primary' },
        ...(state === 'closed' ? [] : [{ label: t.buyer.ticketCloseMine, action: action('ticket-close', id) }]),
      ],
      [...order, asBack(ticketsButton(context))],
      [homeButton(t)],
    ],
  })
}

async function ask(context: Context, typed: string, problem?: string): Promise<Reply> {
  const { t, shop, customer, can, session } = context
  const ticket = await shop.support.own(customer, numberOf(typed))
  if (!ticket) return unknown(context)
  session.asked = { question: 'ticket-write', args: [String(ticket.id)], digits: false }
  const closed = ticket.state === 'closed'
  const text = closed ? t.buyer.ticketAskReopen(ticket.id) : t.buyer.ticketAskWrite(ticket.id, can.pictures)
  return {
    // What it answers stays in sight.
    show: [
      {
        screen: {
          text: lines(problem, text),
          buttons: [[cancelButton(t, action('ticket', ticket.id))]],
        },
        place: 'new',
      },
    ],
  }
}

async function write(context: Context, text: string, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event, session } = context
  if (text.length > MOST_TEXT) return ask(context, typed, t.buyer.supportTooLong)
  const picture = await sentPicture(context)
  const said = { channel, chat: event.chat, event: event.id, ...(picture ? { picture } : {}) }
  const id = await shop.support.write(customer, said, numberOf(typed), text)
  session.asked = undefined
  return id === undefined ? unknown(context) : ownTicket(context, String(id), undefined, t.buyer.supportSent(id))
}

/** A picture that comes by itself goes with what this person has just written, when that was a moment ago. */
async function morePictures(context: Context, caption: string): Promise<Reply> {
  const { t, shop, customer, now, event } = context
  const [latest] = (await shop.support.ofCustomer(customer.id, 0)).items
  const isRecent = latest?.state === 'open' && after(latest.at, ALBUM) > now
  if (!latest || !isRecent || event.content.kind !== 'picture')
    return { show: [{ screen: { text: [t.buyer.fileUnwanted] }, place: 'new' }] }
  return write(context, caption, [String(latest.id)])
}

async function close(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer } = context
  const id = numberOf(typed)
  const hadOpen = (await shop.complaints.ofTicket(id)).some(({ state }) => state === 'open')
  const closed = await shop.complaints.close(customer, id)
  const said = hadOpen ? t.buyer.ticketClosedWithdrawn : t.buyer.ticketClosedMine
  return ownTicket(context, typed, undefined, closed ? said : t.buyer.ticketAlreadyClosed)
}

async function picture(context: Context, [typed = '', messageId]: readonly string[]): Promise<Reply> {
  const ticket: Ticket | undefined = await context.shop.support.own(context.customer, numberOf(typed))
  const screen = ticket && (await pictureScreen(context, ticket.id, messageId))
  return screen ? { show: [{ screen, place: 'new' }] } : unknown(context)
}

export const ticketRoutes: Routes = {
  commands: {
    tickets: (context) => list(context, 0),
    ticket: (context, text) => (text === '' ? list(context, 0) : ownTicket(context, text.replace(/^#/, ''))),
  },
  actions: {
    tickets: (context, [page]) => list(context, Number(page)),
    ticket: (context, [id = '', page]) => ownTicket(context, id, page),
    'ticket-write': (context, [id = '']) => ask(context, id),
    'ticket-close': close,
    'ticket-picture': picture,
  },
  questions: { 'ticket-write': write },
  files: {
    'ticket-write': (context, caption) => write(context, caption, context.session.asked?.args ?? []),
    [MORE_PICTURES]: morePictures,
  },
}
