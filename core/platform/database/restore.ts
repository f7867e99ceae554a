import pg from 'pg'
import { KeytillError } from '../errors.ts'
import { migrateJobs } from '../jobs.ts'
import { JOBS, PLAIN_TEXT, type Progress } from './backup.ts'
import { type Manifest, readBackup } from './backup-file.ts'
import { copyIn } from './copy.ts'
import type { Connection } from './database.ts'
import { appliedMigrations, knownMigrations, migrate, underMigrationLock } from './migrate.ts'

const ANY_TABLE = `SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LIMIT 1`
/** Whoever opens a shop leaves the vault's mark in its settings. */
const SHOP = `SELECT WHERE EXISTS (SELECT FROM shop_setting) OR EXISTS (SELECT FROM card_key) OR EXISTS (SELECT FROM orders)`
const JOB_TABLE = `SELECT WHERE to_regclass('graphile_worker._private_jobs') IS NOT NULL`
const JOB = `SELECT FROM graphile_worker._private_jobs LIMIT 1`

/** Constraints that stand on an index, then those that stand on them. */
const CONSTRAINTS = `SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE contype IN ('p', 'u', 'x', 'f') AND connamespace = 'public'::regnamespace
    AND conrelid <> '_prisma_migrations'::regclass ORDER BY contype = 'f'`
const INDEXES = `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))`
const OWN_TABLES = `SELECT oid::regclass::text AS name FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'`
const HOLD_JOBS = `CREATE TEMP TABLE ${JOBS.name} (task text, payload json, queue text, run_at timestamptz, attempts int, key text, priority int,
  failure text, id bigint) ON COMMIT DROP`
const ADD_JOBS = `UPDATE ${JOBS.name} SET id = (graphile_worker.add_job(task, payload, queue, run_at, attempts, key, priority)).id`
const FAIL_JOBS = `SELECT graphile_worker.permanently_fail_jobs(ARRAY[id], failure) FROM ${JOBS.name} WHERE failure IS NOT NULL`

/**
 * Reads a backup through, and says what it is.
 * @throws KeytillError as `readBackup`; `backup.newer` when this version does not know the schema it was made of
 */
export async function verifyBackup(path: string): Promise<Manifest> {
  const manifest = await readBackup(path, {
    async table(_name, _copy, rows) {
      for await (const _ of rows);
    },
    async sequence() {},
  })
  const known = new Set(knownMigrations())
  const unknown = manifest.migrations.find((name) => !known.has(name))
  if (unknown === undefined) return manifest
  throw new KeytillError(
    'backup.newer',
    `This backup was made by a newer keytill, after the migration ${unknown}: restore it with that one.`,
  )
}

/**
 * Fills an empty database with a backup that {@link verifyBackup} has found whole: first the schema as it was then, then
 * every row, all rows in one transaction. What the schema has had since comes with the next start. The role has to be one
 * that may make the schema, and owns it from then on.
 * @throws KeytillError `restore.not_empty`, `restore.incomplete` when the database did not take every row, or as `readBackup`
 */
export async function restoreBackup(
  connection: Connection,
  path: string,
  { migrations, rows: expected }: Manifest,
  onProgress: (progress: Progress) => void = () => {},
): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: 2, application_name: 'keytill restore' })
  // A lost connection fails the statement under way, which is enough.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  const client = await pool.connect()
  try {
    // A shop that is started on this database meanwhile waits for the same lock.
    await underMigrationLock(client, async () => {
      await refuseUnlessEmpty(client, migrations)
      await migrate(client, { known: migrations })
      await migrateJobs(pool)
      await client.query(`BEGIN; ${PLAIN_TEXT}`)
      try {
        await load(client, path, expected, onProgress)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    })
    await client.query('ANALYZE')
  } finally {
    client.release()
    await pool.end()
  }
}

/** Empty is also what an earlier restore left that did not come to its end: a schema in which no shop was opened. */
async function refuseUnlessEmpty(client: pg.ClientBase, migrations: readonly string[]): Promise<void> {
  const finds = async (query: string) => (await client.query(query)).rowCount !== 0
  // A job left by a shop that is gone would act on the ids of this one.
  const isFree = !((await finds(JOB_TABLE)) && (await finds(JOB)))
  if (isFree && !(await finds(ANY_TABLE))) return
  const applied = await appliedMigrations(client)
  const isOurs = applied.length > 0 && applied.every((name) => migrations.includes(name))
  if (isFree && isOurs && !(await finds(SHOP))) return
  throw new KeytillError(
    'restore.not_empty',
    'There is something in this database already. Restore into an empty one: another KEYTILL_DATA folder, or a new database.',
  )
}

/**
 * Without constraints and indexes rows come in any order and fast, and are checked in one go when these are put back; without
 * triggers they come in as they were.
 */
async function load(
  client: pg.ClientBase,
  path: string,
  expected: Manifest['rows'],
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const { rows: constraints } = await client.query<{ table: string; name: string; definition: string }>(CONSTRAINTS)
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(INDEXES)
  const { rows: tables } = await client.query<{ name: string }>(OWN_TABLES)
  for (const { table, name } of constraints.toReversed())
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`)
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  for (const { name } of tables) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
  // A migration may have put rows into a table: the backup has them, as they were then.
  await client.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`)
  await client.query(HOLD_JOBS)
  const rows: Record<string, number> = {}
  const of = Object.keys(expected).length
  let bytes = 0
  const counted = async function* (table: string, blocks: AsyncIterable<Buffer>) {
    for await (const block of blocks) {
      bytes += block.length
      onProgress({ table, done: Object.keys(rows).length, of, bytes })
      yield block
    }
  }
  const read = await readBackup(path, {
    async table(name, copy, blocks) {
      rows[name] = await copyIn(client, copy, counted(name, blocks))
    },
    async sequence(setval) {
      await client.query(setval)
    },
  })
  for (const { definition } of indexes) await client.query(definition)
  for (const { table, name, definition } of constraints)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`)
  for (const { name } of tables) await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
  await client.query(ADD_JOBS)
  await client.query(FAIL_JOBS)
  const short = Object.entries(read.rows).find(([name, count]) => rows[name] !== count)
  if (!short) return
  throw new KeytillError('restore.incomplete', `Not all ${short[1]} rows of ${short[0]} came in. Nothing was changed.`)
}
