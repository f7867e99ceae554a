import { expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'

it('reads jobs, reservations and stock at once', async () => {
  const stand = await openShop()
  const nothing = { jobs: [], outbox: 0, reservations: { open: 0, oldest: 0 }, stock: [] }
  const { audit, ...others } = await stand.shop.reports.gauges()
  expect(others).toEqual(nothing)

  const product = await stand.product(3)
  const off = await stand.product(1, { shelf: 'off' })
  const buyer = await stand.meet()
  await stand.order(buyer, product.sku)
  stand.clock.advance(minutes(2))
  await stand.order(buyer, product.sku)
  await stand.stock(product, ['EXPIRING,,2026-06-02'])
  for (const [task, attempts, most] of [
    ['refund', 0, 25],
    ['refund', 3, 25],
    ['refund', 25, 25],
    ['later', 0, 25],
  ]) {
    const run = task === 'later' ? `now() + interval '1 hour'` : `now() - interval '1 minute'`
    await stand.rows(
      `WITH job AS (SELECT (graphile_worker.add_job($1, job_key := gen_random_uuid()::text, max_attempts := $3, run_at := ${run})).id)
       SELECT FROM job, graphile_worker.reschedule_jobs(ARRAY[job.id], attempts := $2)`,
      [task, attempts, most],
    )
  }
  await stand.rows(`DELETE FROM outbox`)
  await stand.rows(`INSERT INTO outbox (task, payload) VALUES ('refund', '{}'), ('refund', '{}')`)
  const { jobs, outbox, reservations, stock } = await stand.shop.reports.gauges()
  expect(jobs).toContainEqual({ task: 'refund', waiting: 1, retrying: 1, dead: 1, oldest: expect.any(Number) })
  expect(jobs).toContainEqual({ task: 'later', waiting: 0, retrying: 0, dead: 0, oldest: 0 })
  expect(jobs.find(({ task }) => task === 'refund')?.oldest).toBeGreaterThanOrEqual(60)
  expect(outbox).toBe(2)
  expect(reservations).toEqual({ open: 2, oldest: 120 })
  // Nobody seals here.
  expect((await stand.shop.reports.gauges()).audit.rows).toBeGreaterThan(audit.rows)
  expect((await stand.shop.reports.gauges()).audit.seconds).toBeGreaterThanOrEqual(120)
  expect(stock).toEqual([{ sku: product.sku, keys: 2 }])
  expect(stock.map(({ sku }) => sku)).not.toContain(off.sku)

  stand.clock.set(new Date('2026-06-10T00:00:00Z'))
  expect((await stand.shop.reports.gauges()).stock).toEqual([{ sku: product.sku, keys: 1 }])
})

it('counts no stock to its end, and products beyond the first 500 together', async () => {
  const stand = await openShop()
  const product = await stand.product(0)
  await stand.stock(
    product,
    Array.from({ length: 1001 }, (_, i) => `MANY-${i}`),
  )
  await stand.rows(
    `INSERT INTO product (sku, price, currency) SELECT 'P' || n, 1, 'CNY' FROM generate_series(1, 499) AS n`,
  )
  expect((await stand.shop.reports.gauges()).stock).toHaveLength(500)
  const [more, evenMore] = [await stand.product(2), await stand.product(1)]
  const { stock } = await stand.shop.reports.gauges()
  expect(stock).toHaveLength(501)
  expect(stock).toContainEqual({ sku: product.sku, keys: 1000 })
  expect(stock).toContainEqual({ sku: 'other', keys: 3 })
  expect(stock.map(({ sku }) => sku)).not.toEqual(expect.arrayContaining([more.sku, evenMore.sku]))
})
