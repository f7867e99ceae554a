import { z } from 'zod'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Attachment, Content, Decode } from '../dialogue/channel.ts'

const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({
    kind: z.literal('file'),
    caption: z.string(),
    name: z.string(),
    mime: z.string(),
    /** base64 */
    data: z.string(),
  }),
])
export type TypedContent = z.infer<typeof contentSchema>

const payloadSchema = z.object({
  id: z.uuid(),
  person: z.object({ id: z.string(), name: z.string().optional(), language: z.string().optional() }),
  at: z.iso.datetime(),
  content: contentSchema,
})

/** A typed message as it is kept until it is handled: plain JSON. */
export type Payload = z.infer<typeof payloadSchema>

/** Makes the event of a kept message again; undefined for a payload that is none of ours. The chat is the person's alone. */
export const decode: Decode = (payload) => {
  const read = payloadSchema.safeParse(payload)
  if (!read.success) return undefined
  const { id, at, content } = read.data
  const { id: personId, name, language } = read.data.person
  return {
    id,
    chat: personId,
    private: true,
    person: { id: personId, ...(name ? { name } : {}), ...(language ? { language } : {}) },
    at: new Date(at),
    content: eventContent(content),
  }
}

function eventContent(content: TypedContent): Content {
  if (content.kind === 'text') return content
  const { caption, name, mime, data } = content
  const bytes = Buffer.from(data, 'base64')
  const attachment: Attachment = {
    name,
    mime,
    size: bytes.length,
    load: async (limit) => {
      if (bytes.length <= limit) return bytes
      throw new KeytillError('chat.file_too_large', `The file exceeds ${limit} bytes.`)
    },
  }
  return mime.startsWith('image/')
    ? { kind: 'picture', caption, picture: attachment }
    : { kind: 'file', caption, file: attachment }
}
