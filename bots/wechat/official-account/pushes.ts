import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Grant } from '../../../core/allowances/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import type { ChatEvent, Decode } from '../../dialogue/channel.ts'
import { FILE_LIMIT } from '../payload.ts'
import type { OfficialApi } from './api.ts'

const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), stamp: z.number().optional() }),
  /** WeChat keeps the picture for three days; it is fetched when it is wanted */
  z.object({ kind: z.literal('picture'), media: z.string() }),
])

const payloadSchema = z.object({
  id: z.string(),
  openid: z.string(),
  at: z.iso.datetime(),
  content: contentSchema,
})
/** An event as it is kept until it is handled. */
export type Payload = z.infer<typeof payloadSchema>

/** What WeChat tells us of one act of one person. */
export interface Push {
  /** the same for every repeat */
  readonly id: string
  readonly openid: string
  /** the account, as an answer is sent from it */
  readonly account: string
  readonly at: Date
  /** what it allows to be sent */
  readonly grants: readonly Grant[]
  /** absent when there is nothing in it for the dialogue */
  readonly content?: Payload['content']
  /** they follow the account no more */
  readonly left?: true
}

/** Granted by whatever somebody does. */
export const HINT: Grant = { kind: 'hint', times: 1, ms: hours(24 * 30) }
/** WeChat's figures: five customer-service messages within 48 hours of a message, three within a minute of another act. */
const MESSAGE: readonly Grant[] = [{ kind: 'message', times: 5, ms: hours(48) }, HINT]
const ACT: readonly Grant[] = [{ kind: 'event', times: 3, ms: minutes(1) }, HINT]

/** What stands in a push; undefined when it is none. */
export function readPush(fields: ReadonlyMap<string, string>): Push | undefined {
  const field = (name: string): string => fields.get(name) ?? ''
  const [openid, account, time] = [field('FromUserName'), field('ToUserName'), field('CreateTime')]
  if (!/^[\w-]{1,64}$/.test(openid) || account === '' || !/^\d{1,12}$/.test(time)) return undefined
  const base = { openid, account, at: new Date(Number(time) * 1000) }
  const type = field('MsgType')
  if (type !== 'event') {
    if (!/^\d{1,32}$/.test(field('MsgId'))) return undefined
    const content = contentOf(type, field)
    return { ...base, id: field('MsgId'), grants: MESSAGE, ...(content ? { content } : {}) }
  }
  const [event, key] = [field('Event'), field('EventKey')]
  // Keys are what operators and posters make of them: long ones, and signs that no id needs.
  const id = createHash('sha256').update([openid, time, event, key].join('\n')).digest('base64url')
  const acted = (text: string): Push => ({ ...base, id, grants: ACT, content: { kind: 'text', text } })
  switch (event) {
    case 'subscribe':
      return acted(startOf(key.replace(/^qrscene_/, '')))
    case 'SCAN':
      return acted(startOf(key))
    case 'CLICK':
      return acted(key)
    case 'unsubscribe':
      return { ...base, id, grants: [], left: true }
    default:
      return { ...base, id, grants: [] }
  }
}

const startOf = (scene: string): string => (scene === '' ? '/start' : `/start ${scene}`)

/** A tapped line of a menu comes as its text with the id that we gave it: its stamp, and two digits of its number. */
function contentOf(type: string, field: (name: string) => string): Payload['content'] | undefined {
  if (type === 'image') return { kind: 'picture', media: field('MediaId') }
  if (type !== 'text') return undefined
  const [, stamp, number] = /^(\d{1,8}?)(\d{2})$/.exec(field('bizmsgmenuid')) ?? []
  if (stamp === undefined || number === undefined) return { kind: 'text', text: field('Content') }
  return { kind: 'text', text: String(Number(number)), stamp: Number(stamp) }
}

/** The id of a menu's line, a number below 2³¹: anything else may come back as 0. */
export const menuId = ({ number, stamp }: { readonly number: number; readonly stamp: number }): string =>
  `${stamp}${String(number).padStart(2, '0')}`

/** Makes events of kept payloads; pictures are fetched from WeChat when they are wanted. */
export const createDecode =
  (api: Pick<OfficialApi, 'media'>): Decode =>
  (payload) => {
    const read = payloadSchema.safeParse(payload)
    if (!read.success) return undefined
    const { id, openid, at, content } = read.data
    return {
      id,
      chat: openid,
      private: true,
      // WeChat does not say which language its client speaks; most of its people read Chinese.
      person: { id: openid, language: 'zh' },
      at: new Date(at),
      messageId: id,
      content: content.kind === 'picture' ? picture(api, content.media) : textOf(content),
    }
  }

function textOf({ text, stamp }: Extract<Payload['content'], { kind: 'text' }>): ChatEvent['content'] {
  return { kind: 'text', text, ...(stamp === undefined ? {} : { stamp }) }
}

function picture(api: Pick<OfficialApi, 'media'>, media: string): ChatEvent['content'] {
  const load = async (limit: number): Promise<Buffer> => {
    const most = Math.min(limit, FILE_LIMIT)
    const bytes = await api.media(media, most).catch((cause: unknown) => {
      throw tooLarge(most, cause)
    })
    if (!bytes) throw tooLarge(most)
    return bytes
  }
  return { kind: 'picture', caption: '', picture: { name: 'picture', mime: 'image/jpeg', load } }
}

const tooLarge = (most: number, cause?: unknown): KeytillError =>
  new KeytillError(
    'chat.file_too_large',
    `The picture exceeds ${most} bytes or WeChat did not hand it over; send it again.`,
    cause === undefined ? undefined : { cause },
  )
