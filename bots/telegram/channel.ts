import { KeytillError } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Channel } from '../dialogue/channel.ts'
import type { Capabilities } from '../dialogue/screen.ts'
import { type BotApi, isRefusal, TelegramError } from './api.ts'
import { Bounded } from './bounded.ts'
import { callbackOf } from './ids.ts'
import { type Part, partsOf } from './parts.ts'
import { createPlacing } from './placing.ts'
import { insist, type Sender } from './sending.ts'
import { cut } from './text.ts'

const capabilities: Omit<Capabilities, 'invoice'> = {
  buttons: true,
  edit: true,
  delete: true,
  spoiler: true,
  copy: true,
  files: true,
  pictures: true,
  contact: true,
  textLength: 4096,
}

interface ChannelParts {
  readonly name: string
  readonly invoice: boolean
  readonly api: BotApi
  readonly sender: Sender
  readonly log: Log
  /** where people find the bot, see bot.ts */
  readonly link: (payload: string) => string | undefined
}

/** What a later edit must know of a message and Telegram does not tell. */
interface Sent {
  readonly protect: boolean
  /** the messages above it that belong to the same screen */
  readonly above: readonly string[]
}

const MESSAGES_REMEMBERED = 5000
const PRESSES_REMEMBERED = 5000

/** A bot on Telegram as the dialogue sees it. */
export function telegramChannel({ name, invoice, api, sender, log, link }: ChannelParts): Channel {
  const placing = createPlacing(api, log)
  const known = new Bounded<Sent>(MESSAGES_REMEMBERED)
  const pressed = new Bounded<true>(PRESSES_REMEMBERED)
  const key = (chat: string, message: string) => `${chat}/${message}`

  const send: Channel['send'] = async (chat, screen, priority) => {
    const ids: string[] = []
    const parts = partsOf(screen)
    for (const part of parts) {
      const call = () => placing.create(Number(chat), part)
      ids.push(`${await reach(sender.run(chat, priority, 'message', call))}`)
    }
    const id = ids.pop() ?? ''
    const protect = parts.at(-1)?.protect ?? false
    if (protect || ids.length > 0) known.set(key(chat, id), { protect, above: ids })
    return id
  }

  const removeOne = async (chat: string, messageId: string): Promise<boolean> => {
    try {
      return await insist(() => api.call('deleteMessage', { chat_id: Number(chat), message_id: Number(messageId) }))
    } catch (error) {
      if (isRefusal(error, 400, /to delete not found/)) return true
      if (error instanceof TelegramError && error.status !== undefined && error.status < 429) return false
      throw error
    }
  }

  /** Deletes what stood above a message of several, as far as Telegram still does. */
  const removeAbove = async (chat: string, messageId: string): Promise<void> => {
    for (const id of known.get(key(chat, messageId))?.above ?? [])
      await removeOne(chat, id).catch((err: unknown) => log.warn({ err }, 'an old message could not be deleted'))
    known.delete(key(chat, messageId))
  }

  const remove: Channel['remove'] = async (chat, messageId) => {
    await removeAbove(chat, messageId)
    return removeOne(chat, messageId)
  }

  return {
    name,
    capabilities: { ...capabilities, invoice },
    send,
    remove,
    backlog: () => sender.backlog(),
    deepLink: link,
    async edit(chat, messageId, screen, priority) {
      const [part, ...more] = partsOf(screen)
      const old = known.get(key(chat, messageId))
      if (part && part.kind !== 'invoice' && more.length === 0 && suits(part, old)) {
        const call = () => placing.replace(Number(chat), Number(messageId), part)
        if (await reach(sender.run(chat, priority, 'edit', call))) {
          if (old && old.above.length > 0) {
            await removeAbove(chat, messageId)
            known.set(key(chat, messageId), { protect: old.protect, above: [] })
          }
          return messageId
        }
      }
      // First the new one, so that a crash in between leaves one message too many rather than none.
      const id = await send(chat, screen, priority)
      await remove(chat, messageId).catch((err: unknown) => log.warn({ err }, 'an old message could not be deleted'))
      return id
    },
    async acknowledge(event, toast) {
      const callback = event.content.kind === 'press' ? callbackOf(event.id) : undefined
      if (callback === undefined || !pressed.add(callback, true)) return
      const answer = toast ? { text: cut(toast.text, 200), ...(toast.alert ? { show_alert: true } : {}) } : {}
      try {
        await insist(() => api.call('answerCallbackQuery', { callback_query_id: callback, ...answer }))
      } catch (error) {
        if (isRefusal(error, 400, /query is too old/)) return
        pressed.delete(callback)
        throw error
      }
    },
  }
}

/** Whether a message can become this: an edit protects nothing that was not protected, nor lets go of what was. */
function suits(part: Part, old: Sent | undefined): boolean {
  return part.protect ? old?.protect === true : !(old?.protect && part.kind === 'document')
}

/** @throws KeytillError `chat.unreachable` when the call shows that the person is gone; TelegramError otherwise */
async function reach<R>(call: Promise<R>): Promise<R> {
  try {
    return await call
  } catch (error) {
    if (isRefusal(error, 403) || isRefusal(error, 400, GONE))
      throw new KeytillError('chat.unreachable', 'The person has blocked the bot or left the chat.', { cause: error })
    throw error
  }
}

const GONE = /chat not found|user not found|PEER_ID_INVALID|USER_ID_INVALID|USER_DEACTIVATED|group chat was upgraded/i
