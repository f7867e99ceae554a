import { z } from 'zod'
import { formatRule } from '../inventory/format.ts'
import { KeytillError } from '../platform/errors.ts'
import { parseMoney } from '../platform/money.ts'
import { FEW, type Level, MOST_UNITS, PRODUCT_FIELDS, TEXT_FIELDS, type TextField } from './model.ts'

/** What a count of keys (counted no further than one past `FEW`) is called. */
export function levelOf(count: number): Level {
  if (count <= 0) return 'none'
  return count > FEW ? 'plenty' : 'few'
}

/** Whether buyers may see and buy it: a demo product only where its pretend payment is offered (`demo`). */
export function isForSale(product: { readonly onShelf: boolean; readonly demo: boolean }, demo: boolean): boolean {
  return product.onShelf && (demo || !product.demo)
}

/** One change to a product, ready to be written. */
export type Change =
  | {
      readonly kind: 'text'
      readonly field: TextField
      readonly language: '' | 'zh' | 'en'
      readonly value: string | null
    }
  | { readonly kind: 'column'; readonly column: 'price' | 'stars' | 'limit'; readonly value: number | null }
  | { readonly kind: 'column'; readonly column: 'on_shelf' | 'demo'; readonly value: boolean }
  | { readonly kind: 'column'; readonly column: 'format' | 'picture_url'; readonly value: string | null }
  | { readonly kind: 'category'; readonly name: string | null }

const CLEAR = '-'
const yes = ['on', '1', 'yes', '是', '开']
const no = ['off', '0', 'no', '否', '关']

/**
 * The change that `/product set <sku> <field> <value>` asks for; `-` clears what may be empty.
 * @throws KeytillError `product.field` for an unknown field, `product.value` when the value does not fit, `money.malformed`
 */
export function changeOf(field: string, value: string, currency: string): Change {
  const typed = value.trim()
  const [name, language] = splitField(field)
  if (Object.hasOwn(TEXT_FIELDS, name)) {
    const cleared = typed === CLEAR && (name !== 'name' || language !== '')
    return {
      kind: 'text',
      field: name as TextField,
      language,
      value: cleared ? null : checked(TEXT_FIELDS[name as TextField], typed),
    }
  }
  switch (field) {
    case 'price':
      return { kind: 'column', column: 'price', value: price(typed, currency) }
    case 'stars':
      return { kind: 'column', column: 'stars', value: typed === CLEAR ? null : whole(typed, 1, 100_000) }
    case 'limit':
      return { kind: 'column', column: 'limit', value: whole(typed, 1, MOST_UNITS) }
    case 'shelf':
      return { kind: 'column', column: 'on_shelf', value: onOff(typed) }
    case 'demo':
      return { kind: 'column', column: 'demo', value: onOff(typed) }
    case 'format':
      return { kind: 'column', column: 'format', value: formatRule(typed).rule }
    case 'picture':
      return {
        kind: 'column',
        column: 'picture_url',
        value:
          typed === CLEAR
            ? null
            : checked(z.url({ protocol: /^https$/, error: 'an https:// address, or - for none' }), typed),
      }
    case 'category':
      return { kind: 'category', name: typed === CLEAR ? null : checked(z.string().min(1).max(40), typed) }
  }
  throw new KeytillError(
    'product.field',
    `There is no field ${field.slice(0, 20)}. Fields: ${PRODUCT_FIELDS.join(', ')}; texts also as name.zh, name.en.`,
  )
}

function splitField(field: string): [string, '' | 'zh' | 'en'] {
  const [, name = field, language] = /^([a-z]+)\.(zh|en)$/.exec(field) ?? []
  return [name, (language as 'zh' | 'en' | undefined) ?? '']
}

/** A price in minor units: an amount above nothing. @throws KeytillError `product.value`, `money.malformed` */
export function price(text: string, currency: string): number {
  const amount = parseMoney(text, currency)
  if (amount === 0) throw new KeytillError('product.value', 'a price above zero')
  return amount
}

/** A whole number within bounds, in ASCII or full-width digits. @throws KeytillError `product.value` */
export function whole(text: string, least: number, most: number): number {
  const typed = text.normalize('NFKC')
  const number = /^[0-9]{1,7}$/.test(typed) ? Number(typed) : Number.NaN
  if (!(number >= least && number <= most))
    throw new KeytillError('product.value', `a whole number from ${least} to ${most}`)
  return number
}

function onOff(text: string): boolean {
  if (yes.includes(text.toLowerCase())) return true
  if (no.includes(text.toLowerCase())) return false
  throw new KeytillError('product.value', 'on or off')
}

function checked(schema: z.ZodType<string>, value: string): string {
  const result = schema.safeParse(value)
  if (!result.success) throw new KeytillError('product.value', result.error.issues[0]?.message ?? 'does not fit')
  return result.data
}

/** The type its first bytes say it is, whatever its name says. */
export function imageType(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg'
  if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) return 'image/png'
  if (bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP')
    return 'image/webp'
  return undefined
}
