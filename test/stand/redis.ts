import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { atEnd } from './closing.ts'

const PLACES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server']
const program = PLACES.find((place) => existsSync(place))

/** Why there is no Redis to test with; a suite skips with that reason. */
export const noRedis: string | undefined = program ? undefined : `no redis-server in ${PLACES.join(', ')}`

/** A Redis server of the test's own, on a port that stays the same. */
export interface RedisServer {
  readonly url: string
  start(): Promise<void>
  kill(): Promise<void>
  /** SIGSTOP: it takes connections and says nothing. */
  pause(): void
  resume(): void
}

/** A free port of the loopback. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

/** Starts one; it ends with the test file. */
export async function openRedisServer(): Promise<RedisServer> {
  const port = await freePort()
  let child: ReturnType<typeof launch> | undefined
  const launch = () =>
    spawn(program ?? '', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const mine = launch()
      child = mine
      let said = ''
      for await (const part of mine.stdout) {
        said += part
        if (said.includes('Ready to accept connections')) break
      }
    },
    async kill() {
      const mine = child
      child = undefined
      if (!mine || mine.exitCode !== null || mine.signalCode !== null) return
      const gone = once(mine, 'exit')
      mine.kill('SIGKILL')
      await gone
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  }
  atEnd(server.kill)
  await server.start()
  return server
}
