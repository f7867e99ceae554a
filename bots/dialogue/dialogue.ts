import { accountsOf } from '../../core/customers/model.ts'
import type { KeytillError } from '../../core/platform/errors.ts'
import { parseOrderNo } from '../../core/platform/ids.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Shop } from '../../core/shop.ts'
import { readAction } from './action.ts'
import { home } from './buyer/home.ts'
import { newsTyped } from './buyer/news.ts'
import { orderTyped } from './buyer/order.ts'
import { search } from './buyer/shelf.ts'
import { MORE_PICTURES } from './buyer/tickets.ts'
import type { Channel, ChatEvent } from './channel.ts'
import { commandOf } from './command.ts'
import type { ContactHandler, Context, FileHandler, Reply, Routes, Show } from './context.ts'
import { TEXTS } from './locales/texts.ts'
import { backOnly, choose, hasFetched, menuFor } from './menu.ts'
import { mayHoldKeys, missed } from './missed.ts'
import { type CaughtUp, NOTHING_WAITED } from './notices.ts'
import { perform } from './perform.ts'
import { problemText } from './problem.ts'
import { routesOf } from './routes.ts'
import { ASKS_CONTACT, questionOf, readSession } from './session.ts'
import { isAtDesk, isAtDoor } from './staff/elsewhere.ts'

/** The conversation: handles events of any channel, one at a time per chat (the intake sees to that). */
export interface Dialogue {
  handle(event: ChatEvent, channel: Channel): Promise<void>
  /** Answers an event that came in too long ago to be acted on. */
  miss(event: ChatEvent, channel: Channel, receivedAt: Date): Promise<void>
}

/** Shows what has waited for a word (this event) in this chat, oldest first. */
export type CatchUp = (channel: Channel, chat: string, event: string) => Promise<CaughtUp>

export function createDialogue(shop: Shop, log: Log, catchUp: CatchUp = async () => NOTHING_WAITED): Dialogue {
  /** Before the answer, so that everything is read in the order it came to be. */
  const caughtUp = async ({ id, chat, ...event }: ChatEvent, channel: Channel): Promise<CaughtUp> => {
    if (!event.private || channel.perWord === undefined) return NOTHING_WAITED
    // Handled again, it is answered anew and in full.
    await shop.deferred.forget(channel.name, chat, id)
    return catchUp(channel, chat, id)
  }
  return {
    async handle(received, channel) {
      const event = cleaned(received)
      const context = await contextOf(shop, log, event, channel)
      const shown = await caughtUp(event, channel)
      let reply: Reply
      try {
        const fetches = shown.ofAnswer || hasFetched(event.id, context.session.menu)
        if (fetches && isMereWord(event)) reply = await fetched(context, shown)
        else reply = event.private ? await withKeyboard(context, () => respond(context)) : await inPublic(context)
      } catch (error) {
        const known = problemText(context.t, error)
        // What we do not know is not the buyer's to read: they get a sentence, and the event is tried again later.
        if (known === undefined) throw error
        // Its words may be theirs.
        log.debug({ code: (error as KeytillError).code }, 'a request was answered with a problem')
        reply = event.content.kind === 'press' ? { toast: { text: known, alert: true } } : say(known)
      }
      await perform(context, channel, reply, shown)
    },
    async miss(received, channel, receivedAt) {
      const event = cleaned(received)
      const context = await contextOf(shop, log, event, channel)
      const shown = await caughtUp(event, channel)
      await perform(context, channel, await missed(context, receivedAt), shown)
    },
  }
}

/**
 * Said while the rest of an answer waited, it asks for that: what it could choose from, or answer, had not been shown. Whoever taps
 * a line sees it.
 */
const isMereWord = ({ content }: ChatEvent): boolean =>
  content.kind === 'text' && content.stamp === undefined && !commandOf(content.text)

/** More than this, in characters, may have been said to be heard, and not only to read on. */
const SHORT = 6

