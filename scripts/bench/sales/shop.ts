import { createHash } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Connection } from '../../../core/platform/database/database.ts'
import { startEmbedded } from '../../../core/platform/database/embedded/server.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { readSettings } from '../../../core/platform/settings.ts'
import { createShop, type Shop } from '../../../core/shop.ts'

/** Buyers of a benchmark: enough that two sales of one buyer seldom meet. */
export const CUSTOMERS = 20_000
export const PRICE = 990
/** A buyer with a history of their own: see {@link fillHistory}. */
export const RESELLER = 1

/** A server of the benchmark's own, as a shop runs it: fsync on. Extra settings are for the server. */
export async function openServer(settings: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'keytill-bench-'))
  // Run by root, the server is another user: it has to be able to reach its own folder through this one.
  await chmod(dataDir, 0o711)
  const server = await startEmbedded({ dataDir, settings: { max_connections: '700', ...settings } })
  return {
    dataDir,
    connection: server.connection,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A shop on this server, as a process that sells and leaves the jobs to a worker; several are several processes' worth of lanes. */
export function openShopOn(dataDir: string, connection: Connection): Promise<Shop> {
  const settings = readSettings({ KEYTILL_DATA: dataDir, KEYTILL_ROLES: 'web' })
  return createShop(settings, { log: silentLog, connection })
}

/**
 * Fills a shop: buyers who may keep much unpaid, products (numbered from `first`), and so many keys of each. Ciphertexts are as
 * long as real ones, and not real.
 */
export async function fill(pool: pg.Pool, products: number, keysEach: number, first = 1): Promise<void> {
  await pool.query(
    `UPDATE trust_level SET open_orders = 1000000, open_units = 1000000, product_units = 1000, always_units = 1000`,
  )
  // Every rule is judged, and none strikes: buyers of a benchmark buy a lot. What decides whether anything has to be counted stays.
  await pool.query(
    `UPDATE risk_rule SET definition = jsonb_set(definition, '{all}', (
       SELECT jsonb_agg(CASE WHEN one ? 'within' THEN jsonb_set(one, '{value}', CASE one ->> 'op' WHEN '>' THEN '1000000'::jsonb ELSE '0' END) ELSE one END ORDER BY n)
       FROM jsonb_array_elements(definition -> 'all') WITH ORDINALITY AS a (one, n)))`,
  )
  await pool.query(
    `WITH c AS (INSERT INTO customer (name) SELECT 'bench' FROM generate_series(1, $1::int - (SELECT count(*)::int FROM customer)) RETURNING id)
     INSERT INTO customer_standing (customer_id) SELECT id FROM c`,
    [CUSTOMERS],
  )
  for (let n = first; n < first + products; n++) {
    await pool.query(
      `WITH p AS (INSERT INTO product (id, sku, price, currency, stars) VALUES ($1::int, 'BENCH' || $1::int, $2::int, 'CNY', 50) ON CONFLICT DO NOTHING RETURNING id)
       INSERT INTO product_text (product_id, language, name) SELECT id, '', 'Benchmark ' || id FROM p`,
      [n, PRICE],
    )
    const salt = createHash('sha256').update(`${n}:${Date.now()}:${Math.random()}`).digest('hex')
    await pool.query(
      `WITH b AS (INSERT INTO batch (product_id, source, imported_by, sealed_data_key, key_version) VALUES ($1::int, 'bench', 'bench', '', 1) RETURNING id),
       k AS (
         INSERT INTO card_key (product_id, batch_id, ordinal, ciphertext, fingerprint, cost)
         SELECT $1::int, b.id, i, decode(repeat('5a', 96), 'hex'), sha256(convert_to($3 || i, 'UTF8')), 500 FROM b, generate_series(1, $2::int) AS i
         RETURNING id, cost)
       INSERT INTO stock (product_id, rank, card_id, cost) SELECT $1::int, 9223372036854775807, id, cost FROM k ORDER BY id`,
      [n, keysEach, salt],
    )
  }
  await pool.query('ANALYZE')
}

/** Gives a filled shop a past: so many orders paid in the last 30 days, those of {@link RESELLER} among them; and a blocklist. */
export async function fillHistory(pool: pg.Pool, orders: number, resellers: number): Promise<void> {
  await pool.query(
    `WITH made AS (
       INSERT INTO orders (no, customer_id, channel, chat, language, currency, total, stars, demo, idempotency_key, placed_at, reserved_until, units, cost, state, paid_at, delivered_at)
       SELECT 'PAST' || i, CASE WHEN i <= $2::int THEN ${RESELLER} ELSE 1 + i % $3::int END, 'bench', 'past', 'zh', 'CNY', ${PRICE}, 50, false, 'past' || i, at, at, 1, 500,
         'delivered', at, at
       FROM generate_series(1, $1::int) AS i CROSS JOIN LATERAL (SELECT now() - random() * interval '30 days' AS at) AS a RETURNING id, no, customer_id, paid_at)
     INSERT INTO payment (provider, reference, order_no, order_id, payer, amount, currency, received_at, outcome, rule, resolved_at)
     SELECT 'bench', no, no, id, customer_id::text, ${PRICE}, 'CNY', paid_at, 'settled', 'on_time', paid_at FROM made`,
    [orders, resellers, CUSTOMERS],
  )
  await pool.query(
    `UPDATE customer_standing s SET paid = p.paid FROM (SELECT customer_id, count(*) AS paid FROM orders GROUP BY 1) AS p WHERE p.customer_id = s.customer_id`,
  )
  await pool.query(
    `INSERT INTO blocklist (kind, value_hash, reason, by, at) SELECT 'account', sha256(i::text::bytea), 'bench', 'bench', now() FROM generate_series(1, 100) AS i`,
  )
  await pool.query('VACUUM ANALYZE')
}

/** How many keys are free, and what has been sold since the beginning. */
export async function counts(pool: pg.Pool): Promise<{ free: number; sold: number; orders: number }> {
  const { rows } = await pool.query<{ free: number; sold: number; orders: number }>(
    `SELECT (SELECT count(*)::int FROM stock) AS free, (SELECT count(*)::int FROM order_unit) AS sold,
       (SELECT count(*)::int FROM orders WHERE state = 'delivered') AS orders`,
  )
  return rows[0] as { free: number; sold: number; orders: number }
}

export const openPool = (connection: Connection): pg.Pool => {
  const pool = new pg.Pool({ ...connection, max: 4 })
  pool.on('error', () => {})
  return pool
}
