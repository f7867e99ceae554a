import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { z } from 'zod'
import type { AccessTokens, FetchToken } from '../../../core/access-tokens/service.ts'
import { seconds } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { explained, isRefused, WechatRefusal } from './errors.ts'

/** The calls of WeChat's HTTP API that a shop needs. Each may throw what {@link explained} makes of a refusal, or a failure of the network. */
export interface OfficialApi {
  /**
   * Sees whether WeChat takes the account.
   * @throws KeytillError `wechat.no_login` when it does not; when it cannot be asked, nothing is known and nothing thrown
   */
  check(): Promise<void>
  /** A customer-service message (客服消息), of one of its kinds. One whose answer was lost is sent again. */
  send(openid: string, message: Readonly<Record<string, unknown>>): Promise<void>
  /** Whether somebody follows the account. */
  follows(openid: string): Promise<boolean>
  /** Uploads a picture for three days and returns its id. */
  upload(picture: { readonly bytes: Uint8Array; readonly name: string; readonly mime: string }): Promise<string>
  /** A file that somebody sent within three days; undefined when it exceeds `limit` bytes. */
  media(id: string, limit: number): Promise<Buffer | undefined>
  /** What a QR code says that whoever scans it brings as `scene` (1 to 64 characters). It is good for ever; an account has 100,000. */
  sceneCode(scene: string): Promise<string>
  /** The names of the fields of one of the account's templates; undefined when it has none of this id. */
  templateFields(id: string): Promise<readonly string[] | undefined>
  sendTemplate(openid: string, id: string, fields: Readonly<Record<string, string>>): Promise<void>
}

export interface ApiOptions {
  readonly root: string
  readonly appId: string
  readonly secret: string
  readonly tokens: AccessTokens
}

/** How long an answer may take, in ms. */
const ANSWER_WITHIN = seconds(6)
const FILE_WITHIN = seconds(30)
/** How often something is tried whose answer was lost, or to which WeChat said that it is busy. */
const TRIES = 3
const PAUSE = 200

const refusalSchema = z.object({ errcode: z.number().int() })
const tokenSchema = z.object({ access_token: z.string().min(1).max(512), expires_in: z.number().positive() })
const uploadSchema = z.object({ media_id: z.string().min(1) })
const followerSchema = z.object({ subscribe: z.number() })
const codeSchema = z.object({ url: z.url() })
const templatesSchema = z.object({ template_list: z.array(z.object({ template_id: z.string(), content: z.string() })) })

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

