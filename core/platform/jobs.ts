import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Logger, runMigrations, runTaskList, type TaskList, type WorkerEvents } from 'graphile-worker'
import type pg from 'pg'
import { seconds } from './clock.ts'
import { type Sql, statement } from './database/sql.ts'
import { Postponed } from './errors.ts'
import { afterFailure, JobFailure } from './job-failures.ts'
import { holdJobLocks } from './job-locks.ts'
import type { Log } from './log.ts'
import { repeat } from './timer.ts'

/** Something to do outside the database, written in the transaction that decided it. The payload holds ids, never a key. */
export interface Job {
  readonly task: string
  readonly payload: object
  /** a second job with the same key replaces one that is still waiting; when both payloads are lists, they are joined */
  readonly key?: string
  /** jobs of one queue run one after the other */
  readonly queue?: string
  readonly runAt?: Date
  /** lower runs first; keys -10, notices 0, those for staff 1, marketing 10 */
  readonly priority?: number
  readonly attempts?: number
}

/** How often a job is tried that says nothing else. */
const ATTEMPTS = 25

const ADD = statement(
  'job-add',
  `SELECT graphile_worker.add_job($1, $2::json, queue_name := $3, run_at := $4, max_attempts := $5, job_key := $6, priority := $7, job_key_mode := 'replace')`,
)

/** Every job has a key: one without is one that another took the place of while it ran (see job-locks.ts). */
const keyOf = (job: Job): string => job.key ?? randomUUID()

/** Adds a job within the caller's transaction. */
export async function addJob(sql: Sql, job: Job): Promise<void> {
  await sql.rows(ADD, [
    job.task,
    JSON.stringify(job.payload),
    job.queue ?? null,
    job.runAt ?? null,
    job.attempts ?? ATTEMPTS,
    keyOf(job),
    job.priority ?? 0,
  ])
}

const ADD_MANY = statement(
  'job-add-many',
  `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
     SELECT (j.task, j.payload, j.queue, NULL, ${ATTEMPTS}::smallint, j.key, j.priority, NULL)::graphile_worker.job_spec
     FROM unnest($1::text[], $2::json[], $3::text[], $4::text[], $5::smallint[]) WITH ORDINALITY AS j (task, payload, queue, key, priority, n) ORDER BY n))`,
)

/** Adds many jobs within the caller's transaction; no two of one key. */
export async function addJobs(sql: Sql, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  await sql.rows(ADD_MANY, [
    jobs.map((job) => job.task),
    jobs.map((job) => JSON.stringify(job.payload)),
    jobs.map((job) => job.queue ?? null),
    jobs.map(keyOf),
    jobs.map((job) => job.priority ?? 0),
  ])
}

export type Task = (payload: unknown) => Promise<void>

/** How often it is looked whether another process has died in the middle of a job, in ms. */
const TEND = seconds(30)

/** How long to leave the database alone before workers are started again, in ms. */
const MEND = seconds(1)

/**
 * Runs jobs of these tasks until stopped. A task that throws is tried again later, with growing pauses, until its attempts
 * are used up (see reports/dead-letters.ts); one that throws `Postponed`, when it says. A worker of the library ends for good when
 * the database goes away under it, and one that asked for a job may have been given it without learning of that; all of them
 * are then replaced, as often as it takes, so that what they had begun is free again.
 */
export async function runJobs(
  pool: pg.Pool,
  tasks: Readonly<Record<string, Task>>,
  log: Log,
): Promise<{ stop(): Promise<void> }> {
  const taskList: TaskList = Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [name, guarded(name, task, log)]),
  )
  const stopping = new AbortController()
  const stopped = once(stopping.signal, 'abort')
  /** Undefined when it is to stop before they could be. */
  const startAgain = async (): Promise<Workers | undefined> => {
    for (;;) {
      await setTimeout(MEND, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return undefined
      try {
        return await startWorkers(pool, taskList, log)
      } catch (err) {
        log.warn({ err }, 'workers could not be started; it will be tried again')
      }
    }
  }
  const supervise = async (first: Workers): Promise<void> => {
    for (let workers: Workers | undefined = first; workers; workers = await startAgain()) {
      await Promise.race([workers.lost, stopped])
      if (!stopping.signal.aborted) log.warn({}, 'a worker lost its database; all workers are replaced')
      await workers.stop()
    }
  }
  const supervising = supervise(await startWorkers(pool, taskList, log))
  return {
    async stop() {
      stopping.abort()
      await supervising
    },
  }
}

interface Workers {
  /** resolves when one of them has lost its database */
  readonly lost: Promise<void>
  stop(): Promise<void>
}

async function startWorkers(pool: pg.Pool, taskList: TaskList, log: Log): Promise<Workers> {
  // The library logs a failed job with its error's message, which may repeat what a library was given: ours says less.
  const logger = new Logger(() => () => {})
  const events: WorkerEvents = new EventEmitter()
  const names: string[] = []
  events.on('worker:create', ({ worker }) => names.push(worker.workerId))
  const lost = new Promise<void>((resolve) => {
    events.once('worker:fatalError', () => resolve())
    events.once('worker:getJob:error', () => resolve())
  })
  events.on('job:failed', ({ job, error }) => {
    if (error instanceof JobFailure && error.wait !== undefined) return
    log.error({ task: job.task_identifier, job: job.id }, 'a job failed for the last time')
  })
  const settling = new Set<Promise<void>>()
  events.on('job:complete', ({ job, error }) => {
    if (!error) return
    const settled = afterFailure(pool, job, error)
      .catch((err: unknown) => log.warn({ err, job: job.id }, 'a failed job comes again when the library says'))
      .finally(() => settling.delete(settled))
    settling.add(settled)
  })
  const locks = holdJobLocks(pool, () => names)
  const options = { pgPool: pool, events, concurrency: 8, noHandleSignals: true, pollInterval: 1000, logger }
  // Not with the library's `run`: it also begins a timetable, and ends the process when the database goes away under that.
  const runner = runTaskList({ ...options, preset: {} }, taskList, pool)
  const stopTending = repeat(TEND, locks.tend, log)
  const stop = async () => {
    await stopTending()
    await runner.gracefulShutdown()
    await Promise.all(settling)
    locks.close()
  }
  try {
    await locks.tend()
    return { lost, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Of an error only the code goes to the library; the log gets what is safe of the rest. */
function guarded(name: string, task: Task, log: Log): (payload: unknown) => Promise<void> {
  return async (payload) => {
    try {
      await task(payload)
    } catch (err) {
      if (err instanceof Postponed) log.info({ task: name, err }, 'a job is put off')
      else log.warn({ task: name, err }, 'a job failed and will be tried again')
      throw new JobFailure(err)
    }
  }
}

export async function migrateJobs(pgPool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool, logger: new Logger(() => () => {}) })
}
