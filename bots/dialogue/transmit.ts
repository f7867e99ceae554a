import { hasCode } from '../../core/platform/errors.ts'
import type { Shop } from '../../core/shop.ts'
import type { Channel, Priority } from './channel.ts'
import { deferMessage } from './deferral.ts'
import type { Screen } from './screen.ts'

/** Sends what the presenter made of a screen, the first of it in place of `target`; returns the id of the last message. */
export async function transmit(
  channel: Channel,
  chat: string,
  messages: readonly Screen[],
  target: string | undefined,
  priority: Priority,
): Promise<string> {
  let messageId = ''
  for (const [index, message] of messages.entries())
    messageId = await transmitOne(channel, chat, message, index === 0 ? target : undefined, priority)
  return messageId
}

function transmitOne(
  channel: Channel,
  chat: string,
  message: Screen,
  target: string | undefined,
  priority: Priority,
): Promise<string> {
  return target !== undefined && !message.file && !message.invoice
    ? channel.edit(chat, target, message, priority)
    : channel.send(chat, message, priority)
}

/** The answer to one event, on its way. */
export interface Answer {
  /**
   * Sends messages, the first in place of `target`; returns the id of the last, undefined when it has to wait. `more` tells that
   * others of this answer follow.
   */
  send(messages: readonly Screen[], target?: string, more?: boolean): Promise<string | undefined>
  /** Everything is sent; says what else waits in this chat, while there is room for it. */
  end(): Promise<void>
}

/**
 * Begins an answer in a chat in which `used` messages were already sent since its person's last word. Where a platform takes only so
 * many (see {@link Channel.perWord}), the last says how many wait, and these wait for the next word.
 */
export function answer(
  shop: Pick<Shop, 'deferred'>,
  channel: Channel,
  chat: string,
  used: number,
  hint: (count: number) => string,
): Answer {
  const place = { channel, chat }
  let left = (channel.perWord ?? Number.POSITIVE_INFINITY) - used
  let waits = false

  async function sendOne(message: Screen, target: string | undefined): Promise<string | undefined> {
    if (!waits) {
      try {
        const id = await transmitOne(channel, chat, message, target, 'reply')
        left--
        return id
      } catch (error) {
        if (!hasCode(error, 'chat.window_closed')) throw error
        // Something else was sent meanwhile, or the platform counts otherwise: not even the hint would go.
        waits = true
        left = 0
      }
    }
    await deferMessage(shop, place, message)
    return undefined
  }

  return {
    async send(messages, target, more = false) {
      let id: string | undefined
      for (const [index, message] of messages.entries()) {
        // The last place is for saying that there is more.
        if (left === 1 && (more || index < messages.length - 1)) waits = true
        id = await sendOne(message, index === 0 ? target : undefined)
      }
      return id
    },
    async end() {
      if (left < 1 || channel.perWord === undefined) return
      const count = await shop.deferred.count(channel.name, chat)
      if (count === 0) return
      await channel.send(chat, { text: [hint(count)] }, 'reply').catch((error: unknown) => {
        if (!hasCode(error, 'chat.window_closed')) throw error
      })
    },
  }
}
