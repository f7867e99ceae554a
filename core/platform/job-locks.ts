import type pg from 'pg'

/** The class of the advisory locks by which workers show that they live. */
const ALIVE = 0x6b746a

const HOLD = `SELECT pg_advisory_lock($1, hashtext(worker)) FROM unnest($2::text[]) AS worker`
/** A dead worker leaves its job locked, and the queue of that job, in which nothing else is done until it is unlocked. */
const RELEASE = `SELECT graphile_worker.force_unlock_workers(dead.workers) FROM (
    SELECT array_agg(DISTINCT locked_by) AS workers FROM (
      SELECT locked_by FROM graphile_worker._private_jobs UNION SELECT locked_by FROM graphile_worker._private_job_queues) AS held_by
    WHERE locked_by IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_locks AS held WHERE held.locktype = 'advisory' AND held.granted AND held.classid = $1::oid
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND held.objid = (hashtext(locked_by)::bigint & 4294967295)::oid)) AS dead
  WHERE dead.workers IS NOT NULL`

/**
 * Who adds a job while one of the same key is under way takes the key from that and uses up its attempts. When its worker
 * then dies it would stand among the failed ones for ever, although its successor does the work.
 */
const SUPERSEDED = `DELETE FROM graphile_worker._private_jobs WHERE key IS NULL AND locked_at IS NULL AND attempts >= max_attempts`

export interface JobLocks {
  /** Shows that our workers live, and takes from the dead what they had begun. Can be called again and again. */
  tend(): Promise<void>
  close(): void
}

/**
 * A job under way is locked by its worker, and the library gives up on a worker only after four hours. Here each worker
 * also holds an advisory lock for as long as its process is connected: jobs of workers without one are free at once. A
 * process that loses its connection and lives may see a job done twice, as after any crash.
 */
export function holdJobLocks(pool: pg.Pool, workers: () => readonly string[]): JobLocks {
  let session: pg.PoolClient | undefined
  const drop = (client: pg.PoolClient, error: Error | boolean) => {
    if (session !== client) return
    session = undefined
    client.release(error)
  }
  return {
    async tend() {
      if (!session) {
        const client = await pool.connect()
        session = client
        client.on('error', (error) => drop(client, error))
        await client.query(HOLD, [ALIVE, workers()]).catch((error: Error) => {
          drop(client, error)
          throw error
        })
      }
      await session?.query(RELEASE, [ALIVE])
      await session?.query(SUPERSEDED)
    },
    close() {
      if (session) drop(session, true)
    },
  }
}
