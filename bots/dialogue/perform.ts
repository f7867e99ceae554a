import { isDeepStrictEqual } from 'node:util'
import type { Channel, Toast } from './channel.ts'
import type { Context, Reply, Show } from './context.ts'
import { type Menu, menuFor, menuSchema, printMenu } from './menu.ts'
import { present } from './present.ts'
import type { Screen } from './screen.ts'
import { type Answer, answer } from './transmit.ts'

/** An answer that comes later than this is announced, in ms. */
const LATE = 2000

/**
 * Does what a handler wants done, in the chat of its event, and keeps the session. `used` is how many messages have been sent there
 * since the event.
 */
export async function perform(context: Context, channel: Channel, reply: Reply, used: number): Promise<void> {
  const { event, shop, t } = context
  const { deleteIncoming, retract = [], show: screens = [] } = reply
  const replying = answer(shop, channel, event.chat, used, t.buyer.moreWaits)
  // The toast first: a pressed button stops spinning while the screens are on their way.
  await acknowledge(context, channel, reply.toast ?? lateness(context, channel), replying)
  if (deleteIncoming) {
    const { messageId } = event
    const gone = messageId !== undefined && channel.capabilities.delete && (await channel.remove(event.chat, messageId))
    if (!gone) await replying.send([{ text: [t.staff.deleteYourself] }], undefined, screens.length > 0)
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
}

/** Where there are no toasts, theirs is the first message of the answer. */
async function acknowledge(
  context: Context,
  channel: Channel,
  toast: Toast | undefined,
  replying: Answer,
): Promise<void> {
  const isMessage = channel.perWord !== undefined && toast !== undefined
  await channel.acknowledge(context.event, isMessage ? undefined : toast)
  if (isMessage) await replying.send([{ text: [toast.text] }])
}

/** What is said at once when the platform's limits keep the answer waiting. */
function lateness({ event, t }: Context, channel: Channel): Toast | undefined {
  const late = event.content.kind === 'press' ? (channel.backlog?.() ?? 0) : 0
  return late > LATE ? { text: t.buyer.answerIn(Math.ceil(late / 1000)) } : undefined
}

/** Shows one screen; returns the id of the message that carries it, undefined when that has to wait. */
async function put(
  context: Context,
  channel: Channel,
  replying: Answer,
  { screen, place }: Show,
  more: boolean,
): Promise<string | undefined> {
  const { event } = context
  const messages = await presented(context, channel, screen)
  const pressed = event.content.kind === 'press' ? event.content.messageId : undefined
  const target = place === 'edit' && channel.capabilities.edit ? pressed : undefined
  return replying.send(messages, target, more)
}

/**
 * A screen as the channel can show it. Where menus are numbered, its numbers count before the person can type one. What a
 * notice has printed since this event was taken up keeps its numbers, and the screen's come after them.
 */
async function presented(context: Context, channel: Channel, screen: Screen): Promise<readonly Screen[]> {
  const { event, session, now, shop } = context
  const { capabilities, name } = channel
  const made = (before?: Menu) => present(screen, capabilities, (buttons) => printMenu(buttons, now.getTime(), before))
  if (capabilities.buttons) return made().messages
  let messages: readonly Screen[] = []
  await shop.chats.changeMenu(name, event.chat, (menu) => {
    const there = menuSchema.safeParse(menu).data
    const news = isDeepStrictEqual(there, session.menu) ? undefined : there
    const presentation = made(news)
    messages = presentation.messages
    const before = menuFor(event.id, session.menu)?.options ?? []
    const { options = [] } = presentation.menu ?? news ?? {}
    session.menu = { options, answers: { event: event.id, before } }
    return session.menu
  })
  return messages
}
