import { type Notice, noticeSchema } from '../../core/notifications/model.ts'
import type { Shop } from '../../core/shop.ts'
import type { Permission } from '../../core/staff/model.ts'
import type { Channel } from './channel.ts'
import { sizeOf } from './present.ts'
import type { Screen } from './screen.ts'

/** What was not shown of one screen. */
export interface Rest {
  /** its parts as partsOf (present.ts) makes them: numbers are printed when it is shown */
  readonly messages: readonly Screen[]
  /** the customer it was made for; undefined when an older version of the program kept it */
  readonly to: number | undefined
  /** the permissions that made it theirs to see, all of which they must still hold */
  readonly held: readonly Permission[]
}

/** What waits for the next word of a chat's person: a notice, made when it is shown, or what was not shown of a screen. */
export type Waiting = { readonly notice: Notice } | Rest

interface Place {
  readonly channel: Pick<Channel, 'name' | 'capabilities'>
  readonly chat: string
}

/** Has a notice wait behind what waits in this chat; the same one waits once, as it was told last. */
export const deferNotice = (shop: Pick<Shop, 'deferred'>, { channel, chat }: Place, notice: Notice, subject: string) =>
  shop.deferred.add(channel.name, chat, { notice }, { subject })

/** Has the rest of a screen wait behind what waits in this chat: of the answer to an event, or of a notice about a subject. */
export const deferRest = (
  shop: Pick<Shop, 'deferred'>,
  { channel, chat }: Place,
  rest: Rest,
  about: { readonly event: string } | { readonly subject: string },
) =>
  shop.deferred.add(channel.name, chat, packed(rest), {
    ...about,
    messages: sizeOf(rest.messages, channel.capabilities),
  })

/** Has a rest wait in the place of what a part was shown of. */
export const replaceByRest = (
  shop: Pick<Shop, 'deferred'>,
  channel: Place['channel'],
  item: Parameters<Shop['deferred']['replace']>[0],
  rest: Rest,
) => shop.deferred.replace(item, packed(rest), sizeOf(rest.messages, channel.capabilities))

/** Makes what was kept into what it was; undefined for what another version of the program has kept, and this one does not know. */
export function readWaiting(content: unknown): Waiting | undefined {
  const { notice, message, ...rest } = content as { notice?: unknown; message?: unknown }
  if (notice !== undefined) {
    const { data } = noticeSchema.safeParse(notice)
    return data && { notice: data }
  }
  // One message of an answer, as it was kept before there were rests of screens.
  if (message !== undefined) return { messages: [unpacked(message) as Screen], to: undefined, held: [] }
  return 'messages' in rest ? (unpacked(rest) as Rest) : undefined
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
