import type { Notice } from '../../../core/notifications/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Ticket, TicketMessage } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { lines } from '../format.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { type CardContext, card } from './order.ts'
import { messageLines, pictureScreen } from './tickets.ts'

const buttonsOf = ({ t }: CardContext, { id }: Ticket): Button[] => [
  { label: t.buyer.supportReply, action: action('ticket-write', id) },
  { label: t.buyer.openTicket(id), action: action('ticket', id) },
]

/** An answer of the staff, with its picture. */
export async function answerNotice(context: CardContext, ticket: Ticket, message: TicketMessage): Promise<Screen> {
  const { t } = context
  const [, ...said] = messageLines(context, [message], () => t.buyer.ticketShop)
  const picture = message.hasPicture ? await pictureScreen(context, ticket.id, String(message.id)) : undefined
  return {
    text: lines([bold(t.buyer.supportAnswer(ticket.id))], ...said.slice(1)),
    buttons: [buttonsOf(context, ticket), [homeButton(t)]],
    ...(picture?.picture ? { picture: picture.picture, secret: true } : {}),
  }
}

/** What was decided about a complaint: with the order and its keys when one was replaced. */
export async function verdictNotice(
  context: CardContext,
  ticket: Ticket,
  { verdict, keys, messageId }: Extract<Notice, { kind: 'complaint' }>,
): Promise<Screen> {
  const { t, shop } = context
  const order = ticket.orderNo === undefined ? undefined : await shop.orders.byNo(ticket.orderNo)
  const said = t.buyer.verdicts[verdict](spoken(ticket.orderNo ?? ''), keys)
  const words = ticket.messages.find(({ id }) => String(id) === messageId)?.text
  if (order && verdict === 'replaced') {
    const screen = await card(context, order, { heading: said })
    return { ...screen, buttons: [...(screen.buttons ?? []), buttonsOf(context, ticket)] }
  }
  const open: Button[] = order
    ? [{ label: t.buyer.orderTitle(spoken(order.no)), action: action('order', order.no) }]
    : []
  return {
    text: lines([bold(said)], words === undefined ? undefined : '', words),
    buttons: [buttonsOf(context, ticket), open].filter((row) => row.length > 0),
  }
}
