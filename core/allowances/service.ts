import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Grant, Kind, Taken } from './model.ts'
import * as store from './store.ts'

/**
 * How much may still be sent to whom, where a platform counts that: counted by us as well, in all processes together, so that
 * we stop before it refuses.
 */
export interface Allowances {
  /** Somebody did something at `at` that allows this much again, in place of what was left of these kinds. The same `cause` twice grants nothing. */
  grant(channel: string, chat: string, cause: string, at: Date, grants: readonly Grant[]): Promise<void>
  /** When this was granted last; undefined when it never was. */
  granted(channel: string, chat: string, grant: Grant): Promise<Date | undefined>
  /**
   * Takes one of these kinds, the one that ends first; undefined when they are used up or over; `unknown` when nothing
   * was ever granted, so that the platform has to be asked.
   */
  take(channel: string, chat: string, kinds: readonly Kind[]): Promise<Taken | 'unknown' | undefined>
  /** What was taken was not used after all. It comes to nothing where more was granted since. */
  giveBack(channel: string, chat: string, taken: Taken): Promise<void>
  /** How many are left of these kinds; undefined when nothing was ever granted. */
  left(channel: string, chat: string, kinds: readonly Kind[]): Promise<number | undefined>
  /** The platform says that there are none left: of what was granted for these causes, or whatever it was for. */
  forfeit(channel: string, chat: string, kinds: readonly Kind[], causes?: readonly string[]): Promise<void>
  /** Forgets what ended long ago. */
  prune(): Promise<void>
}

/** For so long it is known that an allowance is over, in ms; after that the platform is asked. */
const REMEMBERED = hours(24 * 30)
/** When a platform says that nothing may be sent to somebody of whom nothing is known, it is believed for so long, in ms. */
const BELIEVED = hours(48)

export function createAllowances(db: Database, clock: Clock): Allowances {
  return {
    grant: (channel, chat, cause, at, grants) =>
      store.grant(
        db,
        channel,
        chat,
        cause,
        grants.map((grant) => ({ ...grant, until: after(at, grant.ms) })),
      ),
    async granted(channel, chat, { kind, ms }) {
      const until = await store.grantedUntil(db, channel, chat, kind)
      return until && after(until, -ms)
    },
    async take(channel, chat, kinds) {
      const { kind, causes } = await store.take(db, channel, chat, kinds, clock())
      if (kind) return { kind, causes }
      return causes.length > 0 ? undefined : 'unknown'
    },
    giveBack: (channel, chat, taken) => store.giveBack(db, channel, chat, taken),
    left: async (channel, chat, kinds) => (await store.left(db, channel, chat, kinds, clock())) ?? undefined,
    forfeit: (channel, chat, kinds, causes) =>
      store.forfeit(db, channel, chat, kinds, causes, after(clock(), BELIEVED)),
    prune: () => store.prune(db, after(clock(), -REMEMBERED)),
  }
}
