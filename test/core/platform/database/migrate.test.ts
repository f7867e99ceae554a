import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { type Connection, prepareDatabase } from '../../../../core/platform/database/database.ts'
import { migrate } from '../../../../core/platform/database/migrate.ts'
import { openEmptyDatabase } from '../../../stand/database.ts'

let connection: Connection
beforeEach(async () => {
  connection = await openEmptyDatabase()
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** A folder of migrations with this SQL. */
async function folderOf(migrations: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keytill-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  return folder
}

it('makes the shop’s schema once, also when several processes start together', async () => {
  const applied = await Promise.all([1, 2, 3].map(() => prepareDatabase(connection)))
  expect(applied.flat().length).toBeGreaterThan(0)
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  expect(await prepareDatabase(connection)).toEqual([])
  const client = await connect()
  expect(
    (await client.query(`SELECT to_regclass('orders') AS orders, to_regclass('graphile_worker.jobs') AS jobs`)).rows,
  ).toEqual([{ orders: 'orders', jobs: 'graphile_worker.jobs' }])
})

it('applies what is missing, in the order of the names', async () => {
  const client = await connect()
  const first = { '1_one': 'CREATE TABLE t (a int)' }
  expect(await migrate(client, { folder: await folderOf(first) })).toEqual(['1_one'])
  const all = { '3_three': 'ALTER TABLE t DROP COLUMN b', ...first, '2_two': 'ALTER TABLE t ADD COLUMN b int' }
  expect(await migrate(client, { folder: await folderOf(all) })).toEqual(['2_two', '3_three'])
  expect(await migrate(client, { folder: await folderOf(all) })).toEqual([])
})

it('leaves nothing of a migration that fails, and lets go of its lock', async () => {
  const client = await connect()
  const broken = await folderOf({
    '1_one': 'CREATE TABLE kept (a int)',
    '2_two': 'CREATE TABLE half (a int); SELECT 1/0',
  })
  await expect(migrate(client, { folder: broken })).rejects.toThrow('division by zero')
  expect((await client.query(`SELECT to_regclass('kept') AS kept, to_regclass('half') AS half`)).rows).toEqual([
    { kept: 'kept', half: null },
  ])
  const other = await connect()
  const mended = await folderOf({ '1_one': 'CREATE TABLE kept (a int)', '2_two': 'CREATE TABLE half (a int)' })
  expect(await migrate(other, { folder: mended })).toEqual(['2_two'])
})

it('refuses a database that a newer version has changed', async () => {
  const client = await connect()
  await migrate(client, { folder: await folderOf({ '1_one': 'SELECT 1', '2_newer': 'SELECT 1' }) })
  await expect(migrate(client, { folder: await folderOf({ '1_one': 'SELECT 1' }) })).rejects.toThrow(
    expect.objectContaining({ code: 'database.newer', message: expect.stringContaining('2_newer') }),
  )
})

it('steps aside for those who use a table that somebody holds, and changes it when it is free', async () => {
  const [client, backup, sale] = [await connect(), await connect(), await connect()]
  await client.query('CREATE TABLE t (a int)')
  await backup.query('BEGIN; SELECT FROM t')
  let waits = 0
  const folder = await folderOf({ '1_one': 'ALTER TABLE t ADD COLUMN b int' })
  const migrated = migrate(client, { folder, onWait: () => waits++ })
  // It stands before those who come now, until it steps aside.
  await expect.poll(() => waiting(backup)).toBe(1)
  await sale.query('INSERT INTO t VALUES (1)')
  expect(await waiting(backup)).toBe(0)
  await expect.poll(() => waiting(backup)).toBe(1)
  await backup.query('COMMIT')
  expect(await migrated).toEqual(['1_one'])
  expect(waits).toBe(1)
  expect((await sale.query('SELECT b FROM t')).rows).toEqual([{ b: null }])
})

/** How many wait for a lock. Without `pg_stat_clear_snapshot` a transaction would see the same for ever. */
async function waiting(client: pg.Client): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()')
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows[0]?.n ?? 0
}