/** The answer to a mere word that has brought the rest of an earlier answer. */
async function fetched(context: Context, { messages, more, ofAnswer, blame }: CaughtUp): Promise<Reply> {
  const { content } = context.event
  // What waited was not theirs to see any more.
  if (ofAnswer && messages === 0 && !more && !blame) return home(context)
  const deleteIncoming = mayHoldKeys(context)
  const isHeard = content.kind !== 'text' || [...content.text].length <= SHORT
  return isHeard || more ? { deleteIncoming } : { ...say(context.t.buyer.onlyFetched), deleteIncoming }
}

/** Halves of characters and NUL have no place in a text, and the database refuses them. */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '')

function cleaned(event: ChatEvent): ChatEvent {
  const { content, person } = event
  const who = person.name === undefined ? person : { ...person, name: clean(person.name) }
  if (content.kind === 'text') return { ...event, person: who, content: { ...content, text: clean(content.text) } }
  if (content.kind === 'press') return { ...event, person: who, content: { ...content, action: clean(content.action) } }
  if (content.kind === 'contact') return { ...event, person: who }
  return { ...event, person: who, content: { ...content, caption: clean(content.caption) } }
}

async function contextOf(shop: Shop, log: Log, event: ChatEvent, channel: Channel): Promise<Context> {
  const { person, chat } = event
  const customer = await shop.customers.meet({
    // Met in a group, they have not begun to talk to this bot, which could not write to them.
    channel: event.private ? channel.name : accountsOf(channel.name),
    externalId: person.id,
    // A group is not where a person is reached.
    chat: event.private ? chat : person.id,
    ...(person.name === undefined ? {} : { name: person.name }),
    ...(person.language === undefined ? {} : { language: person.language }),
  })
  const [state, profile] = await Promise.all([shop.chats.session(channel.name, chat), shop.profiles.read()])
  return {
    shop,
    event,
    channel: channel.name,
    can: channel.capabilities,
    deepLink: (payload) => channel.deepLink?.(payload),
    side: channel.side,
    customer,
    profile,
    session: readSession(state),
    language: customer.language,
    t: TEXTS[customer.language],
    now: shop.clock(),
    wait(text) {
      channel.acknowledge(event, { text }).catch((err: unknown) => log.warn({ err }, 'nobody was told to wait'))
    },
  }
}

/** Nothing private is ever said where others read along: a group is asked to come into the private chat. */
async function inPublic(context: Context): Promise<Reply> {
  const { content } = context.event
  if (content.kind === 'press') return { toast: { text: context.t.buyer.inPrivate, alert: true } }
  if (content.kind !== 'text' || !content.text.startsWith('/')) return {}
  return say(context.t.buyer.inPrivate)
}

function find<K extends keyof Routes>(
  context: Context,
  kind: K,
  name: string,
): NonNullable<Routes[K]>[string] | undefined {
  for (const routes of routesOf(context)) {
    const handlers = routes[kind] as Routes[K] & Record<string, NonNullable<Routes[K]>[string]>
    if (handlers && Object.hasOwn(handlers, name)) return handlers[name]
  }
  return undefined
}

async function respond(context: Context): Promise<Reply> {
  const reply = await first(context)
  if (!reply.again) return reply
  const then = await ('press' in reply.again ? press(context, reply.again.press) : said(context, reply.again.say))
  return { ...reply, ...then, show: [...(reply.show ?? []), ...(then.show ?? [])] }
}

async function first(context: Context): Promise<Reply> {
  const { content } = context.event
  if (isAtDoor(context)) return atDoor(context)
  switch (content.kind) {
    case 'press':
      return press(context, content.action)
    case 'text':
      return said(context, content.text, content.stamp)
    case 'contact':
      return shared(context, content.phone)
    case 'file':
    case 'picture': {
      const command = commandOf(content.caption)
      // A file answers the question that was asked, when its caption is no command.
      const name = command?.name ?? questionOf(context.session)?.question ?? (isAtDesk(context) ? '' : MORE_PICTURES)
      const handler = find(context, 'files', name)
      return handler
        ? (handler as FileHandler)(context, command ? command.argument : content.caption)
        : say(isAtDesk(context) ? context.t.staff.fileUnread : context.t.buyer.fileUnwanted)
    }
  }
}

