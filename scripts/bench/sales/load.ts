import { randomInt, randomUUID } from 'node:crypto'
import type { Placing } from '../../../core/orders/model.ts'
import type { Shop } from '../../../core/shop.ts'
import { CUSTOMERS, PRICE, RESELLER } from './shop.ts'

/** How sales look: of how many products, how many lines an order has, and which share of them a reseller buys (see shop.ts). */
export interface Shape {
  readonly products: number
  readonly lines: number
  readonly reseller?: number
}

/** What a load came to. Latencies in ms, of a whole sale: placed, paid, delivered. */
export interface Measured {
  readonly sales: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

function wishOf({ products, lines, reseller = 0 }: Shape): Placing {
  const customerId = Math.random() < reseller ? RESELLER : randomInt(1, CUSTOMERS + 1)
  const first = randomInt(products)
  const wanted = Array.from({ length: lines }, (_, i) => ({ sku: `BENCH${((first + i) % products) + 1}`, quantity: 1 }))
  return {
    customerId,
    pseudonym: '00000000-0000-4000-8000-000000000000',
    channel: 'bench',
    chat: `chat-${customerId}`,
    language: 'zh',
    wanted,
    idempotencyKey: randomUUID(),
    expectedTotal: PRICE * lines,
  }
}

/** One sale through the services that every channel uses. @throws Error when it did not end in a delivered order */
export async function sell(shop: Shop, shape: Shape): Promise<void> {
  if (!(await trySell(shop, shape))) throw new Error('refused: busy')
}

/** An order that nobody pays for: it is given up, and its keys come back. */
export async function abandon(shop: Shop, { products }: Shape): Promise<void> {
  const { placed } = await shop.sale.place(wishOf({ products, lines: 1 }))
  if (placed) await shop.sale.cancel(placed.no, placed.customerId)
}

/** As {@link sell}; false when it was not begun because too many were waiting. */
async function trySell(shop: Shop, shape: Shape): Promise<boolean> {
  const { placed, refused } = await shop.sale.place(wishOf(shape))
  if (refused?.reason === 'busy') return false
  if (!placed) throw new Error(`refused: ${JSON.stringify(refused)}`)
  const settled = await shop.payments.receive({
    provider: 'bench',
    reference: randomUUID(),
    orderNo: placed.no,
    payer: String(placed.customerId),
    amount: placed.total,
    currency: placed.currency,
  })
  if (settled.order !== 'delivered') throw new Error(`not delivered: ${JSON.stringify(settled.rule)}`)
  return true
}

const of = (latencies: readonly number[], seconds: number): Measured => {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { sales: sorted.length, seconds, perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99) }
}

/** So many callers, each of whom sells again as soon as it has sold, for so many seconds. */
export async function closedLoop(shop: Shop, shape: Shape, callers: number, seconds: number): Promise<Measured> {
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const began = performance.now()
        await sell(shop, shape)
        latencies.push(performance.now() - began)
      }
    }),
  )
  return of(latencies, (performance.now() - start) / 1000)
}

/**
 * Sales that begin at this rate whatever became of those before, for so many seconds or as long as `work` takes; what was refused
 * or failed is counted. The latency counts from when a sale should have begun.
 */
export async function openLoop(
  shop: Shop,
  shape: Shape,
  perSecond: number,
  during: number | Promise<unknown>,
): Promise<Measured & { readonly busy: number; readonly errors: number; readonly longest: number }> {
  const latencies: number[] = []
  const sales: Promise<void>[] = []
  const count = { busy: 0, errors: 0, longest: 0, open: 0 }
  const start = performance.now()
  let total = typeof during === 'number' ? perSecond * during : Number.POSITIVE_INFINITY
  const over = () => {
    total = 0
  }
  if (typeof during !== 'number') during.then(over, over)
  for (let n = 0; n < total; ) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - start) / 1000) * perSecond))
    for (; n < due; n++) {
      const began = start + (n / perSecond) * 1000
      count.longest = Math.max(count.longest, ++count.open)
      const sale = trySell(shop, shape).then(
        (sold) => void (sold ? latencies.push(performance.now() - began) : count.busy++),
        () => void count.errors++,
      )
      sales.push(sale.finally(() => void count.open--))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(sales)
  return { ...of(latencies, (performance.now() - start) / 1000), ...count }
}
