import { minutes } from '../../../core/platform/clock.ts'
import type { Security } from '../../../core/security/model.ts'
import type { Session } from '../session.ts'

/** For how long one code lets somebody do what is dangerous, in ms. */
const FRESH = minutes(10)

/**
 * What somebody has to do before they may go on in this chat: send a code of their second factor, or set one up first. Undefined: nothing.
 */
export function lockOf(
  session: Pick<Session, 'unlockedAt' | 'staffAt'>,
  asked: { readonly enrolled: boolean; readonly dangerous: boolean; readonly security: Security; readonly now: number },
): 'code' | 'enrol' | undefined {
  const { enrolled, dangerous, security, now } = asked
  if (!enrolled) return dangerous && security.secondFactor === 'required' ? 'enrol' : undefined
  const { unlockedAt = 0, staffAt = 0 } = session
  const isIdle = security.idleLock > 0 && now - Math.max(unlockedAt, staffAt) > minutes(security.idleLock)
  return isIdle || (dangerous && now - unlockedAt > FRESH) ? 'code' : undefined
}
