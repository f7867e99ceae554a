import { type Notice, noticeSchema } from '../../core/notifications/model.ts'
import type { Shop } from '../../core/shop.ts'
import type { Screen } from './screen.ts'

/** What waits for the next word of a chat's person: a notice, made when it is shown, or a message of an answer as it was made. */
export type Waiting = { readonly notice: Notice } | { readonly message: Screen }

type Place = { readonly channel: { readonly name: string }; readonly chat: string }

/** Has a notice wait behind what waits in this chat; the same one waits once. */
export const deferNotice = (shop: Pick<Shop, 'deferred'>, { channel, chat }: Place, notice: Notice, subject: string) =>
  shop.deferred.add(channel.name, chat, { notice }, subject)

/** Has a message of an answer wait behind what waits in this chat. */
export const deferMessage = (shop: Pick<Shop, 'deferred'>, { channel, chat }: Place, message: Screen) =>
  shop.deferred.add(channel.name, chat, { message: packed(message) })

/** Makes what was kept into what it was; undefined for what another version of the program has kept, and this one does not know. */
export function readWaiting(content: unknown): Waiting | undefined {
  const { notice, message } = content as { notice?: unknown; message?: unknown }
  if (notice === undefined) return { message: unpacked(message) as Screen }
  const { data } = noticeSchema.safeParse(notice)
  return data && { notice: data }
}

interface Packed {
  readonly base64: string
}
const isPacked = (value: object): value is Packed => Object.keys(value).length === 1 && 'base64' in value

/** JSON has no bytes: those of pictures and files are kept as text. */
function packed(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') } satisfies Packed
  return each(value, packed)
}

function unpacked(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && isPacked(value)) return Buffer.from(value.base64, 'base64')
  return each(value, unpacked)
}

function each(value: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]))
}
