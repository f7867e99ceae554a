import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const project = resolve(import.meta.dirname, '../../..')

export interface ProgramOptions {
  /** the only settings the child gets: nothing of ours leaks into it */
  readonly settings: Readonly<Record<string, string>>
  /** file that standard error is appended to */
  readonly log: string
}

/** `npm start` as a child of this process. */
export interface Program {
  readonly pid: number
  /** resolves once the shop is open, with what it printed until then; rejects when the child ends before that */
  readonly open: Promise<string>
  /** resolves when the child is gone */
  readonly gone: Promise<void>
  isAlive(): boolean
  /** the power cut: nothing in the child gets to run any more */
  kill(): Promise<void>
  /** Ctrl-C; resolves with the exit code */
  stop(): Promise<number | null>
}

/** Starts the whole program in a process of its own. */
export function startProgram({ settings, log }: ProgramOptions): Program {
  const stderr = openSync(log, 'a', 0o600)
  const child = spawn(process.execPath, ['--import', 'tsx', 'bots/main.ts'], {
    cwd: project,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...settings },
    stdio: ['ignore', 'pipe', stderr],
  })
  closeSync(stderr)
  const gone = new Promise<void>((done) => child.once('close', () => done()))
  const open = openingOf(child, gone)
  // Whoever kills it during its start does not wait for it to open.
  open.catch(() => {})
  return {
    pid: child.pid ?? 0,
    open,
    gone,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      child.kill('SIGINT')
      await gone
      return child.exitCode
    },
  }
}

async function openingOf(child: ChildProcess, gone: Promise<void>): Promise<string> {
  const { stdout } = child
  if (!stdout) throw new Error('the child has no standard output')
  const said: string[] = []
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      said.push(line)
      // The last line of the greeting.
      if (line.includes('Ctrl-C stops everything')) resolve(said.join('\n'))
    })
    void gone.then(() => reject(new Error(`the program ended before the shop was open:\n${said.join('\n')}`)))
  })
}
