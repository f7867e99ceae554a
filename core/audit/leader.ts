import type { Database } from '../platform/database/database.ts'
import { type Sql, sqlOn } from '../platform/database/sql.ts'
import { lead } from './store.ts'

/** The connection of the one process that seals. */
export interface Leadership {
  readonly sql: Sql
  /** Ends the connection, and the leadership with it. */
  resign(): void
}

/**
 * A server that was not told of a peer's end, as when a machine loses its power, would wait for it for hours: it is asked
 * after 10 s of silence. Sealing reads in one order, for which there is an index: the planner must not think otherwise
 * because a table was small when a statement was prepared.
 */
const SESSION = `SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
  SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off`

/**
 * Becomes the leader unless another process is. The advisory lock belongs to the connection on which the leader also
 * writes: who has lost the one cannot do the other, so that there are never two.
 */
export async function tryToLead(db: Database): Promise<Leadership | undefined> {
  const client = await db.pool.connect()
  const ignore = () => {}
  // Whatever is done next on a lost connection fails, which is enough; without a listener the loss would end the process.
  client.on('error', ignore)
  const sql = sqlOn(client)
  const leave = (end: boolean) => {
    if (!end) client.off('error', ignore)
    client.release(end)
  }
  try {
    if (!(await lead(sql))) {
      leave(false)
      return undefined
    }
    await client.query(SESSION)
    return { sql, resign: () => leave(true) }
  } catch (error) {
    leave(true)
    throw error
  }
}
