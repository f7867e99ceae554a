import { Api, GrammyError, HttpError, InputFile } from 'grammy'
import { type BotApi, CALL_WITHIN, fileName, TelegramError } from './api.ts'

/** grammY's client for one bot. */
export function createApi(token: string, apiRoot: string): BotApi {
  const api = new Api(token, { apiRoot, timeoutSeconds: CALL_WITHIN / 1000 })
  const raw = api.raw as unknown as Record<string, (...params: unknown[]) => Promise<never>>
  return {
    async call(method, params, signal) {
      try {
        const make = raw[method] as (typeof raw)[string]
        // It has no parameters, and takes a first one for the signal.
        return await (method === 'getMe' ? make(signal) : make(params, signal))
      } catch (error) {
        if (error instanceof HttpError) throw new TelegramError(method)
        if (!(error instanceof GrammyError)) throw error
        const { error_code: status, description, parameters } = error
        throw new TelegramError(method, { status, description, retryAfter: parameters.retry_after })
      }
    },
    file: (bytes, name) => new InputFile(bytes, `"${fileName(name)}"`),
  }
}
