import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, expect, it, vi } from 'vitest'
import type { Placement } from '../../../core/orders/model.ts'
import { ROOM } from '../../../core/sale/gathering.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

/** Keeps every order from being placed until it is called. */
async function stall(): Promise<() => Promise<unknown>> {
  const client = new pg.Client({ ...stand.connection })
  await client.connect()
  atEnd(() => client.end())
  await client.query('BEGIN; LOCK TABLE stock IN ACCESS EXCLUSIVE MODE')
  return () => client.query('COMMIT')
}

/** Orders one key, without a look at the product's page before. */
function order(buyer: Buyer, { sku }: Stocked, onLine?: (ahead: number) => void): Promise<Placement> {
  const { id: customerId, pseudonym, channel, chat, language } = buyer
  const wanted = [{ sku, quantity: 1 }]
  const who = { customerId, pseudonym, channel, chat, language }
  return stand.shop.sale.place({ ...who, wanted, idempotencyKey: randomUUID(), expectedTotal: 990 }, onLine)
}

it('tells a buyer who asks for too much at once that it is busy, and keeps nothing of it; others are not held up', async () => {
  const product = await stand.product(200)
  const [greedy, modest] = [await stand.meet(), await stand.meet()]
  const go = await stall()
  let busy = 0
  const asked = Array.from({ length: ROOM.ofOne + 6 }, async () => {
    const placement = await order(greedy, product)
    if (placement.refused?.reason === 'busy') busy++
    return placement
  })
  const other = order(modest, product)
  // So many wait, and one may be under way already.
  await vi.waitFor(() => expect(busy).toBeGreaterThanOrEqual(asked.length - 1 - ROOM.ofOne), { timeout: 20_000 })
  await go()
  expect(busy).toBeLessThanOrEqual(asked.length - ROOM.ofOne)
  expect((await other).placed).toBeDefined()
  const placed = (await Promise.all(asked)).filter((placement) => placement.placed)
  expect(placed.length).toBeGreaterThan(0)
  const [level] = (await stand.shop.inventory.levels(product.sku, 0)).items
  expect(level).toMatchObject({ reserved: placed.length + 1 })
})

it('tells who waits that they are in line, and how many are before them', async () => {
  const product = await stand.product(10)
  // Orders of one buyer go one after the other: the first is under way.
  const buyer = await stand.meet()
  const go = await stall()
  const told: number[] = []
  const placed = Array.from({ length: 5 }, () => order(buyer, product, (ahead) => told.push(ahead)))
  await vi.waitFor(() => expect(told.toSorted()).toEqual([0, 0, 1, 2, 3]), { timeout: 5000 })
  await go()
  for (const { refused } of await Promise.all(placed)) expect(refused?.reason).not.toBe('busy')
})
