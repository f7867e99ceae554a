import { randomUUID } from 'node:crypto'
import type { Channel, ChatEvent, Content } from '../../../bots/dialogue/channel.ts'
import { createDialogue, type Dialogue } from '../../../bots/dialogue/dialogue.ts'
import { type Capabilities, plain, type Screen } from '../../../bots/dialogue/screen.ts'
import { silentLog } from '../../../core/platform/log.ts'
import type { Shop } from '../../../core/shop.ts'

const CAPABLE: Capabilities = {
  buttons: true,
  edit: true,
  delete: true,
  invoice: false,
  spoiler: true,
  copy: true,
  files: true,
  pictures: true,
  contact: false,
  textLength: 4096,
}

/** One person talking to the dialogue itself, with nothing in between; says what was answered as one text. */
export interface Talk {
  say(text: string): Promise<string>
  press(action: string): Promise<string>
  send(name: string, bytes: Uint8Array, caption?: string): Promise<string>
  show(bytes: Uint8Array, caption?: string): Promise<string>
  /** the screens of the last answer */
  readonly screens: readonly Screen[]
  /** all that was said of the last answer so far */
  readonly said: readonly string[]
}

/** Opens a talk in a private chat of the channel `web`, whose limits keep replies waiting so many ms. */
export function talkTo(shop: Shop, person: string, language = 'en', backlog = 0): Talk {
  const screens: Screen[] = []
  const said: string[] = []
  const keep = async (screen: Screen) => {
    screens.push(screen)
    said.push(plain(screen.text))
    return randomUUID()
  }
  const channel: Channel = {
    name: 'web',
    capabilities: CAPABLE,
    send: (_chat, screen) => keep(screen),
    edit: (_chat, _id, screen) => keep(screen),
    remove: async () => true,
    backlog: () => backlog,
    acknowledge: async (_event, toast) => void (toast && said.push(toast.text)),
  }
  const dialogue: Dialogue = createDialogue(shop, silentLog)
  const tell = async (content: Content): Promise<string> => {
    screens.length = 0
    said.length = 0
    const event: ChatEvent = {
      id: randomUUID(),
      chat: person,
      private: true,
      person: { id: person, language },
      at: shop.clock(),
      messageId: randomUUID(),
      content,
    }
    await dialogue.handle(event, channel)
    return said.join('\n')
  }
  return {
    screens,
    said,
    say: (text) => tell({ kind: 'text', text }),
    press: (action) => tell({ kind: 'press', action, messageId: randomUUID() }),
    show: (bytes, caption = '') =>
      tell({
        kind: 'picture',
        caption,
        picture: { name: 'shot.png', mime: 'image/png', size: bytes.length, load: async () => Buffer.from(bytes) },
      }),
    send: (name, bytes, caption = '') =>
      tell({
        kind: 'file',
        caption,
        file: { name, mime: 'application/octet-stream', size: bytes.length, load: async () => Buffer.from(bytes) },
      }),
  }
}
