import { beforeEach, expect, it } from 'vitest'
import { type Connection, type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { statement } from '../../../core/platform/database/sql.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { addJob, runJobs, type Task } from '../../../core/platform/jobs.ts'
import { type Log, silentLog } from '../../../core/platform/log.ts'
import { atEnd } from '../../stand/closing.ts'
import { openOwnDatabase } from '../../stand/database.ts'

let db: Database
let connection: Connection
beforeEach(async () => {
  connection = await openOwnDatabase()
  db = openDatabase(connection, silentLog)
  atEnd(() => db.close())
})

async function run(tasks: Record<string, Task>, log: Log = silentLog): Promise<{ stop(): Promise<void> }> {
  const jobs = await runJobs(db.pool, tasks, log)
  atEnd(jobs.stop)
  return jobs
}

/** Loses the answers of those statements: as when the connection is cut between a commit and its answer. */
function cutting(isLost: (text: string, rows: number) => boolean): void {
  db.pool.on('connect', (client) => {
    const { query } = client as { query(...args: unknown[]): unknown }
    const lossy = async (...args: unknown[]) => {
      const result = (await query.apply(client, args)) as { rows?: object[] } | undefined
      const [asked] = args as [string | { text: string }]
      if (!isLost(typeof asked === 'string' ? asked : asked.text, result?.rows?.length ?? 0)) return result
      throw new Error('Connection terminated unexpectedly')
    }
    Object.assign(client, { query: lossy })
  })
}

/** A task and a promise of the payloads of its first `count` runs. */
function expecting(
  count: number,
  then: () => Promise<void> = async () => {},
): { task: Task; runs: Promise<unknown[]> } {
  const payloads: unknown[] = []
  let done: (payloads: unknown[]) => void
  const runs = new Promise<unknown[]>((resolve) => {
    done = resolve
  })
  const task: Task = async (payload) => {
    payloads.push(payload)
    if (payloads.length === count) done(payloads)
    await then()
  }
  return { task, runs }
}

const JOBS = statement(
  'test-jobs',
  'SELECT attempts, last_error, payload FROM graphile_worker._private_jobs ORDER BY id',
)

it('does what a transaction left to do, once it is committed', async () => {
  const { task, runs } = expecting(1)
  await run({ greet: task })
  const undone = db.transaction(async (sql) => {
    await addJob(sql, { task: 'greet', payload: { id: 'never' } })
    throw new Error('changed my mind')
  })
  await expect(undone).rejects.toThrow('changed my mind')
  await db.transaction((sql) => addJob(sql, { task: 'greet', payload: { id: 'once' } }))
  expect(await runs).toEqual([{ id: 'once' }])
})

it('does the latest of those with one key, and the urgent ones first', async () => {
  await addJob(db, { task: 'greet', payload: { n: 1 }, key: 'same' })
  await addJob(db, { task: 'greet', payload: { n: 2 }, key: 'same', queue: 'one after the other' })
  await addJob(db, { task: 'greet', payload: { n: 3 }, queue: 'one after the other', priority: -10 })
  const { task, runs } = expecting(2)
  await run({ greet: task })
  expect(await runs).toEqual([{ n: 3 }, { n: 2 }])
})

it('leaves to others what it has no task for', async () => {
  await addJob(db, { task: 'elsewhere', payload: {} })
  await addJob(db, { task: 'greet', payload: {} })
  const { task, runs } = expecting(1)
  await run({ greet: task })
  await runs
  expect(await db.rows(JOBS)).toContainEqual(expect.objectContaining({ attempts: 0, payload: {} }))
})

it.each([
  ['ours', new KeytillError('payment.provider_unknown', 'It has KEY-SECRET-1 in it.'), 'payment.provider_unknown'],
  ['a library’s', new TypeError('Call failed: {"text":"KEY-SECRET-1"}'), 'failed'],
  ['no error at all', 'KEY-SECRET-1', 'failed'],
])('keeps of a failure that is %s only its code, in the database', async (_, failure, code) => {
  const logged: { fields: object; message: string }[] = []
  const write = (fields: object, message: string) => void logged.push({ fields, message })
  await addJob(db, { task: 'fail', payload: { id: 7 } })
  const { task, runs } = expecting(1, () => Promise.reject(failure))
  const { stop } = await run({ fail: task }, { debug: write, info: write, warn: write, error: write })
  await runs
  await stop()
  const [job] = await db.rows<{ attempts: number; last_error: string }>(JOBS)
  expect(job).toMatchObject({ attempts: 1, last_error: expect.stringContaining(code) })
  const tables = await db.rows<{ name: string }>(
    statement(
      'test-tables',
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'graphile_worker'`,
    ),
  )
  for (const { name } of tables) {
    const found = await db.rows(
      statement(`test-find-${name}`, `SELECT FROM ${name} AS t WHERE t::text LIKE '%SECRET%'`),
    )
    expect([name, found.length]).toEqual([name, 0])
  }
  expect(logged).toEqual([{ fields: { task: 'fail', err: failure }, message: 'a job failed and will be tried again' }])
})

it('does again what failed, when its time comes', async () => {
  let isWell = false
  await addJob(db, { task: 'flaky', payload: {} })
  const { task, runs } = expecting(2, async () => {
    if (!isWell) throw new Error('not yet')
  })
  const first = expecting(1)
  const { stop } = await run({
    flaky: async (payload) => {
      await first.task(payload)
      await task(payload)
    },
  })
  await first.runs
  await stop()
  isWell = true
  await db.rows(statement('test-now', 'UPDATE graphile_worker._private_jobs SET run_at = now()'))
  await run({ flaky: task })
  expect(await runs).toHaveLength(2)
})

it('finishes what it is doing before it stops', async () => {
  const order: string[] = []
  let release: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  await addJob(db, { task: 'slow', payload: {} })
  const { task, runs } = expecting(1, async () => {
    await gate
    order.push('done')
  })
  const { stop } = await run({ slow: task })
  await runs
  const stopping = stop().then(() => order.push('stopped'))
  release()
  await stopping
  expect(order).toEqual(['done', 'stopped'])
  expect(await db.rows(JOBS)).toEqual([])
})

it('replaces workers that lost their database in the middle of a job', async () => {
  const { task, runs } = expecting(10)
  let first = true
  let start: () => void = () => {}
  const started = new Promise<void>((resolve) => {
    start = resolve
  })
  const broken: Task = async (payload) => {
    await started
    if (first) {
      first = false
      // Every connection but the one that says so: as when the server goes away while jobs are under way.
      await db.rows(
        statement(
          'cut',
          `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        ),
      )
    }
    await task(payload)
  }
  // All are there before the first one cuts every connection, ours too.
  for (let i = 0; i < 10; i++) await addJob(db, { task: 'broken', payload: { i } })
  await run({ broken })
  start()
  expect((await runs).length).toBe(10)
})

