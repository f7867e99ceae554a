import { createClient } from 'redis'
import { seconds } from './clock.ts'
import type { Log } from './log.ts'
import { within } from './within.ts'

/** How long anybody waits for Redis, in ms; what takes longer is done without it. */
const WITHIN = 100
/** After a command that was not answered none is sent for so long, in ms: nobody waits in vain twice. */
const REST = seconds(1)
const CONNECT_WITHIN = seconds(2)
const LONGEST_PAUSE = seconds(5)
/** A connection that has answered nothing for so long is made anew, in ms. */
const DEAD = seconds(20)

/** Redis, which may be away at any time: it holds only what may be lost. */
export interface Redis {
  /** false while it is not worth asking */
  readonly isReady: boolean
  /** Runs a script. Rejects within 100 ms when no answer comes. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  close(): void
}

/** Connects in the background, and again whenever the connection is lost; says so once when it is away and once when it is back. */
export function openRedis(url: string, log: Log): Redis {
  let closed = false
  let isAway = false
  let restUntil = 0
  /** since when nothing was answered */
  let silentSince: number | undefined

  const connect = () => {
    const mine = createClient({
      url,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_WITHIN,
        reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, LONGEST_PAUSE),
      },
    })
    // Without a listener an error ends the process; with one the client goes on by itself.
    mine.on('error', away)
    mine.on('ready', back)
    mine.connect().catch(away)
    return mine
  }

  function away(): void {
    if (isAway || closed) return
    isAway = true
    log.warn({}, 'Redis is away: every process counts its limits by itself until it is back')
  }

  function back(): void {
    silentSince = undefined
    restUntil = 0
    if (isAway) log.warn({}, 'Redis is back')
    isAway = false
  }

  /** A paused server, or a network that is cut, says nothing at all. */
  function silent(): void {
    const now = performance.now()
    restUntil = now + REST
    silentSince ??= now
    away()
    if (now - silentSince < DEAD) return
    client.destroy()
    client = connect()
    silentSince = undefined
  }

  let client = connect()

  return {
    get isReady() {
      return client.isReady && performance.now() >= restUntil
    },
    async eval(script, options) {
      const asked = client.eval(script, options)
      try {
        const answer = await within(WITHIN, asked)
        back()
        return answer
      } catch (error) {
        silent()
        throw error
      }
    },
    close() {
      closed = true
      client.destroy()
    },
  }
}
