/**
 * `npm run bench:risk [-- --seconds 2 --rounds 5 --callers 128 --orders 300000]`: what the shipped rules cost a sale, in a shop with
 * a history: sales with all rules off and on by turns, so that whatever else the machine does meets both. Buyers are such as came
 * over the last year; all new today, of whom the rules ask most; and such with a reseller among them, who buys every 50th time
 * and has bought 50,000 times in a month. The database's time is that of the processors, as Linux counts it for the
 * connections that sell. All figures are medians of the rounds.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { closedLoop, type Measured, type Shape } from './sales/load.ts'
import { CUSTOMERS, fill, fillHistory, openPool, openServer, openShopOn, RESELLER } from './sales/shop.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '128' },
    orders: { type: 'string', default: '300000' },
  },
})
const [seconds, rounds, callers] = [Number(values.seconds), Number(values.rounds), Number(values.callers)]
const PRODUCTS = 50
const KEYS = 8000
const RESELLER_ORDERS = 50_000

const PLAIN: Shape = { products: PRODUCTS, lines: 1 }
const MIXES: readonly { readonly name: string; readonly days: number; readonly shape: Shape }[] = [
  { name: 'buyers of a year', days: 365, shape: PLAIN },
  { name: 'all new today', days: 1, shape: PLAIN },
  { name: 'with a reseller', days: 365, shape: { ...PLAIN, reseller: 0.02 } },
]

const server = await openServer()
const pool = openPool(server.connection)
try {
  await (await openShopOn(server.dataDir, server.connection)).close()
  await fill(pool, PRODUCTS, KEYS)
  await fillHistory(pool, Number(values.orders), RESELLER_ORDERS)
  // Opened now: its plans are made for a shop of this size.
  const shop = await openShopOn(server.dataDir, server.connection)
  try {
    console.log(`a shop of ${CUSTOMERS} buyers and ${values.orders} orders; ${callers} callers, rules off → on`)
    console.log(`${''.padEnd(18)}       sales/s          p50 ms         p99 ms   database µs a sale`)
    for (const { name, days, shape } of MIXES) {
      await pool.query(
        `UPDATE customer SET created_at = now() - (id % $1::int) * interval '1 day' - CASE WHEN id = $2 THEN interval '1 year' ELSE '0' END`,
        [days, RESELLER],
      )
      const off: Result[] = []
      const on: Result[] = []
      for (let round = 0; round < rounds; round++)
        for (const [enabled, results] of [
          [false, off],
          [true, on],
        ] as const) {
          await pool.query('UPDATE risk_rule SET enabled = $1', [enabled])
          // The shop remembers its rules for a second; and what runs for the first time has to be planned.
          await sleep(1100)
          await closedLoop(shop, shape, callers, 1)
          results.push(await measured(() => closedLoop(shop, shape, callers, seconds)))
        }
      console.log(line(name, off, on))
    }
  } finally {
    await shop.close()
  }
} finally {
  await pool.end()
  await server.stop()
}

/** What a load came to, and µs of the database's processor time a sale. */
type Result = Measured & { readonly database: number }

async function measured(load: () => Promise<Measured>): Promise<Result> {
  const before = await spent()
  const result = await load()
  const ran = [...(await spent())].map(([pid, us]) => us - (before.get(pid) ?? 0))
  await pool.query('DELETE FROM outbox')
  return { ...result, database: ran.reduce((sum, us) => sum + us, 0) / result.sales }
}

/** µs that each of the connections of the sale has run on a processor. */
async function spent(): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'keytill sale'`,
  )
  const timeOf = async (pid: number) => Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1000
  return new Map(await Promise.all(rows.map(async ({ pid }) => [pid, await timeOf(pid)] as const)))
}

function line(name: string, off: readonly Result[], on: readonly Result[]): string {
  const median = (results: readonly Result[], of: (result: Result) => number) =>
    results.map(of).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
  const both = (of: (result: Result) => number) => [median(off, of), median(on, of)] as const
  const [faster, slower] = both(({ perSecond }) => perSecond)
  const [without, withRules] = both(({ database }) => database)
  const [p50, p99] = [both((result) => result.p50), both((result) => result.p99)]
  const risk = withRules - without
  return [
    name.padEnd(18),
    `${faster.toFixed(0)} → ${slower.toFixed(0)} (${((slower / faster) * 100).toFixed(0)} %)`.padStart(20),
    ...[p50, p99].map(([before, after]) => `${before.toFixed(0)} → ${after.toFixed(0)}`.padStart(14)),
    `${without.toFixed(0)} → ${withRules.toFixed(0)}: +${risk.toFixed(0)}, ${((risk / withRules) * 100).toFixed(0)} %`.padStart(
      24,
    ),
  ].join(' ')
}
