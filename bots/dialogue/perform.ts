import { isDeepStrictEqual } from 'node:util'
import type { Channel, Toast } from './channel.ts'
import type { Context, Reply, Show } from './context.ts'
import { deferRest } from './deferral.ts'
import { shownFor, withoutBack } from './menu.ts'
import type { CaughtUp } from './notices.ts'
import { printed } from './numbering.ts'
import type { Screen } from './screen.ts'
import { type Answer, answer } from './transmit.ts'

/** An answer that comes later than this is announced, in ms. */
const LATE = 2000

/**
 * Does what a handler wants done, in the chat of its event, and keeps the session. `shown` is what was shown there since the event,
 * of what had waited.
 */
export async function perform(context: Context, channel: Channel, reply: Reply, shown: CaughtUp): Promise<void> {
  const { event, shop, customer, t } = context
  const { deleteIncoming, retract = [], show: screens = [] } = reply
  const replying = answer({
    channel,
    chat: event.chat,
    used: shown.messages,
    waits: shown.more,
    print: (last) => numbered(context, channel, last),
    keep: (messages) => {
      const rest = { messages, to: customer.id, held: [...customer.permissions] }
      return deferRest(shop, { channel, chat: event.chat }, rest, { event: event.id })
    },
    async hint() {
      const count = await shop.deferred.count(channel.name, event.chat)
      if (count === 0) return undefined
      const ofAnswer = await shop.deferred.holdsAnswer(channel.name, event.chat)
      return ofAnswer ? t.buyer.moreWaits(count) : t.buyer.newsWaits(count)
    },
    unsaid: (err) => shop.log.warn({ err, channel: channel.name }, 'nobody was told that more waits'),
  })
  // The toast first: a pressed button stops spinning while the screens are on their way.
  await acknowledge(context, channel, reply.toast ?? lateness(context, channel), replying, {
    more: deleteIncoming === true || screens.length > 0,
  })
  if (deleteIncoming) {
    const { messageId } = event
    const gone = messageId !== undefined && channel.capabilities.delete && (await channel.remove(event.chat, messageId))
    if (!gone) await replying.send({ text: [t.staff.deleteYourself] }, undefined, screens.length > 0)
  }
  for (const subject of retract) {
    const messageId = await shop.chats.message(channel.name, event.chat, subject)
    if (messageId !== undefined) await channel.remove(event.chat, messageId)
  }
  for (const [index, item] of screens.entries()) {
    const messageId = await put(context, channel, replying, item, index < screens.length - 1)
    if (item.subject !== undefined && messageId !== undefined)
      await shop.chats.rememberMessage(channel.name, event.chat, item.subject, messageId)
  }
  await replying.end()
  await shop.chats.saveSession(channel.name, event.chat, context.session)
  if (replying.taken) await shown.blame?.()
}

/** Where there are no toasts, theirs is the first message of the answer; `more` tells that others follow. */
async function acknowledge(
  context: Context,
  channel: Channel,
  toast: Toast | undefined,
  replying: Answer,
  { more }: { readonly more: boolean },
): Promise<void> {
  const isMessage = channel.perWord !== undefined && toast !== undefined
  await channel.acknowledge(context.event, isMessage ? undefined : toast)
  if (isMessage) await replying.send({ text: [toast.text] }, undefined, more)
}

/** What is said at once when the platform's limits keep the answer waiting. */
function lateness({ event, t }: Context, channel: Channel): Toast | undefined {
  const late = event.content.kind === 'press' ? (channel.backlog?.() ?? 0) : 0
  return late > LATE ? { text: t.buyer.answerIn(Math.ceil(late / 1000)) } : undefined
}

/** Shows one screen; returns the id of the message that carries it, undefined when that has to wait. */
async function put(
  { event }: Context,
  channel: Channel,
  replying: Answer,
  { screen, place }: Show,
  more: boolean,
): Promise<string | undefined> {
  const pressed = event.content.kind === 'press' ? event.content.messageId : undefined
  const target = place === 'edit' && channel.capabilities.edit ? pressed : undefined
  return replying.send(screen, target, more)
}

/**
 * The last part of a screen as the channel can show it. Where menus are numbered, its numbers are those that count from now on. What
 * was printed since this event was taken up (a notice, what had waited) keeps its numbers, and the screen's come after them.
 */
function numbered({ event, session, shop }: Context, channel: Channel, last: Screen): Promise<readonly Screen[]> {
  return printed(shop, channel, event.chat, last, (there, make) => {
    const news = isDeepStrictEqual(there, session.menu) ? undefined : there
    const { options = [] } = make(news).menu ?? withoutBack(news) ?? {}
    const since = there?.answers?.event === event.id ? there : session.menu
    session.menu = shownFor(event.id, { options, digits: session.asked?.digits }, since)
    return session.menu
  })
}
