import { minutes, seconds } from '../../../core/platform/clock.ts'
import { hasCode, KeytillError, Postponed } from '../../../core/platform/errors.ts'

/**
 * What WeChat's error codes come to: the token is no good; it is busy; the person is gone; nothing may be sent to them now; the
 * account may not do this; or (whatever stands in no list) the request was wrong.
 */
export type Refusal = 'token' | 'busy' | 'gone' | 'closed' | 'forbidden' | 'wrong'

const KINDS: Readonly<Record<Exclude<Refusal, 'wrong'>, readonly number[]>> = {
  token: [40001, 40014, 41001, 42001],
  // system busy; quotas of a day, a minute, all accounts
  busy: [-1, 45009, 45011, 45110],
  // not a follower, an unknown or foreign openid, on the blacklist
  gone: [40003, 43004, 43019],
  // out of the 48 hours (or not a follower); too many messages since they last did something
  closed: [45015, 45047, 45048],
  // no permission, the account is restricted, not for this kind of account
  forbidden: [40200, 48001, 48004, 50001, 50002],
}
const KIND_OF = new Map(
  Object.entries(KINDS).flatMap(([kind, codes]) => codes.map((code) => [code, kind as Refusal] as const)),
)

/** How long to leave WeChat alone, in ms, by code; otherwise a second. */
const WAITS: Readonly<Record<number, number>> = { 45009: minutes(60), 45011: minutes(1), 45110: minutes(60) }

export const refusalOf = (errcode: number): Refusal => KIND_OF.get(errcode) ?? 'wrong'

/** WeChat took a request and refused it: nothing has come of it. Never holds what was sent, nor WeChat's own words, which may. */
export class WechatRefusal extends KeytillError {
  readonly errcode: number
  readonly refusal: Refusal

  constructor(errcode: number, path: string) {
    super('wechat.refused', `WeChat refused ${path} with ${errcode}; its list of return codes (全局返回码) says why.`)
    this.errcode = errcode
    this.refusal = refusalOf(errcode)
  }
}

export const isRefused = (error: unknown, ...kinds: readonly Refusal[]): error is WechatRefusal =>
  error instanceof WechatRefusal && kinds.includes(error.refusal)

/** The error that the shop understands, for one of WeChat's. */
export function explained(error: unknown): unknown {
  if (!(error instanceof WechatRefusal)) return error
  const { refusal, errcode } = error
  if (refusal === 'gone') return notFollowing(error)
  if (refusal === 'closed') return windowClosed(error)
  if (refusal === 'busy')
    return new Postponed('wechat.busy', `WeChat is busy (${errcode}).`, WAITS[errcode] ?? seconds(1))
  return error
}

/** Whether nothing has come of a call: WeChat said so. */
export const wasRefused = (error: unknown): boolean =>
  error instanceof WechatRefusal || hasCode(error, 'chat.unreachable') || hasCode(error, 'wechat.busy')

export const notFollowing = (cause?: unknown): KeytillError =>
  new KeytillError(
    'chat.unreachable',
    'The person does not follow the official account any more.',
    cause === undefined ? undefined : { cause },
  )

export const windowClosed = (cause?: unknown): KeytillError =>
  new KeytillError(
    'chat.window_closed',
    'WeChat lets nothing more through to this person until they write again.',
    cause === undefined ? undefined : { cause },
  )
