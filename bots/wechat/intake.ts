import { addAbortSignal } from 'node:stream'
import type { FileBoxInterface } from 'file-box'
import { type Message, types } from 'wechaty'
import type { Clock } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Accept } from '../dialogue/channel.ts'
import { FILE_LIMIT, type Payload, type StoredContent, type StoredFile } from './payload.ts'

/** How long WeChat may take to hand over one file, in ms; the person's later messages wait for it. */
const FILE_WITHIN = 60_000

export interface Intake {
  /** Takes one message in. Never throws: Wechaty ends the process for a handler that rejects. */
  take(message: Message): void
  /** Resolves when everything taken so far is committed or given up. */
  settled(): Promise<void>
}

/**
 * Hands what people say to the bot on to `accept`, the messages of one chat in the order they came. What fails is logged
 * without its text.
 */
export function createIntake(accept: Accept, log: Log, now: Clock): Intake {
  const tails = new Map<string, Promise<void>>()
  const process = async (message: Message, chat: string): Promise<void> => {
    try {
      const payload = await read(message, chat, log, now)
      if (payload) await accept([{ externalId: payload.id, chat, payload }])
    } catch (error) {
      log.error({ err: error, messageId: message.id }, 'A WeChat message could not be taken in')
    }
  }
  return {
    take(message) {
      try {
        const chat = message.room()?.id ?? message.talker().id
        const tail = (tails.get(chat) ?? Promise.resolve()).then(() => process(message, chat))
        tails.set(chat, tail)
        void tail.then(() => {
          if (tails.get(chat) === tail) tails.delete(chat)
        })
      } catch (error) {
        log.error({ err: error, messageId: message.id }, 'A WeChat message could not be taken in')
      }
    },
    async settled() {
      await Promise.all(tails.values())
    },
  }
}

async function read(message: Message, chat: string, log: Log, now: Clock): Promise<Payload | undefined> {
  const talker = message.talker()
  // Two official accounts that answer each other would never stop.
  if (message.self() || talker.payload?.type === types.Contact.Official) return undefined
  const inRoom = message.room() !== undefined
  if (inRoom && !(await message.mentionSelf())) return undefined
  const content = await contentOf(message, log)
  if (!content) return undefined
  const sent = message.date()
  return {
    id: message.id,
    chat,
    private: !inRoom,
    person: { id: talker.id, ...(talker.name() ? { name: talker.name() } : {}) },
    // some puppets leave the time out
    at: (sent.getTime() > 0 ? sent : now()).toISOString(),
    content,
  }
}

async function contentOf(message: Message, log: Log): Promise<StoredContent | undefined> {
  switch (message.type()) {
    case types.Message.Text:
      return { kind: 'text', text: await message.mentionText() }
    case types.Message.Image:
      return { kind: 'picture', file: await fileOf(message, log) }
    case types.Message.Attachment:
      return { kind: 'file', file: await fileOf(message, log) }
    default:
      return undefined
  }
}

/** The file of a message; without its bytes when there are too many or they do not come. */
async function fileOf(message: Message, log: Log): Promise<StoredFile> {
  const signal = AbortSignal.timeout(FILE_WITHIN)
  let stored: StoredFile = { name: 'file', mime: 'application/octet-stream' }
  try {
    const box = await orAbort(message.toFileBox(), signal)
    stored = { name: box.name, mime: mimeOf(box), ...(box.size > 0 ? { size: box.size } : {}) }
    const bytes = box.size > FILE_LIMIT ? undefined : await download(box, signal)
    return bytes ? { ...stored, size: bytes.length, data: bytes.toString('base64') } : stored
  } catch (error) {
    log.warn({ err: error, messageId: message.id }, 'WeChat did not hand over a file')
    return stored
  }
}

const mimeOf = (box: FileBoxInterface): string =>
  box.mediaType === 'application/unknown' ? 'application/octet-stream' : box.mediaType

/** Reads a file, undefined as soon as it exceeds the limit. */
async function download(box: FileBoxInterface, signal: AbortSignal): Promise<Buffer | undefined> {
  const stream = addAbortSignal(signal, await orAbort(box.toStream(), signal))
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > FILE_LIMIT) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
