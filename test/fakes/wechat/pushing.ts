import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type { Pushed } from './people.ts'
import { decrypt, encrypt, fromXml, signature, toXml } from './wire.ts'

export interface PushTo {
  /** where the account wants to be called */
  readonly address: string
  readonly token: string
  readonly appId: string
  readonly aesKey: string | undefined
  /** how long WeChat waits for an answer, in ms */
  readonly patience: number
  readonly seconds: () => number
}

/** What goes wrong with the next push: the connection breaks before the answer, or it is pushed again although it was answered. */
export type PushFault = 'dropped' | 'twice'

/** The account's number, in place of its AppID, as messages name it. */
export const ACCOUNT = 'gh_0123456789ab'
const MOST = 3

/** Pushes a message as WeChat does: up to three times, until it is answered with 200 in time. Fails for an answer that is none. */
export async function push(
  to: PushTo,
  fields: Readonly<Record<string, string | number>>,
  faults: readonly PushFault[] = [],
): Promise<Pushed> {
  let pushed: Pushed = { times: 0, text: '' }
  for (let times = 1; times <= MOST; times++) {
    const answer = await post(to, fields, faults.includes('dropped') && times === 1)
    if (!answer) pushed = { times, text: '' }
    else if (answer.status !== 200) pushed = { times, status: answer.status, text: '' }
    else {
      const text = read(to, String(fields.FromUserName), answer.body)
      if (faults.includes('twice') && times === 1) {
        const again = await post(to, fields)
        return { times: 2, text: again ? read(to, String(fields.FromUserName), again.body) : '', status: 200 }
      }
      return { times, status: 200, text }
    }
  }
  return pushed
}

/** The address and the body of one push. */
export function made(to: PushTo, fields: Readonly<Record<string, string | number>>): { url: URL; body: string } {
  const url = new URL(to.address)
  const [timestamp, nonce] = [String(to.seconds()), randomUUID().slice(0, 8)]
  const xml = toXml(fields)
  url.searchParams.set('signature', signature(to.token, timestamp, nonce))
  url.searchParams.set('timestamp', timestamp)
  url.searchParams.set('nonce', nonce)
  url.searchParams.set('openid', String(fields.FromUserName))
  if (to.aesKey === undefined) return { url, body: xml }
  const encrypted = encrypt(to.aesKey, to.appId, xml)
  url.searchParams.set('encrypt_type', 'aes')
  url.searchParams.set('msg_signature', signature(to.token, timestamp, nonce, encrypted))
  return { url, body: toXml({ ToUserName: ACCOUNT, Encrypt: encrypted }) }
}

function post(
  to: PushTo,
  fields: Readonly<Record<string, string | number>>,
  drop = false,
): Promise<{ status: number; body: string } | undefined> {
  const { url, body } = made(to, fields)
  return new Promise((resolve) => {
    const call = request(url, { method: 'POST', headers: { 'content-type': 'text/xml' }, timeout: 0 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => done())
      response.on('end', () => done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    const timer = setTimeout(() => call.destroy(), to.patience)
    const done = (answer?: { status: number; body: string }) => {
      clearTimeout(timer)
      resolve(answer)
    }
    call.on('error', () => done())
    call.end(body, () => {
      if (drop) setImmediate(() => call.destroy())
    })
  })
}

/** The text of an answer. */
function read({ token, aesKey, appId }: PushTo, openid: string, body: string): string {
  if (body === '' || body === 'success') return ''
  let fields = fromXml(body)
  if (aesKey !== undefined) {
    const { Encrypt = '', MsgSignature, TimeStamp = '', Nonce = '' } = fields
    if (MsgSignature !== signature(token, TimeStamp, Nonce, Encrypt)) throw new Error('the answer is not signed')
    fields = fromXml(decrypt(aesKey, appId, Encrypt))
  }
  const { ToUserName, FromUserName, CreateTime = '', MsgType, Content = '', ...more } = fields
  if (ToUserName !== openid || FromUserName !== ACCOUNT) throw new Error('the answer is to or from somebody else')
  if (!/^\d{10}$/.test(CreateTime) || MsgType !== 'text' || Object.keys(more).length > 0)
    throw new Error(`the answer is no text message: ${Object.keys(fields)}`)
  if (Content === '' || Buffer.byteLength(Content) > 2048)
    throw new Error('the text of the answer is empty or too long')
  return Content
}
