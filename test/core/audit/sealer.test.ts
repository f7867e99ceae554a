import pg from 'pg'
import { expect, it } from 'vitest'
import { readRoots } from '../../../core/audit/anchor.ts'
import { recordAudit } from '../../../core/audit/service.ts'
import { completeEntries, EVERYTHING, LEADER } from '../../../core/audit/store.ts'
import { hours } from '../../../core/platform/clock.ts'
import { atEnd } from '../../stand/closing.ts'
import { entry, type LogStand, openLog, temporaryFolder } from './stand.ts'

/** A connection on which a transaction can be held open. */
async function writer({ connection }: LogStand): Promise<pg.Client> {
  const client = new pg.Client({ ...connection })
  client.on('error', () => {})
  await client.connect()
  atEnd(() => client.end())
  return client
}

const INSERT = `INSERT INTO audit_entry (at, actor, action, subject, data) VALUES (now(), 'a', 'test.done', $1, '{}')`
const complete = async ({ db }: LogStand) => (await completeEntries(db, EVERYTHING, null)).map(({ subject }) => subject)
const leaders = async (log: LogStand) =>
  log.run<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [...LEADER],
  )
/** How often each entry stands in a seal, by subject. */
async function timesSealed(log: LogStand): Promise<Record<string, number>> {
  const rows = await log.run<{ subject: string; times: bigint }>(
    `SELECT e.subject, (SELECT count(*) FROM audit_seal s, generate_series(0, s.size - 1) n
       WHERE substr(s.leaves, n * 40 + 1, 8) = int8send(e.id)) AS times FROM audit_entry e WHERE e.action = 'test.done'`,
  )
  return Object.fromEntries(rows.map(({ subject, times }) => [subject, Number(times)]))
}

it('passes over no entry, however late its transaction ends', async () => {
  const log = await openLog()
  const late = await writer(log)
  await late.query('BEGIN')
  await late.query(INSERT, ['late'])
  await log.write(['early'])
  expect(await complete(log)).toEqual([])
  const sealer = log.seal()
  await late.query('COMMIT')
  await log.sealed()
  await log.write(['next'])
  await sealer.stop()
  expect((await complete(log)).filter((subject) => subject !== 'audit:root')).toEqual(['late', 'early', 'next'])
  expect(await timesSealed(log)).toEqual({ early: 1, late: 1, next: 1 })
  expect(await log.findings()).toEqual([])
})

it('seals what a transaction leaves after savepoints were rolled back, and nothing of one that was', async () => {
  const log = await openLog()
  const client = await writer(log)
  await client.query('BEGIN')
  await client.query(INSERT, ['kept'])
  await client.query('SAVEPOINT a')
  await client.query(INSERT, ['undone'])
  await client.query('ROLLBACK TO a')
  await client.query(INSERT, ['kept too'])
  await client.query('SAVEPOINT b')
  await client.query(INSERT, ['released'])
  await client.query('RELEASE b')
  await client.query('COMMIT')
  await client.query('BEGIN')
  await client.query(INSERT, ['rolled back'])
  await client.query('ROLLBACK')
  await log.history(['after'])
  expect(await timesSealed(log)).toEqual({ kept: 1, 'kept too': 1, released: 1, after: 1 })
  expect(await log.findings()).toEqual([])
})

it('seals each entry once while many write, some slowly, and leaders are cut off', async () => {
  const log = await openLog()
  const sealers = [log.seal(), log.seal()]
  const slow = await writer(log)
  await slow.query('BEGIN')
  await slow.query(INSERT, ['slow'])
  const crowd = Array.from({ length: 8 }, async (_, n) => {
    for (let i = 0; i < 25; i++)
      await log.db.transaction(async (sql) => {
        await recordAudit(sql, log.clock(), entry(`${n}-${i}-a`))
        await sql.rows({ name: '', text: 'SELECT pg_sleep($1)' }, [(i % 5) / 500])
        await recordAudit(sql, log.clock(), entry(`${n}-${i}-b`))
      })
  })
  const cutting = (async () => {
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => leaders(log)).toHaveLength(1)
      await log.run('SELECT pg_terminate_backend($1)', [(await leaders(log))[0]?.pid])
    }
  })()
  await Promise.all(crowd)
  await cutting
  await slow.query('COMMIT')
  await log.sealed()
  for (const sealer of sealers) await sealer.stop()
  const times = await timesSealed(log)
  expect(Object.keys(times)).toHaveLength(8 * 25 * 2 + 1)
  expect(new Set(Object.values(times))).toEqual(new Set([1]))
  expect(await log.findings()).toEqual([])
})

