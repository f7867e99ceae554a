import type { MessageEntity } from 'grammy/types'
import type { RichText, Style } from '../dialogue/screen.ts'

const TYPES = { bold: 'bold', italic: 'italic', code: 'code', spoiler: 'spoiler' } as const satisfies Record<
  Style,
  MessageEntity['type']
>

export interface Formatted {
  readonly text: string
  readonly entities: MessageEntity[]
}

/**
 * A text as Telegram takes it: styles as entities at offsets in UTF-16 units, which is what a JavaScript string counts in.
 * Never a parse mode, in which something a person typed could become markup.
 */
export function format(rich: RichText): Formatted {
  let text = ''
  const entities: MessageEntity[] = []
  for (const span of rich) {
    const value = typeof span === 'string' ? span : span.text
    const place = { offset: text.length, length: value.length }
    text += value
    if (typeof span === 'string' || value === '') continue
    entities.push(
      'link' in span ? { type: 'text_link', url: span.link, ...place } : { type: TYPES[span.style], ...place },
    )
  }
  return { text, entities }
}

/** A text of at most `limit` characters, the last of which is an ellipsis when something was left out. */
export function cut(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
