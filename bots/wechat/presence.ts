import { EventEmitter, once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Puppet } from 'wechaty-puppet'
import { after, type Clock, minutes, seconds } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'

/** A time in which nothing was heard, and whose conversation was under way when it began, the latest first. */
export interface Gap {
  readonly from: Date
  readonly until: Date
  readonly people: readonly string[]
}

/** Who wants to know whether the account is there. */
export interface Watch {
  away(since: Date): Promise<void>
  /** Without a gap: it is there for the first time. */
  back(gap?: Gap): Promise<void>
}

export interface Presence {
  /** Somebody says something in private. */
  heard(person: string): void
  /** Resolves as soon as the account is there. @throws when that takes longer than `ms`, and when the channel closes */
  there(ms: number): Promise<void>
  /** Nothing is told any more, and nobody waits any longer. */
  close(): void
}

/** A conversation is under way for so long after its last message, in ms. */
const UNDER_WAY = minutes(10)
/** How long to wait before it is tried again to tell, in ms. */
const AGAIN = seconds(2)
/** So many people are remembered. */
const REMEMBERED = 200

/**
 * Follows whether the account of a puppet is there, by its logins and logouts. Nothing fetches what was said in between: Wechaty knows no
 * question for it. So the gap is told, from the last sign of life on.
 */
export function createPresence(puppet: Puppet, watch: Watch, log: Log, now: Clock): Presence {
  const people = new Map<string, Date>()
  const news = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let seen: Date | undefined
  let since: Date | undefined
  let told: Promise<void> = Promise.resolve()
  /** Until it is written down: what takes the account away often takes the database away as well. */
  const insist = async (what: () => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        return await what()
      } catch (err) {
        log.error({ err }, 'It cannot be told yet that WeChat is away or back')
        await setTimeout(AGAIN, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }
  const tell = (what: () => Promise<void>) => {
    told = told.then(() => insist(what))
  }

  const onAlive = () => {
    if (!since) seen = now()
  }
  const onLogin = () => {
    news.emit('there')
    const from = since
    since = undefined
    if (!from) return tell(() => watch.back())
    const until = now()
    const began = after(from, -UNDER_WAY)
    const underWay = [...people].flatMap(([person, at]) => (at >= began && at <= from ? [person] : [])).reverse()
    log.warn({ from, until }, 'WeChat is back: what was said to the account in between may be missing')
    tell(() => watch.back({ from, until, people: underWay }))
  }
  const onLogout = () => {
    if (since) return
    const last = seen ?? now()
    since = last
    log.warn({ since }, 'The WeChat account is away: nothing is heard or sent until it is back')
    tell(() => watch.away(last))
  }
  puppet.on('heartbeat', onAlive)
  puppet.on('login', onLogin)
  puppet.on('logout', onLogout)

  return {
    heard(person) {
      people.delete(person)
      people.set(person, now())
      const [oldest] = people.keys()
      if (people.size > REMEMBERED && oldest !== undefined) people.delete(oldest)
    },
    async there(ms) {
      if (!puppet.isLoggedIn)
        await once(news, 'there', { signal: AbortSignal.any([AbortSignal.timeout(ms), closing.signal]) })
    },
    close() {
      puppet.off('heartbeat', onAlive)
      puppet.off('login', onLogin)
      puppet.off('logout', onLogout)
      closing.abort()
    },
  }
}
