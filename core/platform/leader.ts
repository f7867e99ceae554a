import { createHash } from 'node:crypto'
import { minutes, seconds } from './clock.ts'
import type { Database } from './database/database.ts'
import { type Sql, sqlOn, statement } from './database/sql.ts'
import { Postponed } from './errors.ts'

/** An advisory lock of PostgreSQL: both halves are 32-bit integers. */
export type AdvisoryLock = readonly [space: number, key: number]

/** What one process does for all, for as long as its connection lasts. */
export interface Leadership {
  /** the connection that the leadership belongs to */
  readonly sql: Sql
  /** aborted when the connection, and with it the leadership, is over */
  readonly over: AbortSignal
  /** Ends the connection, and the leadership with it. */
  resign(): void
}

/** The locks that are known by a name. */
const NAMED = 0x6b746e
const TRY = statement('leader-try', `SELECT pg_try_advisory_lock($1, $2) AS got`)

/**
 * A server that was not told of a peer's end, as when a machine loses its power, would wait for it for hours: it is asked
 * after 10 s of silence. For the same reason we ask, and take silence for an end.
 */
const SESSION = `SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`
const ASK = seconds(5)
/** How long a turn is waited for, in ms: less than a statement may take, and longer than a dead peer is taken for alive. */
const TURN_WITHIN = seconds(50)
/** What can be done alone only later is tried again after so long, in ms. */
const TURN_PAUSE = minutes(1)
/** PostgreSQL's code for a lock that was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03'

/** The lock of this name. */
export const lockOf = (name: string): AdvisoryLock => [NAMED, createHash('sha256').update(name).digest().readInt32BE(0)]

/**
 * Becomes the leader unless another process is. The advisory lock belongs to a connection: whoever dies or loses that gives
 * the lock up at the same moment, and what the leader writes on it is written by the leader or not at all.
 */
export async function tryToLead(db: Database, lock: AdvisoryLock): Promise<Leadership | undefined> {
  const client = await db.pool.connect()
  const over = new AbortController()
  // Whatever is done next on a lost connection fails; without a listener the loss itself would end the process.
  const lost = () => over.abort()
  client.on('error', lost)
  client.on('end', lost)
  const leave = (end: boolean) => {
    if (!end) {
      client.off('error', lost)
      client.off('end', lost)
    }
    client.release(end)
  }
  try {
    const sql = sqlOn(client)
    const [answer] = await sql.rows<{ got: boolean }>(TRY, lock)
    if (!answer?.got) {
      leave(false)
      return undefined
    }
    await client.query(SESSION)
    let asking = false
    const timer = setInterval(() => {
      if (asking) return
      asking = true
      client.query('SELECT 1').then(() => {
        asking = false
      }, lost)
    }, ASK)
    over.signal.addEventListener('abort', () => {
      clearInterval(timer)
      leave(true)
    })
    return { sql, over: over.signal, resign: lost }
  } catch (error) {
    leave(true)
    throw error
  }
}

/**
 * Does `work` while no other process does anything under this lock; waits for its turn, `turnWithin` ms at the most.
 * @throws Postponed `platform.turn` when it did not come by then; nothing was done
 */
export async function alone<T>(
  db: Database,
  lock: AdvisoryLock,
  work: () => Promise<T>,
  turnWithin = TURN_WITHIN,
): Promise<T> {
  const client = await db.pool.connect()
  try {
    await client.query(`${SESSION}; SET lock_timeout = ${turnWithin}`)
    await client.query('SELECT pg_advisory_lock($1, $2)', [...lock]).catch((error: unknown) => {
      throw (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE ? notOurTurn() : error
    })
    return await work()
  } finally {
    // The lock goes with the connection, whatever has become of either.
    client.release(true)
  }
}

const notOurTurn = (): Postponed =>
  new Postponed('platform.turn', 'Another process is still doing this; try again when it is done.', TURN_PAUSE)