it('does not mislead who verifies while it goes on', async () => {
  const log = await openLog()
  const sealer = log.seal()
  let isOver = false
  const crowd = Array.from({ length: 4 }, async () => {
    while (!isOver) await log.write(['x', 'y'])
  })
  await expect.poll(async () => (await log.verify()).seals).toBeGreaterThan(2)
  for (let i = 0; i < 20; i++) expect(await log.findings()).toEqual([])
  isOver = true
  await Promise.all(crowd)
  await sealer.stop()
})

it('has one leader, and another as soon as that one is gone', async () => {
  const log = await openLog()
  const other = await openLog({ connection: log.connection, clock: log.clock })
  const [first, second] = [log.seal(), other.seal(log.dataDir)]
  await log.write(['one'])
  await log.sealed()
  const [leader, ...more] = await leaders(log)
  expect(more).toEqual([])
  await log.run('SELECT pg_terminate_backend($1)', [leader?.pid])
  await log.write(['two'])
  await log.sealed()
  const [successor] = await leaders(log)
  expect(successor?.pid).not.toBe(leader?.pid)
  await first.stop()
  await log.write(['three'])
  await log.sealed()
  await second.stop()
  expect(await log.findings()).toEqual([])
})

it('seals to the end before it stops', async () => {
  const log = await openLog()
  const other = await writer(log)
  const sealer = log.seal()
  await other.query('BEGIN')
  await other.query(INSERT, ['held up'])
  await log.write(['last words'])
  const stopped = sealer.stop()
  await other.query('COMMIT')
  await stopped
  expect(await timesSealed(log)).toEqual({ 'held up': 1, 'last words': 1 })
})

it('cuts a backlog into seals of whole transactions', async () => {
  const log = await openLog()
  for (const rows of [1200, 1200, 2500, 1])
    await log.run(
      `INSERT INTO audit_entry (at, actor, action, subject, data) SELECT now(), 'a', 'test.done', 's' || n, '{}' FROM generate_series(1, $1::int) n`,
      [rows],
    )
  await log.sealAll()
  const seals = await log.run<{ size: number }>('SELECT size FROM audit_seal ORDER BY number')
  // The last is the entry that says the root was posted.
  expect(seals.map(({ size }) => size)).toEqual([1200, 1200, 2500, 1, 1])
  expect(await log.findings()).toEqual([])
})

it('posts the first root of a key, and then one a day while there is news', async () => {
  const log = await openLog()
  const posted = () => readRoots(log.dataDir).roots.map(({ seal }) => seal)
  // After each posting comes a seal over the entry that says so.
  await log.history(['one'])
  expect(posted()).toEqual(['1'])
  expect(log.told).toEqual([])
  log.clock.advance(hours(23))
  await log.history(['two'])
  expect(posted()).toEqual(['1'])
  log.clock.advance(hours(1))
  await log.history(['three'])
  expect(posted()).toEqual(['1', '4'])
  expect(log.told.map(({ seal }) => seal)).toEqual(['4'])
  log.clock.advance(hours(24))
  await log.sealAll()
  expect(posted()).toEqual(['1', '4'])
  const otherKey = await temporaryFolder()
  await log.write(['four'])
  await log.sealAll(otherKey)
  expect(log.told).toHaveLength(2)
  expect(log.told[1]?.key).not.toBe(log.told[0]?.key)
  expect(await log.findings()).toMatchObject([{ kind: 'key_unknown', key: log.told[1]?.key }])
  expect(await log.findings({ hashes: [log.told[1]?.hash as string] })).toEqual([])
})
