import Fastify, { type FastifyReply } from 'fastify'
import { KeytillError } from '../../core/platform/errors.ts'
import type { CreateLimiter } from '../../core/platform/limits.ts'
import type { Accept, Channel, Decode } from '../dialogue/channel.ts'
import { refuse, SAFE_HEADERS } from './answers.ts'
import { servePage } from './assets.ts'
import { webChannel } from './channel.ts'
import { serveChat } from './chat.ts'
import type { Shelves } from './drawing.ts'
import { decode } from './events.ts'
import { allowsHost } from './identity.ts'
import { type LinkDoor, serveLinks } from './links.ts'
import { type ReadMetrics, serveMetrics } from './metrics.ts'
import { servePay } from './pay.ts'
import type { PayDoor } from './pay-door.ts'
import { serveReceiptPage } from './receipt.ts'
import { Rooms } from './rooms.ts'
import { type JoinOthers, shareRooms } from './shared.ts'
import { Shelf } from './shelf.ts'
import { type AnyWebhook, serveWebhook } from './webhook.ts'

/** The part of a pino logger that is used here. */
export interface WebLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Each part of the shop by name: `ok`, or what is wrong with it in a word, without secrets (anybody may ask). */
export interface Health {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, 'ok' | string>>
}

export interface WebOptions {
  /** HTTP_HOST: the address to bind */
  readonly host: string
  /** HTTP_PORT; 0 takes any free one */
  readonly port: number
  /** PUBLIC_URL: with it other sites may embed the chat */
  readonly publicUrl?: string
  /** TRUST_PROXY: whose forwarded address is believed (addresses, networks or `loopback`, separated by commas); default nobody */
  readonly trustProxy?: string
  /** what the page calls the shop; without it the page says "Shop" */
  readonly name?: () => Promise<string>
  /** what one-time links lead to; without it there are none */
  readonly links?: LinkDoor
  /** what the pages on which orders are paid lead to; without it there are none */
  readonly pay?: PayDoor
  /** what WeChat looks for at this domain (MP_verify_….txt), to see whose it is */
  readonly domainProof?: string
  /** where platforms call us instead of being asked */
  readonly webhooks?: readonly AnyWebhook[]
  /** false: nothing but webhooks, health and metrics; the chat and its pages are another process's */
  readonly pages?: boolean
  /** the other processes that serve the same chats; without it there are none */
  readonly join?: JoinOthers
  /** what counts the requests of each caller */
  readonly limiter: CreateLimiter
  readonly accept: Accept
  readonly health: () => Promise<Health>
  readonly metrics: ReadMetrics
  readonly log: WebLog
  readonly now: () => Date
}

export interface Web {
  readonly channel: Channel
  readonly decode: Decode
  readonly answersItself: true
  /** where buyers find the chat: PUBLIC_URL, or else the bound address; without a slash at the end */
  readonly url: string
  /** the bound address, for whoever is on this machine */
  readonly local: string
  /** Ends the open chats and stops listening. */
  close(): Promise<void>
}

const joinNobody: JoinOthers = () => ({ tell: async () => {}, close: async () => {} })

const SHELF_BYTES = 64 * 1024 * 1024

/**
 * Opens the web chat (C10), the page of one-time links, `GET /health` and `GET /metrics`. In the chat a person is whoever holds a
 * token, which the page keeps and no cookie: nothing another site can make a browser do, and it works inside a frame.
 *
 * @throws KeytillError `web.port_in_use`, `web.cannot_listen`
 */
export async function startWeb(options: WebOptions): Promise<Web> {
  const { host, port, publicUrl, log, now } = options
  const app = Fastify({
    trustProxy: options.trustProxy ?? false,
    bodyLimit: 64 * 1024,
    // so long may a request take to come in; an upload over a phone needs minutes
    requestTimeout: 300_000,
    forceCloseConnections: true,
    // A path that cannot be read leads nowhere; what came before any route, no hook has seen.
    frameworkErrors: (_error, _request, reply: FastifyReply) => refuse(reply.headers(SAFE_HEADERS), 'web.not_found'),
  })
  const rooms = new Rooms(now)
  const shelves: Shelves = { pictures: new Shelf(SHELF_BYTES), files: new Shelf(SHELF_BYTES) }
  const shared = shareRooms(rooms, shelves, (options.pages !== false && options.join) || joinNobody)
  const allowed = allowsHost(host, publicUrl)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS)
    return allowed(request.headers.host) ? undefined : refuse(reply, 'web.wrong_host')
  })
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'web.not_found'))
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    if (error.statusCode === 413) return refuse(reply, 'web.too_large')
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, 'web.bad_json')
    log.error({ err: error, route: request.routeOptions.url }, 'a request to the web server failed')
    return refuse(reply, 'web.busy', 2000)
  })
  app.get('/health', async (_request, reply) => {
    const health = await options.health()
    return reply.code(health.ok ? 200 : 503).send(health)
  })
  serveMetrics(app, options.metrics)
  for (const webhook of options.webhooks ?? []) await serveWebhook(app, webhook)
  if (options.pages !== false) {
    serveChat(app, { rooms, shared, shelves, ...options })
    if (options.links) await serveLinks(app, { ...options, links: options.links })
    if (options.pay) await servePay(app, { ...options, pay: options.pay })
    await servePage(app, publicUrl !== undefined)
    await serveReceiptPage(app)
    const { domainProof } = options
    if (domainProof)
      app.get(`/MP_verify_${domainProof}.txt`, async (_request, reply) => reply.type('text/plain').send(domainProof))
  }

  try {
    await app.listen({ host, port })
  } catch (error) {
    rooms.close()
    await app.close()
    await shared.close()
    throw listenError(error, host, port)
  }
  const address = app.server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  const local = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  const url = (publicUrl ?? local).replace(/\/+$/, '')
  log.info({ url, local }, 'the web chat is open')
  return {
    channel: webChannel(shared),
    decode,
    answersItself: true,
    url,
    local,
    close: async () => {
      rooms.close()
      await app.close()
      await shared.close()
    },
  }
}

function listenError(error: unknown, host: string, port: number): KeytillError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EADDRINUSE'
    ? new KeytillError('web.port_in_use', `Port ${port} is taken by another program: set HTTP_PORT to a free one.`, {
        cause: error,
      })
    : new KeytillError('web.cannot_listen', `Cannot listen on ${host}:${port}: check HTTP_HOST and HTTP_PORT.`, {
        cause: error,
      })
}
