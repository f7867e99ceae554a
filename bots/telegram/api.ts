import type { ApiMethods, InputFile, Opts } from 'grammy/types'
import { KeytillError } from '../../core/platform/errors.ts'

/**
 * A bot's client of the Bot API: all that this folder asks of a library. The shop bot has grammY's (client.ts), the staff
 * bot Telegraf's.
 */
export interface BotApi {
  /** Makes one call, once. @throws TelegramError */
  call<Method extends keyof ApiMethods>(
    method: Method,
    params: Opts<Method>,
    signal?: AbortSignal,
  ): Promise<ReturnType<ApiMethods[Method]>>
  /** Bytes to be uploaded, as this client takes them among the params: nobody else looks into it. */
  file(bytes: Uint8Array, name: string): InputFile
}

/** How long one call may take, in ms; an upload over a slow line needs its time, a poll waits for 30 s. */
export const CALL_WITHIN = 60_000

/**
 * What went wrong with one call of the Bot API. The errors of the libraries never leave their clients: they carry the whole
 * payload, keys included, and the address, token included. Codes: `telegram.refused`, `telegram.no_answer`.
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

/** The account id of a bot, which its token begins with. */
export function botIdOf(token: string): string {
  return token.slice(0, token.indexOf(':'))
}

/** A file's name as it may stand in the header of an upload, into which both libraries write it as it is. */
export const fileName = (name: string): string => name.replace(/[\r\n"\\]/g, '_')
