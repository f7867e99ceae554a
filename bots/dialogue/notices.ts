import { type Notice, STAFF_NEWS } from '../../core/notifications/model.ts'
import type { Messenger } from '../../core/notifications/provider.ts'
import { hasCode } from '../../core/platform/errors.ts'
import type { Shop } from '../../core/shop.ts'
import { mailingScreen } from './buyer/news.ts'
import type { Channel } from './channel.ts'
import { deferNotice, readWaiting } from './deferral.ts'
import { TEXTS } from './locales/texts.ts'
import { type Menu, menuSchema, printMenu } from './menu.ts'
import { prepare } from './notice-screens.ts'
import { present } from './present.ts'
import type { Screen } from './screen.ts'
import { withAllowed } from './staff/guard.ts'
import { transmit } from './transmit.ts'

/** How many messages an answer needs for itself, of those that a platform takes after a word. */
const FOR_ANSWERS = 3

/** What was shown of what had waited: how many messages, and whether the rest of an answer was among them. */
export interface CaughtUp {
  readonly messages: number
  readonly ofAnswer: boolean
}

export interface ChatMessenger extends Messenger {
  /**
   * Shows what has waited for the next word in a chat, oldest first, and leaves room for what is said after it. What cannot be
   * shown now goes on waiting.
   */
  catchUp(chat: string): Promise<CaughtUp>
}

