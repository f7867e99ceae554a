import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { type Connection, prepareDatabase } from '../../core/platform/database/database.ts'
import { startEmbedded } from '../../core/platform/database/embedded/server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** the server of this run, and the migrated database that each test's own is copied from */
    readonly server: Place
    /** where nobody but tests of the audit log write: what it seals waits for every transaction of the server */
    readonly secluded: Place
  }
}

interface Place {
  readonly connection: Connection
  readonly template: string
}

/**
 * PostgreSQL for the whole run: embedded servers in temporary folders, or the one that KEYTILL_TEST_DATABASE_URL names (a role
 * that may create databases).
 */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const [server, secluded] = await Promise.all([openPlace(), openPlace()])
  project.provide('server', server.place)
  project.provide('secluded', secluded.place)
  return async () => void (await Promise.all([server.close(), secluded.close()]))
}

async function openPlace(): Promise<{ place: Place; close(): Promise<void> }> {
  const { connection, stop } = await openServer(process.env.KEYTILL_TEST_DATABASE_URL)
  const template = `keytill_test_template_${randomBytes(4).toString('hex')}`
  await administer(connection, `CREATE DATABASE ${template}`)
  await prepareDatabase(databaseOf(connection, template))
  return {
    place: { connection, template },
    async close() {
      await administer(connection, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
      await stop()
    },
  }
}

async function openServer(url: string | undefined): Promise<{ connection: Connection; stop: () => Promise<void> }> {
  if (url) return { connection: { connectionString: url }, stop: async () => {} }
  const dataDir = await mkdtemp(join(await roomyFolder(), 'keytill-test-'))
  // Run by root, the server is another user: it has to be able to reach its own folder through this one.
  await chmod(dataDir, 0o711)
  const server = await startEmbedded({
    dataDir,
    fast: true,
    // Each test's connections are new to each statement: to plan it once is enough.
    settings: { max_connections: '400', max_wal_size: '256MB', plan_cache_mode: 'force_generic_plan' },
  })
  return {
    connection: server.connection,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const MEMORY = '/dev/shm'
const ENOUGH = 2 * 2 ** 30

/** In memory where there is room for it: to make and drop a database for each test file is mostly work with files. */
async function roomyFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(MEMORY).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize > ENOUGH ? MEMORY : tmpdir()
}

/** Another database of the same server. */
export function databaseOf(connection: Connection, database: string): Connection {
  if (!('connectionString' in connection)) return { ...connection, database }
  const url = new URL(connection.connectionString)
  url.pathname = `/${database}`
  return { connectionString: url.href }
}

/** Runs one statement on the server itself. */
export async function administer(connection: Connection, statement: string): Promise<void> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
