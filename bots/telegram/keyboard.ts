import type { InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove } from 'grammy/types'
import type { Button, Screen } from '../dialogue/screen.ts'

/** What Telegram lets a copy button hold, in characters. */
const MOST_COPIED = 256

/**
 * The buttons under a message. One that Telegram would refuse is left out, since it refuses the whole message with it: a
 * copy button over 256 characters, an address that is none of the public web's.
 */
export function keyboard(
  buttons: Screen['buttons'],
  first: readonly InlineKeyboardButton[] = [],
): InlineKeyboardMarkup | undefined {
  const rows = (buttons ?? []).map((row) => row.filter(fits).map(inline)).filter((row) => row.length > 0)
  if (rows.length === 0) return undefined
  return { inline_keyboard: first.length > 0 ? [[...first], ...rows] : rows }
}

/** What takes the place of the person's own keyboard. */
export function ownKeyboard(wanted: Screen['keyboard']): ReplyKeyboardMarkup | ReplyKeyboardRemove | undefined {
  if (wanted === 'gone') return { remove_keyboard: true }
  if (!wanted) return undefined
  const keyboard = [[{ text: wanted.contact, request_contact: true }]]
  return { keyboard, resize_keyboard: true, one_time_keyboard: true }
}

/** Whether every copy button among these can be shown: without one, a protected text could not be got out of the chat. */
export function allCopied(buttons: Screen['buttons']): boolean {
  return (buttons ?? []).flat().every((button) => !('copy' in button) || fits(button))
}

function fits(button: Button): boolean {
  if ('copy' in button) return button.copy !== '' && [...button.copy].length <= MOST_COPIED
  if (!('url' in button)) return true
  if (/^tg:\/\//i.test(button.url)) return true
  return /^https?:\/\//i.test(button.url) && URL.canParse(button.url) && new URL(button.url).hostname.includes('.')
}

function inline(button: Button): InlineKeyboardButton {
  if ('copy' in button) return { text: button.label, copy_text: { text: button.copy } }
  if ('url' in button) return { text: button.label, url: button.url }
  return { text: button.label, callback_data: button.action, ...(button.style ? { style: button.style } : {}) }
}
