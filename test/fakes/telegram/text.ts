import { badRequest } from './errors.ts'
import { parseHtml } from './html.ts'
import type { Entity } from './types.ts'

const ENTITY_TYPES = new Set(
  (
    'mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler ' +
    'blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time'
  ).split(' '),
)

export interface Formatted {
  text: string
  entities: Entity[] | undefined
}

interface Source {
  text: string
  entities?: Entity[] | undefined
  parse_mode?: string | undefined
}

/** Characters as Telegram counts them for its limits: code points. */
export function lengthOf(text: string): number {
  return [...text].length
}

/**
 * Text as Telegram would store it: parsed, checked, trimmed.
 * Throws ApiError when an entity does not fit the text; offsets are UTF-16 units.
 */
export function formatText(source: Source): Formatted {
  const { text, entities } = source.parse_mode ? parse(source.text, source.parse_mode) : source
  const checked = checkEntities(text, entities ?? [])
  return trim(text, checked)
}

function parse(text: string, mode: string): { text: string; entities: Entity[] } {
  if (mode.toLowerCase() === 'html') return parseHtml(text)
  throw badRequest(`fake: parse_mode ${mode} is not imitated, send entities`)
}

function checkEntities(text: string, entities: Entity[]): Entity[] {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
  const open: Entity[] = []
  for (const entity of sorted) {
    const { type, offset, length } = entity
    if (!ENTITY_TYPES.has(type)) throw badRequest("can't parse MessageEntity: Unsupported type specified")
    if (length <= 0 || offset < 0) throw badRequest(`fake: entity at ${offset} with length ${length}`)
    if (offset >= text.length) throw badRequest(`entity begins after the end of the text at UTF-16 offset ${offset}`)
    const end = offset + length
    while (open.length > 0 && endOf(open.at(-1)) <= offset) open.pop()
    const crossesOther = open.length > 0 && endOf(open.at(-1)) < end
    if (end > text.length || crossesOther)
      throw badRequest(
        `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`,
      )
    if (splitsPair(text, offset) || splitsPair(text, end))
      throw badRequest(`entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol`)
    open.push(entity)
  }
  return sorted
}

function endOf(entity: Entity | undefined): number {
  return entity ? entity.offset + entity.length : 0
}

function splitsPair(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return at > 0 && at < text.length && code >= 0xdc00 && code <= 0xdfff
}

/** Telegram drops white space at the end, and at the beginning up to the first entity. */
function trim(text: string, entities: Entity[]): Formatted {
  const end = text.trimEnd().length
  const firstEntity = entities[0]?.offset ?? end
  let start = 0
  while (start < firstEntity && /\s/.test(text.charAt(start))) start++
  const kept = entities
    .map((entity) => ({
      ...entity,
      offset: entity.offset - start,
      length: Math.min(endOf(entity), end) - entity.offset,
    }))
    .filter((entity) => entity.length > 0)
  return { text: text.slice(start, end), entities: kept.length > 0 ? kept : undefined }
}

/** The entities Telegram finds by itself in what a person types. */
export function detectEntities(text: string): Entity[] | undefined {
  const found: Entity[] = []
  const add = (type: string, pattern: RegExp) => {
    for (const match of text.matchAll(pattern)) {
      const whole = match[1] ?? match[0]
      found.push({ type, offset: match.index + match[0].length - whole.length, length: whole.length })
    }
  }
  add('bot_command', /(?<=^|\s)\/[a-zA-Z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])/g)
  add('url', /https?:\/\/[^\s]+/g)
  add('mention', /(?<=^|\s)@[a-zA-Z]\w{3,31}/g)
  add('email', /[\w.+-]+@[\w-]+\.[\w.-]+\w/g)
  add('hashtag', /(?<=^|\s)#[\p{L}\w]+/gu)
  return found.length > 0 ? found.sort((a, b) => a.offset - b.offset) : undefined
}
