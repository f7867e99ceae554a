import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const level = async (sku: string) => (await stand.shop.inventory.levels(sku, 0)).items[0]
const crowd = (size: number): Promise<Buyer[]> => Promise.all(Array.from({ length: size }, () => stand.meet()))

it('sells 50 keys to 50 of 200 buyers who come at once, and tells the others there are none', async () => {
  const product = await stand.product(50)
  const buyers = await crowd(200)
  const placements = await Promise.all(buyers.map((buyer) => stand.ask(buyer, product.sku)))
  const refusals = placements.flatMap(({ refused }) => refused ?? [])
  expect(placements.filter(({ placed }) => placed)).toHaveLength(50)
  expect(refusals).toHaveLength(150)
  for (const refused of refusals) expect(refused).toMatchObject({ reason: 'sold_out', available: 0 })
  expect(await level(product.sku)).toMatchObject({ available: 0, reserved: 50 })
  stand.clock.advance(minutes(15))
  await stand.shop.sale.releaseDue()
  expect(await level(product.sku)).toMatchObject({ available: 50, reserved: 0, sold: 0 })
})

it('leaves nothing over when buyers of two processes want several at once', async () => {
  const product = await stand.product(90)
  const buyers = await crowd(60)
  const other = await openShop({ beside: stand })
  const placements = await Promise.all(
    buyers.map((buyer, index) => (index % 2 ? stand : other).ask(buyer, product.sku, 3)),
  )
  expect(placements.filter(({ placed }) => placed)).toHaveLength(30)
  expect(await level(product.sku)).toMatchObject({ available: 0, reserved: 90 })
})

it('tells nobody that there is too little because of an order that is refused after all', async () => {
  const scarce = await stand.product(10)
  const gone = await stand.product(0)
  // Every other order holds all ten keys for a moment and then gives them back.
  const buyers = await crowd(40)
  const placements = await Promise.all(
    buyers.map((buyer, index) => {
      if (index % 2 === 0) return stand.ask(buyer, scarce.sku, 1)
      const wanted = [
        { sku: scarce.sku, quantity: 10 },
        { sku: gone.sku, quantity: 1 },
      ]
      return stand.ask(buyer, scarce.sku, 1, { wanted, expectedTotal: 11 * 990 })
    }),
  )
  expect(placements.filter(({ placed }) => placed)).toHaveLength(10)
  expect(await level(scarce.sku)).toMatchObject({ available: 0, reserved: 10 })
})

it('does not tie up orders that want the same products in another order', async () => {
  const [one, other] = [await stand.product(30), await stand.product(30)]
  const buyers = await crowd(30)
  const placements = await Promise.all(
    buyers.map((buyer, index) => {
      const wanted = [
        { sku: one.sku, quantity: 2 },
        { sku: other.sku, quantity: 2 },
      ]
      if (index % 2) wanted.reverse()
      return stand.ask(buyer, one.sku, 1, { wanted, expectedTotal: 4 * 990 })
    }),
  )
  expect(placements.filter(({ placed }) => placed)).toHaveLength(15)
  expect(await level(one.sku)).toMatchObject({ available: 0, reserved: 30 })
  expect(await level(other.sku)).toMatchObject({ available: 0, reserved: 30 })
})

it('makes one order of one key of idempotency, however often it is asked at once', async () => {
  const product = await stand.product(20)
  const buyer = await stand.meet()
  const other = await openShop({ beside: stand })
  const idempotencyKey = randomUUID()
  const placements = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? stand : other).ask(buyer, product.sku, 1, { idempotencyKey }),
    ),
  )
  expect(new Set(placements.map(({ placed }) => placed?.no)).size).toBe(1)
  expect(placements[0]?.placed).toBeDefined()
  expect(await level(product.sku)).toMatchObject({ available: 19, reserved: 1 })
})

it('does not let one buyer have more open orders than allowed by asking for them at once', async () => {
  const product = await stand.product(20)
  const buyer = await stand.meet()
  const placements = await Promise.all(Array.from({ length: 10 }, () => stand.ask(buyer, product.sku)))
  expect(placements.filter(({ placed }) => placed)).toHaveLength(3)
})

/** A transaction that holds some of a product's keys until it is let go. */
async function hold(productId: number, keys: number): Promise<() => Promise<void>> {
  const holder = new pg.Client({ ...stand.connection })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM stock WHERE product_id = $1 ORDER BY card_id LIMIT $2 FOR UPDATE', [productId, keys])
  return async () => {
    await holder.query('ROLLBACK')
    await holder.end()
  }
}

it('passes over keys that another order holds', async () => {
  const product = await stand.product(3)
  const letGo = await hold(product.id, 1)
  expect((await stand.ask(await stand.meet(), product.sku, 2)).placed).toMatchObject({ state: 'awaiting_payment' })
  await letGo()
})

it('waits for keys that another order holds and may yet give back', async () => {
  const product = await stand.product(2)
  const buyer = await stand.meet()
  const letGo = await hold(product.id, 2)
  let isAnswered = false
  const asked = stand.ask(buyer, product.sku, 2).finally(() => {
    isAnswered = true
  })
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  while (!isAnswered && (await stand.rows(waiting)).length === 0);
  await letGo()
  expect((await asked).placed).toMatchObject({ state: 'awaiting_payment' })
})
