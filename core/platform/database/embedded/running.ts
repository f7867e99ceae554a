import { link, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Folder } from './folder.ts'
import { codeOf, commandLine } from './process.ts'

/** A live server on our cluster. */
export interface Running {
  readonly pid: number
  /** the keytill process that started it; it may be gone */
  readonly owner: number
  /** where its socket is */
  readonly socket: string
  /** false while it starts or recovers; it stays true while it stops */
  readonly isReady: boolean
}

/** The setting by which a server names its owner on its command line, where other processes can read it. */
export const ownerSetting = 'keytill.owner'

/** The live server on this cluster, if there is one. A pid file alone proves nothing: pids are used again. */
export async function findRunning(folder: Folder): Promise<Running | undefined> {
  const lines = (await readLock(join(folder.cluster, 'postmaster.pid'))).split('\n')
  const pid = Number(lines[0])
  const command = Number.isInteger(pid) && pid > 0 ? await commandLine(pid) : ''
  if (!command.includes(` -D ${folder.cluster} `)) return undefined
  const owner = Number(new RegExp(`${ownerSetting}=(\\d+)`).exec(command)?.[1] ?? 0)
  return { pid, owner, socket: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' }
}

/**
 * Takes lock files out of the way that name a live process which is not our server: PostgreSQL would refuse to start.
 * (It deals by itself with those that name a dead one.) Call it only when `findRunning` found nothing.
 */
export async function removeStaleLocks(folder: Folder, socketFolder: string): Promise<void> {
  for (const path of [join(folder.cluster, 'postmaster.pid'), join(socketFolder, '.s.PGSQL.5432.lock')]) {
    const seen = await readLock(path)
    const pid = Math.abs(Number(seen.split('\n')[0]))
    if (!Number.isInteger(pid) || pid === 0 || (await commandLine(pid)).includes(` -D ${folder.cluster} `)) continue
    const aside = `${path}.stale-${process.pid}`
    try {
      await rename(path, aside)
      // A server that started between our look and our rename wrote a new one: it gets it back.
      if ((await readLock(aside)) !== seen) await link(aside, path)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
    }
    await rm(aside, { force: true })
  }
}

/** Stops a server whose owner is gone, and waits until it is; after `patienceMs` it is no longer asked politely. */
export async function stopOrphan(folder: Folder, running: Running, patienceMs = 5000): Promise<void> {
  const deadline = performance.now() + patienceMs
  signal(running.pid, 'SIGINT')
  let isForced = false
  while ((await findRunning(folder))?.pid === running.pid) {
    if (!isForced && performance.now() > deadline) {
      signal(running.pid, 'SIGQUIT')
      isForced = true
    }
    await sleep(10)
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

async function readLock(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}
