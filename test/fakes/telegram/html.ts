import { badRequest } from './errors.ts'
import type { Entity } from './types.ts'

const TAGS: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
  blockquote: 'blockquote',
}

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

interface Open {
  tag: string
  offset: number
  entity: Omit<Entity, 'offset' | 'length'>
}

/** Telegram's HTML style: few tags, everything else an error. */
export function parseHtml(source: string): { text: string; entities: Entity[] } {
  let text = ''
  const entities: Entity[] = []
  const open: Open[] = []
  for (const [token, , close, name = '', attributes, charRef] of source.matchAll(
    /(<(\/?)([\w-]*)([^<>]*)>)|&(#?\w+);|[\s\S]/gu,
  )) {
    if (close !== undefined) {
      const at = Buffer.byteLength(text)
      if (close) {
        const last = open.pop()
        if (!last) throw entityError(`Unexpected end tag at byte offset ${at}`)
        if (last.tag !== name)
          throw entityError(`Unmatched end tag at byte offset ${at}, expected "</${last.tag}>", found "</${name}>"`)
        if (text.length > last.offset)
          entities.push({ ...last.entity, offset: last.offset, length: text.length - last.offset })
      } else {
        open.push({ tag: name, offset: text.length, entity: startTag(name, attributes ?? '', at) })
      }
    } else if (token === '<') {
      throw entityError(`Unclosed start tag at byte offset ${Buffer.byteLength(text)}`)
    } else {
      text += charRef === undefined ? token : decode(charRef, token)
    }
  }
  const unclosed = open.at(-1)
  if (unclosed) throw entityError(`Can't find end tag corresponding to start tag "${unclosed.tag}"`)
  return { text, entities }
}

function startTag(name: string, attributes: string, at: number): Open['entity'] {
  const type = TAGS[name.toLowerCase()]
  const spoilerSpan = name !== 'span' || /class\s*=\s*["']?tg-spoiler/.test(attributes)
  if (!type || !spoilerSpan) throw entityError(`Unsupported start tag "${name}" at byte offset ${at}`)
  if (type === 'text_link') return { type, url: /href\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1] ?? '' }
  return { type: type === 'blockquote' && /\bexpandable\b/.test(attributes) ? 'expandable_blockquote' : type }
}

function decode(ref: string, token: string): string {
  if (ref.startsWith('#x')) return String.fromCodePoint(Number.parseInt(ref.slice(2), 16))
  if (ref.startsWith('#')) return String.fromCodePoint(Number(ref.slice(1)))
  return NAMED[ref] ?? token
}

function entityError(what: string): Error {
  return badRequest(`can't parse entities: ${what}`)
}
