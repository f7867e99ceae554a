import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type Socket, connect as tcp } from 'node:net'
import { type Puppet, log as wechatyLog } from 'wechaty-puppet'
import { atEnd } from '../../stand/closing.ts'
import { type MockWechat, startMockWechat } from './mock.ts'

interface Server {
  start(): Promise<void>
  stop(): Promise<void>
}
interface ServerOptions {
  readonly endpoint: string
  readonly token: string
  readonly puppet: Puppet
  readonly tls: { readonly disable: boolean }
}

// Without its declarations, as in bots/wechat/service/library.ts.
const name: string = 'wechaty-puppet-service'
const { PuppetServer } = (await import(name)) as { PuppetServer: new (options: ServerOptions) => Server }

// The library has no setting for it: on loopback its small answers would each wait 40 ms for the one before to be acknowledged.
subscribe('net.server.socket', (message) => (message as { socket: Socket }).socket.setNoDelay(true))

/** A gateway on loopback with a pretend WeChat behind it, which outlives it. */
export interface TestGateway {
  readonly wechat: MockWechat
  /** host:port, the same for as long as it lives */
  readonly endpoint: string
  readonly token: string
  /** Cuts every connection and closes the port: what happens at WeChat now is heard by nobody. */
  kill(): Promise<void>
  /** Opens it again on the same port. */
  restart(): Promise<void>
  /** The network between us goes silent, nothing is refused; or works again, all connections lost. */
  freeze(frozen: boolean): void
}

/** Opens a gateway; it is closed when the test file ends. With TLS by the certificate that comes with the library. */
export async function startGateway({
  tls = false,
  login = true,
  token = 'insecure_7f1c-test',
} = {}): Promise<TestGateway> {
  wechatyLog.level('silent')
  const wechat = startMockWechat({ login })
  const behind = await freePort()
  const open = async () => {
    const server = new PuppetServer({
      endpoint: `127.0.0.1:${behind}`,
      token,
      puppet: wechat.puppet,
      tls: { disable: !tls },
    })
    await server.start()
    return server
  }
  let server: Server | undefined = await open()

  const sockets = new Set<Socket>()
  let frozen = false
  const front = createServer((from) => {
    if (!server) return void from.resetAndDestroy()
    const to = tcp(behind, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one)
      one.on('data', (bytes) => {
        if (!frozen) other.write(bytes)
      })
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  const port = await listen(front, 0)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const kill = async () => {
    const killed = server
    server = undefined
    front.close()
    cut()
    await killed?.stop()
  }
  atEnd(kill)
  return {
    wechat,
    endpoint: `127.0.0.1:${port}`,
    token,
    kill,
    async restart() {
      server = await open()
      await listen(front, port)
    },
    freeze(now) {
      frozen = now
      if (!now) cut()
    },
  }
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server, 0)
  server.close()
  await once(server, 'close')
  return port
}
