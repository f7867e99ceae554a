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
}

export interface Chats {
  /** Commits what a channel heard, sealed; returns what is new, in the order given. */
  accept(
    channel: string,
    items: readonly { readonly externalId: string; readonly chat: string; readonly payload: unknown }[],
  ): Promise<readonly InboxItem[]>
  /** What was committed but not handled before the program last ended, oldest first. */
  unhandled(channel: string): Promise<readonly InboxItem[]>
  /** The item has had its effect; its content is forgotten. */
  handled(id: bigint): Promise<void>
  /** Handling failed; returns how often by now. */
  failed(id: bigint): Promise<number>
  /** Forgets old rows: a repeat after a week is no longer known for one. */
  prune(): Promise<void>

  session(channel: string, chat: string): Promise<unknown>
  saveSession(channel: string, chat: string, state: unknown): Promise<void>
  /** Changes the menu of a session and nothing else of it: a notice comes while the person may be talking. */
  saveMenu(channel: string, chat: string, menu: unknown): Promise<void>

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
  })
  return {
    async accept(channel, items) {
      if (items.length === 0) return []
      const sealed = items.map((item) => ({
        externalId: item.externalId,
        chat: item.chat,
        payload: sealBlob(keyring, PURPOSE, Buffer.from(JSON.stringify(item.payload))),
      }))
      const ids = await store.insertEvents(db, channel, sealed, clock())
      return items.flatMap((item) => {
        const id = ids.get(item.externalId)
        // Twice in one call: the first is the event.
        ids.delete(item.externalId)
        return id === undefined ? [] : [{ id, chat: item.chat, payload: item.payload }]
      })
    },
    unhandled: async (channel) => (await store.unhandled(db, channel)).map(itemOf),
    handled: (id) => store.done(db, id, clock()),
    failed: (id) => store.attempt(db, id),
    prune: () => store.prune(db, after(clock(), -hours(24 * 7))),
    session: (channel, chat) => store.session(db, channel, chat),
    saveSession: (channel, chat, state) => store.saveSession(db, channel, chat, state, clock()),
    saveMenu: (channel, chat, menu) => store.saveMenu(db, channel, chat, menu, clock()),
    message: (channel, chat, subject) => store.message(db, channel, chat, subject),
    rememberMessage: (channel, chat, subject, messageId) =>
      store.rememberMessage(db, channel, chat, subject, messageId, clock()),
  }
}

/** Forgets the messages sent about a subject: the next one is new, in place of a change to an old one far up the chat. */
export function forgetMessages(sql: Sql, subject: string): Promise<void> {
  return store.forgetMessages(sql, subject)
}
