import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import type { Binaries } from './binaries.ts'
import type { Folder } from './folder.ts'
import { plainEnvironment, type ServerUser } from './process.ts'
import { ownerSetting } from './running.ts'

/** A server that we started, which lives no longer than this process. */
export interface Launched {
  /** resolves when the server (and its wrapper) is gone */
  readonly exited: Promise<void>
  hasExited(): boolean
  /** asks for a fast shutdown: open transactions are rolled back, everything committed is on disk */
  close(): void
  /** what this server wrote into its log so far, at most its last `lines` lines */
  lastWords(lines: number): string
}

const logLimitBytes = 5 * 1024 * 1024

/**
 * Waits beside the server for the end of standard input, a pipe whose other end only keytill holds: the system closes it
 * when keytill ends, however it ends. Signals to keytill's terminal or service do not count: keytill says when to stop.
 * The library variable is set in here because macOS takes it away from what /bin/sh is started with.
 */
const wrapperScript = `
trap '' HUP INT TERM
export "$1"
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
  read -r _ <&3
  kill -INT "$server"
  sleep 5
  kill -QUIT "$server"
} &
watcher=$!
exec 3<&- 0</dev/null
wait "$server"
status=$?
kill -KILL "$watcher"
exit "$status"
`

/** What the server must never do: write a statement, a parameter or a row (keys, buyers) into its log. */
const silence = {
  log_min_messages: 'log', // an SQL error goes to who caused it; its text may quote the value
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
}

const ordinary = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const forgetful = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '32MB' }

export interface LaunchOptions {
  readonly settings: Readonly<Record<string, string>>
  /** gives up durability for speed; for tests */
  readonly isForgetful: boolean
}

/** Starts the server on the folder's cluster; whether it comes up is for the caller to watch. */
export function launch(folder: Folder, binaries: Binaries, socketFolder: string, options: LaunchOptions): Launched {
  const settings = {
    [ownerSetting]: String(process.pid),
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    ...ordinary,
    ...(options.isForgetful ? forgetful : {}),
    ...options.settings,
    ...silence,
  }
  const library = `${binaries.libraryVariable}=${binaries.libraryPath}`
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openLog(folder.log, folder.user)
  const start = fstatSync(log).size
  const child = spawn(
    '/bin/sh',
    ['-c', wrapperScript, 'keytill-database', library, binaries.postgres, '-D', folder.cluster, ...args],
    { ...folder.user, cwd: '/', env: plainEnvironment, detached: true, stdio: ['pipe', log, log] },
  )
  closeSync(log)
  let hasExited = false
  const exited = once(child, 'exit').then(
    () => {
      hasExited = true
    },
    () => {
      hasExited = true // it could not even be started
    },
  )
  // Nobody should have to stop the server in order to end: ending stops it.
  child.unref()
  const pipe = child.stdin
  pipe?.on('error', () => {})
  if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return {
    exited,
    hasExited: () => hasExited,
    close: () => {
      child.ref()
      pipe?.end()
    },
    lastWords: (lines) => readTail(folder.log, start, lines),
  }
}

/** The log lies in a folder of the server's user: as root, we do not follow a link that this user may have put there. */
function openLog(path: string, user: ServerUser | undefined): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > logLimitBytes) renameSync(path, `${path}.1`)
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const log = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  fchmodSync(log, 0o600)
  if (user !== undefined) fchownSync(log, user.uid, user.gid)
  return log
}

function readTail(path: string, start: number, lines: number): string {
  const log = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const tail = Buffer.alloc(8192)
    const length = readSync(log, tail, 0, tail.length, Math.max(start, fstatSync(log).size - tail.length))
    return tail.toString('utf8', 0, length).trim().split('\n').slice(-lines).join('\n')
  } finally {
    closeSync(log)
  }
}
