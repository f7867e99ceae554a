/**
 * `npm run bench:flatness [-- --keys 1000000 --claims 300]`: how long it takes to place an order (median of many, one after the
 * other) when few and when many keys of the same product are sold, without vacuum; with a snapshot held open as a backup does;
 * after keys of the first orders have come back; and in a process that has just been started. Each order is followed by one of a
 * second product of which a thousand keys are sold, and the ratio is to that: whatever else the machine does, it does to both.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Shop } from '../../core/shop.ts'
import { fill, openPool, openServer, openShopOn, PRICE } from './sales/shop.ts'

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '1000000' }, claims: { type: 'string', default: '300' } },
})
const most = Number(values.keys)
const claims = Number(values.claims)
const LEVELS = [1000, 100_000, 1_000_000].filter((level) => level <= most)

// What is deleted stays where it is, as on a shop too busy to be vacuumed.
const server = await openServer({ autovacuum: 'off' })
const pool = openPool(server.connection)
const shops: Shop[] = []
const snapshots: pg.Client[] = []

try {
  const shop = await open()
  console.log(`filling a shop with ${most + 50_000} keys of one product, and some of another`)
  await fill(pool, 1, most + 50_000)
  await fill(pool, 1, 1000 + 10 * claims, 2)
  await sell(1000, 2)
  console.log('\n                                          median ms     other   ratio   first claim ms')
  let sold = 0
  for (const level of LEVELS) {
    await sell(level - sold)
    sold = level
    await report(`${level.toLocaleString('en')} sold`, shop)
  }
  await holdSnapshot()
  await sell(20_000)
  await report('… and 20,000 more, with a snapshot open', shop)
  await giveBack(200)
  await report('… after 200 early keys came back', shop, 200)
  await report('… once those are sold again', shop)
  await report('… in a process just started', await open())
} finally {
  for (const snapshot of snapshots) await snapshot.end()
  for (const shop of shops) await shop.close()
  await pool.end()
  await server.stop()
}

async function open(): Promise<Shop> {
  const shop = await openShopOn(server.dataDir, server.connection)
  shops.push(shop)
  return shop
}

/** Sells so many keys as the shop would have, 200 in an order, only faster: from the front of the queue. */
async function sell(count: number, product = 1): Promise<void> {
  await pool.query(
    `WITH taken AS (
       DELETE FROM stock WHERE (product_id, rank, card_id) IN (SELECT product_id, rank, card_id FROM stock WHERE product_id = $2 ORDER BY rank, card_id LIMIT $1)
       RETURNING card_id),
     numbered AS (SELECT card_id, (row_number() OVER (ORDER BY card_id) - 1) AS n FROM taken),
     made AS (
       INSERT INTO orders (no, customer_id, channel, chat, language, state, currency, total, idempotency_key, placed_at, reserved_until, paid_at, delivered_at, units)
       SELECT gen_random_uuid()::text, 1 + g % 20000, 'bench', 'chat', 'zh', 'delivered', 'CNY', 0, gen_random_uuid()::text, now(), now(), now() - interval '1 day', now(), 200
       FROM generate_series(0, ($1::int - 1) / 200) AS g RETURNING id),
     line AS (
       INSERT INTO order_line (order_id, position, product_id, name, quantity, unit_price) SELECT id, 1, $2, 'Benchmark', 200, 0 FROM made RETURNING id),
     placed AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM line)
     INSERT INTO order_unit (line_id, ordinal, card_id) SELECT p.id, k.n % 200 + 1, k.card_id FROM numbered k JOIN placed p ON p.n = k.n / 200`,
    [count, product],
  )
}

/** What a backup does: a transaction that goes on seeing the shop as it is now, so that nothing deleted can be forgotten. */
async function holdSnapshot(): Promise<void> {
  const client = new pg.Client({ ...server.connection })
  await client.connect()
  snapshots.push(client)
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT count(*) FROM trust_level')
}

/** The first keys ever sold are for sale again, and every process is told. */
async function giveBack(count: number): Promise<void> {
  await pool.query(
    `WITH gone AS (
       DELETE FROM order_unit WHERE card_id IN (SELECT u.card_id FROM order_unit u JOIN card_key k ON k.id = u.card_id WHERE k.product_id = 1 ORDER BY u.card_id LIMIT $1) RETURNING card_id),
     back AS (
       INSERT INTO stock (product_id, rank, card_id, cost) SELECT 1, 9223372036854775807, card_id, 500 FROM gone RETURNING card_id)
     SELECT pg_notify('keytill_stock', format('1 9223372036854775807 %s 9223372036854775807 %s', card_id, card_id)) FROM back`,
    [count],
  )
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

async function report(what: string, shop: Shop, count = claims): Promise<void> {
  await claim(shop, 2)
  const firstClaim = await claim(shop, 1)
  const [times, others]: [number[], number[]] = [[], []]
  for (let n = 0; n < count; n++) {
    times.push(await claim(shop, 1))
    others.push(await claim(shop, 2))
  }
  const [median, other] = [medianOf(times), medianOf(others)]
  const figures = [
    median.toFixed(2).padStart(10),
    other.toFixed(2).padStart(10),
    (median / other).toFixed(2).padStart(7),
  ]
  console.log(`${what.padEnd(41)}${figures.join('')}×${firstClaim.toFixed(2).padStart(16)}`)
}

/** Places an order of one key; how long that took, in ms. */
async function claim(shop: Shop, product: number): Promise<number> {
  const customerId = 1 + Math.floor(Math.random() * 20_000)
  const began = performance.now()
  const { refused } = await shop.sale.place({
    customerId,
    pseudonym: '00000000-0000-4000-8000-000000000000',
    channel: 'bench',
    chat: `chat-${customerId}`,
    language: 'zh',
    wanted: [{ sku: `BENCH${product}`, quantity: 1 }],
    idempotencyKey: randomUUID(),
    expectedTotal: PRICE,
  })
  if (refused) throw new Error(`refused: ${JSON.stringify(refused)}`)
  return performance.now() - began
}
