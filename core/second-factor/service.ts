import { createHash } from 'node:crypto'
import { generateSecret, generateURI, verifySync } from 'otplib'
import { recordAudit } from '../audit/service.ts'
import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { randomCode } from '../platform/ids.ts'
import { openBlob, sealBlob } from '../vault/blob.ts'
import type { Keyring } from '../vault/keyring.ts'
import * as store from './store.ts'

/** Whose factor it is. */
interface Person {
  readonly id: number
  readonly pseudonym: string
}

/**
 * The second factor of members of staff (C7): codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), each good
 * once, one step early or late; or one of the recovery codes. After five wrong ones nothing is looked at for a quarter of an hour.
 *
 * Whatever takes a code throws KeytillError `second_factor.wrong`, `second_factor.locked` or `second_factor.none`.
 */
export interface SecondFactors {
  enrolled(customerId: number): Promise<boolean>
  /** A new secret for an authenticator app, as text and as an address; it counts once it is proved. @throws KeytillError `second_factor.exists` */
  begin(person: Person, label: string): Promise<{ readonly secret: string; readonly uri: string }>
  /** Proves a new secret. Returns the recovery codes, which are shown this once. @throws KeytillError `second_factor.exists` */
  confirm(person: Person, code: string): Promise<readonly string[]>
  /** Takes a code. */
  check(person: Person, code: string): Promise<void>
  /** Goes without one from now on. */
  remove(person: Person, code: string): Promise<void>
}

export const SECOND_FACTOR_PURPOSE = 'second factor'
/** How far an app's clock may be off, in seconds. */
const TOLERANCE = 30
const MOST_FAILURES = 5
const LOCKED_FOR = minutes(15)
const RECOVERY_CODES = 8

const bare = (code: string): string => code.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '')
const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest()

/** What a code did: the time step it was for, or the recovery codes that are left. */
type Taken = { readonly step: bigint } | { readonly recovery: readonly Buffer[] }

function take(keyring: Keyring, factor: store.FactorRow, typed: string, now: Date): Taken | undefined {
  const code = bare(typed)
  if (/^\d{6}$/.test(code)) {
    const result = verifySync({
      secret: openBlob(keyring, SECOND_FACTOR_PURPOSE, factor.sealed).toString(),
      token: code,
      epoch: Math.floor(now.getTime() / 1000),
      epochTolerance: TOLERANCE,
      ...(factor.lastStep >= 0n ? { afterTimeStep: Number(factor.lastStep) } : {}),
    })
    return result.valid && 'timeStep' in result ? { step: BigInt(result.timeStep) } : undefined
  }
  const hash = hashOf(code)
  const left = factor.recovery.filter((one) => !one.equals(hash))
  return left.length < factor.recovery.length ? { recovery: left } : undefined
}

export function createSecondFactors(db: Database, keyring: Keyring, clock: Clock): SecondFactors {
  const tell = (sql: Sql, { pseudonym }: Person, action: string, data = {}) =>
    recordAudit(sql, clock(), { actor: pseudonym, action, subject: `customer:${pseudonym}`, data })

  /** Takes a code and does what it lets one do; a wrong one is counted although nothing is done. */
  async function withCode<T>(
    person: Person,
    typed: string,
    work: (sql: Sql, factor: store.FactorRow) => Promise<T>,
  ): Promise<T> {
    const outcome = await db.transaction(async (sql): Promise<{ done: T } | { problem: string }> => {
      const now = clock()
      const factor = await store.lock(sql, person.id)
      if (!factor) return { problem: 'second_factor.none' }
      if (factor.lockedUntil && factor.lockedUntil > now) return { problem: 'second_factor.locked' }
      const taken = take(keyring, factor, typed, now)
      if (taken) {
        const recovery = 'recovery' in taken ? taken.recovery : factor.recovery
        await store.passed(sql, person.id, 'step' in taken ? taken.step : -1n, recovery)
        if ('recovery' in taken) await tell(sql, person, 'second_factor.recovery_used', { left: recovery.length })
        return { done: await work(sql, factor) }
      }
      const failures = factor.failures + 1
      const isLocked = failures >= MOST_FAILURES
      await store.failed(sql, person.id, isLocked ? 0 : failures, isLocked ? after(now, LOCKED_FOR) : null)
      if (!isLocked) return { problem: 'second_factor.wrong' }
      await tell(sql, person, 'second_factor.locked')
      return { problem: 'second_factor.locked' }
    })
    if ('done' in outcome) return outcome.done
    throw new KeytillError(outcome.problem, PROBLEMS[outcome.problem] ?? '')
  }

  return {
    enrolled: (customerId) => store.isEnrolled(db, customerId),
    async begin(person, label) {
      const secret = generateSecret()
      if (!(await store.begin(db, person.id, sealBlob(keyring, SECOND_FACTOR_PURPOSE, Buffer.from(secret)))))
        throw exists()
      return { secret, uri: generateURI({ issuer: 'keytill', label, secret }) }
    },
    confirm: (person, typed) =>
      withCode(person, typed, async (sql, factor) => {
        if (factor.confirmedAt) throw exists()
        const codes = Array.from({ length: RECOVERY_CODES }, () => randomCode(12))
        await store.confirm(sql, person.id, clock(), codes.map(hashOf))
        await tell(sql, person, 'second_factor.enabled')
        return codes
      }),
    check: (person, typed) => withCode(person, typed, async () => {}),
    remove: (person, typed) =>
      withCode(person, typed, async (sql) => {
        await store.remove(sql, person.id)
        await tell(sql, person, 'second_factor.removed')
      }),
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  'second_factor.none': 'You have not set up two-step verification.',
  'second_factor.wrong': 'That code is wrong, or was used before: wait for the next one.',
  'second_factor.locked': 'Too many wrong codes. Try again in 15 minutes.',
}

const exists = () => new KeytillError('second_factor.exists', 'You have set up two-step verification already.')
