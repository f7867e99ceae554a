import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { minutes, seconds } from '../../core/platform/clock.ts'
import type { CreateLimiter } from '../../core/platform/limits.ts'
import { within } from '../../core/platform/within.ts'
import type { Accept } from '../dialogue/channel.ts'
import { refuse, SAFE_HEADERS } from './answers.ts'
import type { Shelves } from './drawing.ts'
import { BODY_LIMIT, decodedSize, externalId, payloadOf, readSent, type Sent } from './events.ts'
import { callerOf, deviceCookie, deviceOf, newToken, personOf } from './identity.ts'
import type { WireMessage } from './message.ts'
import type { Rooms } from './rooms.ts'
import type { WebLog } from './server.ts'
import type { News, SharedRooms } from './shared.ts'
import type { Shelved } from './shelf.ts'

/** Pages open on one chat and in all: each holds a socket. */
const MOST_PAGES_PER_CHAT = 8
const MOST_PAGES = 5000
/** A page that reads slower than this many bytes behind is cut off; it comes back and is told everything. */
const MOST_BEHIND = 64 * 1024 * 1024
/** A body larger than this is an upload, of which there may be few: each is committed before it is answered. */
const UPLOAD = 100 * 1024

/** How long a page waits for what it calls the shop, in ms. */
const NAME_WITHIN = seconds(3)

interface ChatRoutes {
  readonly rooms: Rooms
  readonly shared: SharedRooms
  readonly shelves: Shelves
  readonly accept: Accept
  readonly log: WebLog
  readonly now: () => Date
  readonly limiter: CreateLimiter
  /** PUBLIC_URL */
  readonly publicUrl?: string
  /** what the page calls the shop */
  readonly name?: () => Promise<string>
}

/** Everything under `/chat`: a session, events in, the stream out, and the bytes it refers to. */
export function serveChat(
  app: FastifyInstance,
  { rooms, shared, shelves, accept, log, now, limiter, publicUrl, name }: ChatRoutes,
): void {
  const byChat = limiter('chat', 30, seconds(10))
  const byAddress = limiter('address', 150, seconds(10))
  const uploadsByChat = limiter('chat-upload', 5, minutes(1))
  const uploadsByAddress = limiter('address-upload', 15, minutes(1))

  /** Before the body is read: nobody can make us read what we would refuse. */
  const authorize = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const chat = personOf(request.headers.authorization)
    if (chat === undefined) return refuse(reply, 'web.no_session')
    const wait = await byAddress.take(request.ip)
    return wait > 0 ? refuse(reply, 'web.too_fast', wait) : undefined
  }
  const throttle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const chat = chatOf(request)
    const isUpload = !(Number(request.headers['content-length']) <= UPLOAD)
    const waits = await Promise.all([
      byChat.take(chat),
      ...(isUpload ? [uploadsByChat.take(chat), uploadsByAddress.take(request.ip)] : []),
    ])
    const wait = Math.max(...waits)
    return wait > 0 ? refuse(reply, 'web.too_fast', wait) : undefined
  }

  /** What other processes do not get to know of it is only how it looks there until the answer. */
  const tell = (chat: string, news: News) => {
    shared.show(chat, news).catch((err: unknown) => log.warn({ err }, 'other processes were not told of an event'))
  }

  app.post('/chat/session', async (request, reply) => {
    const wait = await byAddress.take(request.ip)
    return wait > 0 ? refuse(reply, 'web.too_fast', wait) : { token: newToken() }
  })

  app.post('/chat/events', { onRequest: [authorize, throttle], bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const sent = readSent(request.body)
    if (!sent) return refuse(reply, 'web.bad_event')
    const chat = chatOf(request)
    const { id } = sent
    const device = deviceOf(request.headers.cookie)
    const ip = callerOf(request.ip)
    const origin = { ...(ip === undefined ? {} : { ip }), ...(device === undefined ? {} : { device }) }
    if (device === undefined) reply.header('set-cookie', deviceCookie(newToken(), publicUrl))
    // Shown before it is committed, because the answer may come before `accept` returns.
    const first = !rooms.hasHeard(chat, id)
    if (first) tell(chat, heardOf(sent))
    try {
      await accept([{ externalId: externalId(chat, id), chat, payload: payloadOf(sent, chat, now(), origin) }])
    } catch (error) {
      log.error({ err: error }, 'an event of the web chat was not taken in')
      if (first) tell(chat, { kind: 'unheard', id })
      return refuse(reply, 'web.busy', 2000)
    }
    return reply.code(202).send({ id })
  })

  app.get('/chat/stream', { onRequest: authorize }, async (request, reply) => {
    const chat = chatOf(request)
    if (rooms.count(chat) >= MOST_PAGES_PER_CHAT || rooms.count() >= MOST_PAGES)
      return refuse(reply, 'web.busy', 10_000)
    const greeting = name ? { name: await within(NAME_WITHIN, name()) } : {}
    const { raw } = reply.hijack()
    // Proxies must not gather what is sent piece by piece.
    const stream = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' }
    raw.writeHead(200, { ...SAFE_HEADERS, ...stream })
    const client = {
      write: (text: string) => {
        raw.write(text)
        if (raw.writableLength > MOST_BEHIND) raw.destroy()
      },
      end: () => raw.end(),
    }
    const lastEventId = request.headers['last-event-id']
    const leave = rooms.attach(chat, client, greeting, typeof lastEventId === 'string' ? lastEventId : undefined)
    raw.on('close', leave)
    return reply
  })

  app.get<{ Params: { id: string } }>('/chat/picture/:id', async (request, reply) => {
    const picture = shelves.pictures.get(request.params.id)
    if (!picture) return refuse(reply, 'web.not_found')
    // The address is the hash of the bytes: what stands there never changes.
    return sendBytes(reply.header('cache-control', 'public, max-age=31536000, immutable'), picture)
  })

  app.get<{ Params: { id: string } }>('/chat/file/:id', { onRequest: authorize }, async (request, reply) => {
    const file = shelves.files.get(request.params.id)
    if (!file || file.chat !== chatOf(request)) return refuse(reply, 'web.not_found')
    return sendBytes(reply.header('content-disposition', 'attachment'), file)
  })
}

/** The caller, in a handler behind `authorize`. */
const chatOf = (request: FastifyRequest): string => personOf(request.headers.authorization) ?? ''

/** Only what a browser draws and cannot run goes out under its own type. */
function sendBytes(reply: FastifyReply, { mime, bytes }: Shelved): FastifyReply {
  const type = /^image\/(png|jpeg|webp|gif|svg\+xml)$/.test(mime) ? mime : 'application/octet-stream'
  return reply.type(type).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/** A person's own words, shown in all their pages, and that they are being answered. */
function heardOf(sent: Sent): News {
  const { id, kind } = sent
  if (kind === 'press') return { kind: 'heard', id, waits: false }
  return { kind: 'heard', id, waits: true, ...(sent.quiet ? {} : { bubble: ownContent(sent) }) }
}

function ownContent(sent: Exclude<Sent, { kind: 'press' }>): Pick<WireMessage, 'text' | 'file'> {
  if (sent.kind === 'text') return { text: [sent.text] }
  const { name, mime, caption, data } = sent
  return { text: caption ? [caption] : [], file: { name, mime, size: decodedSize(data) } }
}
