import { z } from 'zod'
import { type Clock, seconds } from '../../../platform/clock.ts'
import { KeytillError } from '../../../platform/errors.ts'
import type { Log } from '../../../platform/log.ts'
import type { Merchant } from './merchant.ts'
import { createPlatformKeys, type PlatformKeys, type RawAnswer } from './platform-keys.ts'
import { authorization, isFresh, isSealed, sealIn } from './signature.ts'

/**
 * What kept WeChat Pay from doing something: it `refused` and nothing was done, it wants us `slower`, or nobody knows what
 * became of it (`unknown`): then it is asked before anything is said again.
 */
export type Failure = 'refused' | 'slower' | 'unknown'

export class WechatPayError extends KeytillError {
  readonly failure: Failure
  /** WeChat Pay's own word for it, `ORDER_NOT_EXIST`; undefined when it said none that can be believed */
  readonly reason: string | undefined

  constructor(failure: Failure, reason: string | undefined, message: string, options?: { cause?: unknown }) {
    super(`wechat_pay.${failure}`, message, options)
    this.failure = failure
    this.reason = reason
  }
}

export interface WechatPayClient {
  /**
   * What WeChat Pay answers to a request; undefined where that is nothing. Its answer is known for its own by signature and time.
   * @throws WechatPayError
   */
  call(method: 'GET' | 'POST', target: string, body?: object): Promise<unknown>
  /** A file by the address that an answer named: the one thing that comes without a signature. @throws WechatPayError */
  download(address: string): Promise<Buffer>
  readonly keys: PlatformKeys
}

/** How long WeChat Pay may take, in ms; so long for a file. */
const WITHIN = seconds(10)
const FILE_WITHIN = seconds(60)

const errorSchema = z.object({ code: z.string().regex(/^[A-Z][A-Z_]{2,40}$/) })
/** Refusals that mean: later. */
const SLOWER: ReadonlySet<string> = new Set(['FREQUENCY_LIMITED', 'FREQUENCY_LIMIT_EXCEED', 'RATELIMIT_EXCEEDED'])
/** Refusals after which nobody knows whether it was done. */
const UNSURE: ReadonlySet<string> = new Set(['SYSTEM_ERROR', 'SYSTEMERROR', 'BANK_ERROR', 'BANKERROR'])

/** WeChat Pay's APIv3 over HTTPS. */
export function createClient(merchant: Merchant, clock: Clock, log: Log, within = WITHIN): WechatPayClient {
  const { apiRoot, publicKey } = merchant

  async function send(method: string, url: URL, body: string, ms: number): Promise<Response> {
    const target = `${url.pathname}${url.search}`
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          authorization: authorization(merchant, { method, target, body }, clock()),
          'user-agent': 'keytill',
          ...(body === '' ? {} : { 'content-type': 'application/json' }),
          // While it changes over, WeChat Pay answers with the key that is asked for.
          ...(publicKey ? { 'wechatpay-serial': publicKey.id } : {}),
        },
        ...(body === '' ? {} : { body }),
        redirect: 'error',
        signal: AbortSignal.timeout(ms),
      })
    } catch (cause) {
      throw unknown(cause)
    }
  }

  async function ask(method: string, target: string, body: string): Promise<RawAnswer> {
    const answer = await send(method, new URL(`${apiRoot}${target}`), body, within)
    const text = await answer.text().catch((cause: unknown) => {
      throw unknown(cause)
    })
    return { status: answer.status, header: (name) => answer.headers.get(name) ?? undefined, body: text }
  }

  const keys = createPlatformKeys(merchant, () => ask('GET', '/v3/certificates', ''), clock, log)

  /** Whether an answer is WeChat Pay's own, and of now. */
  async function isGenuine({ header, body }: RawAnswer): Promise<boolean> {
    const seal = sealIn(header)
    if (!seal || !isFresh(seal, clock())) return false
    const key = await keys.find(seal.serial).catch((cause: unknown) => {
      throw unknown(cause)
    })
    return key !== undefined && isSealed(key, seal, body)
  }

  return {
    keys,
    async call(method, target, body) {
      const answer = await ask(method, target, body ? JSON.stringify(body) : '')
      const genuine = await isGenuine(answer)
      if (answer.status === 401)
        throw new WechatPayError(
          'unknown',
          undefined,
          'WeChat Pay does not know our signature: check WECHAT_PAY_KEY and WECHAT_PAY_SERIAL.',
        )
      if (!genuine)
        throw new WechatPayError('unknown', undefined, `An answer (${answer.status}) was not signed by WeChat Pay.`)
      if (answer.status >= 200 && answer.status < 300) return answer.body === '' ? undefined : parse(answer.body)
      throw failed(answer)
    },
    async download(address) {
      const url = new URL(address)
      // Our name is only for whom we asked.
      if (url.origin !== new URL(apiRoot).origin)
        throw new WechatPayError('unknown', undefined, 'WeChat Pay named a file that is not at its own address.')
      const answer = await send('GET', url, '', FILE_WITHIN)
      if (!answer.ok)
        throw new WechatPayError('unknown', undefined, `A file could not be had of WeChat Pay (${answer.status}).`)
      return Buffer.from(
        await answer.arrayBuffer().catch((cause: unknown) => {
          throw unknown(cause)
        }),
      )
    },
  }
}

const unknown = (cause: unknown): WechatPayError =>
  cause instanceof WechatPayError
    ? cause
    : new WechatPayError('unknown', undefined, 'WeChat Pay gave no answer that could be understood.', { cause })

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw unknown(cause)
  }
}

function failed({ status, body }: RawAnswer): WechatPayError {
  const reason = errorSchema.safeParse(parse(body)).data?.code
  const said = `WeChat Pay answered ${status}${reason ? ` ${reason}` : ''}.`
  if (status === 429 || (reason && SLOWER.has(reason))) return new WechatPayError('slower', reason, said)
  if (status >= 500 || !reason || UNSURE.has(reason)) return new WechatPayError('unknown', reason, said)
  return new WechatPayError('refused', reason, said)
}
