import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { commandLine, run } from '../../../../core/platform/database/embedded/process.ts'
import { type EmbeddedServer, startEmbedded } from '../../../../core/platform/database/embedded/server.ts'

// The real programs, in folders of their own. Run by root (as in a container) this takes the road of a server that runs
// as another user, else the plain one.
const isRoot = process.getuid?.() === 0

let template: string
let base: string
let cleanups: (() => unknown)[]

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'keytill-template-'))
  const server = await startEmbedded({ dataDir: template, fast: true })
  await server.stop()
})

afterAll(() => rm(template, { recursive: true, force: true }))

/** A data folder with a cluster, quicker than initdb; copied by root it is root's throughout, like a restored backup. */
async function preparedFolder(): Promise<string> {
  const dataDir = join(base, 'prepared')
  await cp(template, dataDir, { recursive: true })
  return dataDir
}

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'keytill-embedded-')))
  await chmod(base, 0o711)
  cleanups = [() => rm(base, { recursive: true, force: true })]
})

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function start(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, settings, fast: true })
  cleanups.push(() => server.stop())
  return server
}

async function query(server: EmbeddedServer, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ ...server.connection })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'pg', 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

/** False also for a zombie, which nobody may be there to reap in a container. */
async function isAlive(pid: number): Promise<boolean> {
  return (await commandLine(pid)) !== ''
}

describe('a start', () => {
  it('makes a durable cluster with checksums, then starts it again with its data', async () => {
    const steps: string[] = []
    const options = { dataDir: join(base, 'data'), onProgress: (step: string) => steps.push(step) }
    const first = await startEmbedded(options)
    cleanups.push(() => first.stop())
    expect(first.owned).toBe(true)
    expect(
      await query(
        first,
        `SELECT current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
           current_setting('listen_addresses') AS tcp, current_setting('TimeZone') AS zone, upper('é') AS upper`,
      ),
    ).toEqual([{ checksums: 'on', fsync: 'on', tcp: '', zone: 'UTC', upper: 'É' }])
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const pid = await serverPid(options.dataDir)
    await first.stop()
    await first.stop()
    expect(await isAlive(pid)).toBe(false)

    const second = await start(options.dataDir)
    expect(second.owned).toBe(true)
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(steps).toEqual(['preparing', 'starting'])
  })

  it('attaches to the server that an earlier start of this process runs, and leaves it alone', async () => {
    const [first, second] = await Promise.all([start(base), start(base)])
    expect([first.owned, second.owned]).toEqual([true, false])
    await second.stop()
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('is not stopped by lock files whose pid now belongs to something else', async () => {
    const dataDir = await preparedFolder()
    const first = await start(dataDir)
    await first.stop()
    const { uid, gid } = await stat(join(dataDir, 'pg'))
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot ? { uid, gid } : {}) })
    cleanups.push(() => stranger.kill())
    const stale = `${stranger.pid}\n${join(dataDir, 'pg', 'cluster')}\n1700000000\n5432\n${first.connection.host}\n\n\nready   \n`
    await writeFile(join(dataDir, 'pg', 'cluster', 'postmaster.pid'), stale)
    await writeFile(join(first.connection.host, '.s.PGSQL.5432.lock'), stale)

    const second = await start(dataDir)
    expect(second.owned).toBe(true)
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(stranger.exitCode).toBeNull()
  })

  it('works in a folder whose path is too long for a socket, and has quotes and spaces', async () => {
    const dataDir = join(base, `it's a "long", long way ${'x'.repeat(100)}`, 'data')
    const server = await start(dataDir)
    cleanups.push(() => rm(server.connection.host, { recursive: true }))
    expect(server.connection.host).not.toContain(base)
    expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
    expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('refuses a temporary socket folder that others can enter', async () => {
    const dataDir = join(base, 'x'.repeat(120))
    await rename(await preparedFolder(), dataDir)
    const server = await start(dataDir)
    cleanups.push(() => rm(server.connection.host, { recursive: true }))
    await server.stop()
    await chmod(server.connection.host, 0o755)
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'database.embedded_socket' })
  })

  it('says what to do with a cluster of another major version', async () => {
    await mkdir(join(base, 'pg', 'cluster'), { recursive: true })
    await writeFile(join(base, 'pg', 'cluster', 'PG_VERSION'), '17\n')
    await expect(start(base)).rejects.toMatchObject({
      code: 'database.embedded_version',
      message: expect.stringContaining('set DATABASE_URL'),
    })
  })

  it('that fails tells the end of the log and leaves no server', async () => {
    const dataDir = await preparedFolder()
    await expect(start(dataDir, { shared_buffers: 'plenty' })).rejects.toMatchObject({
      code: 'database.embedded_start',
      message: expect.stringMatching(/server\.log(.|\n)*invalid value for parameter "shared_buffers"/),
    })
    expect((await start(dataDir)).owned).toBe(true)
  })
})

