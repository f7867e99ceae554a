import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { cancelButton, homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { sentPicture } from './picture.ts'
import { MOST_TEXT, ticketsButton } from './tickets.ts'

/** Asks for the question; the next text is passed on to staff. */
async function ask(context: Context, kind: 'support' | 'payment', prompt: string, orderNo = ''): Promise<Reply> {
  context.session.asked = { question: 'support', args: [kind, orderNo], digits: false }
  return show({
    text: [prompt],
    buttons: [[ticketsButton(context)], [cancelButton(context.t, action('home'))]],
  })
}

async function pass(context: Context, text: string, [kind, orderNo = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, channel, event, session } = context
  if (text.length > MOST_TEXT) return { show: [{ screen: { text: [t.buyer.supportTooLong] }, place: 'new' }] }
  const picture = await sentPicture(context)
  const about = orderNo || orderNoIn(text)
  const id = await shop.support.ask(
    customer,
    { channel, chat: event.chat, event: event.id, ...(picture ? { picture } : {}) },
    text,
    kind === 'payment' ? 'payment' : 'support',
    about,
  )
  session.asked = undefined
  return show({
    text: [t.buyer.supportSent(id)],
    buttons: [[{ label: t.buyer.openTicket(id), action: action('ticket', id) }], [homeButton(t)]],
  })
}

/** The first word of a question that can be an order number. */
function orderNoIn(text: string): string | undefined {
  return text
    .split(/[\s，。,.]+/)
    .map(parseOrderNo)
    .find((no) => no !== undefined)
}

export const supportRoutes: Routes = {
  commands: {
    support: (context, text) =>
      text === '' ? ask(context, 'support', context.t.buyer.askSupport) : pass(context, text, ['support']),
    paysupport: (context, text) =>
      text === '' ? ask(context, 'payment', context.t.buyer.askPaySupport) : pass(context, text, ['payment']),
  },
  actions: {
    support: (context) => ask(context, 'support', context.t.buyer.askSupport),
    'ask-about': (context, [no = '']) =>
      ask(context, 'support', `${context.t.buyer.orderTitle(spoken(no))}\n${context.t.buyer.askSupport}`, no),
  },
  questions: { support: pass },
  files: { support: (context, caption) => pass(context, caption, context.session.asked?.args ?? ['support']) },
}
