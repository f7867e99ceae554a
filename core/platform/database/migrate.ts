import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { minutes, seconds } from '../clock.ts'
import { KeytillError } from '../errors.ts'

/** Where the migrations are, each in a folder of its own. */
export const FOLDER = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url))

/** The advisory lock and the table are Prisma's own, so that Prisma's tools read the same history. */
const PRISMA_LOCK = 72707369
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT, "rolled_back_at" TIMESTAMPTZ, "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`

/** Does `work` while no other process changes the schema. The lock belongs to the session: it may be taken again within. */
export async function underMigrationLock<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
  try {
    return await work()
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [PRISMA_LOCK])
  }
}

/** The migrations that this version knows, the oldest first. */
export function knownMigrations(folder = FOLDER): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** The migrations that a database has had and still has, the oldest first; none where there is no shop. */
export async function appliedMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows: found } = await client.query(`SELECT WHERE to_regclass('"_prisma_migrations"') IS NOT NULL`)
  if (found.length === 0) return []
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1',
  )
  return rows.map((row) => row.migration_name)
}

export interface Migrating {
  readonly folder?: string
  /** those to choose from: all in the folder */
  readonly known?: readonly string[]
  /** told once, when a table is held by somebody */
  readonly onWait?: (() => void) | undefined
}

/**
 * Applies the migrations that a database has not had, each in a transaction of its own, one process at a time. Returns their
 * names. A role that may only read the history can call this when nothing is missing.
 * @throws KeytillError `database.newer` when the database has had a migration that this version does not know, or as
 * {@link changeSchema}
 */
export async function migrate(
  client: pg.ClientBase,
  { folder = FOLDER, known = knownMigrations(folder), onWait }: Migrating = {},
): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
  try {
    const done = new Set(await appliedMigrations(client))
    const unknown = [...done].find((name) => !known.includes(name))
    if (unknown)
      throw new KeytillError(
        'database.newer',
        `The database has had the migration ${unknown}, which this version of keytill does not know. Start the newer version that made it.`,
      )
    const missing = known.filter((name) => !done.has(name))
    if (missing.length > 0) await client.query(TABLE)
    for (const name of missing)
      await apply(client, name, readFileSync(`${folder}/${name}/migration.sql`, 'utf8'), onWait)
    return missing
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [PRISMA_LOCK])
  }
}

function apply(client: pg.ClientBase, name: string, sql: string, onWait?: () => void): Promise<void> {
  const checksum = createHash('sha256').update(sql).digest('hex')
  return changeSchema(
    client,
    async () => {
      await client.query(sql)
      await client.query(
        'INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
        [randomUUID(), checksum, name],
      )
    },
    onWait,
  )
}

/** How long a change of the schema waits for a table, and then lets others to it, in ms. */
const WAIT = 200
const STAND_ASIDE = seconds(2)
/** How long it tries, in ms: a backup of a large shop holds every table. */
const PATIENCE = minutes(30)
/** A table was not free in time; or a sale and this waited for each other. */
const IN_THE_WAY = ['55P03', '40P01']

/**
 * Changes the schema in one transaction, while the shop may be selling. Whoever waits for a table has all wait who come after
 * it; so this gives up soon, lets them through and begins again. `onWait` is told when it does so first.
 * @throws KeytillError `database.in_use` when somebody has held a table all the time
 */
export async function changeSchema(
  client: pg.ClientBase,
  work: () => Promise<unknown>,
  onWait?: () => void,
): Promise<void> {
  const deadline = performance.now() + PATIENCE
  for (let tries = 0; ; tries++) {
    await client.query('BEGIN')
    try {
      await client.query(`SET LOCAL lock_timeout = ${WAIT}`)
      await work()
      await client.query('COMMIT')
      return
    } catch (error) {
      await client.query('ROLLBACK')
      if (!IN_THE_WAY.includes((error as { code?: string }).code ?? '')) throw error
      if (performance.now() > deadline)
        throw new KeytillError(
          'database.in_use',
          'Somebody holds a table of the shop, and its schema cannot be changed: wait for the backup or stop what runs, then start again.',
          { cause: error },
        )
    }
    if (tries === 0) onWait?.()
    await sleep(STAND_ASIDE)
  }
}
