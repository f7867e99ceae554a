import { createHash } from 'node:crypto'
import type { Allowances } from '../../../core/allowances/service.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { Accept } from '../../dialogue/channel.ts'
import type { Holding } from './holding.ts'
import { HINT, type Payload, type Push, readPush } from './pushes.ts'
import { isSigned, isTimely, type MessageCipher, sign } from './signing.ts'
import { readFields, writeFields } from './xml.ts'

/** What a call of WeChat is answered with; see bots/web/webhook.ts, into which this fits. */
interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: 'text/plain' | 'application/xml'
  written?(whole: boolean): void
}

export interface OfficialWebhook {
  readonly path: string
  readonly limit: number
  /**
   * Takes one call of WeChat: its question whether we are there, or a push, answered once what it brought is committed. 401
   * without WeChat's signature of the last five minutes, 400 for what cannot be read, 503 when WeChat is to push again.
   */
  answer(call: { readonly query: URLSearchParams; readonly body?: string; readonly gone: AbortSignal }): Promise<Answer>
}

/** Where what WeChat pushes goes, from when the account is connected to a shop. */
export interface WebhookPorts {
  readonly accept: Accept
  readonly allowances: Pick<Allowances, 'grant' | 'granted' | 'forfeit'>
  /** somebody follows the account no more */
  left(openid: string): Promise<void>
}

export interface WebhookParts {
  readonly channel: string
  readonly appId: string
  readonly token: string
  /** with it only encrypted messages are taken */
  readonly cipher: MessageCipher | undefined
  readonly holding: Pick<Holding, 'hold'>
  readonly ports: () => WebhookPorts | undefined
  readonly log: Log
  readonly now: Clock
}

/** Most bytes of one push. */
const PUSH_BYTES = 64 * 1024
/** How many signatures are remembered to know a forged body by. */
const SIGNATURES = 20_000

const refused = (status: number): Answer => ({ status, body: '' })

export function createWebhook(parts: WebhookParts): OfficialWebhook {
  const { channel, appId, token, cipher, holding, ports, log, now } = parts
  const bodies = new Map<string, string>()
  /** what is being taken in of each chat: in the order it came */
  const tails = new Map<string, Promise<void>>()

  /**
   * Without encryption WeChat signs the time and a number, and not the body: who has seen one call could send others with its
   * signature. A signature is good for one body, which may come again, as WeChat repeats itself.
   */
  function isReused(signature: string, body: string): boolean {
    const hash = createHash('sha256').update(body).digest('base64')
    const before = bodies.get(signature)
    if (before !== undefined) return before !== hash
    bodies.set(signature, hash)
    for (const [oldest] of bodies) {
      if (bodies.size <= SIGNATURES) break
      bodies.delete(oldest)
    }
    return false
  }

  /** The fields of the message, decrypted; undefined when it is not one that WeChat sent to this account. */
  function fieldsOf(query: URLSearchParams, body: string): ReadonlyMap<string, string> | undefined {
    const outer = readFields(body)
    if (!cipher) return query.get('encrypt_type') === 'aes' ? undefined : outer
    const encrypted = outer?.get('Encrypt')
    const signed = [token, query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypted ?? '']
    if (encrypted === undefined || !isSigned(query.get('msg_signature'), ...signed)) return undefined
    const xml = cipher.decrypt(encrypted)
    return xml === undefined ? undefined : readFields(xml)
  }

  function answerOf(push: Push, text: string): Pick<Answer, 'body' | 'type'> {
    if (text === '') return { body: '' }
    const time = Math.floor(now().getTime() / 1000)
    const xml = writeFields({
      ToUserName: push.openid,
      FromUserName: push.account,
      CreateTime: time,
      MsgType: 'text',
      Content: text,
    })
    if (!cipher) return { body: xml, type: 'application/xml' }
    const encrypted = cipher.encrypt(xml)
    const nonce = push.id.slice(0, 16)
    const body = writeFields({
      Encrypt: encrypted,
      MsgSignature: sign(token, String(time), nonce, encrypted),
      TimeStamp: time,
      Nonce: nonce,
    })
    return { body, type: 'application/xml' }
  }

  async function take(push: Push, to: WebhookPorts): Promise<void> {
    const { id, openid, at, content } = push
    // Before anybody answers; without it WeChat counts alone.
    if (push.grants.length > 0)
      await to.allowances
        .grant(channel, openid, id, at, push.grants)
        .catch((err: unknown) => log.warn({ err }, 'what may be sent to somebody could not be counted'))
    if (push.left) {
      // A repeat may come when they have come back already.
      const acted = await to.allowances.granted(channel, openid, HINT)
      if (acted && acted > at) return
      await to.left(openid)
      await to.allowances.forfeit(channel, openid, ['message', 'event', 'hint'])
    }
    if (!content) return
    const payload: Payload = { id, openid, at: at.toISOString(), content }
    await to.accept([{ externalId: id, chat: openid, payload }])
  }

  /** What one person does is taken in one after the other. */
  function inTurn(openid: string, work: () => Promise<void>): Promise<void> {
    const mine = (tails.get(openid) ?? Promise.resolve()).catch(() => {}).then(work)
    tails.set(openid, mine)
    const done = () => {
      if (tails.get(openid) === mine) tails.delete(openid)
    }
    mine.then(done, done)
    return mine
  }

  async function pushed(push: Push, to: WebhookPorts, gone: AbortSignal): Promise<Answer> {
    const committed = inTurn(push.openid, () => take(push, to))
    if (!push.content) {
      await committed
      return { status: 200, body: '' }
    }
    const held = holding.hold(push.id, push.openid, committed, gone)
    try {
      await committed
    } catch (error) {
      // WeChat hears that nothing was taken: a text that was given to this call goes another way.
      void held.then(({ written }) => written(false))
      throw error
    }
    const { text, written } = await held
    return { status: 200, ...answerOf(push, text), written }
  }

  return {
    path: `/wechat/${appId}`,
    limit: PUSH_BYTES,
    async answer({ query, body, gone }) {
      const [timestamp, nonce] = [query.get('timestamp') ?? '', query.get('nonce') ?? '']
      const signature = query.get('signature')
      if (!isSigned(signature, token, timestamp, nonce) || !isTimely(timestamp, now())) {
        log.warn({}, 'a call that WeChat did not sign in the last five minutes was refused')
        return refused(401)
      }
      if (body === undefined) {
        const echo = query.get('echostr') ?? ''
        return /^\w{1,128}$/.test(echo) ? { status: 200, body: echo } : refused(400)
      }
      if (isReused(signature ?? '', body)) {
        log.warn({}, 'a call with the signature of another was refused')
        return refused(401)
      }
      const fields = fieldsOf(query, body)
      const push = fields && readPush(fields)
      if (!push) {
        log.warn({}, 'a call with something other than a message of WeChat was refused')
        return refused(400)
      }
      const to = ports()
      if (!to) return refused(503)
      try {
        return await pushed(push, to, gone)
      } catch (err) {
        log.error({ err }, 'a message could not be committed; WeChat will push it again')
        return refused(503)
      }
    },
  }
}
