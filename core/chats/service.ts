import { randomInt } from 'node:crypto'
import { after, type Clock, hours, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { type Leadership, tryToLead } from '../platform/leader.ts'
import { KEPT_HOURLY } from '../privacy/model.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/** Something a chat told us, as it was committed. */
export interface InboxItem {
  readonly id: bigint
  readonly chat: string
  readonly payload: unknown
  readonly receivedAt: Date
}

/**
 * The right to handle what comes in a chat. One process has it at a time, from the first event that waits to the last;
 * whoever else hears something meanwhile leaves it to that one. It ends with the process that has it, not with time: a
 * holder that is slow is not dead, and clocks of machines differ.
 */
export interface Turn {
  readonly channel: string
  readonly chat: string
  readonly holder: number
  /** what its holder knows of: another event makes it grow */
  readonly version: number
  /** aborted when this process can no longer be sure of it: the next event is not its to handle */
  readonly over: AbortSignal
}

export interface Chats {
  /**
   * Commits what a channel heard, sealed; returns what is new, in the order given, and the turns that are ours by that, of
   * which nothing else waits. New events in other chats are for whoever has their turn.
   */
  accept(
    channel: string,
    items: readonly { readonly externalId: string; readonly chat: string; readonly payload: unknown }[],
  ): Promise<{ readonly fresh: readonly InboxItem[]; readonly turns: readonly Turn[] }>
  /** All that waits in a chat, oldest first, and the turn that knows of it; undefined when another process has it. */
  waiting(turn: Turn): Promise<{ readonly turn: Turn; readonly items: readonly InboxItem[] } | undefined>
  /** The item has had its effect; its content is forgotten. */
  handled(id: bigint): Promise<void>
  /** Gives the turn back, with its last item, which has had its effect; false when more has come: see {@link waiting}. */
  release(turn: Turn, last?: bigint): Promise<boolean>
  /** The turns in these channels that are ours, those taken over from processes that have died among them. */
  turns(channels: readonly string[]): Promise<{ readonly ours: readonly Turn[]; readonly takenOver: readonly Turn[] }>
  /** Handling failed; returns how often by now. */
  failed(id: bigint): Promise<number>
  /** Forgets old rows: a repeat after a week is no longer known for one. */
  prune(): Promise<void>

  session(channel: string, chat: string): Promise<unknown>
  /** Keeps everything of a session but its menu, which is the affair of {@link changeMenu}. */
  saveSession(channel: string, chat: string, state: unknown): Promise<void>
  /**
   * Changes the menu of a session and nothing else of it: a notice comes while the person may be talking. `change` gets
   * the menu as it is (undefined when there is none) and gives the new one; no other change comes in between.
   */
  changeMenu(channel: string, chat: string, change: (menu: unknown) => unknown): Promise<void>

  /** The message last sent about a subject in a chat. */
  message(channel: string, chat: string, subject: string): Promise<string | undefined>
  rememberMessage(channel: string, chat: string, subject: string, messageId: string): Promise<void>
  /** Lets go of what this process has: others take it up. */
  close(): void
}

/**
 * After a lost connection the turns of others are left alone for so long, in ms: if the server was away, they have lost theirs
 * as well, and are about to finish what they were doing.
 */
const GRACE = seconds(3)
/** The space of the advisory locks by which processes show that they live, for as long as they are connected. */
const HOLDERS = 0x6b7463
export const CHAT_EVENT_PURPOSE = 'chat event'

export function createChats(db: Database, keyring: Keyring, clock: Clock): Chats {
  let opening: Promise<{ readonly holder: number; readonly over: AbortSignal }> | undefined
  let leadership: Leadership | undefined
  let judgesFrom = 0

  /** Under which number this process holds turns: a new one whenever it had lost its connection. */
  function holding(): Promise<{ readonly holder: number; readonly over: AbortSignal }> {
    if (leadership?.over.aborted) {
      opening = undefined
      leadership = undefined
      judgesFrom = performance.now() + GRACE
    }
    opening ??= hold().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function hold(): Promise<{ readonly holder: number; readonly over: AbortSignal }> {
    for (;;) {
      const holder = randomInt(1, 2 ** 31)
      leadership = await tryToLead(db, [HOLDERS, holder])
      if (leadership) return { holder, over: leadership.over }
    }
  }

  const itemOf = (chat: string, row: { id: bigint; payload: Buffer; received_at: Date }): InboxItem => ({
    id: row.id,
    chat,
    payload: JSON.parse(openBlob(keyring, CHAT_EVENT_PURPOSE, row.payload).toString()),
    receivedAt: row.received_at,
  })
  return {
    async accept(channel, items) {
      if (items.length === 0) return { fresh: [], turns: [] }
      const sealed = items.map((item) => ({
        externalId: item.externalId,
        chat: item.chat,
        payload: sealBlob(keyring, CHAT_EVENT_PURPOSE, Buffer.from(JSON.stringify(item.payload))),
      }))
      const receivedAt = clock()
      const { holder, over } = await holding()
      const rows = await store.insertEvents(db, channel, sealed, receivedAt, holder)
      const ours = new Set<string>()
      const fresh = items.flatMap((item) => {
        const row = rows.get(item.externalId)
        if (!row) return []
        // Twice in one call: the first is the event.
        rows.delete(item.externalId)
        if (row.ours) ours.add(item.chat)
        return [{ id: row.id, chat: item.chat, payload: item.payload, receivedAt }]
      })
      return { fresh, turns: [...ours].map((chat) => ({ channel, chat, holder, version: 0, over })) }
    },
    async waiting(turn) {
      const found = await store.waiting(db, turn)
      if (!found) return undefined
      return {
        turn: { ...turn, version: found.version },
        items: found.events.map((row) => itemOf(turn.chat, row)),
      }
    },
    handled: (id) => store.done(db, id, clock()),
    release: (turn, last) => store.release(db, turn, last, clock()),
    async turns(channels) {
      const { holder, over } = await holding()
      const turnOf = (lease: Omit<Turn, 'over'>): Turn => ({ ...lease, over })
      const leases = await store.held(db, channels, holder, HOLDERS)
      const dead = [...new Set(leases.map((lease) => lease.holder))].filter((other) => other !== holder)
      const takenOver =
        dead.length > 0 && performance.now() >= judgesFrom ? await store.takeOver(db, channels, holder, dead) : []
      return {
        ours: leases.filter((lease) => lease.holder === holder).map(turnOf),
        takenOver: takenOver.map(turnOf),
      }
    },
    failed: (id) => store.attempt(db, id),
    prune: () => store.prune(db, after(clock(), -hours(24 * KEPT_HOURLY.inbox))),
    session: (channel, chat) => store.session(db, channel, chat),
    saveSession: (channel, chat, state) => store.saveSession(db, channel, chat, state, clock()),
    changeMenu: (channel, chat, change) =>
      db.transaction(async (sql) => {
        const state = await store.lockSession(sql, channel, chat, clock())
        await store.saveMenu(sql, channel, chat, change(state.menu), clock())
      }),
    message: (channel, chat, subject) => store.message(db, channel, chat, subject),
    rememberMessage: (channel, chat, subject, messageId) =>
      store.rememberMessage(db, channel, chat, subject, messageId, clock()),
    close: () => leadership?.resign(),
  }
}

/** Forgets the messages sent about a subject: the next one is new, in place of a change to an old one far up the chat. */
export function forgetMessages(sql: Sql, subject: string): Promise<void> {
  return store.forgetMessages(sql, subject)
}

/** Has a person begin anew in all their private chats: nothing that was asked, chosen or unlocked there counts any more. */
export function endSessions(sql: Sql, customerId: number): Promise<void> {
  return store.endSessions(sql, customerId)
}
