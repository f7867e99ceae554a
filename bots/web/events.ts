import { z } from 'zod'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Attachment, ChatEvent, Content, Decode } from '../dialogue/channel.ts'

/** Most characters of one text, in either direction (UTF-16 units). */
export const TEXT_LENGTH = 20_000

/** Most bytes of one event's JSON: a file of 20 MB in base64 and what goes with it. */
export const BODY_LIMIT = 28 * 1024 * 1024

/** A name for a person to read, that no file system takes for a path. */
const fileName = z
  .string()
  .min(1)
  .max(255)
  .transform((name) => name.replace(/[\p{Cc}/\\]/gu, '_'))

// Not z.base64(): its expression backtracks over 28 million characters.
const base64 = z.string().refine((data) => !/[^A-Za-z0-9+/=]/.test(data))

const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().min(1).max(TEXT_LENGTH) }),
  z.object({ kind: z.literal('press'), action: z.string().min(1).max(256), messageId: z.string().max(64).optional() }),
  z.object({
    kind: z.literal('file'),
    name: fileName,
    mime: z.string().max(127),
    caption: z.string().max(TEXT_LENGTH),
    data: base64,
  }),
])
type SentContent = z.infer<typeof contentSchema>

const idSchema = z.object({
  /** made by the page, so that it may send the same event again */
  id: z.uuid(),
  language: z
    .string()
    .regex(/^[A-Za-z0-9-]{2,35}$/)
    .optional()
    .catch(undefined),
})

const sentSchema = z.intersection(
  idSchema.extend({
    /** sent by the page itself (a start, a claim), not typed: no bubble is shown for it */
    quiet: z.boolean().optional(),
  }),
  contentSchema,
)
export type Sent = z.infer<typeof sentSchema>

/** What the page posted; undefined when it is not an event. */
export function readSent(body: unknown): Sent | undefined {
  const read = sentSchema.safeParse(body)
  return read.success ? read.data : undefined
}

const originSchema = z.object({ ip: z.string().max(64).exactOptional(), device: z.string().max(64).exactOptional() })

const payloadSchema = idSchema.extend({
  chat: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  content: contentSchema,
  origin: originSchema.optional(),
})

/** The committed form of an event, plain JSON. */
export function payloadOf(
  sent: Sent,
  chat: string,
  at: Date,
  origin?: ChatEvent['origin'],
): z.infer<typeof payloadSchema> {
  const { id, language, quiet: _quiet, ...content } = sent
  return {
    id,
    chat,
    at: at.toISOString(),
    content,
    ...(language ? { language } : {}),
    ...(origin ? { origin } : {}),
  }
}

/** Unique within the channel: the page's id under the person's, so that nobody can take another's. */
export const externalId = (chat: string, id: string): string => `${chat}:${id}`

/** The page's own id of an event. */
export const sentId = (event: ChatEvent): string => event.id.slice(event.chat.length + 1)

/** Makes the event of a payload again. A private chat of one person, whose id is the chat's. */
export const decode: Decode = (payload) => {
  const read = payloadSchema.safeParse(payload)
  if (!read.success) return undefined
  const { chat, id, at, language, content, origin } = read.data
  return {
    id: externalId(chat, id),
    chat,
    private: true,
    person: { id: chat, ...(language ? { language } : {}) },
    at: new Date(at),
    ...(content.kind === 'press' ? {} : { messageId: id }),
    content: eventContent(content),
    ...(origin ? { origin } : {}),
  }
}

function eventContent(content: SentContent): Content {
  if (content.kind === 'text') return content
  if (content.kind === 'press') {
    const { action, messageId } = content
    return { kind: 'press', action, ...(messageId === undefined ? {} : { messageId }) }
  }
  const attachment = attachmentOf(content)
  return /^image\/(png|jpeg|webp|gif)$/.test(content.mime)
    ? { kind: 'picture', caption: content.caption, picture: attachment }
    : { kind: 'file', caption: content.caption, file: attachment }
}

/** How many bytes a base64 text stands for. */
export const decodedSize = (data: string): number => Buffer.byteLength(data, 'base64')

function attachmentOf({ name, mime, data }: Extract<SentContent, { kind: 'file' }>): Attachment {
  const size = decodedSize(data)
  return {
    name,
    mime,
    size,
    load: async (limit) => {
      if (size > limit) throw new KeytillError('chat.file_too_large', `The file exceeds ${limit} bytes.`)
      return Buffer.from(data, 'base64')
    },
  }
}
