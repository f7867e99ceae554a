import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** How far the time in a request may be from ours, in ms. */
const WINDOW = 5 * 60_000

/** The signature over these parts, as WeChat makes it: sorted, joined, SHA-1 in hex. */
export function sign(...parts: readonly string[]): string {
  return createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex')
}

/** Compares in constant time. */
export function isSigned(given: string | null, ...parts: readonly string[]): boolean {
  const expected = Buffer.from(sign(...parts))
  const actual = Buffer.from(given ?? '')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

/** Whether a request says that it was made within five minutes of `now`; its time is in seconds. */
export function isTimely(timestamp: string, now: Date): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) * 1000 - now.getTime()) <= WINDOW
}

/** Encrypts and decrypts messages of one account (消息加解密): AES-256-CBC, padded to blocks of 32 bytes. */
export interface MessageCipher {
  encrypt(xml: string): string
  /** Undefined for what was not encrypted for this account. */
  decrypt(encrypted: string): string | undefined
}

const BLOCK = 32
/** Random bytes in front, and four that tell the length of the message. */
const HEAD = 16 + 4

export function messageCipher(encodingAesKey: string, appId: string): MessageCipher {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const iv = key.subarray(0, 16)
  return {
    encrypt(xml) {
      const message = Buffer.from(xml)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(message.length)
      const plain = Buffer.concat([randomBytes(16), length, message, Buffer.from(appId)])
      const padding = BLOCK - (plain.length % BLOCK)
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      return Buffer.concat([
        cipher.update(plain),
        cipher.update(Buffer.alloc(padding, padding)),
        cipher.final(),
      ]).toString('base64')
    },
    decrypt(encrypted) {
      const bytes = Buffer.from(encrypted, 'base64')
      if (bytes.length < BLOCK || bytes.length % 16 !== 0) return undefined
      const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      const padded = Buffer.concat([decipher.update(bytes), decipher.final()])
      const padding = padded.at(-1) ?? 0
      if (padding < 1 || padding > BLOCK || padded.subarray(-padding).some((byte) => byte !== padding)) return undefined
      const plain = padded.subarray(0, -padding)
      if (plain.length < HEAD) return undefined
      const end = HEAD + plain.readUInt32BE(16)
      if (plain.subarray(end).toString() !== appId) return undefined
      return plain.subarray(HEAD, end).toString()
    },
  }
}
