import type { WireMessage } from '../../bots/web/message.ts'
import type { Person } from '../fakes/telegram/people.ts'
import { scan, scanDrawn } from '../stand/qr.ts'
import type { Chatter } from './channel.ts'

/** A picture as it came out of a channel. */
interface Shown {
  /** absent where it is drawn in characters */
  readonly bytes?: Buffer
  /** what stands under it, and in a terminal the drawing */
  readonly text: string
  /** hidden until it is tapped, where the platform itself does that */
  readonly covered?: boolean
}

/** What the drivers hold of a chat, each in the terms of its platform. */
interface Held {
  readonly person?: Person
  readonly user?: {
    history(): readonly { readonly text: string; readonly file?: { readonly name: string; readonly bytes?: Buffer } }[]
  }
  readonly messages?: ReadonlyMap<string, WireMessage>
}

/** The pictures that stand in a chat; on WeChat, where nothing is taken back, all that ever came. */
export function picturesOf(chatter: Chatter): Shown[] {
  const { person, user, messages } = chatter as unknown as Held
  if (person)
    return person
      .history()
      .flatMap(({ photo, caption = '', has_media_spoiler: covered = false }) =>
        photo ? [{ bytes: photo.bytes, text: caption, covered }] : [],
      )
  if (user)
    return user
      .history()
      .flatMap(({ text, file }) => (file?.bytes && file.name.endsWith('.png') ? [{ bytes: file.bytes, text }] : []))
  if (messages)
    return [...messages.values()].flatMap(({ picture, text }) =>
      picture && 'data' in picture ? [{ bytes: Buffer.from(picture.data, 'base64'), text: text.join('') }] : [],
    )
  return chatter.sight.all().flatMap(({ text }) => (/█{20}/.test(text) ? [{ text }] : []))
}

/** What a phone reads off these pictures, in their order. */
export const scanned = (pictures: readonly Shown[]): Promise<string[]> =>
  Promise.all(pictures.map(({ bytes, text }) => (bytes ? scan(bytes) : scanDrawn(text))))
