import { spoken } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, italic, type Screen } from '../screen.ts'
import { ask } from './ask.ts'
import { appealButtons } from './blocks.ts'
import { menuButton } from './menu.ts'
import { blockLines, buyerButton } from './whom.ts'

const MESSAGES_SHOWN = 5
const MOST_TEXT = 2000

const ticketsButton = ({ t }: Pick<Context, 't'>): Button => ({
  label: t.staff.ticketsButton(0),
  action: action('s-tickets', 0),
})

/** A ticket with its latest messages, up to the one with the id `upTo`. */
export async function ticketScreen(shop: Shop, t: Texts, ticket: Ticket, upTo?: bigint): Promise<Screen> {
  const buyer = await shop.customers.get(ticket.customerId)
  const said = ticket.messages.filter((message) => upTo === undefined || message.id <= upTo).slice(-MESSAGES_SHOWN)
  const order: Button[] =
    ticket.orderNo === undefined
      ? []
      : [{ label: t.staff.openOrder(spoken(ticket.orderNo)), action: action('s-order', ticket.orderNo) }]
  const close: Button[] =
    ticket.state === 'closed' ? [] : [{ label: t.staff.ticketClose, action: action('s-ticket-close', ticket.id) }]
  const isAppeal = ticket.kind === 'appeal'
  const blocks = isAppeal ? await shop.risk.blocklist.of(ticket.customerId) : []
  return {
    text: lines(
      [bold(isAppeal ? t.staff.appealTitle(ticket.id) : t.staff.ticketTitle(ticket.id))],
      t.staff.ticketState(t.staff.ticketStates[ticket.state]),
      t.staff.ticketFrom(buyer?.name ?? t.staff.nameless, t.buyer.channels[ticket.channel] ?? ticket.channel),
      ...said.flatMap(({ fromStaff, at, text }) => [
        '',
        [italic(t.staff.ticketMessage(fromStaff ? t.staff.ticketStaff : t.staff.ticketBuyer, time(at)))],
        text,
      ]),
      ...(isAppeal ? ['', [bold(blocks.length > 0 ? t.staff.appealBlocks : t.staff.appealNoBlocks)]] : []),
      ...(await blockLines(shop, t, blocks)),
    ),
    buttons: [
      ...(isAppeal ? appealButtons(t, ticket, blocks) : []),
      [{ label: t.staff.ticketReply, action: action('s-reply', ticket.id), style: 'primary' }, ...order],
      [...close, ticketsButton({ t })],
      [buyerButton({ t }, ticket.customerId), menuButton({ t })],
    ],
  }
}

/** The tickets that wait for an answer, newest first. */
async function list(context: Context, wanted: number): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.support.waiting(wanted)
  const rows = found.items.map(async ({ id, customerId, at }): Promise<Button[]> => {
    const buyer = await shop.customers.get(customerId)
    const title = t.staff.ticketLine(id, buyer?.name ?? t.staff.nameless, time(at))
    return [{ label: label(title, 60), action: action('s-ticket', id) }]
  })
  return show({
    text: lines(
      [bold(found.total === 0 ? t.staff.noTickets : t.staff.ticketsTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [...(await Promise.all(rows)), ...pager(context, found, 's-tickets'), [menuButton(context)]],
  })
}

async function ticketOf({ shop }: Context, typed: string): Promise<Ticket | undefined> {
  return /^[0-9]{1,9}$/.test(typed) ? shop.support.ticket(Number(typed)) : undefined
}

const unknown = (context: Context, text: string): Reply => show({ text: [text], buttons: [[menuButton(context)]] })

async function close(context: Context, typed: string): Promise<Reply> {
  const { t, shop, customer } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return unknown(context, t.staff.ticketUnknown)
  await shop.support.close(customer, ticket.id)
  return show(await ticketScreen(shop, t, { ...ticket, state: 'closed' }))
}

async function open(context: Context, typed: string): Promise<Reply> {
  const { t, shop } = context
  if (typed === '') return unknown(context, t.staff.ticketAskNo)
  const ticket = await ticketOf(context, typed.replace(/^#/, ''))
  return ticket ? show(await ticketScreen(shop, t, ticket)) : unknown(context, t.staff.ticketUnknown)
}

async function askReply(context: Context, typed: string, problem?: string): Promise<Reply> {
  const { t } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return unknown(context, t.staff.ticketUnknown)
  const asked = ask(context, 's-reply', lines(problem, t.staff.ticketAsk(ticket.id)), {
    args: [String(ticket.id)],
    back: action('s-ticket', ticket.id),
  })
  // The buyer's question stays in sight while it is answered.
  return { ...asked, show: (asked.show ?? []).map((item) => ({ ...item, place: 'new' })) }
}

async function answer(context: Context, text: string, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return unknown(context, t.staff.ticketUnknown)
  if (text.length > MOST_TEXT) return askReply(context, typed, t.staff.ticketTooLong)
  const said = { channel, event: event.id }
  if (!(await shop.support.answer(customer, said, ticket.id, text))) return unknown(context, t.staff.ticketUnknown)
  return show({
    text: [t.staff.ticketSent],
    buttons: [
      [{ label: t.staff.ticketTitle(ticket.id), action: action('s-ticket', ticket.id) }, ticketsButton(context)],
      [menuButton(context)],
    ],
  })
}

export const ticketRoutes: Routes = {
  commands: { ticket: open, tickets: (context) => list(context, 0) },
  actions: {
    's-tickets': (context, [page]) => list(context, Number(page)),
    's-ticket-close': (context, [id = '']) => close(context, id),
    's-ticket': (context, [id = '']) => open(context, id),
    's-reply': (context, [id = '']) => askReply(context, id),
  },
  questions: { 's-reply': answer },
}
