import type pg from 'pg'
import { KeytillError, Postponed } from './errors.ts'

/**
 * What a failed job leaves in the library's table: its code. The library keeps message and stack, and those may repeat what
 * a request carried.
 */
export class JobFailure extends Error {
  /** ms until it may be done again, when that is known */
  readonly wait: number | undefined

  constructor(cause: unknown) {
    super(cause instanceof KeytillError ? cause.code : 'failed')
    this.stack = ''
    this.wait = cause instanceof Postponed ? cause.wait : undefined
  }
}

/** A job as it was when it was begun; `attempts` counts the one that has just failed. */
interface Begun {
  readonly id: string
  readonly attempts: number
}

/** One without a key was replaced while it ran (see job-locks.ts): it does not come again. */
const POSTPONE = `SELECT FROM graphile_worker.jobs AS job,
    graphile_worker.reschedule_jobs(ARRAY[job.id], run_at := now() + $2 * interval '1 millisecond', attempts := $3)
  WHERE job.id = $1 AND job.key IS NOT NULL`
/** The library's pauses grow by the same steps for all: what failed together would come again together. */
const SPREAD = `SELECT FROM graphile_worker.jobs AS job,
    graphile_worker.reschedule_jobs(ARRAY[job.id], run_at := now() + (job.run_at - now()) * (0.5 + random()))
  WHERE job.id = $1 AND job.attempts < job.max_attempts`

/** After the library has written down that a job failed: sees to it that it comes again at the right time, if at all. */
export async function afterFailure(pool: pg.Pool, job: Begun, error: unknown): Promise<void> {
  const wait = error instanceof JobFailure ? error.wait : undefined
  if (wait === undefined) await pool.query(SPREAD, [job.id])
  else await pool.query(POSTPONE, [job.id, wait, job.attempts - 1])
}
