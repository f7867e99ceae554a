import { deserialize, serialize } from 'node:v8'
import type { Toast } from '../dialogue/channel.ts'
import type { Screen } from '../dialogue/screen.ts'
import { draw, type Shelves } from './drawing.ts'
import type { WireMessage } from './message.ts'
import type { Rooms } from './rooms.ts'

/** Something that has changed in a chat, for the pages that are open on it, in whichever process they are. */
export type News =
  | { readonly kind: 'screen'; readonly id: string; readonly screen: Screen }
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'acknowledged'; readonly id: string; readonly toast?: Toast }
  /** the one event has been answered */
  | { readonly kind: 'settled'; readonly id: string }
  /** an event came; `bubble` is absent when none is shown for it, `waits` when nobody is to see that it is being answered */
  | {
      readonly kind: 'heard'
      readonly id: string
      readonly bubble?: Pick<WireMessage, 'text' | 'file'>
      readonly waits: boolean
    }
  /** and was not taken in after all */
  | { readonly kind: 'unheard'; readonly id: string }

/** The port to the other processes: see core/broadcast. */
export interface Others {
  /** `make` is called only when there is somebody to tell. */
  tell(make: () => Uint8Array): Promise<void>
  close(): Promise<void>
}
export type JoinOthers = (hear: (message: Uint8Array) => void) => Others

/** The rooms of this process and of all others, as one. */
export interface SharedRooms {
  /** Shows it here and tells the others; resolves when they can know it. Rejects, and shows nothing of the shop's, when they cannot. */
  show(chat: string, news: News): Promise<void>
  close(): Promise<void>
}

export function shareRooms(rooms: Rooms, shelves: Shelves, join: JoinOthers): SharedRooms {
  const others = join((message) => {
    const { chat, news } = deserialize(message) as { chat: string; news: News }
    apply(rooms, shelves, chat, news)
  })
  return {
    async show(chat, news) {
      // What a person said is theirs to see at once, and before any answer to it.
      const isTheirs = news.kind === 'heard' || news.kind === 'unheard'
      if (isTheirs) apply(rooms, shelves, chat, news)
      await others.tell(() => serialize({ chat, news }))
      if (!isTheirs) apply(rooms, shelves, chat, news)
    },
    close: () => others.close(),
  }
}

function apply(rooms: Rooms, shelves: Shelves, chat: string, news: News): void {
  const { id } = news
  switch (news.kind) {
    case 'screen':
      rooms.settle(chat)
      rooms.put(chat, (rev, at) => draw(news.screen, { id, rev, at, chat }, shelves))
      return
    case 'removed':
      rooms.remove(chat, id)
      return
    case 'acknowledged':
      rooms.settle(chat, id)
      rooms.push(chat, 'acknowledged', { id, ...(news.toast ? { toast: news.toast } : {}) })
      return
    case 'settled':
      rooms.settle(chat, id)
      return
    case 'heard': {
      const { bubble, waits } = news
      if (!rooms.hear(chat, id)) return
      if (bubble)
        rooms.put(chat, (rev, at) => {
          const message: WireMessage = { id, rev, from: 'me', at, ...bubble }
          return { shown: message, kept: message }
        })
      if (waits) rooms.begin(chat, id)
      return
    }
    case 'unheard':
      rooms.unhear(chat, id)
      rooms.settle(chat, id)
      rooms.remove(chat, id)
  }
}
