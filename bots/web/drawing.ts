import { createHash } from 'node:crypto'
import type { FileContent, Picture, Screen } from '../dialogue/screen.ts'
import type { WireFile, WireMessage } from './message.ts'
import type { Shelf } from './shelf.ts'

/** What is shown now, and what is remembered of it: the same, but for a secret, of which only the place is kept. */
interface Drawn {
  readonly shown: WireMessage
  readonly kept: WireMessage
}

/** Puts a screen into the page's form. Pictures and files go on the shelves, those of a secret only into the message. */
export function draw(
  screen: Screen,
  about: { id: string; rev: number; at: string; chat: string },
  shelves: Shelves,
): Drawn {
  const { chat, ...head } = about
  const base = { ...head, from: 'shop' as const }
  const secret = screen.secret === true
  const shown: WireMessage = {
    ...base,
    text: screen.text,
    ...(screen.buttons?.length ? { buttons: screen.buttons } : {}),
    ...(screen.picture
      ? { picture: secret ? inlinePicture(screen.picture) : shelvePicture(screen.picture, shelves) }
      : {}),
    ...(screen.file ? { file: secret ? inlineFile(screen.file) : shelveFile(screen.file, chat, shelves) } : {}),
  }
  if (!secret) return { shown, kept: shown }
  const buttons = (screen.buttons ?? []).map((row) => row.filter((b) => 'action' in b)).filter((row) => row.length > 0)
  return { shown, kept: { ...base, text: [], gone: true, ...(buttons.length > 0 ? { buttons } : {}) } }
}

export interface Shelves {
  readonly pictures: Shelf
  readonly files: Shelf
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

function inlinePicture(picture: Picture): NonNullable<WireMessage['picture']> {
  return 'url' in picture ? { src: picture.url } : { mime: picture.mime, data: base64(picture.bytes) }
}

function shelvePicture(picture: Picture, { pictures }: Shelves): NonNullable<WireMessage['picture']> {
  if ('url' in picture) return { src: picture.url }
  const id = createHash('sha256').update(picture.bytes).digest('hex')
  pictures.put(id, { name: id, mime: picture.mime, bytes: picture.bytes })
  // Relative, so that it works behind any address and below any path.
  return { src: `chat/picture/${id}` }
}

function inlineFile({ name, mime, bytes }: FileContent): WireFile {
  return { name, mime, size: bytes.byteLength, data: base64(bytes) }
}

function shelveFile(file: FileContent, chat: string, { files }: Shelves): WireFile {
  const { name, mime, bytes } = file
  // The same in every process that draws it, because any of them may be asked for it.
  const id = createHash('sha256').update(`${chat} ${name} ${mime} `).update(bytes).digest('hex')
  files.put(id, { chat, name, mime, bytes })
  return { id, name, mime, size: bytes.byteLength }
}
