import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../../prisma/client/client.ts'
import { seconds } from '../clock.ts'
import { KeytillError } from '../errors.ts'
import { migrateJobs } from '../jobs.ts'
import type { Log } from '../log.ts'
import { migrate, underMigrationLock } from './migrate.ts'
import { renewGrants } from './roles.ts'
import { type Sql, sqlOn } from './sql.ts'

export type { PrismaClient } from '../../../prisma/client/client.ts'

/** The shop's database: Prisma for ordinary reading and writing, SQL where a statement has to be ours. */
export interface Database extends Sql {
  readonly prisma: PrismaClient
  readonly pool: pg.Pool
  /**
   * Runs `work` in one transaction: all of it is committed, or none. Nothing in it may wait for the network, and it may run
   * again: when two transactions wait for each other, PostgreSQL ends one of them.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How pg is told where the database is: an address, or the folder of a unix socket. */
export type Connection =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string }

/**
 * How long a server may leave us waiting, in ms: one that is paused, or a network that is cut, must not hold anyone for ever. A
 * connection is asked now and then whether it still lives.
 */
export const LINK = { connectionTimeoutMillis: seconds(10), keepAlive: true, keepAliveInitialDelayMillis: seconds(10) }
/** How long one statement may take, in ms. */
const STATEMENT = seconds(60)

const BIGINT = 20

/** int8 becomes bigint, as in Prisma; everything else as pg has it. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT && format !== 'binary'
      ? BigInt
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
}

/** Opens a database whose schema is up to date. */
export function openDatabase(connection: Connection, log: Log): Database {
  const pool = new pg.Pool({
    ...connection,
    ...LINK,
    query_timeout: STATEMENT,
    max: 20,
    types,
    application_name: 'keytill',
    options: '-c timezone=UTC',
  })
  // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
  // While closing, the server may be gone before the last connection has said goodbye.
  let closing = false
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (err) => closing || log.warn({ err }, 'a database connection was lost'))
  let named = 0
  const names = new Map<string, string>()
  const statementNameGenerator = ({ sql }: { sql: string }) => {
    const name = names.get(sql) ?? `p${++named}`
    // Prisma writes a statement per shape of its arguments: a bound keeps a strange one from growing this for ever.
    if (names.size < 1000) names.set(sql, name)
    return name
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { statementNameGenerator }) })
  async function transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: Error | undefined
    // The query under way fails too; without a listener the loss itself would end the process.
    const lost = (error: Error) => {
      broken = error
    }
    client.on('error', lost)
    try {
      await client.query('BEGIN')
      const result = await work(sqlOn(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      // On a connection that does not answer, this would wait behind what it does not answer.
      if (isTimeout(error)) lost(error)
      else await client.query('ROLLBACK').catch(lost)
      throw error
    } finally {
      client.off('error', lost)
      client.release(broken)
    }
  }

  return {
    ...sqlOn(pool),
    prisma,
    pool,
    transaction: (work) => unlessDeadlocked(() => transaction(work), DEADLOCKS),
    async close() {
      closing = true
      await prisma.$disconnect()
      if (!pool.ended) await pool.end()
    },
  }
}

const isTimeout = (error: unknown): error is Error => error instanceof Error && error.message === 'Query read timeout'

/** How often a transaction that PostgreSQL ended, because it and another waited for each other, runs again. */
const DEADLOCKS = 3

async function unlessDeadlocked<T>(work: () => Promise<T>, tries: number): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (tries === 0 || (error as { code?: unknown }).code !== '40P01') throw error
    return unlessDeadlocked(work, tries - 1)
  }
}

/**
 * Brings a database's schema up to date, ours and the job library's, while the shop may be selling. Returns the migrations it
 * applied; `onWait` is told once when they have to wait.
 * @throws KeytillError `database.owner_needed` when something is missing and this role may not add it, `database.away` when no
 * server answers
 */
export async function prepareDatabase(connection: Connection, onWait?: () => void): Promise<string[]> {
  const pool = new pg.Pool({ ...connection, ...LINK, max: 2, application_name: 'keytill migrate' })
  // A lost connection fails the statement under way, which is enough: the loss itself must not end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw error instanceof pg.DatabaseError ? error : away(error)
    })
    try {
      // The job library makes its schema without a lock of its own.
      return await underMigrationLock(client, async () => {
        const applied = await migrate(client, { onWait })
        await migrateJobs(pool)
        if (applied.length > 0) await renewGrants(client)
        return applied
      })
    } catch (error) {
      throw isForbidden(error) ? ownerNeeded(error) : error
    } finally {
      client.release()
    }
  } finally {
    await pool.end()
  }
}

const isForbidden = (error: unknown) => error instanceof pg.DatabaseError && error.code === '42501'

const ownerNeeded = (cause: unknown) =>
  new KeytillError(
    'database.owner_needed',
    'The tables have to be made or changed, and this role may not: set MIGRATE_DATABASE_URL to the role that owns them.',
    { cause },
  )

const away = (cause: unknown) =>
  new KeytillError('database.away', 'PostgreSQL does not answer: check that it runs and that DATABASE_URL names it.', {
    cause,
  })
