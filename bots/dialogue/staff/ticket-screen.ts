import type { Customer } from '../../../core/customers/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Page } from '../../../core/platform/page.ts'
import type { Shop } from '../../../core/shop.ts'
import type { Ticket, TicketMessage } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { messageLines, pictureButtons } from '../buyer/tickets.ts'
import type { Context } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { appealButtons } from './blocks.ts'
import { complaintButtons, complaintLines } from './complaint-parts.ts'
import { menuButton } from './menu.ts'
import { blockLines, buyerButton } from './whom.ts'

const MESSAGES_SHOWN = 5

export const ticketsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.ticketsButton(0),
  back: true,
  action: action('s-tickets', 'waiting', 0),
})

/** What the screen of a ticket depends on: a conversation has it, and so has a notice. */
type TicketContext = Pick<Context, 'shop' | 't' | 'language' | 'can' | 'now'>

/** A buyer's name, where there is no room for more. */
export const shortName = async (shop: Shop, t: Texts, id: number): Promise<string> =>
  (await shop.customers.get(id))?.name ?? t.staff.nameless

/** A member of staff; one without a name has a number, so that two of them are told apart. */
export const staffName = ({ id, name }: Pick<Customer, 'id' | 'name'>): string => name ?? `#${id}`

export const ownerName = async (shop: Shop, id: number): Promise<string> =>
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
      t.staff.ticketFrom(await shortName(shop, t, ticket.customerId), t.buyer.channels[channel] ?? channel),
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
