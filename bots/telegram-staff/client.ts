import { TelegramError as TelegrafError, Telegram } from 'telegraf'
import { type BotApi, CALL_WITHIN, fileName, TelegramError } from '../telegram/api.ts'

/** The one thing we ask of Telegraf, typed without its methods: they are those of 2024. */
interface Client {
  callApi(method: string, params: object, options: { readonly signal: AbortSignal }): Promise<never>
}

/** Telegraf's client for one bot. Of what it throws nothing is passed on: it names the token and repeats the call. */
export function createApi(token: string, apiRoot: string): BotApi {
  // The last part of an address without a slash behind it would be lost.
  const client = new Telegram(token, { apiRoot: `${apiRoot}/`, webhookReply: false }) as unknown as Client
  return {
    async call(method, params, signal) {
      const late = AbortSignal.timeout(CALL_WITHIN)
      try {
        return await client.callApi(method, params, { signal: signal ? AbortSignal.any([signal, late]) : late })
      } catch (error) {
        if (!(error instanceof TelegrafError)) throw new TelegramError(method)
        const { code: status, description, parameters } = error
        throw new TelegramError(method, { status, description, retryAfter: parameters?.retry_after })
      }
    },
    file: (bytes, name) =>
      ({ source: Buffer.from(bytes), filename: fileName(name) }) as unknown as ReturnType<BotApi['file']>,
  }
}
