import { beforeEach, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { statement } from '../../../core/platform/database/sql.ts'
import { Postponed } from '../../../core/platform/errors.ts'
import { addJob, runJobs, type Task } from '../../../core/platform/jobs.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { atEnd } from '../../stand/closing.ts'
import { openOwnDatabase } from '../../stand/database.ts'

let db: Database
beforeEach(async () => {
  db = openDatabase(await openOwnDatabase(), silentLog)
  atEnd(() => db.close())
})

interface Row {
  attempts: number
  max_attempts: number
  /** seconds from now */
  due: number
  error: string | null
}
const rows = () =>
  db.rows<Row>(
    statement(
      'test-jobs',
      `SELECT attempts, max_attempts, extract(epoch FROM run_at - now())::float8 AS due, last_error AS error FROM graphile_worker.jobs ORDER BY id`,
    ),
  )

/** Runs this task until it has been done so often, and what follows a failure is written. */
async function run(times: number, task: Task): Promise<void> {
  let left = times
  let enough: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    enough = resolve
  })
  const { stop } = await runJobs(
    db.pool,
    {
      try: async (payload) => {
        if (--left === 0) enough()
        await task(payload)
      },
    },
    silentLog,
  )
  await done
  await stop()
}

const fail: Task = async () => {
  throw new Error('no')
}

it('does a job that is put off when it said, and counts no attempt', async () => {
  await addJob(db, { task: 'try', payload: {}, attempts: 1 })
  await run(1, async () => {
    throw new Postponed('telegram.paused', 'later', 3_600_000)
  })
  const [job] = await rows()
  expect(job).toMatchObject({ attempts: 0, max_attempts: 1, error: 'telegram.paused' })
  expect(job?.due).toBeGreaterThan(3500)
  expect(job?.due).toBeLessThanOrEqual(3600)
})

it('spreads what failed together', async () => {
  for (let i = 0; i < 20; i++) await addJob(db, { task: 'try', payload: { i } })
  await run(20, fail)
  const due = (await rows()).map((job) => job.due)
  expect(due).toHaveLength(20)
  // The library says e seconds for all of them.
  expect(Math.max(...due) - Math.min(...due)).toBeGreaterThan(0.5)
  expect(Math.max(...due)).toBeLessThan(Math.E * 1.5)
})

it('gives a job up after its last attempt', async () => {
  await addJob(db, { task: 'try', payload: {}, attempts: 1 })
  await run(1, fail)
  expect(await rows()).toMatchObject([{ attempts: 1, max_attempts: 1, error: 'failed' }])
})

it.each([
  ['failed', new Error('no')],
  ['was put off', new Postponed('telegram.paused', 'later', 1000)],
])('does not bring back a job that %s after another took its place', async (_, error) => {
  await addJob(db, { task: 'try', payload: { n: 1 }, key: 'same' })
  await run(1, async () => {
    await addJob(db, { task: 'try', payload: { n: 2 }, key: 'same', runAt: new Date(Date.now() + 3_600_000) })
    throw error
  })
  expect((await rows()).filter(({ attempts, max_attempts }) => attempts < max_attempts)).toMatchObject([
    { attempts: 0, error: null },
  ])
})

it('does a key before a thousand notices that wait', async () => {
  await db.rows(
    statement(
      'test-notices',
      `SELECT graphile_worker.add_job('notice', json_build_object('n', n), job_key := 'n' || n) FROM generate_series(1, 1000) AS n`,
    ),
  )
  const done: string[] = []
  let seen: () => void = () => {}
  const delivered = new Promise<void>((resolve) => {
    seen = resolve
  })
  let before = 0
  const { stop } = await runJobs(
    db.pool,
    {
      notice: async () => {
        done.push('notice')
        if (done.length !== 100) return
        await addJob(db, { task: 'key', payload: {}, priority: -10 })
        before = done.length
      },
      key: async () => {
        done.push('key')
        seen()
      },
    },
    silentLog,
  )
  await delivered
  await stop()
  // Those that were being done, or just taken up, when it came: one per worker.
  expect(done.indexOf('key') - before).toBeLessThanOrEqual(16)
})
