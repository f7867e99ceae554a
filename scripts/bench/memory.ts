/**
 * `npm run bench:memory [-- --minutes 60 --rate 50]`: a shop with all its work (jobs, relay, deadlines, sealing) sells at a steady
 * rate for an hour, and now and then an order is given up and its keys come back. Prints the memory of the process at the start, in the
 * middle and at the end, and every few minutes between; ends with 1 when the last third needs a tenth more than the one before.
 */
import { parseArgs } from 'node:util'
import type { Messenger } from '../../core/notifications/provider.ts'
import { silentLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { createShop } from '../../core/shop.ts'
import { abandon, openLoop } from './sales/load.ts'
import { fill, openPool, openServer } from './sales/shop.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string', default: '50' } },
})
const minutes = Number(values.minutes)
const rate = Number(values.rate)
const ROUND = 10
const PRODUCTS = 50

const server = await openServer()
const settings = readSettings({ KEYTILL_DATA: server.dataDir, KEYTILL_ROLES: 'web,worker' })
const shop = await createShop(settings, { log: silentLog, connection: server.connection })
const pool = openPool(server.connection)
let told = 0
const messenger: Messenger = { channel: 'bench', deliver: async () => void told++ }

const samples: number[] = []
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

try {
  await fill(pool, PRODUCTS, Math.ceil((minutes * 60 * rate * 1.2) / PRODUCTS) + 100)
  await shop.startWork([messenger])
  const rounds = Math.ceil((minutes * 60) / ROUND)
  const shown = Math.max(1, Math.floor(rounds / 12))
  console.log('minute   rss   heap   sold   told')
  let sold = 0
  for (let round = 0; round < rounds; round++) {
    const { sales, errors, busy } = await openLoop(shop, { products: PRODUCTS, lines: 1 }, rate, ROUND)
    sold += sales
    if (errors + busy > 0) throw new Error(`${errors} sales failed, ${busy} were refused`)
    await abandon(shop, { products: PRODUCTS, lines: 1 })
    const { rss, heapUsed } = process.memoryUsage()
    samples.push(rss)
    if (round % shown === 0 || round === rounds - 1)
      console.log(
        `${(((round + 1) * ROUND) / 60).toFixed(1).padStart(6)}  ${megabytes(rss)}  ${megabytes(heapUsed)}  ${sold}  ${told}`,
      )
  }
  const third = Math.floor(samples.length / 3)
  const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length
  const [middle, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))]
  console.log(
    `start ${megabytes(samples[0] ?? 0)}, middle ${megabytes(samples[Math.floor(samples.length / 2)] ?? 0)}, end ${megabytes(samples.at(-1) ?? 0)}; the last third against the one before: ${(last / middle).toFixed(2)}×`,
  )
  if (last > 1.1 * middle) process.exitCode = 1
} finally {
  await shop.close()
  await pool.end()
  await server.stop()
}
