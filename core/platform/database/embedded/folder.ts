import { createHash } from 'node:crypto'
import { chmod, chown, lchown, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeytillError } from '../../errors.ts'
import { codeOf, run, type ServerUser } from './process.ts'

/** Where the embedded server keeps its things, and who it runs as. */
export interface Folder {
  /** KEYTILL_DATA, absolute, with links resolved */
  readonly data: string
  /** programs and library links; ours, readable by the server */
  readonly runtime: string
  /** what the server owns: cluster, sockets, log; nobody else can look into it (except root) */
  readonly pg: string
  readonly cluster: string
  readonly log: string
  /** set when we are root, because PostgreSQL refuses to be */
  readonly user: ServerUser | undefined
}

/** `sun_path` holds 107 bytes on Linux and 103 on macOS; the shorter one serves both. */
const longestSocketPath = 103
const socketName = '.s.PGSQL.5432'

/**
 * Makes the folders that the server needs under `dataDir` and settles who it runs as: ourselves, or, when we are root,
 * the owner of an existing `pg` folder, else the user `postgres`, else `nobody`. Only `pg` is given to that user: the
 * data folder is made passable for it (not readable), everything else in it stays ours.
 *
 * @throws KeytillError `database.embedded_permission` when the folder belongs to another user, `database.embedded_user`
 * when there is no user to run as, `database.embedded_unreachable` when that user cannot get to the folder.
 */
export async function openFolder(dataDir: string): Promise<Folder> {
  const isRoot = process.getuid?.() === 0
  await mkdir(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 })
  const data = await realpath(dataDir)
  const pg = join(data, 'pg')
  const runtime = join(data, 'runtime')
  try {
    await mkdir(runtime, { recursive: true })
    await mkdir(pg, { recursive: true, mode: 0o700 })
    // Explicitly, because the umask had its say in mkdir.
    if (isRoot) await chmod(runtime, 0o755)
    if (isRoot) await chmod(data, (await stat(data)).mode | 0o011)
    const user = isRoot ? await giveToServer(pg) : undefined
    await chmod(pg, 0o700)
    if (user !== undefined) await demandReach(user, pg, data)
    return { data, runtime, pg, cluster: join(pg, 'cluster'), log: join(pg, 'server.log'), user }
  } catch (error) {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error
    const owner = `keytill's database in ${pg} belongs to another user`
    throw new KeytillError(
      'database.embedded_permission',
      `${owner}: start keytill as that user, or set DATABASE_URL to a PostgreSQL server`,
      { cause: error },
    )
  }
}

async function giveToServer(pg: string): Promise<ServerUser> {
  const now = await stat(pg)
  if (now.uid !== 0) return { uid: now.uid, gid: now.gid }
  const user = await unprivilegedUser()
  // A restored copy may be root's throughout. Safe to walk: as long as `pg` is root's, nobody else puts links into it.
  for (const name of await readdir(pg, { recursive: true })) await lchown(join(pg, name), user.uid, user.gid)
  await chown(pg, user.uid, user.gid)
  return user
}

async function unprivilegedUser(): Promise<ServerUser> {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([run('id', ['-u', name], undefined), run('id', ['-g', name], undefined)])
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.output), gid: Number(gid.output) }
  }
  throw new KeytillError(
    'database.embedded_user',
    'PostgreSQL refuses to run as root and there is no user "postgres" or "nobody" here: ' +
      'start keytill as an ordinary user, or set DATABASE_URL to a PostgreSQL server',
  )
}

async function demandReach(user: ServerUser, pg: string, data: string): Promise<void> {
  const asked = await run('/bin/sh', ['-c', '[ -w "$1" ] && [ -x "$1" ]', 'sh', pg], user)
  if (asked.status === 0) return
  throw new KeytillError(
    'database.embedded_unreachable',
    `PostgreSQL cannot run as root, and the user it runs as instead (uid ${user.uid}) cannot get to ${data}: ` +
      'set KEYTILL_DATA to a folder that other users can pass through, or set DATABASE_URL to a PostgreSQL server',
  )
}

/**
 * A folder for the server's socket that only the server's user can enter, with a path short enough for a socket:
 * `pg/socket`, or a folder beside other temporary ones whose name follows from the data folder and the user.
 *
 * @throws KeytillError `database.embedded_socket` when somebody else made that temporary folder.
 */
export async function openSocketFolder(folder: Folder): Promise<string> {
  const uid = folder.user?.uid ?? process.getuid?.() ?? 0
  const name = createHash('sha256').update(`${uid}\0${folder.data}`).digest('hex').slice(0, 16)
  const places = [join(folder.pg, 'socket'), join(tmpdir(), `keytill-${name}`), join('/tmp', `keytill-${name}`)]
  const place = places.find((path) => Buffer.byteLength(join(path, socketName)) <= longestSocketPath)
  if (place === undefined) throw new TypeError('unreachable: the last place is short')
  await mkdir(place, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  let found = await lstat(place)
  if (found.isDirectory() && found.uid === process.getuid?.() && folder.user !== undefined) {
    await lchown(place, folder.user.uid, folder.user.gid)
    found = await lstat(place)
  }
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new KeytillError(
      'database.embedded_socket',
      `${place} is not a private folder of the database's user: remove it, or set KEYTILL_DATA to a shorter path`,
    )
  }
  return place
}
