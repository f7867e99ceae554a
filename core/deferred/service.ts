import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KEPT_HOURLY } from '../privacy/model.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/**
 * Messages that a platform will not take before their person writes again, in the order they are to be shown. Sealed: the rest of a
 * long answer may hold keys. Who never writes again finds their orders and tickets as they are; what waited is forgotten.
 */
export interface Deferred {
  /** Puts something behind what waits in a chat. With a subject it waits once, in its first place. */
  add(channel: string, chat: string, content: unknown, subject?: string): Promise<void>
  /** What has waited longest, at most so many. */
  oldest(channel: string, chat: string, most: number): Promise<readonly { id: bigint; content: unknown }[]>
  count(channel: string, chat: string): Promise<number>
  /** It has been shown. */
  done(id: bigint): Promise<void>
  prune(): Promise<void>
}

export const DEFERRED_PURPOSE = 'deferred message'

export function createDeferred(db: Database, keyring: Keyring, clock: Clock): Deferred {
  return {
    add: (channel, chat, content, subject) =>
      store.add(
        db,
        channel,
        chat,
        subject,
        sealBlob(keyring, DEFERRED_PURPOSE, Buffer.from(JSON.stringify(content))),
        clock(),
      ),
    oldest: async (channel, chat, most) =>
      (await store.oldest(db, channel, chat, most)).map(({ id, sealed }) => ({
        id,
        content: JSON.parse(openBlob(keyring, DEFERRED_PURPOSE, sealed).toString()),
      })),
    count: (channel, chat) => store.count(db, channel, chat),
    done: (id) => store.remove(db, id),
    prune: () => store.prune(db, after(clock(), -hours(24 * KEPT_HOURLY.deferred))),
  }
}
