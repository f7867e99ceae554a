import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Whom a program runs as; `undefined` elsewhere means "as ourselves". */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

export interface Finished {
  readonly status: number | null
  /** standard output and standard error, as they came */
  readonly output: string
}

/**
 * Runs a program to its end and returns what it said, whatever its status; rejects only when it cannot be started.
 * It gets `environment` and nothing else: our own environment holds tokens, and a server process's can be read by others.
 */
export function run(
  file: string,
  args: readonly string[],
  user: ServerUser | undefined,
  environment: Readonly<Record<string, string>> = plainEnvironment,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    // The folder we were started in may be closed to `user`.
    const child = spawn(file, args, { ...user, cwd: '/', env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output: output.trim() }))
  })
}

/** An environment that every PostgreSQL program can live with on any system: no locale need be installed. */
export const plainEnvironment: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }

/** The command line of a process, its words joined by spaces; empty when there is no such process, or only its zombie. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'darwin') {
    return (await run('ps', ['-ww', '-p', String(pid), '-o', 'command='], undefined)).output
  }
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** The system's code of an error (`ENOENT`, or an SQLSTATE from the database), or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