export function createApi({ root, appId, secret, tokens }: ApiOptions): OfficialApi {
  const fetchToken: FetchToken = async (anew) => {
    const body = { grant_type: 'client_credential', appid: appId, secret, force_refresh: anew }
    const path = 'cgi-bin/stable_token'
    const given = await insist(() => ask(path, `${root}/${path}`, json(body)))
    const { access_token: token, expires_in } = read(tokenSchema, given, path)
    return { token, expiresIn: seconds(expires_in) }
  }
  const name = `wechat:${appId}`

  /** Calls with the token, and once more with another when WeChat does not take it. */
  async function call<T>(path: string, request: (address: (more?: string) => string) => Promise<T>): Promise<T> {
    const attempt = (token: string) =>
      insist(() => request((more = '') => `${root}/${path}?access_token=${encodeURIComponent(token)}${more}`))
    const token = await tokens.get(name, fetchToken)
    try {
      return await attempt(token)
    } catch (error) {
      if (!isRefused(error, 'token')) throw explained(error)
    }
    try {
      return await attempt(await tokens.renew(name, token, fetchToken))
    } catch (error) {
      throw explained(error)
    }
  }

  const post = (path: string, body: object): Promise<unknown> =>
    call(path, (address) => ask(path, address(), json(body)))

  return {
    async check() {
      try {
        await tokens.get(name, fetchToken)
      } catch (error) {
        if (!(error instanceof WechatRefusal) || error.refusal === 'busy') return
        throw new KeytillError(
          'wechat.no_login',
          `WeChat does not take WECHAT_APP_ID with WECHAT_APP_SECRET (${error.errcode}): check both at mp.weixin.qq.com, and that ` +
            'the address of this machine is on the IP whitelist (IP白名单) there.',
          { cause: error },
        )
      }
    },
    async send(openid, message) {
      await post('cgi-bin/message/custom/send', { touser: openid, ...message })
    },
    async follows(openid) {
      const path = 'cgi-bin/user/info'
      const answer = await call(path, (address) => ask(path, address(`&openid=${encodeURIComponent(openid)}`), {}))
      return read(followerSchema, answer, path).subscribe === 1
    },
    async upload({ bytes, name: filename, mime }) {
      const path = 'cgi-bin/media/upload'
      const answer = await call(path, (address) => {
        const body = new FormData()
        body.set('media', new Blob([Uint8Array.from(bytes)], { type: mime }), filename)
        return ask(path, address('&type=image'), { method: 'POST', body }, FILE_WITHIN)
      })
      return read(uploadSchema, answer, path).media_id
    },
    media(id, limit) {
      const path = 'cgi-bin/media/get'
      return call(path, async (address) => {
        const response = await request(address(`&media_id=${encodeURIComponent(id)}`), {}, FILE_WITHIN)
        // What is no file is an error, or a film, which comes as an address.
        if (/json|text/.test(response.headers.get('content-type') ?? '')) {
          const refusal = refusalSchema.safeParse(await response.json())
          throw refusal.success ? new WechatRefusal(refusal.data.errcode, path) : unreadable(path)
        }
        return download(response, limit)
      })
    },
    async sceneCode(scene) {
      const path = 'cgi-bin/qrcode/create'
      const body = { action_name: 'QR_LIMIT_STR_SCENE', action_info: { scene: { scene_str: scene } } }
      return read(codeSchema, await post(path, body), path).url
    },
    async templateFields(id) {
      const path = 'cgi-bin/template/get_all_private_template'
      const answer = await call(path, (address) => ask(path, address(), {}))
      const template = read(templatesSchema, answer, path).template_list.find((one) => one.template_id === id)
      return template && [...template.content.matchAll(/\{\{(\w+)\.DATA\}\}/g)].map(([, field = '']) => field)
    },
    async sendTemplate(openid, id, fields) {
      const data = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { value }]))
      await post('cgi-bin/message/template/send', { touser: openid, template_id: id, data })
    },
  }
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/**
 * Does something again whose answer was lost or that WeChat was too busy for: a message that comes twice is better than none,
 * and nothing else here does harm when it is done twice.
 */
async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      const isLost = !(error instanceof KeytillError) || error.code === 'wechat.unreadable'
      const isBusy = error instanceof WechatRefusal && error.errcode === -1
      if (tried >= TRIES || !(isLost || isBusy)) throw error
    }
    await pause(PAUSE * tried)
  }
}

/** @throws KeytillError `wechat.unreadable` for a status of an error */
async function request(url: string, init: RequestInit, within: number): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(within), redirect: 'error' })
  if (response.ok) return response
  await response.body?.cancel()
  throw unreadable(`status ${response.status}`)
}

/** @throws WechatRefusal, KeytillError `wechat.unreadable` */
async function ask(path: string, url: string, init: RequestInit, within = ANSWER_WITHIN): Promise<unknown> {
  const response = await request(url, init, within)
  let answer: unknown
  try {
    answer = JSON.parse(await response.text())
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unreadable(path)
    throw cause
  }
  const refusal = refusalSchema.safeParse(answer)
  if (refusal.success && refusal.data.errcode !== 0) throw new WechatRefusal(refusal.data.errcode, path)
  return answer
}

function read<T>(schema: z.ZodType<T>, answer: unknown, path: string): T {
  const { success, data } = schema.safeParse(answer)
  if (!success) throw unreadable(path)
  return data as T
}

const unreadable = (what: string): KeytillError =>
  new KeytillError('wechat.unreadable', `WeChat answered something that cannot be read (${what}).`)

async function download(response: Response, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  const body = response.body ? Readable.fromWeb(response.body as ReadableStream) : []
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
