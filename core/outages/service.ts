import { personBy } from '../customers/service.ts'
import { tellOfOutage, tellStaffOfOutage } from '../notifications/service.ts'
import { after, type Clock, minutes, seconds } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Metrics } from '../platform/metrics.ts'

/** A time in which nothing was heard on a channel, and nobody can tell what was said. */
export interface Gap {
  readonly from: Date
  readonly until: Date
  /** whose conversation was under way when it began, the latest first: accounts that are private chats */
  readonly people: readonly string[]
}

/** Channels that can be away while the shop is open (a gateway that is lost, an account that is logged out). */
export interface Outages {
  /** Where the channel of this name tells of itself. */
  watch(channel: string): {
    /** Nothing is heard since then: told to the health page and the metrics now, to staff when it lasts. */
    away(since: Date): Promise<void>
    /** It is heard again, or for the first time (no gap). Staff learn from when to when messages may be missing, and people that theirs may be. */
    back(gap?: Gap): Promise<void>
  }
  /** What the health page says of each of them. */
  checks(): Readonly<Record<string, string>>
}

/** How long a channel may be away before staff are told that it is, in ms; that something may be missing they learn in any case. */
const PATIENCE = seconds(30)

/** What happens within this of the last news is told together, in ms: a connection that comes and goes must not fill a chat. */
const QUIET = minutes(10)

/** A shorter gap is not worth a message to people, in ms. */
const SHORT = seconds(5)
/** At most so many people are told of a gap, one after the other, and each of them seldom: platforms block who sends to many at once. */
const PEOPLE = 20
const APART = seconds(3)
const SELDOM = minutes(30)

/** What staff are to be told of one channel. */
interface News {
  readonly since: Date
  /** gaps gathered so far */
  readonly times: number
  /** when it is told */
  readonly at: Date
}

export function createOutages({
  db,
  metrics,
  clock,
}: {
  readonly db: Database
  readonly metrics: Pick<Metrics, 'channel'>
  readonly clock: Clock
}): Outages {
  const state = new Map<string, 'ok' | 'away'>()
  const news = new Map<string, News>()
  const told = new Map<string, Date>()

  const set = (channel: string, is: 'ok' | 'away') => {
    state.set(channel, is)
    metrics.channel(channel, is === 'ok')
  }
  /** The news that is being gathered, if it has not been told yet. */
  const gathered = (channel: string, now: Date): News | undefined => {
    const last = news.get(channel)
    return last && last.at > now ? last : undefined
  }
  const soonest = (channel: string, at: Date): Date => {
    const last = news.get(channel)
    const quiet = last ? after(last.at, QUIET) : at
    return quiet > at ? quiet : at
  }
  const toBeTold = (channel: string, { people, from, until }: Gap, now: Date): readonly string[] => {
    for (const [key, at] of told) if (after(at, SELDOM) <= now) told.delete(key)
    if (until.getTime() - from.getTime() < SHORT) return []
    return people.filter((person) => !told.has(`${channel}:${person}`)).slice(0, PEOPLE)
  }

  const watch: Outages['watch'] = (channel) => ({
    async away(since) {
      set(channel, 'away')
      const now = clock()
      const patient = after(now, PATIENCE)
      const before = gathered(channel, now)
      if (!before) {
        await db.transaction((sql) => tellStaffOfOutage(sql, { where: channel, since }, soonest(channel, patient)))
        return
      }
      // In place of what was still to be told of earlier gaps: nobody may read that all is well when it is not.
      const at = before.at > patient ? before.at : patient
      await db.transaction((sql) => tellStaffOfOutage(sql, { where: channel, since: before.since }, at))
      news.set(channel, { ...before, at })
    },
    async back(gap) {
      set(channel, 'ok')
      if (!gap) return
      const now = clock()
      const before = gathered(channel, now)
      const { since, times, at } = before
        ? { ...before, times: before.times + 1 }
        : { since: gap.from, times: 1, at: soonest(channel, now) }
      const people = toBeTold(channel, gap, now)
      await db.transaction(async (sql) => {
        await tellStaffOfOutage(sql, { where: channel, since, until: gap.until, times }, at)
        for (const [index, person] of people.entries()) {
          const to = await personBy(sql, channel, person)
          if (to) await tellOfOutage(sql, to, gap, after(now, index * APART))
        }
      })
      news.set(channel, { since, times, at })
      for (const person of people) told.set(`${channel}:${person}`, now)
    },
  })
  return {
    watch,
    checks: () => Object.fromEntries(state),
  }
}
