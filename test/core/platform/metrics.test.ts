import { expect, it } from 'vitest'
import { createMetrics, type Gauges } from '../../../core/platform/metrics.ts'

const NOTHING: Gauges = {
  jobs: [],
  outbox: 0,
  reservations: { open: 0, oldest: 0 },
  audit: { rows: 0, seconds: 0 },
  stock: [],
}

/** The lines of our own metrics, without what explains them. */
const ours = (body: string): string[] => body.split('\n').filter((line) => line.startsWith('keytill_'))

it('counts and times what it is told of', async () => {
  const metrics = createMetrics(async () => NOTHING)
  metrics.count('placed')
  metrics.count('placed')
  metrics.count('expired', 3)
  metrics.refused('sold_out')
  metrics.payment('test-pay', 'delivered')
  metrics.time('place', 3)
  metrics.time('settle', 40)
  metrics.delivered(1500)
  const { type, body } = await metrics.text()
  expect(type).toContain('text/plain')
  expect(ours(body)).toEqual(
    expect.arrayContaining([
      'keytill_orders_total{stage="placed"} 2',
      'keytill_orders_total{stage="expired"} 3',
      'keytill_orders_refused_total{reason="sold_out"} 1',
      'keytill_payments_total{provider="test-pay",outcome="delivered"} 1',
      'keytill_sale_seconds_bucket{le="0.0025",step="place"} 0',
      'keytill_sale_seconds_bucket{le="0.005",step="place"} 1',
      'keytill_sale_seconds_sum{step="settle"} 0.04',
      'keytill_delivery_seconds_bucket{le="1"} 0',
      'keytill_delivery_seconds_bucket{le="2.5"} 1',
    ]),
  )
  expect(body).toContain('process_cpu_seconds_total')
})

it('shows the database as it is at each asking, and that it is away', async () => {
  let gauges: Gauges | undefined = {
    jobs: [{ task: 'refund', waiting: 2, retrying: 1, dead: 0, oldest: 90 }],
    outbox: 5,
    reservations: { open: 4, oldest: 60 },
    audit: { rows: 9, seconds: 0.5 },
    stock: [{ sku: 'A', keys: 7 }],
  }
  const metrics = createMetrics(async () => {
    if (!gauges) throw new Error('away')
    return gauges
  })
  const changing = async () =>
    ours((await metrics.text()).body).filter((line) =>
      /^keytill_(jobs|outbox|reservations|audit|stock|database)/.test(line),
    )
  expect(await changing()).toEqual([
    'keytill_jobs{task="refund",state="waiting"} 2',
    'keytill_jobs{task="refund",state="retrying"} 1',
    'keytill_jobs{task="refund",state="dead"} 0',
    'keytill_jobs_oldest_seconds{task="refund"} 90',
    'keytill_outbox 5',
    'keytill_reservations_open 4',
    'keytill_reservations_oldest_seconds 60',
    'keytill_audit_unsealed 9',
    'keytill_audit_unsealed_seconds 0.5',
    'keytill_stock_keys{sku="A"} 7',
    'keytill_database_up 1',
  ])
  gauges = { ...NOTHING, stock: [{ sku: 'B', keys: 1 }] }
  expect(await changing()).toEqual([
    'keytill_outbox 0',
    'keytill_reservations_open 0',
    'keytill_reservations_oldest_seconds 0',
    'keytill_audit_unsealed 0',
    'keytill_audit_unsealed_seconds 0',
    'keytill_stock_keys{sku="B"} 1',
    'keytill_database_up 1',
  ])
  gauges = undefined
  expect(await changing()).toEqual(['keytill_database_up 0'])
})

it('asks the database once for all who ask at the same time', async () => {
  let asked = 0
  const metrics = createMetrics(async () => {
    asked++
    return NOTHING
  })
  const [a, b] = await Promise.all([metrics.text(), metrics.text()])
  expect(a).toBe(b)
  expect(asked).toBe(1)
  await metrics.text()
  expect(asked).toBe(2)
})
