import type { DeferredItem } from '../../core/deferred/service.ts'
import { type Notice, STAFF_NEWS } from '../../core/notifications/model.ts'
import type { Messenger } from '../../core/notifications/provider.ts'
import { hasCode, KeytillError, Postponed } from '../../core/platform/errors.ts'
import type { Shop } from '../../core/shop.ts'
import { mailingScreen } from './buyer/news.ts'
import type { Channel } from './channel.ts'
import { deferNotice, deferRest, type Rest, readWaiting, replaceByRest } from './deferral.ts'
import { TEXTS } from './locales/texts.ts'
import { shownFor } from './menu.ts'
import { prepare } from './notice-screens.ts'
import { printed } from './numbering.ts'
import { partsOf } from './present.ts'
import type { Screen } from './screen.ts'
import { readSession } from './session.ts'
import { withAllowed } from './staff/guard.ts'
import { lockOf } from './staff/lock.ts'
import { isClosed, type Transmitted, transmit, type Way } from './transmit.ts'

/** How many messages an answer needs for itself, of those that a platform takes after a word. */
const FOR_ANSWERS = 3

/** What was shown of what had waited. */
export interface CaughtUp {
  /** how many messages, of those that the platform takes after a word */
  readonly messages: number
  /** the rest of an answer was among what had waited */
  readonly ofAnswer: boolean
  /** and something of it still waits: what is said now goes behind it */
  readonly more: boolean
  /**
   * Counts that something could not be shown, which in the end is given up. Called when the platform has taken what was said after
   * it: while it takes nothing at all, nothing is given up.
   */
  blame?(): Promise<void>
}

export const NOTHING_WAITED: CaughtUp = { messages: 0, ofAnswer: false, more: false }

/** How much of something that has waited may be shown now. */
type Room = Required<Pick<Way, 'places' | 'insists'>>

/** The event that something has waited for; it brings the rest of an answer, or else a notice. */
interface Word {
  readonly event: string
  readonly fetched: boolean
}

/** What became of something that was to be shown. */
interface Shown extends Pick<Transmitted, 'sent' | 'error'> {
  /** what still has to be shown of it: `all`, or the rest */
  readonly left?: 'all' | Rest | undefined
}

const NOTHING_SHOWN: Shown = { sent: 0 }

export interface ChatMessenger extends Messenger {
  /**
   * Shows what has waited for the next word in a chat (this event), oldest first, and leaves room for what is said after it. What cannot be
   * shown now goes on waiting, be it a part of a screen; what could not be shown several times is given up, and logged. Never fails.
   */
  catchUp(chat: string, event: string): Promise<CaughtUp>
}

