/**
 * `npm run bench:upkeep [-- --keys 200000 --orders 20000 --rate 50]`: what the shop's buyers notice of its upkeep. Sales begin at a
 * steady rate while a backup is written, while it is restored into an empty folder, and while the schema is changed, alone and
 * beside a backup; then the shop is stopped, the change is taken back, and the shop opened again. Prints how long a sale took in
 * each part, and that of the backup's moment nothing is missing. Ends with 1 when a sale failed or the copy does not add up.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { writeBackup } from '../../core/platform/database/backup.ts'
import { knownMigrations, migrate } from '../../core/platform/database/migrate.ts'
import { restoreBackup, verifyBackup } from '../../core/platform/database/restore.ts'
import { rollBack } from '../../core/platform/database/rollback.ts'
import { closedLoop, openLoop, sell } from './sales/load.ts'
import { counts, fill, openPool, openServer, openShopOn } from './sales/shop.ts'

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '200000' },
    orders: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '50' },
  },
})
const PRODUCTS = 20
const keys = Math.ceil(Number(values.keys) / PRODUCTS)
const shape = { products: PRODUCTS, lines: 1 }
const NEWEST = '99990101000000_bench'

const server = await openServer()
const copy = await openServer()
const pool = openPool(server.connection)
const copied = openPool(copy.connection)
let shop = await openShopOn(server.dataDir, server.connection)
try {
  await fill(pool, PRODUCTS, keys)
  for (let sold = 0; sold < Number(values.orders); ) sold += (await closedLoop(shop, shape, 64, 2)).sales
  const { orders, free } = await counts(pool)
  console.log(`a shop of ${orders} orders and ${free} keys; ${values.rate} sales begin each second`)
  console.log('\n                               took s   sales   p50 ms   p99 ms   errors')
  await beside('nothing', 10)

  const path = join(server.dataDir, 'bench.backup.gz')
  const before = await counts(pool)
  const { size } = await beside('a backup', writeBackup(server.connection, path, { now: new Date() }))
  const after = await counts(pool)
  await beside(
    'a restore elsewhere',
    verifyBackup(path).then((made) => restoreBackup(copy.connection, path, made)),
  )
  const there = await counts(copied)
  const isOfOneMoment =
    there.orders >= before.orders && there.orders <= after.orders && there.free + there.sold === PRODUCTS * keys
  if (!isOfOneMoment) process.exitCode = 1

  const folder = await folderOfChange(server.dataDir)
  const known = [...knownMigrations(), NEWEST]
  const change = () => onClient((client) => migrate(client, { folder, known }))
  await beside(
    'a change of the schema',
    sleep(2000)
      .then(change)
      .then(() => sleep(2000)),
  )
  await shop.close()
  const stopped = performance.now()
  await onClient((client) => rollBack(client, NEWEST, false, folder))
  shop = await openShopOn(server.dataDir, server.connection)
  await sell(shop, shape)
  const away = performance.now() - stopped
  await rm(path)
  const backup = writeBackup(server.connection, path, { now: new Date() })
  await beside('the same beside a backup', Promise.all([backup, change()]))

  console.log(
    `\nthe backup has ${(size / 1e6).toFixed(1)} MB; in the copy ${there.orders} orders, ${there.sold} keys sold and ${there.free} free: ${isOfOneMoment ? 'one moment of the shop' : 'NOT a moment of the shop'}`,
  )
  console.log(`taking the change back, with the shop stopped: ${(away / 1000).toFixed(1)} s until the next sale`)
  const restored = await openShopOn(server.dataDir, copy.connection)
  await sell(restored, shape).finally(restored.close)
  console.log('the copy, brought up to date by its first start, sells')
} finally {
  await shop.close()
  await pool.end()
  await copied.end()
  await copy.stop()
  await server.stop()
}

/** Sells while `work` is done, and prints how that went. */
async function beside<T>(name: string, work: number | Promise<T>): Promise<T> {
  const began = performance.now()
  let took = 0
  const timed = typeof work === 'number' ? work : work.finally(() => (took = performance.now() - began))
  const { sales, p50, p99, errors, busy } = await openLoop(shop, shape, Number(values.rate), timed)
  if (errors + busy > 0) process.exitCode = 1
  const figures = [(took / 1000 || Number(work)).toFixed(1), sales, p50.toFixed(1), p99.toFixed(1), errors + busy]
  console.log(`beside ${name.padEnd(24)}${figures.map((figure) => String(figure).padStart(8)).join(' ')}`)
  return (await timed) as T
}

async function onClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...server.connection, application_name: 'keytill bench' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A change as a version might bring it: to two tables of every sale. */
async function folderOfChange(parent: string): Promise<string> {
  const folder = join(parent, 'migrations')
  await mkdir(join(folder, NEWEST), { recursive: true })
  const up = `-- A change of a benchmark.\nALTER TABLE orders ADD COLUMN bench text NOT NULL DEFAULT '';\nALTER TABLE stock ADD COLUMN bench int;`
  const down = `-- Loses: nothing\nALTER TABLE stock DROP COLUMN bench;\nALTER TABLE orders DROP COLUMN bench;`
  await writeFile(join(folder, NEWEST, 'migration.sql'), up)
  await writeFile(join(folder, NEWEST, 'down.sql'), down)
  return folder
}