/** A phone number that nobody asked for is not kept. */
async function shared(context: Context, phone: string | undefined): Promise<Reply> {
  const { session, t } = context
  const handler = session.asked && find(context, 'contacts', session.asked.question)
  if (handler) return (handler as ContactHandler)(context, phone, session.asked?.args ?? [])
  return { show: [{ screen: { text: [t.buyer.contactUnwanted], keyboard: 'gone' }, place: 'new' }] }
}

/** Whoever leaves the question for their number behind gets their usual keyboard back. */
async function withKeyboard(context: Context, handle: () => Promise<Reply>): Promise<Reply> {
  const { session, t } = context
  const isAsked = () => session.asked?.question === ASKS_CONTACT
  const wasAsked = isAsked()
  const reply = await handle()
  if (!wasAsked || isAsked() || reply.show?.some(({ screen }) => screen.keyboard)) return reply
  const back: Show = { screen: { text: [t.buyer.contactLeft], keyboard: 'gone' }, place: 'new' }
  return { ...reply, show: [back, ...(reply.show ?? [])] }
}

/** Whatever they want, they hear where they are, unless they have what lets them in. */
async function atDoor(context: Context): Promise<Reply> {
  const { content } = context.event
  const command = content.kind === 'text' ? commandOf(content.text) : undefined
  return (command && (await commanded(context, command))) ?? home(context)
}

async function press(context: Context, text: string): Promise<Reply> {
  const action = readAction(text)
  const handler = action && find(context, 'actions', action.verb)
  if (action && handler) return movingOn(context, () => handler(context, action.args))
  context.session.asked = undefined
  return { ...(await home(context)), toast: { text: context.t.buyer.oldButton } }
}

/** Whoever presses or commands leaves a question behind, unless the handler asks it (or another) again. */
async function movingOn(context: Context, handle: () => Promise<Reply>): Promise<Reply> {
  const { asked } = context.session
  const reply = await handle()
  if (context.session.asked === asked) context.session.asked = undefined
  return reply
}

async function said(context: Context, text: string, stamp?: number): Promise<Reply> {
  const { session, can, t, event } = context
  const command = commandOf(text)
  if (command) return (await commanded(context, command)) ?? say(t.buyer.unknownCommand(command.name))
  if (!can.buttons) {
    const shown = menuFor(event.id, session.menu)
    const menu = session.asked?.digits && stamp === undefined ? backOnly(shown) : shown
    const choice = choose(menu, text, context.now.getTime(), stamp)
    if (choice.kind === 'action') return press(context, choice.action)
    if (choice.kind === 'back' && !questionOf(session)) return home(context)
    if (choice.kind === 'expired') {
      // What is shown now is numbered: digits choose from it.
      session.asked = undefined
      return { ...(await home(context)), toast: { text: t.buyer.menuExpired } }
    }
  }
  const asked = questionOf(session)
  const handler = asked && find(context, 'questions', asked.question)
  if (handler) return handler(context, text, asked.args)
  session.asked = undefined
  if (isAtDesk(context)) return typedAtDesk(context, text)
  return (await orderTyped(context, text)) ?? (await newsTyped(context, text)) ?? search(context, text, 0)
}

/** The number of an order shows it to staff, too. */
async function typedAtDesk(context: Context, text: string): Promise<Reply> {
  const handler = parseOrderNo(text) === undefined ? undefined : find(context, 'commands', 'order')
  return handler ? handler(context, text) : say(context.t.staff.unread)
}

/** What a command leads to; undefined when nobody here knows it. */
async function commanded(
  context: Context,
  { name, argument }: NonNullable<ReturnType<typeof commandOf>>,
): Promise<Reply | undefined> {
  const [, link, rest = ''] = (name === 'start' && /^([a-z]+)_([\w-]+)$/.exec(argument)) || []
  const opened = link === undefined ? undefined : find(context, 'links', link)
  const handler = opened ?? find(context, 'commands', name)
  return handler && movingOn(context, () => handler(context, opened ? rest : argument))
}

const say = (text: string): Reply => ({ show: [{ screen: { text: [text] }, place: 'new' }] })
