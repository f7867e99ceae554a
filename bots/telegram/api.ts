import { Api, HttpError } from 'grammy'
import { KeytillError } from '../../core/platform/errors.ts'

/**
 * What went wrong with one call of the Bot API. grammY's own errors never leave api.ts: they carry the whole payload,
 * keys included, and the address, token included. Codes: `telegram.refused`, `telegram.no_answer`.
 */
export class TelegramError extends KeytillError {
  readonly method: string
  /** the HTTP status Telegram answered with; undefined when no answer came, and the call may or may not have had its effect */
  readonly status: number | undefined
  /** Telegram's words, without what they quote of the call */
  readonly description: string
  /** seconds to wait before the next call */
  readonly retryAfter: number | undefined

  constructor(method: string, answer?: { status: number; description: string; retryAfter: number | undefined }) {
    const description = (answer?.description ?? '').replace(/'[^']*'|"[^"]*"/g, '…')
    super(
      answer ? 'telegram.refused' : 'telegram.no_answer',
      answer ? `Telegram refused ${method}: ${answer.status} ${description}` : `Telegram did not answer ${method}.`,
    )
    this.method = method
    this.status = answer?.status
    this.description = description
    this.retryAfter = answer?.retryAfter
  }

  /** Whether the same call may well succeed a little later. */
  get passing(): boolean {
    return this.status === undefined || this.status >= 500
  }
}

/** True for an error of the Bot API with this status and, when given, with words that fit. */
export function isRefusal(error: unknown, status: number, words?: RegExp): error is TelegramError {
  return error instanceof TelegramError && error.status === status && (words?.test(error.description) ?? true)
}

/** How long one call may take, in seconds; an upload over a slow line needs its time, a poll waits for 30. */
const CALL_WITHIN = 60

/** grammY's client for one bot. Every call throws {@link TelegramError} and nothing else. */
export function createApi(token: string, apiRoot: string): Api {
  const api = new Api(token, { apiRoot, timeoutSeconds: CALL_WITHIN })
  api.config.use(async (call, method, payload, signal) => {
    try {
      const answer = await call(method, payload, signal)
      if (answer.ok) return answer
      throw new TelegramError(method, {
        status: answer.error_code,
        description: answer.description,
        retryAfter: answer.parameters?.retry_after,
      })
    } catch (error) {
      throw error instanceof HttpError ? new TelegramError(method) : error
    }
  })
  return api
}

/** The account id of a bot, which its token begins with. */
export function botIdOf(token: string): string {
  return token.slice(0, token.indexOf(':'))
}

/** grammY types its signals by a package of its own; at run time it takes those of Node. */
export const asSignal = (signal: AbortSignal) => signal as Parameters<Api['getMe']>[0]
