import type { CallbackQuery, Message, Update, User } from 'grammy/types'
import type { Clock } from '../../core/platform/clock.ts'
import type { Attachment, ChatEvent, Content, Decode, Person } from '../dialogue/channel.ts'
import { eventId } from './ids.ts'

export interface DecodeParts {
  readonly botId: string
  /** without the @; undefined until Telegram has told us */
  readonly username: () => string | undefined
  readonly load: (fileId: string, size: number | undefined, limit: number) => Promise<Buffer>
  readonly now: Clock
}

/**
 * Makes events of kept updates: texts, documents, pictures, shared phone numbers and pressed buttons. Nothing of what somebody else wrote (a
 * forward, a channel, a bot, another bot in the name of a person, an administrator who hides behind the group), of what was said to
 * somebody else (another bot, a business), nor of edits and payments (see payments.ts).
 */
export function createDecode({ botId, username, load, now }: DecodeParts): Decode {
  const ofMessage = (id: string, message: Message): ChatEvent | undefined => {
    const { from, chat } = message
    const isPrivate = chat.type === 'private'
    if (!from || from.is_bot || message.sender_chat || message.forward_origin || message.via_bot) return undefined
    if (message.business_connection_id !== undefined) return undefined
    const spoken = unnamed(message.text ?? message.caption ?? '', username())
    const content = spoken === undefined ? undefined : contentOf(message, spoken, load)
    if (!content) return undefined
    return {
      id,
      chat: `${chat.id}`,
      private: isPrivate,
      person: personOf(from),
      at: new Date(message.date * 1000),
      messageId: `${message.message_id}`,
      content,
    }
  }

  const ofPress = (id: string, { from, message, data }: CallbackQuery): ChatEvent | undefined => {
    if (data === undefined) return undefined
    const messageId = message && `${message.message_id}`
    return {
      id,
      // Under a message sent elsewhere through the bot: the only chat we know of is the person's own, and others read along there.
      chat: `${message?.chat.id ?? from.id}`,
      private: message?.chat.type === 'private' && !('business_connection_id' in message),
      person: personOf(from),
      // Telegram tells when the message was sent, not when its button was pressed.
      at: now(),
      content: { kind: 'press', action: data, ...(messageId === undefined ? {} : { messageId }) },
    }
  }

  return (payload) => {
    const update = payload as Update
    const id = eventId(botId, update)
    if (update.callback_query) return ofPress(id, update.callback_query)
    return update.message && ofMessage(id, update.message)
  }
}

function contentOf(message: Message, text: string, load: DecodeParts['load']): Content | undefined {
  if (message.text !== undefined) return { kind: 'text', text }
  if (message.contact) {
    // Anybody's card can be sent: only with the sender's own id does Telegram vouch that the number is theirs.
    const { user_id, phone_number } = message.contact
    const phone = user_id === message.from?.id ? phone_number.replace(/\D/g, '') : ''
    return { kind: 'contact', ...(phone === '' ? {} : { phone }) }
  }
  const attachment = (fileId: string, name: string, mime: string, size: number | undefined): Attachment => ({
    name,
    mime,
    ...(size === undefined ? {} : { size }),
    load: (limit) => load(fileId, size, limit),
  })
  if (message.document) {
    const { file_id, file_name = 'file', mime_type = 'application/octet-stream', file_size } = message.document
    return { kind: 'file', caption: text, file: attachment(file_id, file_name, mime_type, file_size) }
  }
  const photo = message.photo?.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a))
  if (!photo) return undefined
  const picture = attachment(photo.file_id, 'photo.jpg', 'image/jpeg', photo.file_size)
  return { kind: 'picture', caption: text, picture }
}

/** The text without the bot's name, which apps put behind a command in groups; undefined when another bot may be meant. */
function unnamed(text: string, ours: string | undefined): string | undefined {
  const [whole, command, name] = /^(\/\w+)@(\w+)/.exec(text) ?? []
  if (whole === undefined || command === undefined) return text
  if (name?.toLowerCase() !== ours?.toLowerCase()) return undefined
  return command + text.slice(whole.length)
}

function personOf({ id, first_name, last_name, language_code }: User): Person {
  const name = [first_name, last_name].filter(Boolean).join(' ')
  return { id: `${id}`, ...(name ? { name } : {}), ...(language_code ? { language: language_code } : {}) }
}
