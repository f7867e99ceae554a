import { badRequest } from './errors.ts'
import type { AnyMarkup } from './schema.ts'
import { lengthOf } from './text.ts'
import type { Button, Keyboard } from './types.ts'

const KINDS = [
  'callback_data',
  'url',
  'web_app',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'copy_text',
  'pay',
] as const

interface Place {
  invoice?: boolean
  private: boolean
}

/**
 * Checks an inline keyboard as Telegram does and returns what it stores, undefined for an empty one.
 * Throws ApiError.
 */
export function checkKeyboard(markup: AnyMarkup | undefined, place: Place): Keyboard | undefined {
  if (!markup || !('inline_keyboard' in markup)) return undefined
  const rows = markup.inline_keyboard.filter((row) => row.length > 0)
  const buttons = rows.flat()
  if (buttons.length > 100) throw badRequest('REPLY_MARKUP_TOO_LONG')
  buttons.forEach((button, index) => {
    checkButton(button, place, index)
  })
  if (place.invoice && buttons.length > 0 && !buttons[0]?.pay) throw badRequest('REPLY_MARKUP_BUY_EMPTY')
  if (rows.length === 0) return undefined
  return { inline_keyboard: rows.map((row) => row.map(({ hide: _, ...button }) => button)) }
}

function checkButton(button: Button, place: Place, index: number): void {
  if (button.text === '') throw badRequest('can\'t parse inline keyboard button: Field "text" must be non-empty')
  const kinds = KINDS.filter((kind) => button[kind] !== undefined && button[kind] !== '')
  const unallowed = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
  // An empty switch_inline_query is a kind of its own: it means "with an empty query".
  const inlineQuery = button.switch_inline_query ?? button.switch_inline_query_current_chat
  if (kinds.length === 0 && inlineQuery === undefined) throw badRequest(unallowed)
  if (kinds.length > 1) throw badRequest(`fake: button "${button.text}" is of more than one kind`)
  const { callback_data, copy_text, url, web_app, pay } = button
  if (callback_data !== undefined && Buffer.byteLength(callback_data) > 64) throw badRequest('BUTTON_DATA_INVALID')
  if (copy_text && (copy_text.text === '' || lengthOf(copy_text.text) > 256))
    throw badRequest('BUTTON_COPY_TEXT_INVALID')
  if (url !== undefined) checkUrl(url)
  if (web_app) checkWebApp(web_app.url, place)
  if (pay && !(place.invoice && index === 0)) throw badRequest('BUTTON_TYPE_INVALID')
}

function checkUrl(url: string): void {
  const wrong = (why: string) => badRequest(`inline keyboard button URL '${url}' is invalid: ${why}`)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme && !['http', 'https', 'tg', 'ton', 'tonsite'].includes(scheme)) throw wrong('Unsupported URL protocol')
  if (scheme === 'tg' || scheme === 'ton') return
  if (!URL.canParse(url) || !new URL(url).hostname.includes('.')) throw wrong('Wrong HTTP URL')
}

function checkWebApp(url: string, place: Place): void {
  if (!url.startsWith('https://'))
    throw badRequest(`inline keyboard button Web App URL '${url}' is invalid: Only HTTPS links are allowed`)
  if (!place.private) throw badRequest('BUTTON_TYPE_INVALID')
}