/** Puts the shop's notices into the chats of one channel. */
export function createMessenger(shop: Shop, channel: Channel): ChatMessenger {
  const turns = new Map<string, Promise<unknown>>()

  /** Returns how many messages it took. */
  async function deliver(notice: Notice, hasWaited = false): Promise<number> {
    const customer = await shop.customers.get(notice.to.customerId)
    if (!customer) return 0
    const { chat } = notice.to
    // Their account was unlinked, and what this is about stayed with the others.
    if (await shop.linking.isOthers({ ...notice.to, channel: channel.name })) {
      await elsewhere(notice)
      return 0
    }
    const prepared = await prepare(shop, channel, notice, customer)
    const isFor = prepared?.need === undefined || customer.permissions.has(prepared.need)
    if (!prepared || !isFor) return 0
    const wait = () => deferNotice(shop, { channel, chat }, notice, prepared.subject)
    if (channel.perWord !== undefined && !hasWaited && (await shop.deferred.count(channel.name, chat)) > 0) {
      await wait()
      return 0
    }
    for (const subject of prepared.retract ?? []) {
      const gone = await shop.chats.message(channel.name, chat, subject)
      if (gone !== undefined) await channel.remove(chat, gone)
    }
    const earlier =
      (await shop.chats.message(channel.name, chat, prepared.subject)) ??
      (prepared.instead && (await shop.chats.message(channel.name, chat, prepared.instead)))
    const screen = prepared.need ? withAllowed(prepared.screen, customer) : prepared.screen
    const messages = await numbered(shop, channel, chat, screen)
    const target = channel.capabilities.edit ? earlier : undefined
    let messageId: string
    try {
      messageId = await transmit(channel, chat, messages, target, prepared.priority)
    } catch (error) {
      if (!hasCode(error, 'chat.window_closed') || hasWaited) throw error
      await wait()
      return 0
    }
    await prepared.sent?.()
    await shop.chats.rememberMessage(channel.name, chat, prepared.subject, messageId)
    if (prepared.paidAt && !earlier) shop.metrics.delivered(shop.clock().getTime() - prepared.paidAt.getTime())
    return messages.length
  }

  async function showWaiting(chat: string): Promise<CaughtUp> {
    const most = channel.perWord ?? 0
    let messages = 0
    let ofAnswer = false
    for (const { id, content } of await shop.deferred.oldest(channel.name, chat, most)) {
      const waiting = readWaiting(content)
      if (!waiting) {
        // It would hold up all that comes after it; what it was about stands in their orders and tickets.
        shop.log.error(
          { channel: channel.name, id: String(id) },
          'what waited for a word cannot be read and is left out',
        )
        await shop.deferred.done(id)
        continue
      }
      ofAnswer ||= 'message' in waiting
      // Whoever asks for the rest of an answer gets no other; it only has to be said that there is more.
      if (messages >= most - (ofAnswer ? 1 : FOR_ANSWERS)) break
      try {
        if ('notice' in waiting) messages += await deliver(waiting.notice, true)
        else {
          await channel.send(chat, waiting.message, 'reply')
          messages++
        }
      } catch (error) {
        if (!hasCode(error, 'chat.window_closed')) throw error
        break
      }
      await shop.deferred.done(id)
    }
    return { messages, ofAnswer }
  }

  /** A buyer's news goes to another of their accounts; staff are told wherever they are anyway. */
  async function elsewhere(notice: Notice): Promise<void> {
    const isOfStaff = notice.kind in STAFF_NEWS && !(await isAnswer(notice))
    const { chat } = notice.to
    if (isOfStaff || !(await shop.linking.passOn(notice, { channel: channel.name, chat })))
      shop.log.info({ kind: notice.kind }, 'a notice could not be put into a chat that was left, blocked or unlinked')
  }

  /** Whether it is the staff's answer in a ticket, which is for its buyer. */
  async function isAnswer(notice: Notice): Promise<boolean> {
    if (notice.kind !== 'ticket') return false
    const ticket = await shop.support.ticket(notice.ticketId)
    return ticket?.messages.some(({ id, fromStaff }) => String(id) === notice.messageId && fromStaff) ?? false
  }

  /** One notice after the other in each chat: two at once would print the same numbers for different things. */
  async function inTurn<T>(chat: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(chat) ?? Promise.resolve()).catch(() => {}).then(work)
    turns.set(chat, mine)
    try {
      return await mine
    } finally {
      if (turns.get(chat) === mine) turns.delete(chat)
    }
  }

  return {
    channel: channel.name,
    async deliver(notice) {
      try {
        await inTurn(notice.to.chat, () => deliver(notice))
      } catch (error) {
        // Who has blocked the bot, and has no other account, finds the order when they come back.
        if (!hasCode(error, 'chat.unreachable')) throw error
        await shop.customers.gone(channel.name, notice.to.chat)
        await elsewhere(notice)
      }
    },
    async catchUp(chat) {
      try {
        return await inTurn(chat, () => showWaiting(chat))
      } catch (err) {
        // Whoever has written is answered all the same.
        shop.log.warn({ err, channel: channel.name }, 'what waited for a word could not be shown yet')
        return { messages: 0, ofAnswer: false }
      }
    },
    async post({ mailing, to }) {
      const product = mailing.sku === undefined ? undefined : await shop.catalog.product(mailing.sku, to.language)
      const screen = mailingScreen(TEXTS[to.language], mailing, product)
      await inTurn(to.chat, async () => {
        const messages = await numbered(shop, channel, to.chat, screen)
        await transmit(channel, to.chat, messages, undefined, 'marketing')
      })
    },
    ...(channel.marketingPause === undefined ? {} : { pause: channel.marketingPause }),
  }
}

/** The messages of a screen. Where its buttons are numbers, these count before anyone can type one, after those there are. */
async function numbered(shop: Shop, channel: Channel, chat: string, screen: Screen): Promise<readonly Screen[]> {
  const made = (before?: Menu) =>
    present(screen, channel.capabilities, (buttons) => printMenu(buttons, shop.clock().getTime(), before))
  if (channel.capabilities.buttons) return made().messages
  let messages: readonly Screen[] = []
  await shop.chats.changeMenu(channel.name, chat, (menu) => {
    const before = menuSchema.safeParse(menu).data
    const presentation = made(before)
    messages = presentation.messages
    return presentation.menu ?? before
  })
  return messages
}
