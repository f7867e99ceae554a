import { action } from '../action.ts'
import { cancelButton, homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'

const MOST_TEXT = 2000

/** Why an order is not taken of somebody who is blocked, and what stays open to them. */
export async function blockedScreen({ t, shop, customer }: Context): Promise<Reply | undefined> {
  const blocks = await shop.risk.blocklist.of(customer.id)
  if (blocks.length === 0) return undefined
  const ends = blocks.map(({ expiresAt }) => expiresAt)
  const last = ends.includes(undefined) ? undefined : ends.reduce((a, b) => ((a ?? 0) > (b ?? 0) ? a : b))
  return show({
    text: lines(last ? t.buyer.blockedUntil(time(last)) : t.buyer.blocked, t.buyer.blockedStill),
    buttons: [
      [{ label: t.buyer.appealButton, action: action('appeal') }],
      [{ label: t.buyer.myOrders, action: action('orders', 0) }, homeButton(t)],
    ],
  })
}

/** Asks why the block should be lifted; whoever is not blocked is told so. */
async function ask(context: Context, problem?: string): Promise<Reply> {
  const { t, shop, customer, session } = context
  const cancel = [[cancelButton(t, action('home'))]]
  if ((await shop.risk.blocklist.of(customer.id)).length === 0)
    return show({ text: [t.buyer.appealNotBlocked], buttons: [[homeButton(t)]] })
  session.asked = { question: 'appeal', args: [], digits: false }
  const open = await shop.support.appealOf(customer.id)
  return show({
    text: lines(problem, open === undefined ? t.buyer.appealAsk : t.buyer.appealOpen(open)),
    buttons: cancel,
  })
}

async function pass(context: Context, text: string): Promise<Reply> {
  const { t, shop, customer, channel, event, session } = context
  if (text.length > MOST_TEXT) return ask(context, t.buyer.supportTooLong)
  session.asked = undefined
  const id = await shop.support.ask(customer, { channel, chat: event.chat, event: event.id }, text, 'appeal')
  return show({ text: [t.buyer.appealSent(id)], buttons: [[homeButton(t)]] })
}

export const appealRoutes: Routes = {
  commands: { appeal: (context) => ask(context) },
  actions: { appeal: (context) => ask(context) },
  questions: { appeal: pass },
}