/** Puts the shop's notices into the chats of one channel. */
export function createMessenger(shop: Shop, channel: Channel): ChatMessenger {
  const turns = new Map<string, Promise<unknown>>()

  /** How the parts of a screen go out where their numbers come after those there are; for a word of the person, when it has waited. */
  const print = (chat: string, word?: Word) => (last: Screen) =>
    printed(shop, channel, chat, last, (there, make) => {
      const menu = make(there, word?.fetched ?? false).menu ?? there
      return word
        ? shownFor(word.event, { fetched: word.fetched, digits: menu?.digits, options: menu?.options ?? [] }, there)
        : menu
    })

  /** Shows a notice, or has it wait, from now on or, when it `hasWaited`, in its place. */
  async function deliver(
    notice: Notice,
    hasWaited?: { readonly item: DeferredItem; readonly room: Room; readonly word: Word },
  ): Promise<Shown> {
    const customer = await shop.customers.get(notice.to.customerId)
    if (!customer) return NOTHING_SHOWN
    const { chat } = notice.to
    // Their account was unlinked, and what this is about stayed with the others.
    if (await shop.linking.isOthers({ ...notice.to, channel: channel.name })) {
      await elsewhere(notice)
      return NOTHING_SHOWN
    }
    const prepared = await prepare(shop, channel, notice, customer)
    const isFor = prepared?.need === undefined || customer.permissions.has(prepared.need)
    if (!prepared || !isFor) return NOTHING_SHOWN
    const { subject, priority, need } = prepared
    const wait = () => deferNotice(shop, { channel, chat }, notice, subject)
    if (channel.perWord !== undefined && !hasWaited && (await shop.deferred.count(channel.name, chat)) > 0) {
      await wait()
      await channel.remind?.(chat)
      return NOTHING_SHOWN
    }
    for (const gone of prepared.retract ?? []) {
      const messageId = await shop.chats.message(channel.name, chat, gone)
      if (messageId !== undefined) await channel.remove(chat, messageId)
    }
    const earlier =
      (await shop.chats.message(channel.name, chat, subject)) ??
      (prepared.instead && (await shop.chats.message(channel.name, chat, prepared.instead)))
    const screen = need ? withAllowed(prepared.screen, customer) : prepared.screen
    const target = channel.capabilities.edit ? earlier : undefined
    const parts = partsOf(screen, channel.capabilities)
    const done = await transmit(channel, chat, parts, {
      priority,
      target,
      print: print(chat, hasWaited?.word),
      ...hasWaited?.room,
    })
    const { sent, id, error } = done
    // What has waited is shown on from where it failed; a job shows all of it again.
    if (error !== undefined && !hasWaited && !isClosed(done)) throw error
    const left = leftOf(done, parts, customer.id, need ? [need] : [])
    if (left === 'all' || id === undefined) {
      if (!hasWaited) await wait()
      return { sent, error, left }
    }
    // First: what counts as sent is not made again.
    if (left && hasWaited) await replaceByRest(shop, channel, hasWaited.item, left)
    else if (left) await deferRest(shop, { channel, chat }, left, { subject })
    await prepared.sent?.()
    await shop.chats.rememberMessage(channel.name, chat, subject, id)
    if (prepared.paidAt && !earlier) shop.metrics.delivered(shop.clock().getTime() - prepared.paidAt.getTime())
    return { sent, error, left }
  }

  /** Shows the rest of a screen to whom it was made for, as long as they may still see it. */
  async function goOn(chat: string, item: DeferredItem, rest: Rest, room: Room, word: Word): Promise<Shown> {
    const { messages, to, held } = rest
    const isLocked = item.ofAnswer && to !== undefined && held.length > 0 && (await isIdle(chat, to))
    if (to !== undefined && (isLocked || !(await maySee(chat, to, held)))) {
      shop.log.info({ channel: channel.name }, 'what waited for a word is not theirs to see any more, and is left out')
      return NOTHING_SHOWN
    }
    const done = await transmit(channel, chat, messages, { priority: 'reply', print: print(chat, word), ...room })
    const left = leftOf(done, messages, to, held)
    if (left && left !== 'all') await replaceByRest(shop, channel, item, left)
    return { sent: done.sent, error: done.error, left }
  }

  async function maySee(chat: string, customerId: number, held: Rest['held']): Promise<boolean> {
    if (await shop.linking.isOthers({ customerId, channel: channel.name, chat })) return false
    const customer = await shop.customers.get(customerId)
    return customer !== undefined && held.every((permission) => customer.permissions.has(permission))
  }

  /** Whether a member of staff would be asked for their second factor here, because the chat was idle. */
  async function isIdle(chat: string, customerId: number): Promise<boolean> {
    const [state, enrolled, security] = await Promise.all([
      shop.chats.session(channel.name, chat),
      shop.secondFactors.enrolled(customerId),
      shop.security.read(),
    ])
    const asked = { enrolled, security, dangerous: false, now: shop.clock().getTime() }
    return lockOf(readSession(state), asked) !== undefined
  }

  /** Shows what there is room for of one thing that has waited; what is left of it goes on waiting in its place. */
  async function showOne(chat: string, item: DeferredItem, room: Room, event: string): Promise<Shown> {
    const waiting = readWaiting(item.content)
    if (!waiting) {
      // It would hold up all that comes after it; what it was about stands in their orders and tickets.
      shop.log.error({ ...named(item) }, 'what waited for a word cannot be read and is left out')
      await shop.deferred.done(item)
      return NOTHING_SHOWN
    }
    const word = { event, fetched: item.ofAnswer }
    const shown = await ('notice' in waiting
      ? deliver(waiting.notice, { item, room, word })
      : goOn(chat, item, waiting, room, word))
    if (!shown.left) await shop.deferred.done(item)
    return shown
  }

  /** Counts that something could not be shown, unless nothing is wrong with it: in the end it is given up. */
  async function failed(item: DeferredItem, err: unknown): Promise<void> {
    if (err instanceof Postponed) return
    if (await shop.deferred.failed(item))
      shop.log.error({ err, ...named(item) }, 'what waited for a word could not be shown and is given up')
  }

  const named = ({ id }: DeferredItem) => ({ channel: channel.name, id: String(id) })

  async function showWaiting(chat: string, event: string): Promise<CaughtUp> {
    const { deferred } = shop
    const most = channel.perWord ?? 0
    let messages = 0
    let ofAnswer = false
    let blame: CaughtUp['blame']
    try {
      ofAnswer = await deferred.holdsAnswer(channel.name, chat)
      // Whoever asks for the rest of an answer gets no other; it only has to be said that there is more.
      const room = most - (ofAnswer ? 1 : FOR_ANSWERS)
      for (const item of await deferred.oldest(channel.name, chat, most)) {
        if (messages >= room) break
        if (item.content === undefined) {
          await failed(item, new Error('It cannot be opened.'))
          continue
        }
        const shown = await showOne(chat, item, { places: room - messages, insists: messages === 0 }, event).catch(
          (error: unknown): Shown => ({ sent: 0, error, left: 'all' }),
        )
        messages += shown.sent
        if (!shown.left) continue
        if (isClosed(shown)) messages = most
        else if (shown.error !== undefined) {
          if (shown.left === 'all') blame = () => failed(item, shown.error)
          throw shown.error
        }
        break
      }
      return { messages, ofAnswer, more: ofAnswer && (await deferred.holdsAnswer(channel.name, chat)) }
    } catch (err) {
      // Whoever has written is answered all the same, and not behind what cannot be shown.
      shop.log.warn({ err, channel: channel.name }, 'what waited for a word could not be shown yet')
      return { messages, ofAnswer, more: false, ...(blame && { blame }) }
    }
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
    catchUp: (chat, event) => inTurn(chat, () => showWaiting(chat, event)),
    async post({ mailing, to }) {
      const product = mailing.sku === undefined ? undefined : await shop.catalog.product(mailing.sku, to.language)
      const screen = mailingScreen(TEXTS[to.language], mailing, product)
      await inTurn(to.chat, async () => {
        if (channel.perWord !== undefined && (await shop.deferred.count(channel.name, to.chat)) > 0)
          throw new KeytillError('chat.window_closed', 'Something else waits for their next word.')
        const parts = partsOf(screen, channel.capabilities)
        const { error } = await transmit(channel, to.chat, parts, { priority: 'marketing', print: print(to.chat) })
        if (error !== undefined) throw error
      })
    },
    ...(channel.marketingPause === undefined ? {} : { pause: channel.marketingPause }),
  }
}

/** What still has to be shown of what was sent. */
function leftOf({ rest }: Transmitted, parts: readonly Screen[], to: Rest['to'], held: Rest['held']): Shown['left'] {
  if (rest.length === 0) return undefined
  return rest.length === parts.length ? 'all' : { messages: rest, to, held }
}
