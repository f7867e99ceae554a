import type { Bot } from './bot.ts'
import type { Stored } from './chats.ts'
import type { TgDocument, TgMessage } from './types.ts'

/** A message as a person has it in front of them, in its present state. */
export interface Seen extends Omit<TgMessage, 'document' | 'photo'> {
  document?: TgDocument & { bytes: Buffer }
  photo?: { file_id: string; bytes: Buffer }
  protect_content: boolean
  /** The labels of its buttons, row after row. */
  buttons: string[]
  /** The chat's version when it last changed; `since` takes it. */
  version: number
}

export function seen(bot: Bot, stored: Stored): Seen {
  const { document, photo, ...message } = structuredClone(stored.message)
  const bytesOf = (id: string) => bot.files.get(id)?.bytes ?? Buffer.alloc(0)
  const picture = photo?.at(-1)?.file_id
  return {
    ...message,
    ...(document && { document: { ...document, bytes: bytesOf(document.file_id) } }),
    ...(picture && { photo: { file_id: picture, bytes: bytesOf(picture) } }),
    protect_content: message.has_protected_content ?? false,
    buttons: message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [],
    version: stored.changed,
  }
}

/** The last messages in a few lines, for whoever did not see what they waited for. */
export function describeScreen(messages: Seen[]): string {
  const lines = messages.slice(-5).map((message) => {
    const { from, text, caption, document, photo, invoice, buttons } = message
    const kind = document
      ? `[${document.file_name}] `
      : photo
        ? '[photo] '
        : invoice
          ? `[invoice ${invoice.title}] `
          : ''
    const keys = buttons.length > 0 ? ` {${buttons.join('|')}}` : ''
    return `  ${from.is_bot ? 'bot' : from.first_name}: ${kind}${JSON.stringify(text ?? caption ?? '')}${keys}`
  })
  return lines.length > 0 ? `the screen shows:\n${lines.join('\n')}` : 'the chat is empty'
}
