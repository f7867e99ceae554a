/**
 * `npm run bench:sales [-- --seconds 5]`: sales per second through the shop's own services, beside pgbench with hand-written
 * statements that read and write the same, on one server in one run. Needs `pgbench` (Debian: postgresql-contrib or
 * postgresql-client) for the comparison.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type pg from 'pg'
import type { Shop } from '../../core/shop.ts'
import { closedLoop, type Measured, openLoop, type Shape } from './sales/load.ts'
import { pgbenchScript } from './sales/pgbench.ts'
import { CUSTOMERS, counts, fill, openPool, openServer, openShopOn } from './sales/shop.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '1,8,32,128,512' },
    keys: { type: 'string', default: '400000' },
  },
})
const seconds = Number(values.seconds)
const levels = values.callers.split(',').map(Number)
const keys = Number(values.keys)

const server = await openServer()
const shop = await openShopOn(server.dataDir, server.connection)
const pool = openPool(server.connection)

const SHAPES: readonly (Shape & { readonly name: string })[] = [
  { name: '1 product, 1 line', products: 1, lines: 1 },
  { name: '50 products, 1 line', products: 50, lines: 1 },
  { name: '50 products, 3 lines', products: 50, lines: 3 },
]

try {
  console.log(`filling a shop: 50 products, ${CUSTOMERS} buyers`)
  await fill(pool, 1, keys)
  await fill(pool, 50, Math.ceil(keys / 20))
  for (const shape of SHAPES) await compare(shop, pool, shape)
  const open = await openLoop(shop, { products: 50, lines: 1 }, 2000, seconds)
  console.log(
    `\nopen loop at 2,000 sales/s: ${open.perSecond.toFixed(0)}/s, p50 ${open.p50.toFixed(1)} ms, p99 ${open.p99.toFixed(1)} ms`,
  )
  const end = await counts(pool)
  console.log(`in the end ${end.sold} keys sold, ${end.free} free, ${end.orders} orders delivered`)
} finally {
  await shop.close()
  await pool.end()
  await server.stop()
}

async function compare(theShop: Shop, thePool: pg.Pool, shape: Shape & { readonly name: string }): Promise<void> {
  console.log(`\n${shape.name}\n callers   keytill/s  p50 ms  p99 ms   pgbench/s   ratio`)
  await closedLoop(theShop, shape, 8, 1)
  for (const callers of levels) {
    const ours = await closedLoop(theShop, shape, callers, seconds)
    const theirs = await pgbench(shape, callers)
    await thePool.query('DELETE FROM outbox')
    console.log(line(callers, ours, theirs))
  }
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

/** Transactions a second of the same sale by pgbench; undefined when it is not installed. */
async function pgbench(shape: Shape, clients: number): Promise<number | undefined> {
  const file = join(server.dataDir, 'sale.sql')
  await writeFile(file, pgbenchScript({ ...shape, customers: CUSTOMERS }))
  const { host, port, user, database } = server.connection as {
    host: string
    port: number
    user: string
    database: string
  }
  const args = [
    '-n',
    '-M',
    'prepared',
    '-D',
    'h=0',
    '-c',
    `${clients}`,
    '-j',
    `${Math.min(2, clients)}`,
    '-T',
    `${seconds}`,
    '-f',
    file,
  ]
  try {
    const { stdout } = await run('pgbench', [...args, '-h', host, '-p', `${port}`, '-U', user, database])
    return Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}
