import { Socket } from 'node:net'
import pg from 'pg'
import { seconds } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Connection, LINK, types } from './database.ts'
import { type Sql, type Statement, sqlOn } from './sql.ts'

/** A transaction whose statements go out together where none needs the answer of another. */
export interface Lane {
  /** Statements that are sent at once; their rows in the same order. */
  together(...steps: readonly Step[]): Promise<object[][]>
}

export type Step = readonly [statement: Statement, values: readonly unknown[]]

/** Connections of the hot path, one transaction on each at a time. */
export interface Lanes {
  /**
   * Runs `work` in a transaction that needs no round trip to begin, nor one of its own to end: `last` are the statements it
   * ends with, sent together with the commit. Resolves when it is committed.
   */
  transaction<T>(work: (lane: Lane) => Promise<{ readonly last: readonly Step[]; readonly result: T }>): Promise<T>
  close(): Promise<void>
}

const BEGIN: Statement = { name: 'lane-begin', text: 'BEGIN' }
const COMMIT: Statement = { name: 'lane-commit', text: 'COMMIT' }

/**
 * A plan is made seldom: planning such a statement costs more than running it. Made when the tables are empty it would read them
 * whole, hence what leaves it one way: from the batch, row by row, into the indexes; and {@link generationOf}.
 */
const OPTIONS = [
  'timezone=UTC',
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_material=off',
  'random_page_cost=0',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ')

/**
 * Which generation of plans a lane uses by its so manieth transaction: a new one each time there were four times as many. While
 * the tables are empty one index is as good as another, and what was chosen then must not stay when they have grown.
 */
const generationOf = (transactions: number): number => Math.floor(Math.log2(transactions) / 2)

/** Sends at once what statements of one moment write: each write of its own wakes the server, and costs more than its statement. */
class GatheringSocket extends Socket {
  private held = 0

  override uncork(): void {
    this.held += 1
    if (this.held > 1) return
    process.nextTick(() => {
      for (; this.held > 0; this.held -= 1) super.uncork()
    })
  }
}

/** How long one statement may take, in ms: whoever waits for a lane waits behind it. */
const STATEMENT = seconds(20)

export function openLanes(connection: Connection, count: number, log: Log): Lanes {
  const pool = new pg.Pool({
    ...connection,
    ...LINK,
    query_timeout: STATEMENT,
    max: count,
    types,
    application_name: 'keytill sale',
    options: OPTIONS,
    pipeline: true,
    stream: () => new GatheringSocket(),
  } as pg.PoolConfig)
  let transactions = 0
  let closing = false
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (err) => closing || log.warn({ err }, 'a database connection was lost'))

  return {
    async transaction(work) {
      const client = await pool.connect()
      const sql: Sql = sqlOn(client)
      transactions += 1
      const generation = generationOf(transactions)
      const send = ([{ name, text }, values]: Step) => sql.rows({ name: `${name}-${generation}`, text }, values)
      let begun = false
      let broken = true
      try {
        const { last, result } = await work({
          together(...steps) {
            const begin = begun ? [] : [sql.rows(BEGIN)]
            begun = true
            return Promise.all([...begin, ...steps.map(send)]).then((answers) => answers.slice(begin.length))
          },
        })
        // An error in one of them makes the COMMIT that follows a rollback.
        await Promise.all([...last.map(send), sql.rows(COMMIT)])
        broken = false
        return result
      } finally {
        // What is left on a connection after an error is not worth knowing: another one takes its place.
        client.release(broken)
      }
    },
    async close() {
      closing = true
      await pool.end()
    },
  }
}
