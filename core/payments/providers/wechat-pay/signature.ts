import { createDecipheriv, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { KeytillError } from '../../../platform/errors.ts'
import type { Merchant } from './merchant.ts'

/** How far a signed word's time may be from ours, in ms: what is older may be a replay. */
const FRESH = 300_000
const TAG_BYTES = 16

const rowsOf = (...rows: readonly string[]): Buffer => Buffer.from(rows.map((row) => `${row}\n`).join(''))

/** RSA-SHA256 over the rows, each with its line end, as base64. */
export const signRows = (key: KeyObject, ...rows: readonly string[]): string =>
  sign('sha256', rowsOf(...rows), key).toString('base64')

/** Whether these rows were signed so with the other half of the key. */
export function verifyRows(key: KeyObject, signature: string, ...rows: readonly string[]): boolean {
  return verify('sha256', rowsOf(...rows), key, Buffer.from(signature, 'base64'))
}

/** The header that says who asks: `target` is path and query as they are sent, `body` empty where there is none. */
export function authorization(
  { mchId, serial, privateKey }: Pick<Merchant, 'mchId' | 'serial' | 'privateKey'>,
  { method, target, body }: { readonly method: string; readonly target: string; readonly body: string },
  now: Date,
  nonce = randomBytes(16).toString('hex'),
): string {
  const timestamp = secondsOf(now)
  const signature = signRows(privateKey, method, target, timestamp, nonce, body)
  const parts = { mchid: mchId, nonce_str: nonce, signature, timestamp, serial_no: serial }
  const written = Object.entries(parts).map(([name, value]) => `${name}="${value}"`)
  return `WECHATPAY2-SHA256-RSA2048 ${written.join(',')}`
}

/** A moment as WeChat Pay writes it: whole seconds. */
export const secondsOf = (at: Date): string => String(Math.floor(at.getTime() / 1000))

/** What says that a body is WeChat Pay's: the headers of its answers and of its calls. */
export interface Seal {
  readonly serial: string
  readonly timestamp: string
  readonly nonce: string
  readonly signature: string
}

export type HeaderOf = (name: string) => string | undefined

/** The seal in these headers; undefined when a part of it is missing. */
export function sealIn(header: HeaderOf): Seal | undefined {
  const [serial, timestamp, nonce, signature] = ['serial', 'timestamp', 'nonce', 'signature'].map((name) =>
    header(`wechatpay-${name}`),
  )
  return serial && timestamp && nonce && signature ? { serial, timestamp, nonce, signature } : undefined
}

/** Whether a seal is of now, give or take five minutes. */
export function isFresh({ timestamp }: Pick<Seal, 'timestamp'>, now: Date): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) * 1000 - now.getTime()) <= FRESH
}

/** Whether a seal stands for this body, to the byte. */
export const isSealed = (key: KeyObject, { timestamp, nonce, signature }: Seal, body: string): boolean =>
  verifyRows(key, signature, timestamp, nonce, body)

/** Something that only who knows the APIv3 key can read, as it comes in calls and lists of certificates. */
export interface Sealed {
  /** base64, with the 16 bytes of its tag at the end */
  readonly ciphertext: string
  /** 12 characters */
  readonly nonce: string
  readonly associated_data?: string | undefined
}

/** Opens AEAD_AES_256_GCM, and checks its tag. @throws KeytillError `wechat_pay.unopenable` when a byte of it is another */
export function openSealed(key: Buffer, { ciphertext, nonce, associated_data = '' }: Sealed): string {
  try {
    const bytes = Buffer.from(ciphertext, 'base64')
    if (bytes.length < TAG_BYTES) throw new Error('too short')
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(associated_data)).setAuthTag(bytes.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    throw new KeytillError(
      'wechat_pay.unopenable',
      'What WeChat Pay sent cannot be opened: check WECHAT_PAY_API_V3_KEY.',
    )
  }
}
