import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Random } from '../crash/random.ts'
import type { Commands } from './process.ts'
import { type Handlers, type Wire, wire } from './wire.ts'
import type { Opening } from './world.ts'

export interface CrewOptions {
  readonly size: number
  readonly opening: Opening
  /** file that the processes' standard error is appended to */
  readonly log: string
  /** what a process can ask of the world */
  readonly outside: Handlers
  /** whether a process that did not open since then (performance.now()) has an excuse */
  isExcused(since: number): boolean
}

/** The processes of the shop: each that ends is replaced, as by whoever supervises a real one. */
export interface Crew {
  readonly count: { begun: number; failed: number; kills: number; slowest: number }
  /** What no process should ever do. */
  readonly problems: readonly string[]
  /** One that works; waits while none does. */
  any(random: Random): Promise<Wire<Commands>>
  /** Waits until all work. @throws Error when that takes longer than a minute */
  whole(): Promise<void>
  /** kill -9. */
  kill(n: number): void
  /** Lets one stand still for so many ms. */
  pause(n: number, ms: number): Promise<void>
  /** Closes all in order. */
  stop(): Promise<void>
}

interface Worker {
  readonly child: ChildProcess
  readonly wire: Wire<Commands>
  isOpen: boolean
  isKilled: boolean
}

/** How long it may take until all work, and until one has closed, in ms. */
const PATIENCE = 60_000
const CLOSING = 20_000
/** How long a supervisor waits before it starts a process anew, in ms. */
const PAUSE = 100

export function employ({ size, opening, log, outside, isExcused }: CrewOptions): Crew {
  const count = { begun: 0, failed: 0, kills: 0, slowest: 0 }
  const problems: string[] = []
  const workers: Worker[] = []
  /** Loaded and waiting, because loading a process takes longer than opening a shop. */
  const spare: Worker[] = []
  let isClosing = false

  function load(): Worker {
    const stderr = openSync(log, 'a', 0o600)
    const child = fork(join(import.meta.dirname, 'process.ts'), [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      // Nothing of ours leaks into it.
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
      stdio: ['ignore', stderr, stderr, 'ipc'],
    })
    closeSync(stderr)
    const own = wire<Commands>(
      { send: (message) => child.send(message, () => {}), listen: (hear) => child.on('message', hear) },
      outside,
    )
    return { child, wire: own, isOpen: false, isKilled: false }
  }

  function fill(n: number): void {
    const worker = spare.shift() ?? load()
    workers[n] = worker
    count.begun++
    const begun = performance.now()
    worker.child.once('exit', (code, signal) => {
      worker.wire.close()
      ended(worker, begun, code ?? signal)
      if (!isClosing) void setTimeout(PAUSE).then(() => isClosing || fill(n))
    })
    worker.wire.ask('begin', opening).then(
      () => {
        worker.isOpen = !worker.isKilled
        count.slowest = Math.max(count.slowest, performance.now() - begun)
        // Only now: whoever is needed at once does not share the machine with whoever may be needed later.
        while (!isClosing && spare.length < size) spare.push(load())
      },
      () => {},
    )
  }

  function ended(worker: Worker, begun: number, how: number | string | null): void {
    const wasOpen = worker.isOpen
    worker.isOpen = false
    if (isClosing || worker.isKilled) return
    if (wasOpen) problems.push(`a process ended by itself with ${how}`)
    else if (isExcused(begun)) count.failed++
    else problems.push(`a process did not start and ended with ${how}`)
  }

  async function close({ child, wire: own, isOpen }: Worker): Promise<void> {
    const late = new AbortController()
    const patience = setTimeout(CLOSING, 'late', { signal: late.signal }).catch(() => 'in time')
    const closed = isOpen ? own.ask('close').then(() => 'in time', String) : 'in time'
    const how = await Promise.race([closed, patience])
    if (how !== 'in time') problems.push(`a process did not close: ${how}`)
    late.abort()
    child.kill('SIGKILL')
  }

  for (let n = 0; n < size; n++) fill(n)

  return {
    count,
    problems,
    async any(random) {
      for (;;) {
        const open = workers.filter(({ isOpen }) => isOpen)
        if (open.length > 0) return (open[random.between(0, open.length - 1)] as Worker).wire
        await setTimeout(20)
      }
    },
    async whole() {
      const deadline = performance.now() + PATIENCE
      while (workers.some(({ isOpen }) => !isOpen)) {
        if (performance.now() > deadline) throw new Error('not all processes work again after a minute')
        await setTimeout(20)
      }
    },
    kill(n) {
      const worker = workers[n]
      if (!worker || worker.isKilled) return
      worker.isKilled = true
      worker.isOpen = false
      count.kills++
      worker.child.kill('SIGKILL')
    },
    async pause(n, ms) {
      const child = workers[n]?.child
      child?.kill('SIGSTOP')
      await setTimeout(ms)
      child?.kill('SIGCONT')
    },
    async stop() {
      isClosing = true
      for (const { child } of spare) child.kill('SIGKILL')
      await Promise.all(workers.map(close))
    },
  }
}
