/**
 * `npm run bench:sales [-- --seconds 5 --callers 1,8,32,128,512 --keys 400000 --plain]`: sales per second through the shop's own
 * services, beside pgbench with hand-written statements that read and write the same, on one server in one run; then the same on
 * a server whose every flush takes 1 ms more; then what the parts of a sale cost. Needs `pgbench` for the comparison (Debian:
 * postgresql-contrib). `--plain` leaves the slower disk and the parts out.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { costs, EXPLAINING, logSize } from './sales/costs.ts'
import { closedLoop, type Measured, openLoop, type Shape } from './sales/load.ts'
import { pgbenchScript } from './sales/pgbench.ts'
import { CUSTOMERS, counts, fill, openPool, openServer, openShopOn } from './sales/shop.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '1,8,32,128,512' },
    keys: { type: 'string', default: '400000' },
    plain: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const levels = values.callers.split(',').map(Number)
const keys = Number(values.keys)

const SHAPES: readonly (Shape & { readonly name: string })[] = [
  { name: '1 product, 1 line', products: 1, lines: 1 },
  { name: '50 products, 1 line', products: 50, lines: 1 },
  { name: '50 products, 3 lines', products: 50, lines: 3 },
]
/** The first product of pgbench: each sells its own, or each would have to walk over what the other has sold. */
const THEIRS = 101

await comparison('')
if (!values.plain) {
  await comparison(', each flush 1 ms slower', { commit_delay: '1000', commit_siblings: '0' })
  await parts()
}

async function opened(settings: Readonly<Record<string, string>> = {}) {
  const server = await openServer(settings)
  const shop = await openShopOn(server.dataDir, server.connection)
  const pool = openPool(server.connection)
  return {
    server,
    shop,
    pool,
    async close() {
      await shop.close()
      await pool.end()
      await server.stop()
    },
  }
}
type Opened = Awaited<ReturnType<typeof opened>>

async function comparison(how: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const stand = await opened(settings)
  const { shop, pool } = stand
  try {
    console.log(`\nfilling a shop: 50 products and ${CUSTOMERS} buyers for each side`)
    for (const first of [1, THEIRS]) {
      await fill(pool, 1, keys, first)
      await fill(pool, 50, Math.ceil(keys / 20), first)
    }
    let most = 0
    for (const shape of SHAPES) most = Math.max(most, await compare(stand, shape, how))
    for (const rate of [2000, Math.round(most / 2)]) {
      const open = await openLoop(shop, { products: 50, lines: 1 }, rate, seconds)
      console.log(
        `\nopen loop at ${rate} sales/s${how}: ${open.perSecond.toFixed(0)}/s, p50 ${open.p50.toFixed(1)} ms, p99 ${open.p99.toFixed(1)} ms, ${open.busy} told busy, ${open.errors} failed`,
      )
    }
    const end = await counts(pool)
    console.log(`in the end ${end.sold} keys sold, ${end.free} free, ${end.orders} orders delivered`)
  } finally {
    await stand.close()
  }
}

/** Returns the most sales a second. */
async function compare(stand: Opened, shape: Shape & { readonly name: string }, how: string): Promise<number> {
  let most = 0
  console.log(`\n${shape.name}${how}\n callers   keytill/s  p50 ms  p99 ms   pgbench/s   ratio`)
  for (const callers of levels) {
    // So that neither pays for what came before: connections, plans, first looks at a product.
    await closedLoop(stand.shop, shape, Math.max(8, callers), 1)
    const ours = await closedLoop(stand.shop, shape, callers, seconds)
    const theirs = await pgbench(stand, shape, callers)
    await stand.pool.query('DELETE FROM outbox')
    console.log(line(callers, ours, theirs))
    most = Math.max(most, ours.perSecond)
  }
  return most
}

function line(callers: number, ours: Measured, theirs: number | undefined): string {
  return [
    String(callers).padStart(8),
    ours.perSecond.toFixed(0).padStart(11),
    ours.p50.toFixed(1).padStart(7),
    ours.p99.toFixed(1).padStart(7),
    (theirs === undefined ? 'none' : theirs.toFixed(0)).padStart(11),
    (theirs === undefined ? '' : `${(ours.perSecond / theirs).toFixed(2)}×`).padStart(7),
  ].join(' ')
}

/**
 * Transactions a second of the same sale by pgbench; undefined when it is not installed. It is measured once every client has
 * its plans, as we are: with many clients that takes seconds.
 */
async function pgbench({ server }: Opened, shape: Shape, clients: number): Promise<number | undefined> {
  const file = join(server.dataDir, 'sale.sql')
  await writeFile(file, pgbenchScript({ ...shape, customers: CUSTOMERS, first: THEIRS }))
  const { host, port, user, database } = server.connection as {
    host: string
    port: number
    user: string
    database: string
  }
  const load = ['-n', '-M', 'prepared', '-D', 'h=0', '-c', `${clients}`, '-j', `${Math.min(2, clients)}`]
  const to = ['-h', host, '-p', `${port}`, '-U', user, database]
  try {
    const warm = 1 + Math.ceil(clients / 16)
    const { stderr } = await run('pgbench', [...load, '-P', '1', '-T', `${warm + seconds}`, '-f', file, ...to])
    const each = [...stderr.matchAll(/^progress: .* ([\d.]+) tps/gm)].map(([, tps]) => Number(tps))
    return each.slice(-seconds).reduce((sum, tps) => sum + tps, 0) / Math.min(seconds, each.length)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

/** Prints where the time of a sale goes, by a server that looks at itself (which makes everything slower, alike). */
async function parts(): Promise<void> {
  const stand = await opened(EXPLAINING)
  try {
    await fill(stand.pool, 50, Math.ceil(keys / 20))
    const shape = { products: 50, lines: 1 }
    await closedLoop(stand.shop, shape, 128, 1)
    const since = await logSize(stand.server.dataDir)
    const before = process.cpuUsage()
    const { sales } = await closedLoop(stand.shop, shape, 128, seconds)
    const { user, system } = process.cpuUsage(before)
    const spent = await costs(stand.server.dataDir, since)
    const all = [...spent.values()].reduce((sum, ms) => sum + ms, 0)
    console.log('\nwhere the time of a sale goes, 128 callers: the part, µs a sale in the database, share of it')
    for (const [part, ms] of [...spent].toSorted(([, a], [, b]) => b - a))
      console.log(
        `${part.padStart(20)} ${((ms / sales) * 1000).toFixed(0).padStart(6)} ${((ms / all) * 100).toFixed(1).padStart(5)} %`,
      )
    console.log(
      `${'this process'.padStart(20)} ${((user + system) / sales).toFixed(0).padStart(6)} µs of processor time a sale`,
    )
  } finally {
    await stand.close()
  }
}
