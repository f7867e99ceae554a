import { z } from 'zod'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Attachment, Content, Decode } from '../dialogue/channel.ts'

/** Most bytes of a file that is taken along with its message, as on the other channels. */
export const FILE_LIMIT = 20 * 1024 * 1024

const fileSchema = z.object({
  name: z.string(),
  mime: z.string(),
  size: z.number().optional(),
  /** base64; absent when the file is too large or WeChat did not hand it over */
  data: z.string().optional(),
})
export type StoredFile = z.infer<typeof fileSchema>

const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('file'), file: fileSchema }),
  z.object({ kind: z.literal('picture'), file: fileSchema }),
])
export type StoredContent = z.infer<typeof contentSchema>

const payloadSchema = z.object({
  id: z.string(),
  chat: z.string(),
  private: z.boolean(),
  person: z.object({ id: z.string(), name: z.string().optional() }),
  at: z.iso.datetime(),
  content: contentSchema,
})

/** A message as it is kept until it is handled: plain JSON that needs no WeChat to be read again. */
export type Payload = z.infer<typeof payloadSchema>

/** Makes the event of a kept message again; undefined for a payload that is none of ours. */
export const decode: Decode = (payload) => {
  const read = payloadSchema.safeParse(payload)
  if (!read.success) return undefined
  const { id, chat, person, at, content } = read.data
  return {
    id,
    chat,
    private: read.data.private,
    // WeChat does not say which language its client speaks; most of its people read Chinese.
    person: { id: person.id, ...(person.name ? { name: person.name } : {}), language: 'zh' },
    at: new Date(at),
    messageId: id,
    content: eventContent(content),
  }
}

function eventContent(content: StoredContent): Content {
  if (content.kind === 'text') return content
  const attachment = attachmentOf(content.file)
  return content.kind === 'picture'
    ? { kind: 'picture', caption: '', picture: attachment }
    : { kind: 'file', caption: '', file: attachment }
}

function attachmentOf({ name, mime, size, data }: StoredFile): Attachment {
  return {
    name,
    mime,
    ...(size === undefined ? {} : { size }),
    load: async (limit) => {
      const bytes = data === undefined ? undefined : Buffer.from(data, 'base64')
      if (bytes && bytes.length <= limit) return bytes
      const most = Math.min(limit, FILE_LIMIT)
      throw new KeytillError(
        'chat.file_too_large',
        `The file exceeds ${most} bytes or WeChat did not hand it over; send it again, in smaller parts if it is large.`,
      )
    },
  }
}
