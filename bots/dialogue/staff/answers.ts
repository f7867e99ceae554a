import { spoken } from '../../../core/platform/ids.ts'
import type { CannedAnswer, Ticket } from '../../../core/support/model.ts'
import { fillAnswer } from '../../../core/support/policy.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'
import { ticketsButton } from './ticket-screen.ts'
import { openTicket, seenOf, send, ticketOf, ticketUnknown } from './tickets.ts'

const PER_PAGE = 8

const nameOf = ({ name, language }: CannedAnswer): string => (language === '' ? name : `${name}.${language}`)

/** All canned answers, to be looked at and dropped; `note` goes above them. */
async function list(context: Context, note?: string): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.support.answers.all()
  const rows = all.map((answer): Button[] => [
    { label: label(nameOf(answer), 60), action: action('s-answer', answer.id) },
  ])
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(all.length === 0 ? t.staff.answersNone : t.staff.answersTitle(all.length))],
      t.staff.answersHint,
    ),
    buttons: [...rows, [ticketsButton(context), menuButton(context)]],
  })
}

/** `/answers`, or `/answers name text`. */
async function command(context: Context, argument: string): Promise<Reply> {
  const { t, shop, customer } = context
  if (argument === '') return list(context)
  const [, typed = '', text = ''] = /^(\S+)\s*([\s\S]*)$/.exec(argument) ?? []
  const [, name = typed, language = ''] = /^(.+)\.(zh|en)$/.exec(typed) ?? []
  await shop.support.answers.put(customer, name, language, text)
  return list(context, t.staff.answerSaved(typed))
}

const answerOf = async ({ shop }: Context, typed: string): Promise<CannedAnswer | undefined> =>
  /^[0-9]{1,9}$/.test(typed) ? shop.support.answers.byId(Number(typed)) : undefined

async function page(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t } = context
  const answer = await answerOf(context, typed)
  if (!answer) return list(context, t.staff.answerUnknown)
  return show({
    text: lines([bold(t.staff.answerTitle(nameOf(answer)))], answer.text),
    buttons: [
      [{ label: t.staff.answerDrop, action: action('s-answer-drop', answer.id), style: 'danger' }],
      [backButton(t, action('s-answers'))],
    ],
  })
}

async function drop(context: Context, [typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer } = context
  const gone = await shop.support.answers.drop(customer, Number(typed) || 0)
  return list(context, gone ? t.staff.answerDropped : t.staff.answerUnknown)
}

/** Which canned answer for this ticket, in its buyer's language? */
async function choose(context: Context, [typed = '', wanted]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const ticket = await ticketOf(context, typed)
  if (!ticket) return ticketUnknown(context)
  const buyer = await shop.customers.get(ticket.customerId)
  const all = await shop.support.answers.for(buyer?.language ?? context.language)
  const pages = Math.max(1, Math.ceil(all.length / PER_PAGE))
  const page = Math.min(Math.max(0, Number(wanted) || 0), pages - 1)
  const rows = all
    .slice(page * PER_PAGE, (page + 1) * PER_PAGE)
    .map((answer): Button[] => [
      { label: label(answer.name, 60), action: action('s-canned-use', ticket.id, answer.id) },
    ])
  const turn: Button[] = [
    ...(page > 0 ? [{ label: t.buyer.previousPage, action: action('s-canned', typed, page - 1) }] : []),
    ...(page < pages - 1 ? [{ label: t.buyer.nextPage, action: action('s-canned', typed, page + 1) }] : []),
  ]
  return show({
    text: lines(
      [bold(all.length === 0 ? t.staff.answersNone : t.staff.answersChoose(ticket.id))],
      all.length === 0 ? t.staff.answersHint : undefined,
    ),
    buttons: [
      ...rows,
      ...(turn.length > 0 ? [turn] : []),
      [{ label: t.staff.answersManage, action: action('s-answers') }, backButton(t, action('s-ticket', ticket.id))],
    ],
  })
}

/** A canned answer as this ticket's buyer would get it. */
async function filled({ shop, t }: Context, ticket: Ticket, answer: CannedAnswer): Promise<string> {
  const order = ticket.orderNo === undefined ? undefined : await shop.orders.byNo(ticket.orderNo)
  const buyer = await shop.customers.get(ticket.customerId)
  return fillAnswer(answer.text, {
    order: ticket.orderNo === undefined ? '…' : spoken(ticket.orderNo),
    product: order?.lines.map(({ name }) => name).join(t.buyer.comma) ?? '…',
    name: buyer?.name ?? t.staff.answerCustomer,
  })
}

async function preview(context: Context, [typed = '', which = '']: readonly string[]): Promise<Reply> {
  const { t } = context
  const [ticket, answer] = [await ticketOf(context, typed), await answerOf(context, which)]
  if (!ticket || !answer) return ticket ? openTicket(context, typed, t.staff.answerUnknown) : ticketUnknown(context)
  return show({
    text: lines([bold(t.staff.answerPreview(ticket.id))], await filled(context, ticket, answer)),
    buttons: [
      [
        {
          label: t.staff.answerSend,
          action: action('s-canned-send', ticket.id, answer.id, ...seenOf(ticket)),
          style: 'success',
        },
      ],
      [backButton(t, action('s-canned', ticket.id, 0))],
    ],
  })
}

async function sendCanned(context: Context, [typed = '', which = '', ...seen]: readonly string[]): Promise<Reply> {
  const [ticket, answer] = [await ticketOf(context, typed), await answerOf(context, which)]
  if (!ticket || !answer) return preview(context, [typed, which])
  return send(context, await filled(context, ticket, answer), [typed, ...seen])
}

export const answerRoutes: Routes = {
  commands: { answers: command },
  actions: {
    's-answers': (context) => list(context),
    's-answer': page,
    's-answer-drop': drop,
    's-canned': choose,
    's-canned-use': preview,
    's-canned-send': sendCanned,
  },
}
