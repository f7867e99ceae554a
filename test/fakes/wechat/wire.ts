import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** What WeChat does on the wire, written from its documents and apart from what it tests. */

export const signature = (...parts: string[]): string =>
  createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex')

/** A message as WeChat writes it: texts in CDATA, numbers bare. */
export function toXml(fields: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(fields).map(([name, value]) =>
    typeof value === 'number' ? `<${name}>${value}</${name}>` : `<${name}><![CDATA[${value}]]></${name}>`,
  )
  return `<xml>${lines.join('\n')}</xml>`
}

/** The fields of an answer; fails for anything that WeChat would not understand. */
export function fromXml(xml: string): Record<string, string> {
  const inside = /^<xml>([\s\S]*)<\/xml>$/.exec(xml.trim())?.[1]
  if (inside === undefined) throw new Error('the answer is no <xml>')
  const fields: Record<string, string> = {}
  const rest = inside.replace(
    /<(\w+)>((?:<!\[CDATA\[[\s\S]*?\]\]>)+|[^<]*)<\/\1>/g,
    (_all, name: string, value: string) => {
      fields[name] = value.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
      return ''
    },
  )
  if (rest.trim() !== '') throw new Error('there is more in the answer than fields')
  return fields
}

const keyOf = (aesKey: string): Buffer => Buffer.from(`${aesKey}=`, 'base64')

export function encrypt(aesKey: string, appId: string, text: string): string {
  const key = keyOf(aesKey)
  const body = Buffer.from(text)
  const size = Buffer.from([body.length >>> 24, body.length >>> 16, body.length >>> 8, body.length])
  const whole = Buffer.concat([randomBytes(16), size, body, Buffer.from(appId)])
  const more = 32 - (whole.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(Buffer.concat([whole, Buffer.alloc(more, more)])), cipher.final()]).toString(
    'base64',
  )
}

export function decrypt(aesKey: string, appId: string, text: string): string {
  const key = keyOf(aesKey)
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()])
  const whole = padded.subarray(0, padded.length - (padded.at(-1) ?? 0))
  const end = 20 + whole.readUInt32BE(16)
  if (whole.subarray(end).toString() !== appId) throw new Error('the answer is for another account')
  return whole.subarray(20, end).toString()
}
