/**
 * `npm run bench:processes [-- --seconds 5 --processes 1,2,4 --callers 128 --keys 200000]`: sales per second of several processes
 * on one PostgreSQL, the callers shared among them, with ratios to one process; and that the counts stay exact: every key is
 * free or in one order, and every order that a process was told is delivered is.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fill, openPool, openServer, openShopOn } from './sales/shop.ts'
import type { Sold, Task } from './sales/worker.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    processes: { type: 'string', default: '1,2,4' },
    callers: { type: 'string', default: '128' },
    keys: { type: 'string', default: '200000' },
  },
})
const callers = Number(values.callers)
const shape = { products: 50, lines: 1 }

const server = await openServer()
const pool = openPool(server.connection)
const children: ChildProcess[] = []
let told = 0

try {
  // Makes the tables and the vault that the processes share.
  await (await openShopOn(server.dataDir, server.connection)).close()
  await fill(pool, shape.products, Math.ceil(Number(values.keys) / shape.products))
  const keys = await count('SELECT count(*)::int AS n FROM card_key')
  console.log(`${callers} callers, ${shape.products} products\n processes   sales/s   ratio   p99 ms`)
  let alone: number | undefined
  for (const processes of values.processes.split(',').map(Number)) {
    const measured = await together(processes)
    const perSecond = measured.reduce((sum, one) => sum + one.perSecond, 0)
    alone ??= perSecond
    told += measured.reduce((sum, one) => sum + one.before + one.sales, 0)
    const slowest = Math.max(...measured.map(({ p99 }) => p99))
    console.log(
      `${String(processes).padStart(10)}${perSecond.toFixed(0).padStart(10)}${(perSecond / alone).toFixed(2).padStart(7)}×${slowest.toFixed(1).padStart(9)}`,
    )
  }
  const delivered = await count(`SELECT count(*)::int AS n FROM orders WHERE state = 'delivered'`)
  const units = await count('SELECT count(card_id)::int AS n FROM order_unit')
  const free = await count('SELECT count(*)::int AS n FROM stock')
  const both = await count('SELECT count(*)::int AS n FROM stock JOIN order_unit USING (card_id)')
  const paid = await count(`SELECT count(*)::int AS n FROM payment WHERE outcome = 'settled'`)
  const exact = delivered === told && units === told && paid === told && free === keys - told && both === 0
  console.log(
    `${told} sales told of; in the database ${delivered} orders delivered, ${paid} payments settled, ${units} keys sold, ${free} of ${keys} free, ${both} both: ${exact ? 'exact' : 'WRONG'}`,
  )
  if (!exact) process.exitCode = 1
} finally {
  for (const child of children) child.kill()
  await pool.end()
  await server.stop()
}

/** So many processes sell at the same time, each with its share of the callers. */
async function together(processes: number): Promise<readonly Sold[]> {
  const started = await Promise.all(Array.from({ length: processes }, ready))
  const task: Task = { shape, callers: Math.ceil(callers / processes), seconds: Number(values.seconds) }
  const measured = await Promise.all(
    started.map(async (child) => {
      child.send(task)
      const [answer] = (await once(child, 'message')) as [Sold]
      child.send('end')
      await once(child, 'exit')
      return answer
    }),
  )
  return measured
}

async function ready(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./sales/worker.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, BENCH_DATA: server.dataDir, BENCH_CONNECTION: JSON.stringify(server.connection) },
  })
  children.push(child)
  await once(child, 'message')
  return child
}

async function count(query: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(query)
  return rows[0]?.n ?? Number.NaN
}
