import { setTimeout as sleep } from 'node:timers/promises'
import { KeytillError } from '../../errors.ts'
import { locateBinaries } from './binaries.ts'
import { clusterUser, createCluster, hasCluster } from './cluster.ts'
import { type Folder, openFolder, openSocketFolder } from './folder.ts'
import { commandLine } from './process.ts'
import { type Connection, isAnswering } from './ready.ts'
import { findRunning, type Running, removeStaleLocks, stopOrphan } from './running.ts'
import { type Launched, launch } from './wrapper.ts'

export interface EmbeddedServer {
  /** `pg` connection settings: the host is the folder of the socket */
  readonly connection: Connection
  /** true when this process started the server and will stop it */
  readonly owned: boolean
  /** Fast shutdown, and waits for it, when owned; nothing when adopted. Can be called again. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** KEYTILL_DATA; the cluster lies in its `pg/cluster` */
  readonly dataDir: string
  /** further PostgreSQL settings; those that keep values out of the log cannot be changed */
  readonly settings?: Readonly<Record<string, string>>
  /** for tests: gives up durability for speed */
  readonly fast?: boolean
  onProgress?: (step: 'preparing' | 'starting') => void
}

/** Recovery after a crash can take a while with much to replay; a server that is stuck is told apart only by time. */
const startLimitMs = 180_000
/** How long a server may outlive its owner before we stop it: it should need a tenth of a second. */
const orphanGraceMs = 1000
const pollMs = 5

/** The last start of this process: one at a time, so that two do not make a cluster on the same folder. */
let lastStart: Promise<unknown> = Promise.resolve()

/**
 * The shop's PostgreSQL server on the data folder: starts one, or attaches to the one that another process of this shop
 * (or an earlier call in this one) runs there. A started server ends with this process, however that ends; who is
 * attached to it then loses their connections and can call this again.
 *
 * It listens on a Unix socket in a private folder and on no port. Started by root it runs as another user. `settings`
 * and `fast` count only for a server that this call starts.
 *
 * @throws KeytillError with a code that begins with `database.embedded_` and a sentence that says what to do; when the
 * server does not come up (`database.embedded_start`), with the last lines of its log.
 */
export function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const attempt = lastStart.then(() => start(options))
  lastStart = attempt.catch(() => {})
  return attempt
}

async function start(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = await openFolder(options.dataDir)
  const deadline = performance.now() + startLimitMs
  while (performance.now() < deadline) {
    const running = await findRunning(folder)
    const server = running === undefined ? await own(folder, options, deadline) : await adopt(folder, running)
    if (server !== undefined) return server
    await sleep(pollMs)
  }
  throw new KeytillError(
    'database.embedded_start',
    `Another PostgreSQL on ${folder.cluster} neither answers nor ends: see ${folder.log}`,
  )
}

/** Attaches to a live server; `undefined` when it does not answer (yet, or any more). */
async function adopt(folder: Folder, running: Running): Promise<EmbeddedServer | undefined> {
  // Its owner has just died, so it is about to end; if it does not, its wrapper was killed.
  if ((await commandLine(running.owner)) === '') {
    const deadline = performance.now() + orphanGraceMs
    while ((await findRunning(folder))?.pid === running.pid) {
      if (performance.now() > deadline) await stopOrphan(folder, running)
      await sleep(pollMs)
    }
    return undefined
  }
  const connection = connectionTo(running.socket)
  if (!running.isReady || !(await isAnswering(connection))) return undefined
  return { connection, owned: false, stop: async () => {} }
}

/** Starts a server; `undefined` when another process was faster or the remains of an earlier one are still in the way. */
async function own(folder: Folder, options: EmbeddedOptions, deadline: number): Promise<EmbeddedServer | undefined> {
  const isDurable = options.fast !== true
  const isThere = await hasCluster(folder)
  const binaries = await locateBinaries(folder)
  if (!isThere) {
    options.onProgress?.('preparing')
    await createCluster(folder, binaries, isDurable)
  }
  const socketFolder = await openSocketFolder(folder)
  await removeStaleLocks(folder, socketFolder)
  options.onProgress?.('starting')
  const launched = launch(folder, binaries, socketFolder, {
    settings: options.settings ?? {},
    isForgetful: !isDurable,
  })
  const stop = stopper(folder, launched)
  try {
    const connection = connectionTo(socketFolder)
    while (performance.now() < deadline && !launched.hasExited()) {
      const running = await findRunning(folder)
      if (running?.owner === process.pid && running.isReady && (await isAnswering(connection))) {
        return { connection, owned: true, stop }
      }
      await Promise.race([sleep(pollMs), launched.exited])
    }
    const isInTheWay = /lock file ".*" already exists|pre-existing shared memory block/.test(launched.lastWords(20))
    if (launched.hasExited() && isInTheWay) return undefined
    throw new KeytillError(
      'database.embedded_start',
      `The embedded PostgreSQL did not start; the end of ${folder.log}:\n${launched.lastWords(5)}`,
    )
  } catch (error) {
    await stop()
    throw error
  }
}

function stopper(folder: Folder, launched: Launched): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const stop = async () => {
    launched.close()
    await launched.exited
    // Only when somebody killed the wrapper is the server still there.
    const running = await findRunning(folder)
    if (running?.owner === process.pid) await stopOrphan(folder, running)
  }
  return () => {
    stopping ??= stop()
    return stopping
  }
}

function connectionTo(socketFolder: string): Connection {
  return { host: socketFolder, port: 5432, user: clusterUser, database: 'keytill' }
}
