import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { alone, lockOf } from '../platform/leader.ts'
import type { Log } from '../platform/log.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/** A token as a platform gives it. `expiresIn` is in ms. */
export interface FreshToken {
  readonly token: string
  readonly expiresIn: number
}

/**
 * Asks the platform for a token; `anew` when the one it would give again is no good.
 * @throws whatever the platform makes of it
 */
export type FetchToken = (anew: boolean) => Promise<FreshToken>

/**
 * Tokens that a platform gives for some hours and is called with: all processes use one, and one of them at a time asks for the
 * next, because with some platforms a new token ends the one before it.
 */
export interface AccessTokens {
  /** The token of this name, asked for when there is none or it ends within minutes. */
  get(name: string, fetch: FetchToken): Promise<string>
  /** The platform has refused `refused`: another that somebody has got meanwhile, or else a new one. */
  renew(name: string, refused: string, fetch: FetchToken): Promise<string>
}

/** A token is given up so long before its end, in ms: what is sent with it has to arrive while it is good. */
const EARLY = minutes(4)
const PURPOSE = 'access token'

export function createAccessTokens(db: Database, keyring: Keyring, clock: Clock, log: Log): AccessTokens {
  interface Known {
    readonly token: string
    readonly until: Date
  }
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<string>>()

  const isGood = ({ until }: Known): boolean => until > clock()

  async function kept(name: string): Promise<Known | undefined> {
    const row = await store.find(db, name, after(clock(), EARLY))
    if (!row) return undefined
    try {
      const token = openBlob(keyring, PURPOSE, row.sealed).toString()
      return { token, until: after(row.expiresAt, -EARLY) }
    } catch (err) {
      // Sealed to a key that this process has not: a token of its own is had for the asking.
      log.warn({ err, name }, 'an access token could not be opened and is asked for again')
      return undefined
    }
  }

  /** At most one in this process and, by the lock, at most one in all of them. */
  function ask(name: string, fetch: FetchToken, refused?: string): Promise<string> {
    const mine =
      asking.get(name) ??
      alone(db, lockOf(`access token ${name}`), async () => {
        const found = await kept(name)
        if (found && found.token !== refused) {
          known.set(name, found)
          return found.token
        }
        let fresh = await fetch(false)
        if (fresh.token === refused) fresh = await fetch(true)
        const expiresAt = after(clock(), fresh.expiresIn)
        await store.keep(db, name, sealBlob(keyring, PURPOSE, Buffer.from(fresh.token)), expiresAt)
        known.set(name, { token: fresh.token, until: after(expiresAt, -EARLY) })
        return fresh.token
      })
    asking.set(name, mine)
    const done = () => void asking.delete(name)
    mine.then(done, done)
    return mine
  }

  return {
    async get(name, fetch) {
      const has = known.get(name)
      return has && isGood(has) ? has.token : ask(name, fetch)
    },
    async renew(name, refused, fetch) {
      const has = known.get(name)
      if (has && has.token !== refused && isGood(has)) return has.token
      const token = await ask(name, fetch, refused)
      // What was being asked for already, before anybody knew.
      return token === refused ? ask(name, fetch, refused) : token
    },
  }
}
