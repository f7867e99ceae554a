import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type EmbeddedServer, startEmbedded } from '../../../core/platform/database/embedded/server.ts'

/** How PostgreSQL ends: killed at once (its processes notice by themselves), told to end at once, or one process of it killed. */
export const ENDS = ['killed', 'ended at once', 'a backend killed'] as const
export type End = (typeof ENDS)[number]

/** The test's own PostgreSQL, as the shop runs it (fsync on), with everything that can happen to it. */
export interface Server {
  readonly connection: EmbeddedServer['connection']
  /** When something was last done to it: performance.now(). */
  readonly troubledAt: number
  /** Ends it in this way and starts it again after so many ms; resolves when it answers. */
  crash(how: End, downtime: number): Promise<void>
  /** Stops all of its processes for so many ms. */
  pause(ms: number): Promise<void>
  stop(): Promise<void>
}

export async function openServer(dataDir: string): Promise<Server> {
  const options = { dataDir, settings: { max_connections: '300' } }
  let running = await startEmbedded(options)
  let troubledAt = 0
  let turn: Promise<unknown> = Promise.resolve()

  const main = async () => Number((await readFile(join(dataDir, 'pg/cluster/postmaster.pid'), 'utf8')).split('\n')[0])

  /** What happens to it happens one after the other; from the first moment to the last it is in trouble. */
  function trouble(work: () => Promise<void>): Promise<void> {
    const mine = turn.then(async () => {
      troubledAt = Number.POSITIVE_INFINITY
      try {
        await work()
      } finally {
        troubledAt = performance.now()
      }
    })
    turn = mine.catch(() => {})
    return mine
  }

  return {
    connection: running.connection,
    get troubledAt() {
      return troubledAt
    },
    crash: (how, downtime) =>
      trouble(async () => {
        const pid = await main()
        if (how === 'a backend killed') {
          const backends = await childrenOf(pid, /^postgres: .*keytill/)
          process.kill(backends[Math.floor(backends.length / 2)] ?? pid, 'SIGKILL')
        } else process.kill(pid, how === 'killed' ? 'SIGKILL' : 'SIGQUIT')
        await setTimeout(downtime)
        running = await startEmbedded(options)
      }),
    pause: (ms) =>
      trouble(async () => {
        const pid = await main()
        const all = [pid, ...(await childrenOf(pid, /^postgres/))]
        for (const one of all) signal(one, 'SIGSTOP')
        await setTimeout(ms)
        for (const one of all) signal(one, 'SIGCONT')
      }),
    async stop() {
      await turn
      await running.stop()
    },
  }
}

/** A process may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function childrenOf(parent: number, title: RegExp): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    )
    // After the name, which may hold anything: the state, then the parent.
    const [, ppid] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ')
    if (Number(ppid) === parent && title.test(command ?? '')) found.push(Number(name))
  }
  return found
}