it('does a job whose worker never learned that it was given it, and what waits behind it in its queue', async () => {
  let isCut = false
  cutting((text, rows) => {
    const isGiven = text.includes('attempts = jobs.attempts + 1') && rows > 0
    if (!isCut && isGiven) {
      isCut = true
      return true
    }
    return false
  })
  for (const n of [1, 2]) await addJob(db, { task: 'greet', payload: { n }, queue: 'one after the other' })
  const { task, runs } = expecting(2)
  await run({ greet: task })
  expect(await runs).toEqual([{ n: 1 }, { n: 2 }])
  expect(isCut).toBe(true)
})

it('outlives the loss of the database at every step of its start', async () => {
  await addJob(db, { task: 'greet', payload: {} })
  await db.pool.end()
  db = openDatabase(connection, silentLog)
  const lost = new Set<string>()
  cutting((text) => {
    const isNew = !lost.has(text)
    lost.add(text)
    return isNew
  })
  const { task, runs } = expecting(1)
  // What cannot start is started again, by whoever supervises the process.
  const start = (): Promise<unknown> => run({ greet: task }).catch(start)
  await start()
  expect(await runs).toHaveLength(1)
  expect(lost.size).toBeGreaterThan(3)
})

it('takes up at once what a worker that was killed had begun, and what waits behind it in its queue', async () => {
  const { task, runs } = expecting(2)
  for (const n of [1, 2]) await addJob(db, { task: 'greet', payload: { n }, queue: 'one after the other' })
  for (const table of ['_private_jobs', '_private_job_queues'])
    await db.pool.query(`UPDATE graphile_worker.${table} SET locked_at = now(), locked_by = 'worker-killed'
      WHERE id = (SELECT min(id) FROM graphile_worker.${table})`)
  await run({ greet: task })
  expect(await runs).toEqual([{ n: 1 }, { n: 2 }])
})

it('forgets a job that another took the place of while its worker was killed', async () => {
  await addJob(db, { task: 'greet', payload: { n: 1 }, key: 'same' })
  await db.pool.query(`UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'worker-killed'`)
  await addJob(db, { task: 'greet', payload: { n: 2 }, key: 'same' })
  expect(await db.rows(JOBS)).toHaveLength(2)
  const { task, runs } = expecting(1)
  const jobs = await run({ greet: task })
  expect(await runs).toEqual([{ n: 2 }])
  await jobs.stop()
  expect(await db.rows(JOBS)).toEqual([])
})
