import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { resolve } from 'node:path'
import pg from 'pg'
import { expect, vi } from 'vitest'
import type { Connection } from '../../core/platform/database/database.ts'
import type { FakeTelegram } from '../fakes/telegram/server.ts'

const project = resolve(import.meta.dirname, '../..')

/** Runs one of the operator's scripts to its end; all it says goes to the log. Returns its exit code. */
export async function runScript(
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  log: string,
): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: project,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => appendFileSync(log, piece))
  await once(child, 'close')
  return child.exitCode
}

/** An address on this machine where nothing listens. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export async function connect(connection: Connection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: 'the test' })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Lets `work` run into a lock on a table and ends its connection there, as a database that restarts does. */
export async function cutOff<T>(connection: Connection, table: string, work: () => Promise<T>): Promise<T> {
  const client = await connect(connection)
  try {
    await client.query('BEGIN')
    await client.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`)
    const result = work()
    // It is awaited below; until then a failure is not nobody's.
    Promise.resolve(result).catch(() => {})
    for (let ended = 0; ended === 0; ) {
      // Within a transaction the first look would be repeated for ever.
      await client.query('SELECT pg_stat_clear_snapshot()')
      const { rows } = await client.query<{ ended: number }>(
        `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND wait_event_type = 'Lock'`,
      )
      ended = rows[0]?.ended ?? 0
      if (ended === 0) await new Promise((done) => setTimeout(done, 10))
    }
    await client.query('ROLLBACK')
    return await result
  } finally {
    await client.end()
  }
}

/** While `work` runs, no row gets into the table: the database refuses it and quotes it in its error. */
export async function refusing<T>(connection: Connection, table: string, work: () => Promise<T>): Promise<T> {
  const client = await connect(connection)
  try {
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT refused CHECK (false) NOT VALID`)
    return await work().finally(() => client.query(`ALTER TABLE ${table} DROP CONSTRAINT refused`))
  } finally {
    await client.end()
  }
}

/** While `work` runs, the table is away. */
export async function without<T>(connection: Connection, table: string, work: () => Promise<T>): Promise<T> {
  const client = await connect(connection)
  try {
    await client.query(`ALTER TABLE ${table} RENAME TO away`)
    return await work().finally(() => client.query(`ALTER TABLE away RENAME TO ${table}`))
  } finally {
    await client.end()
  }
}

/** Waits until nothing is under way any more. */
export async function rest(fake: FakeTelegram, connection: Connection): Promise<void> {
  await fake.allConfirmed()
  const client = await connect(connection)
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        `SELECT (SELECT count(*)::int FROM graphile_worker._private_jobs) + (SELECT count(*)::int FROM outbox) + (SELECT count(*)::int FROM chat_event WHERE done_at IS NULL) AS open`,
      )
      expect(rows).toEqual([{ open: 0 }])
    },
    { timeout: 40_000, interval: 50 },
  )
  await client.end()
}
