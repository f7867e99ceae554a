import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

describe('a delivered order', () => {
  it('shows its keys masked, in the order of its lines, as many as are asked for', async () => {
    const [one, other] = [await stand.product(0), await stand.product(0)]
    await stand.stock(one, ['ABCDEFGHIJKLMN', 'NMLKJIHGFEDCBA'])
    await stand.stock(other, ['1234567890123456,password'])
    const buyer = await stand.meet()
    const wanted = [
      { sku: other.sku, quantity: 1 },
      { sku: one.sku, quantity: 2 },
    ]
    const { placed } = await stand.ask(buyer, one.sku, 1, { wanted, expectedTotal: 3 * 990 })
    if (!placed) throw new Error('refused')
    await stand.receive(placed)
    const order = await stand.again(placed)
    const masked = await stand.shop.delivery.masked(order, 10)
    expect(masked).toEqual([
      { lineId: order.lines[0]?.id, masked: '12****56' },
      { lineId: order.lines[1]?.id, masked: 'AB****MN' },
      { lineId: order.lines[1]?.id, masked: 'NM****BA' },
    ])
    expect(await stand.shop.delivery.masked(order, 2)).toEqual(masked.slice(0, 2))
    expect(await stand.rows('SELECT FROM reveal WHERE order_id = $1', [order.id])).toHaveLength(0)
  })

  it('shows its keys to its buyer as often as they like, and tells when and where', async () => {
    const product = await stand.product(0)
    await stand.stock(product, ['REVEAL-1,password', 'REVEAL-2'])
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku, 2)
    const keys = await stand.shop.delivery.reveal(order, buyer, 'test')
    expect(keys.map(({ key }) => key)).toEqual([{ code: 'REVEAL-1', password: 'password' }, { code: 'REVEAL-2' }])
    stand.clock.advance(minutes(1))
    expect(await stand.shop.delivery.reveal(order, buyer, 'web')).toEqual(keys)
    const [first, second] = (await stand.again(order)).reveals
    expect(first).toEqual({ at: new Date(stand.clock().getTime() - minutes(1)), channel: 'test', units: 2 })
    expect(second).toEqual({ at: stand.clock(), channel: 'web', units: 2 })
    const audit = await stand.rows(
      'SELECT actor, data FROM audit_entry WHERE subject = $1 AND action = $2 ORDER BY id',
      [`order:${order.no}`, 'order.revealed'],
    )
    expect(audit).toEqual([
      { actor: buyer.pseudonym, data: { units: 2, channel: 'test' } },
      { actor: buyer.pseudonym, data: { units: 2, channel: 'web' } },
    ])
  })

  it('shows them to nobody else', async () => {
    const product = await stand.product(1)
    const order = await stand.bought(await stand.meet(), product.sku)
    await expect(stand.shop.delivery.reveal(order, await stand.meet(), 'test')).rejects.toThrow(
      expect.objectContaining({ code: 'order.not_yours' }),
    )
    expect((await stand.again(order)).reveals).toEqual([])
  })
})

describe('a key that staff took out of the trade after it was sold', () => {
  const out = async (no: string, unit: number, how: 'freeze' | 'void') => {
    const key = await stand.shop.inventory.find({ orderNo: no, unit })
    if (!key) throw new Error('no key')
    await stand.shop.inventory[how]('staff', key, 'complaint')
    return key
  }

  it.each(['freeze', 'void'] as const)('(%s) is withheld, and the others are shown', async (how) => {
    const product = await stand.product(2)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku, 2)
    await out(order.no, 1, how)
    const keys = await stand.shop.delivery.reveal(order, buyer, 'test')
    expect(keys.map(({ key }) => key.code)).toEqual(product.codes.slice(1))
    expect(await stand.shop.delivery.masked(order, 10)).toHaveLength(1)
    expect((await stand.again(order)).reveals).toMatchObject([{ units: 1 }])
  })

  it('leaves an order without anything to show, until it is unfrozen', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, product.sku)
    const key = await out(order.no, 1, 'freeze')
    const withheld = expect.objectContaining({ code: 'order.keys_withheld' })
    await expect(stand.shop.delivery.reveal(order, buyer, 'test')).rejects.toThrow(withheld)
    expect((await stand.again(order)).reveals).toEqual([])
    await stand.shop.inventory.unfreeze('staff', key)
    expect((await stand.shop.delivery.reveal(order, buyer, 'test')).map((k) => k.key.code)).toEqual(product.codes)
  })
})

it('shows nothing of an order that is not delivered', async () => {
  const product = await stand.product(3)
  const buyer = await stand.meet()
  const unpaid = await stand.order(buyer, product.sku)
  const cancelled = await stand.order(buyer, product.sku)
  await stand.shop.sale.cancel(cancelled.no, buyer.id)
  for (const order of [unpaid, await stand.again(cancelled)]) {
    expect(await stand.shop.delivery.masked(order, 10)).toEqual([])
    const refused = expect.objectContaining({ code: 'order.state' })
    await expect(stand.shop.delivery.reveal(order, buyer, 'test')).rejects.toThrow(refused)
  }
})

it('does not open what it was told is delivered and is not', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku)
  await expect(stand.shop.delivery.reveal({ ...order, state: 'delivered' }, buyer, 'test')).rejects.toThrow(
    expect.objectContaining({ code: 'order.state' }),
  )
})

it('opens keys in another process of the shop, and not without the vault’s key', async () => {
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku)
  const other = await openShop({ beside: stand })
  expect((await other.shop.delivery.reveal(order, buyer, 'test')).map(({ key }) => key.code)).toEqual(product.codes)
  const { dataDir } = await openShop()
  const stranger = openShop({ beside: { ...stand, dataDir } })
  await expect(stranger).rejects.toMatchObject({ code: 'vault.key_wrong' })
})
