import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeytillError } from '../../errors.ts'
import type { Binaries } from './binaries.ts'
import type { Folder } from './folder.ts'
import { codeOf, commandLine, plainEnvironment, run } from './process.ts'

/** The major version of the programs in the npm package; a cluster made by another one cannot be opened. */
const majorVersion = '18'

/** The one role of the embedded server, its superuser. */
export const clusterUser = 'keytill'

/**
 * True when the folder holds a cluster that the programs can open, false when it holds none yet.
 *
 * @throws KeytillError `database.embedded_version` when another major version of PostgreSQL made it.
 */
export async function hasCluster(folder: Folder): Promise<boolean> {
  let version: string
  try {
    version = (await readFile(join(folder.cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  if (version === majorVersion) return true
  throw new KeytillError(
    'database.embedded_version',
    `The database in ${folder.pg} was made by PostgreSQL ${version} and this keytill brings PostgreSQL ${majorVersion}: ` +
      'make a backup with the keytill that made it and restore that into an empty KEYTILL_DATA, or set DATABASE_URL',
  )
}

/**
 * Makes the cluster, in a folder aside that gets its name only when it is complete: whoever is killed in between leaves
 * nothing that looks like a database. Of two processes that make one at the same time, the first to finish wins.
 *
 * @throws KeytillError `database.embedded_init` with what initdb said.
 */
export async function createCluster(folder: Folder, binaries: Binaries, isDurable: boolean): Promise<void> {
  await removeAbandoned(folder)
  const fresh = join(folder.pg, `initdb-${process.pid}-${randomBytes(4).toString('hex')}`)
  // The builtin locale sorts by code point and knows Unicode's cases on every system, with no locale installed.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const options = ['-D', fresh, '-U', clusterUser, '--auth=trust', ...locale]
  try {
    const made = await run(binaries.initdb, isDurable ? options : [...options, '--no-sync'], folder.user, {
      ...plainEnvironment,
      [binaries.libraryVariable]: binaries.libraryPath,
    }).catch(explainUnstartable)
    if (made.status !== 0) {
      throw new KeytillError(
        'database.embedded_init',
        `PostgreSQL could not make its cluster in ${folder.pg}; without one, set DATABASE_URL to a server. initdb said: ` +
          made.output,
      )
    }
    await rename(fresh, folder.cluster).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  if (isDurable) await syncFolder(folder.pg)
}

function explainUnstartable(cause: unknown): never {
  // The program is there, so what the system misses is its loader: the packages are built for glibc.
  const reason = codeOf(cause) === 'ENOENT' ? 'this system has no glibc (Alpine?)' : codeOf(cause)
  throw new KeytillError(
    'database.embedded_unavailable',
    `The embedded PostgreSQL cannot run here (${reason}): set DATABASE_URL to a PostgreSQL server`,
    { cause },
  )
}

async function removeAbandoned(folder: Folder): Promise<void> {
  for (const name of await readdir(folder.pg)) {
    const maker = Number(/^initdb-(\d+)-/.exec(name)?.[1] ?? 0)
    // One with our own pid is a former life's: in a container pids repeat, and this process makes one at a time.
    if (maker === 0 || (maker !== process.pid && (await commandLine(maker)) !== '')) continue
    await rm(join(folder.pg, name), { recursive: true, force: true })
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