describe('a running server', () => {
  it('is closed to other users', async () => {
    const dataDir = await preparedFolder()
    const server = await start(dataDir)
    const { host } = server.connection
    for (const folder of [host, join(dataDir, 'pg')]) expect((await stat(folder)).mode & 0o777).toBe(0o700)
    if (!isRoot) return
    const stranger = { uid: 54321, gid: 54321 }
    expect((await run('/bin/sh', ['-c', 'cd "$1"', 'sh', dataDir], stranger)).status).toBe(0)
    expect((await run('/bin/sh', ['-c', 'cd "$1"', 'sh', join(dataDir, 'pg')], stranger)).status).not.toBe(0)
    expect((await stat(join(dataDir, 'pg'))).uid).not.toBe(0)
    expect((await stat(dataDir)).uid).toBe(0)
  })

  it('writes no value of a statement into its log, and leaves our environment behind', async () => {
    const dataDir = await preparedFolder()
    const secret = randomUUID()
    vi.stubEnv('TELEGRAM_BOT_TOKEN', secret)
    cleanups.push(() => vi.unstubAllEnvs())
    const server = await start(dataDir, { log_statement: 'all', log_min_messages: 'debug1' })
    await expect(query(server, 'SELECT $1::int', [secret])).rejects.toThrow(secret)
    await expect(query(server, `SELECT '${secret}'::int`)).rejects.toThrow(secret)
    await expect(query(server, `DO $$ BEGIN RAISE WARNING '${secret}'; END $$`)).resolves.toEqual([])
    await query(server, 'CREATE TABLE once (code text UNIQUE)')
    await query(server, 'INSERT INTO once VALUES ($1)', [secret])
    await expect(query(server, 'INSERT INTO once VALUES ($1)', [secret])).rejects.toThrow('once_code_key')
    if (process.platform === 'linux') {
      expect(await readFile(`/proc/${await serverPid(dataDir)}/environ`, 'utf8')).not.toContain(secret)
    }
    // A crash, which would have the server tell what the crashed one was doing.
    const doomed = `SELECT pg_sleep(60), '${secret}'`
    const client = new pg.Client({ ...server.connection })
    const cut = new Promise((done) => client.on('error', done))
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const running = client.query(doomed).catch(() => {})
    await vi.waitUntil(
      async () => (await query(server, 'SELECT FROM pg_stat_activity WHERE query = $1', [doomed])).length,
    )
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
    await Promise.all([cut, running])
    await server.stop()
    const log = await readFile(join(dataDir, 'pg', 'server.log'), 'utf8')
    expect(log).toContain('terminated by signal 9')
    expect(log).toContain('database system is shut down')
    expect(log).not.toContain(secret)
  })

  it('ends when the wrapper between it and its owner is killed, and a stop waits until it has', async () => {
    const dataDir = await preparedFolder()
    const server = await start(dataDir)
    const pid = await serverPid(dataDir)
    const wrapper = Number((await run('ps', ['-o', 'ppid=', '-p', String(pid)], undefined)).output)
    process.kill(wrapper, 'SIGKILL')
    await server.stop()
    expect(await isAlive(pid)).toBe(false)
  })

  it('starts with a fresh log when the old one has grown over 5 MB', async () => {
    await mkdir(join(base, 'pg'))
    const log = join(base, 'pg', 'server.log')
    await writeFile(log, 'x'.repeat(5 * 1024 * 1024 + 1))
    await start(base)
    expect((await stat(log)).size).toBeLessThan(10_000)
    expect((await stat(`${log}.1`)).size).toBeGreaterThan(5 * 1024 * 1024)
  })
})
