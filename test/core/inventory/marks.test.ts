import { beforeAll, describe, expect, it } from 'vitest'
import type { KeyFacts } from '../../../core/inventory/model.ts'
import { openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const levelOf = async ({ sku }: Stocked) => (await stand.shop.inventory.levels(sku, 0)).items[0]
async function keyOf(text: string): Promise<KeyFacts> {
  const key = await stand.shop.inventory.find({ text })
  if (!key) throw new Error(`no key ${text}`)
  return key
}

describe('a key', () => {
  it('is found by its text, however it is typed, and by its place in an order', async () => {
    const product = await stand.product(0)
    await stand.stock(product, ['FIND-1,secret,2026-12-31', 'FIND-2'])
    const facts = {
      sku: product.sku,
      productId: product.id,
      importedAt: stand.clock(),
      expiresAt: new Date('2026-12-31T23:59:59Z'),
      state: 'available',
      orderNo: undefined,
    }
    expect(await stand.shop.inventory.find({ text: 'FIND-1' })).toMatchObject(facts)
    expect(await stand.shop.inventory.find({ text: ' ＦＩＮＤ-1\u200b ' })).toMatchObject(facts)
    expect(await stand.shop.inventory.find({ text: 'find-1' })).toBeUndefined()
    expect(await stand.shop.inventory.find({ text: 'secret' })).toBeUndefined()
    const order = await stand.order(await stand.meet(), product.sku, 2)
    expect(await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })).toMatchObject({
      ...facts,
      state: 'reserved',
      orderNo: order.no,
    })
    expect(await stand.shop.inventory.find({ orderNo: order.no, unit: 2 })).toMatchObject({ expiresAt: undefined })
    for (const unit of [3, 1000]) expect(await stand.shop.inventory.find({ orderNo: order.no, unit })).toBeUndefined()
    expect(await stand.shop.inventory.find({ orderNo: 'ZZZZZZZZ', unit: 1 })).toBeUndefined()
    await stand.receive(order)
    expect(await keyOf('FIND-1')).toMatchObject({ state: 'sold' })
  })

  it('counts its units across the lines of an order', async () => {
    const [one, other] = [await stand.product(2), await stand.product(2)]
    const wanted = [
      { sku: other.sku, quantity: 2 },
      { sku: one.sku, quantity: 2 },
    ]
    const { placed } = await stand.ask(await stand.meet(), one.sku, 1, { wanted, expectedTotal: 4 * 990 })
    const skus = await Promise.all(
      [1, 2, 3, 4].map(async (unit) => (await stand.shop.inventory.find({ orderNo: placed?.no ?? '', unit }))?.sku),
    )
    expect(skus).toEqual([other.sku, other.sku, one.sku, one.sku])
  })

  it('that has expired is no stock, and is reported a week before', async () => {
    const product = await stand.product(1)
    await stand.stock(product, ['SOON-1,,2026-06-08', 'SOON-2,,2026-06-07', 'NOW-1,,2026-06-01T09:00'])
    expect(await levelOf(product)).toMatchObject({ available: 4, expiring: 2, expired: 0 })
    const before = stand.clock()
    stand.clock.set(new Date('2026-06-01T09:00:00Z'))
    expect(await levelOf(product)).toMatchObject({ available: 3, expiring: 1, expired: 1 })
    expect(await keyOf('NOW-1')).toMatchObject({ state: 'expired' })
    stand.clock.set(before)
  })
})

describe('a frozen key', () => {
  it('is not sold until it is unfrozen', async () => {
    const product = await stand.product(1)
    const key = await keyOf(product.codes[0] ?? '')
    expect(await stand.shop.inventory.freeze('staff', key, 'complaint')).toBe(true)
    expect(await stand.shop.inventory.freeze('staff', key, 'again')).toBe(true)
    expect(await stand.shop.inventory.find({ cardId: key.cardId })).toMatchObject({ state: 'frozen', reason: 'again' })
    expect(await levelOf(product)).toMatchObject({ available: 0, frozen: 1 })
    expect((await stand.ask(await stand.meet(), product.sku)).refused?.reason).toBe('sold_out')
    expect(await stand.shop.inventory.unfreeze('staff', key)).toBe(true)
    expect(await stand.shop.inventory.unfreeze('staff', key)).toBe(false)
    expect(await levelOf(product)).toMatchObject({ available: 1, frozen: 0 })
    await stand.order(await stand.meet(), product.sku)
  })

  it('comes back to its place in the queue', async () => {
    const product = await stand.product(1)
    await stand.stock(product, ['EARLY-1,,2026-07-01'])
    const key = await keyOf('EARLY-1')
    await stand.shop.inventory.freeze('staff', key, 'complaint')
    await stand.shop.inventory.unfreeze('staff', key)
    const order = await stand.order(await stand.meet(), product.sku)
    expect(await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })).toMatchObject({ cardId: key.cardId })
  })

  it('stays with the buyer who has it already, and is shown to them again when it is unfrozen', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku)
    const key = await keyOf(product.codes[0] ?? '')
    await stand.shop.inventory.freeze('staff', key, 'complaint')
    expect(await levelOf(product)).toMatchObject({ available: 0, sold: 0, frozen: 1 })
    const withheld = expect.objectContaining({ code: 'order.keys_withheld' })
    await expect(stand.shop.delivery.reveal(order, buyer, 'test')).rejects.toThrow(withheld)
    await stand.shop.inventory.unfreeze('staff', key)
    expect(await levelOf(product)).toMatchObject({ available: 0, sold: 1, frozen: 0 })
    expect(await stand.shop.delivery.reveal(order, buyer, 'test')).toHaveLength(1)
  })
})

describe('a void key', () => {
  it('is out of the trade for good', async () => {
    const product = await stand.product(2)
    const [one, other] = [await keyOf(product.codes[0] ?? ''), await keyOf(product.codes[1] ?? '')]
    expect(await stand.shop.inventory.void('staff', one, 'used')).toBe(true)
    await stand.shop.inventory.freeze('staff', other, 'complaint')
    expect(await stand.shop.inventory.void('staff', other, 'used')).toBe(true)
    for (const key of [one, other]) {
      expect(await stand.shop.inventory.unfreeze('staff', key)).toBe(false)
      expect(await stand.shop.inventory.freeze('staff', key, 'complaint')).toBe(false)
      expect(await stand.shop.inventory.void('staff', key, 'again')).toBe(false)
      expect(await stand.shop.inventory.find({ cardId: key.cardId })).toMatchObject({ state: 'void', reason: 'used' })
    }
    expect(await levelOf(product)).toMatchObject({ available: 0, frozen: 0 })
  })
})

it('writes down every mark, once, by the key’s number', async () => {
  const product = await stand.product(1)
  const key = await keyOf(product.codes[0] ?? '')
  await stand.shop.inventory.freeze('ann', key, 'complaint')
  await stand.shop.inventory.unfreeze('bob', key)
  await stand.shop.inventory.unfreeze('bob', key)
  await stand.shop.inventory.void('cat', key, 'used')
  const entries = await stand.rows('SELECT actor, action, data FROM audit_entry WHERE subject = $1 ORDER BY id', [
    `key:${key.cardId}`,
  ])
  expect(entries).toEqual([
    { actor: 'ann', action: 'key.frozen', data: { sku: product.sku, reason: 'complaint' } },
    { actor: 'bob', action: 'key.unfrozen', data: { sku: product.sku } },
    { actor: 'cat', action: 'key.void', data: { sku: product.sku, reason: 'used' } },
  ])
})
