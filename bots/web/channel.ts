import { randomUUID } from 'node:crypto'
import type { Channel } from '../dialogue/channel.ts'
import type { Screen } from '../dialogue/screen.ts'
import { draw, type Shelves } from './drawing.ts'
import { sentId, TEXT_LENGTH } from './events.ts'
import type { Rooms } from './rooms.ts'

/**
 * The web chat as the dialogue sees it. A message is accepted once it is in the chat's memory, whether or not a page is
 * open; priorities have nothing to order here, since no platform limits what is sent.
 */
export function webChannel(rooms: Rooms, shelves: Shelves): Channel {
  const put = (chat: string, id: string, screen: Screen): string => {
    rooms.settle(chat)
    rooms.put(chat, (rev, at) => draw(screen, { id, rev, at, chat }, shelves))
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
      textLength: TEXT_LENGTH,
    },
    send: async (chat, screen) => put(chat, randomUUID(), screen),
    // One that is no longer remembered is put at the end under its old id: a page that still shows it changes it there.
    edit: async (chat, messageId, screen) => put(chat, messageId, screen),
    remove: async (chat, messageId) => {
      rooms.remove(chat, messageId)
      return true
    },
    acknowledge: async (event, toast) => {
      const id = sentId(event)
      rooms.settle(event.chat, id)
      if (event.content.kind === 'press') rooms.push(event.chat, 'acknowledged', { id, ...(toast ? { toast } : {}) })
    },
  }
}
