/**
 * `npm run bench:import [-- --keys 1000000] [--rounds 1] [--seconds 10]`: imports a file of keys through the service that
 * `npm run import` uses, from the file to the last commit, beside a bare COPY of the rows that this made, on one server in
 * one run; then sells with 32 callers, alone and while `npm run import` runs beside them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ImportReport } from '../../core/inventory/model.ts'
import { copyRows, exportRows } from './import/copy.ts'
import { writeKeys } from './import/file.ts'
import { closedLoop, type Measured } from './sales/load.ts'
import { fill, openPool, openServer, openShopOn } from './sales/shop.ts'

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
  },
})
const keys = Number(values.keys)
const seconds = Number(values.seconds)
const CALLERS = 32
const SHAPE = { products: 50, lines: 1 }

const server = await openServer()
const shop = await openShopOn(server.dataDir, server.connection)
const pool = openPool(server.connection)
const file = join(server.dataDir, 'keys.csv')
const idle = process.memoryUsage.rss()

try {
  await fill(pool, SHAPE.products, 0)
  for (let round = 0; round < Number(values.rounds); round++) await compare()
  if (seconds > 0) await whileSelling()
} finally {
  await shop.close()
  await pool.end()
  await server.stop()
}

async function compare(): Promise<void> {
  await pool.query('TRUNCATE card_key, stock CASCADE')
  await writeKeys(file, keys)
  const first = await imported()
  if (first.report.added !== keys) throw new Error(`${first.report.added} of ${keys} keys were added`)
  const again = await imported()
  if (again.report.duplicates !== keys) throw new Error(`${again.report.duplicates} of ${keys} keys were known`)
  const client = await pool.connect()
  try {
    await exportRows(client, server.dataDir)
    const bare = await copyRows(client, server.dataDir, false)
    const bound = await copyRows(client, server.dataDir, true)
    const line = (name: string, took: number) =>
      console.log(
        `${name.padEnd(34)} ${rate(took).padStart(8)} keys/s  ${(bare / took).toFixed(2)}× COPY  ${(bound / took).toFixed(2)}× COPY with foreign keys`,
      )
    console.log(`\n${keys} keys`)
    line('import', first.took)
    line('the same file again', again.took)
    line('COPY', bare)
    line('COPY with foreign keys', bound)
    console.log(`memory: at most ${first.memory} MB above the idle process, ${again.memory} MB again`)
  } finally {
    client.release()
  }
}

async function imported(): Promise<{ report: ImportReport; took: number; memory: string }> {
  const product = await shop.catalog.product('BENCH1', 'en')
  if (!product) throw new Error('no product')
  await pool.query('CHECKPOINT')
  const memory = watchMemory()
  const started = performance.now()
  const report = await shop.inventory.import(
    'bench',
    product,
    'shell',
    createReadStream(file, { highWaterMark: 256 * 1024 }),
  )
  return { report, took: (performance.now() - started) / 1000, memory: (memory() / 1e6).toFixed(0) }
}

/** The most memory above the idle process until it is asked for, in bytes. */
function watchMemory(): () => number {
  let most = 0
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss() - idle)
  }
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    look()
    return most
  }
}

async function whileSelling(): Promise<void> {
  await fill(pool, SHAPE.products, Math.ceil((seconds * 20_000) / SHAPE.products))
  await writeKeys(file, keys)
  await closedLoop(shop, SHAPE, CALLERS, 1)
  const alone = await closedLoop(shop, SHAPE, CALLERS, seconds)
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/import.ts', file, '--sku', 'BENCH1'], {
    env: { ...process.env, KEYTILL_DATA: server.dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  const before = await untilItAdds(await addedByShell())
  const beside = await closedLoop(shop, SHAPE, CALLERS, seconds)
  const added = (await addedByShell()) - before
  child.kill()
  await ended
  console.log(`\nsales with ${CALLERS} callers`)
  console.log(`alone                ${told(alone)}`)
  console.log(`beside an import     ${told(beside)}   and ${rate(beside.seconds, added)} keys/s imported`)
}

function told({ perSecond, p50, p99 }: Measured): string {
  return `${perSecond.toFixed(0).padStart(6)}/s  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms`
}

function rate(took: number, count = keys): string {
  return (count / took).toFixed(0)
}

async function addedByShell(): Promise<number> {
  const { rows } = await pool.query<{ added: number }>(
    `SELECT coalesce(sum(added), 0)::int AS added FROM batch WHERE source = 'shell' AND imported_by = 'operator'`,
  )
  return rows[0]?.added ?? 0
}

/** Waits until the import beside us has added something, and says how much there is then. */
async function untilItAdds(before: number): Promise<number> {
  for (;;) {
    const now = await addedByShell()
    if (now > before) return now
    await sleep(20)
  }
}
