import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
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

export interface Chats {
  /** Commits what a channel heard, sealed; returns what is new, in the order given. */
  accept(
    channel: string,
    items: readonly { readonly externalId: string; readonly chat: string; readonly payload: unknown }[],
  ): Promise<readonly InboxItem[]>
  /** What is committed and not handled, oldest first; only what was received before a time, when one is given. */
  unhandled(channel: string, before?: Date): Promise<readonly InboxItem[]>
  /** The item has had its effect; its content is forgotten. */
  handled(id: bigint): Promise<void>
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
}

const PURPOSE = 'chat event'

export function createChats(db: Database, keyring: Keyring, clock: Clock): Chats {
  const itemOf = (row: store.EventRow): InboxItem => ({
    id: row.id,
    chat: row.chat,
    payload: JSON.parse(openBlob(keyring, PURPOSE, row.payload).toString()),
    receivedAt: row.received_at,
  })
  return {
    async accept(channel, items) {
      if (items.length === 0) return []
      const sealed = items.map((item) => ({
        externalId: item.externalId,
        chat: item.chat,
        payload: sealBlob(keyring, PURPOSE, Buffer.from(JSON.stringify(item.payload))),
      }))
      const receivedAt = clock()
      const ids = await store.insertEvents(db, channel, sealed, receivedAt)
      return items.flatMap((item) => {
        const id = ids.get(item.externalId)
        // Twice in one call: the first is the event.
        ids.delete(item.externalId)
        return id === undefined ? [] : [{ id, chat: item.chat, payload: item.payload, receivedAt }]
      })
    },
    unhandled: async (channel, before) => (await store.unhandled(db, channel, before)).map(itemOf),
    handled: (id) => store.done(db, id, clock()),
    failed: (id) => store.attempt(db, id),
    prune: () => store.prune(db, after(clock(), -hours(24 * 7))),
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
  }
}

/** Forgets the messages sent about a subject: the next one is new, in place of a change to an old one far up the chat. */
export function forgetMessages(sql: Sql, subject: string): Promise<void> {
  return store.forgetMessages(sql, subject)
}
