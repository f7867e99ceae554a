import type { Database } from './database/database.ts'
import { statement } from './database/sql.ts'
import { addJobs, type Job } from './jobs.ts'
import type { Log } from './log.ts'
import { repeat } from './timer.ts'

/**
 * Jobs of the hot path are left in a table of our own, a row each, because the job library's own way costs more than the sale.
 * A relay hands them to the library: each once, in one transaction with its removal.
 */
export interface Relay {
  /** Something was left by this process. */
  wake(): void
  stop(): Promise<void>
}

const AT_ONCE = 500
/** How often it is looked for what another process left, in ms: how much later its notices may be. */
const PAUSE = 50

const TAKE = statement(
  'outbox-take',
  `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
   RETURNING id, task, payload, key, queue, priority`,
)

interface Row {
  readonly id: bigint
  readonly task: string
  readonly payload: object
  readonly key: string | null
  readonly queue: string | null
  readonly priority: number
}

export function startRelay(db: Database, log: Log): Relay {
  let current: Promise<void> | undefined
  let again = false

  async function relay(): Promise<void> {
    for (let more = true; more; ) {
      more = await db.transaction(async (sql) => {
        const rows = await sql.rows<Row>(TAKE)
        await addJobs(sql, gathered(rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))))
        return rows.length === AT_ONCE
      })
    }
  }

  /** One at a time in a process: two would only wait for the same rows. */
  function run(): Promise<void> {
    again = current !== undefined
    current ??= relay().finally(() => {
      current = undefined
      if (again) wake()
    })
    return current
  }

  function wake(): void {
    run().catch((err: unknown) => log.warn({ err }, 'jobs could not be handed over yet; it will be tried again'))
  }

  const stopLooking = repeat(PAUSE, run, log)
  return {
    wake,
    async stop() {
      await stopLooking()
      await current?.catch(() => {})
    },
  }
}

/** Lists of one key become one list; everything else stays a job of its own. */
function gathered(rows: readonly Row[]): Job[] {
  const jobs: Job[] = []
  const lists = new Map<string, object[]>()
  for (const { task, payload, key, queue, priority } of rows) {
    const list = key !== null && Array.isArray(payload) ? lists.get(key) : undefined
    if (list) {
      list.push(...(payload as object[]))
      continue
    }
    if (key !== null && Array.isArray(payload)) lists.set(key, payload)
    jobs.push({ task, payload, priority, ...(key === null ? {} : { key }), ...(queue === null ? {} : { queue }) })
  }
  return jobs
}
