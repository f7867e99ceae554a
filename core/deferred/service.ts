import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KEPT_HOURLY } from '../privacy/model.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/** Something that waits, as it was when it was read. */
export interface DeferredItem {
  readonly id: bigint
  readonly version: number
  /** it is of an answer */
  readonly ofAnswer: boolean
  /** undefined when it cannot be opened */
  readonly content: unknown
}

export interface About {
  /** With a subject it waits once, in its first place: what is newer takes the place of what is older. */
  readonly subject?: string
  /** the event of the chat that it is an answer to */
  readonly event?: string
  /** how many messages it comes to; 1 unless told otherwise */
  readonly messages?: number
}

/**
 * Messages that a platform will not take before their person writes again, in the order they are to be shown. Sealed: the rest of a
 * long answer may hold keys. Who never writes again finds their orders and tickets as they are; what waited is forgotten.
 */
export interface Deferred {
  /** Puts something behind what waits in a chat. */
  add(channel: string, chat: string, content: unknown, about?: About): Promise<void>
  /** What has waited longest, at most so many. */
  oldest(channel: string, chat: string, most: number): Promise<readonly DeferredItem[]>
  /** How many messages wait. */
  count(channel: string, chat: string): Promise<number>
  /** Whether something of an answer is among what waits. */
  holdsAnswer(channel: string, chat: string): Promise<boolean>
  /** A part of it has been shown, and this is left; nothing happens when it holds something newer by now. */
  replace(item: DeferredItem, content: unknown, messages: number): Promise<void>
  /** It has been shown, as it was read: what is newer goes on waiting. */
  done(item: DeferredItem): Promise<void>
  /** It could not be shown; returns true when that was the last time, and it is given up. */
  failed(item: DeferredItem): Promise<boolean>
  /** An event is handled again: nothing is left of what it was answered with before. */
  forget(channel: string, chat: string, event: string): Promise<void>
  prune(): Promise<void>
}

export const DEFERRED_PURPOSE = 'deferred message'

/** What could not be shown so often holds up nothing any more. */
export const MOST_TRIES = 5

export function createDeferred(db: Database, keyring: Keyring, clock: Clock): Deferred {
  const seal = (content: unknown) => sealBlob(keyring, DEFERRED_PURPOSE, Buffer.from(JSON.stringify(content)))
  /** Each on its own: one that cannot be opened does not take the others with it. */
  const open = (sealed: Buffer): unknown => {
    try {
      return JSON.parse(openBlob(keyring, DEFERRED_PURPOSE, sealed).toString())
    } catch {
      return undefined
    }
  }
  return {
    add: (channel, chat, content, { subject, event, messages = 1 } = {}) =>
      store.add(db, { channel, chat, subject, event, messages, sealed: seal(content), at: clock() }),
    oldest: async (channel, chat, most) =>
      (await store.oldest(db, channel, chat, most)).map(({ id, version, event, sealed }) => ({
        id,
        version,
        ofAnswer: event !== null,
        content: open(sealed),
      })),
    count: (channel, chat) => store.count(db, channel, chat),
    holdsAnswer: (channel, chat) => store.holdsAnswer(db, channel, chat),
    replace: (item, content, messages) => store.replace(db, item, seal(content), messages),
    done: (item) => store.remove(db, item),
    async failed(item) {
      const isLast = (await store.failed(db, item)) >= MOST_TRIES
      if (isLast) await store.remove(db, item)
      return isLast
    },
    forget: (channel, chat, event) => store.forget(db, channel, chat, event),
    prune: () => store.prune(db, after(clock(), -hours(24 * KEPT_HOURLY.deferred))),
  }
}
