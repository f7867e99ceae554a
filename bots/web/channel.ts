import { randomUUID } from 'node:crypto'
import type { Channel } from '../dialogue/channel.ts'
import type { Screen } from '../dialogue/screen.ts'
import { sentId, TEXT_LENGTH } from './events.ts'
import type { SharedRooms } from './shared.ts'

/**
 * The web chat as the dialogue sees it. A message is accepted once it is in the chat's memory, here and wherever a page
 * may be open; priorities have nothing to order here, since no platform limits what is sent.
 */
export function webChannel({ show }: SharedRooms): Channel {
  const put = async (chat: string, id: string, screen: Screen): Promise<string> => {
    await show(chat, { kind: 'screen', id, screen })
    return id
  }
  return {
    name: 'web',
    capabilities: {
      buttons: true,
      edit: true,
      delete: true,
      invoice: false,
      spoiler: true,
      copy: true,
      files: true,
      pictures: true,
      contact: false,
      textLength: TEXT_LENGTH,
    },
    send: (chat, screen) => put(chat, randomUUID(), screen),
    // One that is no longer remembered is put at the end under its old id: a page that still shows it changes it there.
    edit: (chat, messageId, screen) => put(chat, messageId, screen),
    remove: async (chat, messageId) => {
      await show(chat, { kind: 'removed', id: messageId })
      return true
    },
    acknowledge: (event, toast) => {
      const id = sentId(event)
      const isPress = event.content.kind === 'press'
      return show(
        event.chat,
        isPress ? { kind: 'acknowledged', id, ...(toast ? { toast } : {}) } : { kind: 'settled', id },
      )
    },
  }
}
