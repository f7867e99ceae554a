import { createRequire } from 'node:module'
import { puppet as api, grpc } from 'wechaty-grpc'
import { seconds } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'

export interface Gateway {
  /** host:port */
  readonly endpoint: string
  readonly token: string
  readonly tls: boolean
}

/** One connection to a gateway, over which its account is heard and used. */
export interface Link {
  readonly client: api.PuppetClient
  /** Lets go of it. Nothing is heard of it afterwards, not even that it is lost. */
  close(): void
}

export interface LinkPorts {
  /** Something happened at the gateway. May throw: what cannot be read is passed over. */
  event(event: api.EventResponse): void
  /** The gateway has shown that it is there. */
  alive(): void
  /** The connection is gone, once. `cause` is safe to be logged. */
  lost(cause: KeytillError): void
}

/** How long a gateway may take for a question, for a file, and to have its account started, in ms. */
const ANSWER_WITHIN = seconds(15)
const FILE_WITHIN = seconds(60)
const START_WITHIN = seconds(20)

/** How long a gateway may be silent until it is asked whether it is there, and how long it may then take, in ms. */
const SILENCE = seconds(4)
const DING_WITHIN = seconds(4)
const LOOK_EVERY = seconds(1)

const FILE_CALLS = new Set(['Upload', 'Download'])

/** Without a deadline a call to a machine that has vanished would wait for ever. The stream of events has none. */
const withDeadline: grpc.Interceptor = (options, next) => {
  const name = options.method_definition.path.split('/').at(-1) ?? ''
  const within = FILE_CALLS.has(name) ? FILE_WITHIN : ANSWER_WITHIN
  const bounded = name === 'Event' || options.deadline ? options : { ...options, deadline: Date.now() + within }
  return new grpc.InterceptingCall(next(bounded))
}

/**
 * Asks a gateway once whether it is there and takes the token.
 * @throws KeytillError `wechat.gateway_unreachable` or `wechat.gateway_refused`, within a few seconds
 */
export async function tryGateway(gateway: Gateway): Promise<void> {
  const client = clientOf(gateway)
  try {
    await ding(client)
  } catch (error) {
    throw troubleOf(error, gateway)
  } finally {
    client.close()
  }
}

/** Connects to a gateway; what happens is told to the ports from now on, first of all whether it worked. */
export function openLink(gateway: Gateway, ports: LinkPorts): Link {
  const client = clientOf(gateway)
  const stream = client.event(new api.EventRequest())
  let open = true
  let heardAt = Date.now()
  let asking = false

  const close = () => {
    open = false
    clearInterval(looking)
    stream.cancel()
    client.close()
  }
  const lose = (error: unknown) => {
    if (!open) return
    close()
    ports.lost(troubleOf(error, gateway))
  }
  const alive = () => {
    heardAt = Date.now()
    if (open) ports.alive()
  }
  const ask = async () => {
    asking = true
    try {
      await ding(client)
      alive()
    } catch (error) {
      lose(error)
    } finally {
      asking = false
    }
  }
  const looking = setInterval(() => {
    if (!asking && Date.now() - heardAt > SILENCE) void ask()
  }, LOOK_EVERY)

  stream.on('data', (event: api.EventResponse) => {
    if (!open) return
    alive()
    ports.event(event)
  })
  // Stays attached when the link is closed: cancelling is reported as an error too, and one that nobody hears ends the process.
  stream.on('error', lose)
  stream.on('end', () => lose(undefined))
  client.start(new api.StartRequest(), { deadline: Date.now() + START_WITHIN }, (error: unknown) => {
    if (error && isOfConnection(error)) lose(error)
  })
  return { client, close }
}

function clientOf({ endpoint, token, tls }: Gateway): api.PuppetClient {
  const credentials = tls
    ? grpc.credentials.combineChannelCredentials(
        grpc.credentials.createSsl(bundledCa()),
        grpc.credentials.createFromMetadataGenerator((_parameters, done) => {
          const metadata = new grpc.Metadata()
          metadata.add('authorization', `Wechaty ${token}`)
          done(null, metadata)
        }),
      )
    : grpc.credentials.createInsecure()
  return new api.PuppetClient(endpoint, credentials, {
    // what gateways without TLS know the token by
    'grpc.default_authority': token,
    // The name in a gateway's certificate is what stands before the token's last underscore.
    'grpc.ssl_target_name_override': token.slice(0, token.lastIndexOf('_')),
    // Or a new connection would wait out the pauses of the lost one.
    'grpc.use_local_subchannel_pool': 1,
    interceptors: [withDeadline],
  })
}

/** The authority that gateways' certificates are issued by. It is part of the library but not among its exports. */
function bundledCa(): Buffer {
  const require = createRequire(import.meta.url)
  const library = require.resolve('wechaty-puppet-service')
  const { TLS_CA_CERT } = require(library.replace(/mod\.js$/, 'auth/ca.js')) as { TLS_CA_CERT: string }
  return Buffer.from(TLS_CA_CERT)
}

/** Resolves when the gateway is there, whatever it makes of the question. */
function ding(client: api.PuppetClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.ding(new api.DingRequest(), { deadline: Date.now() + DING_WITHIN }, (error: unknown) => {
      if (error && isOfConnection(error)) reject(error)
      else resolve()
    })
  })
}

const { status } = grpc
const REFUSED: ReadonlySet<unknown> = new Set([status.UNAUTHENTICATED, status.PERMISSION_DENIED])
const AWAY: ReadonlySet<unknown> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED])

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
const isOfConnection = (error: unknown): boolean => REFUSED.has(codeOf(error)) || AWAY.has(codeOf(error))

/** What is wrong with a connection, in a sentence. What the gateway said is left out: it repeats the token. */
function troubleOf(error: unknown, { endpoint }: Gateway): KeytillError {
  if (REFUSED.has(codeOf(error)))
    return new KeytillError(
      'wechat.gateway_refused',
      `The WeChat gateway at ${endpoint} does not take the token: check WECHAT_SERVICE_TOKEN.`,
    )
  if (codeOf(error) === status.ALREADY_EXISTS)
    return new KeytillError(
      'wechat.gateway_taken',
      `Another program listens to the WeChat gateway at ${endpoint}: stop it, or give this shop a gateway of its own.`,
    )
  return new KeytillError(
    'wechat.gateway_unreachable',
    `The WeChat gateway at ${endpoint} does not answer: check that it runs, and WECHAT_SERVICE_ENDPOINT and WECHAT_SERVICE_TLS.`,
  )
}
