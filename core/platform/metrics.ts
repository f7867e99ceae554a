import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How far an order has come, each counted when it is committed. */
export type Stage = 'placed' | 'held' | 'delivered' | 'refunded' | 'expired'

/** What is read from the database when somebody asks, ages in seconds. */
export interface Gauges {
  readonly jobs: readonly {
    readonly task: string
    /** due and never tried */
    readonly waiting: number
    /** tried and to be tried again */
    readonly retrying: number
    /** given up: see reports/dead-letters.ts */
    readonly dead: number
    /** how long the oldest of those not given up has been there */
    readonly oldest: number
  }[]
  /** left by sales and not yet handed to the job library, counted up to 10,000 */
  readonly outbox: number
  readonly reservations: { readonly open: number; readonly oldest: number }
  /** entries of the audit log without a seal, counted up to 10,000, and how long the first of them has waited */
  readonly audit: { readonly rows: number; readonly seconds: number }
  readonly stock: readonly { readonly sku: string; readonly keys: number }[]
}

/**
 * What this process has done and what the shop's database looks like, for Prometheus (X4). Labels are codes, names of
 * tasks and SKUs: never a buyer, an order number or a key, so that there are few of them and none is anybody's business.
 */
export interface Metrics {
  /** `times` orders have come to this stage. */
  count(stage: Stage, times?: number): void
  /** An order was refused, for a reason by its code. */
  refused(reason: string): void
  /** How long placing or settling took, in ms. */
  time(step: 'place' | 'settle', ms: number): void
  /** A provider told of a payment; `outcome` is a code. */
  payment(provider: string, outcome: string): void
  /** A buyer was sent the message with the keys so many ms after paying. */
  delivered(ms: number): void
  /** A channel that can be away is there or is not, as this process sees it. */
  channel(name: string, isUp: boolean): void
  /** All of it in Prometheus' text format, with its media type. A database that does not answer is told of, not thrown. */
  text(): Promise<{ readonly type: string; readonly body: string }>
}

/** Seconds: a sale takes a few ms, a message tens to hundreds, one that waits for a platform's limit more. */
const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const SLOW = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600]

/** @param read reads the gauges; it is asked once at a time, however many ask */
export function createMetrics(read: () => Promise<Gauges>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `keytill_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `keytill_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string, buckets: number[], labelNames: readonly string[] = []) =>
    new Histogram({ name: `keytill_${name}`, help, buckets, labelNames, registers })

  const orders = counter('orders_total', 'Orders that came to a stage, in this process', ['stage'])
  const refusals = counter('orders_refused_total', 'Orders refused, in this process', ['reason'])
  const payments = counter('payments_total', 'Payments told of by providers, in this process', ['provider', 'outcome'])
  const sale = histogram('sale_seconds', 'Placing or settling an order, in this process', FAST, ['step'])
  const delivery = histogram('delivery_seconds', 'From payment to the message with the keys, in this process', SLOW)
  const jobs = gauge('jobs', 'Jobs by what they wait for', ['task', 'state'])
  const oldest = gauge('jobs_oldest_seconds', 'Age of the oldest job that is due or retried', ['task'])
  const outbox = gauge('outbox', 'Jobs left by sales and not handed over yet, counted up to 10000')
  const open = gauge('reservations_open', 'Unpaid orders that hold keys')
  const openFor = gauge('reservations_oldest_seconds', 'Age of the oldest of them')
  const unsealed = gauge('audit_unsealed', 'Entries of the audit log without a seal, counted up to 10000')
  const unsealedFor = gauge('audit_unsealed_seconds', 'Age of the oldest of them: how far sealing is behind')
  const stock = gauge('stock_keys', 'Keys for sale, counted up to 1000 per product', ['sku'])
  const channels = gauge('channel_up', '1 while a channel that can be away is there, in this process', ['channel'])
  const up = gauge('database_up', '1 when the database answers')

  const show = (found: Gauges) => {
    for (const { task, oldest: age, ...states } of found.jobs) {
      for (const [state, number] of Object.entries(states)) jobs.set({ task, state }, number)
      oldest.set({ task }, age)
    }
    outbox.set(found.outbox)
    open.set(found.reservations.open)
    openFor.set(found.reservations.oldest)
    unsealed.set(found.audit.rows)
    unsealedFor.set(found.audit.seconds)
    for (const { sku, keys } of found.stock) stock.set({ sku }, keys)
  }

  let watched = false
  async function measure() {
    // From the first question on: what is never asked need not watch its process.
    if (!watched) collectDefaultMetrics({ register: registry })
    watched = true
    const found = await read().catch(() => undefined)
    for (const labelled of [jobs, oldest, stock]) labelled.reset()
    for (const single of [outbox, open, openFor, unsealed, unsealedFor]) single.remove()
    up.set(found ? 1 : 0)
    if (found) show(found)
    return { type: registry.contentType, body: await registry.metrics() }
  }
  let measuring: ReturnType<typeof measure> | undefined

  return {
    count: (stage, times = 1) => orders.inc({ stage }, times),
    refused: (reason) => refusals.inc({ reason }),
    time: (step, ms) => sale.observe({ step }, ms / 1000),
    payment: (provider, outcome) => payments.inc({ provider, outcome }),
    channel: (channel, isUp) => channels.set({ channel }, isUp ? 1 : 0),
    delivered: (ms) => delivery.observe(ms / 1000),
    text() {
      measuring ??= measure().finally(() => {
        measuring = undefined
      })
      return measuring
    },
  }
}
