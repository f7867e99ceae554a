import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const codeOf = (code: string) => expect.objectContaining({ code })
const skusOf = async (search: string, more = {}) =>
  (await stand.shop.catalog.list({ language: 'en', page: 0, size: 50, search, ...more })).items.map(({ sku }) => sku)

describe('a new product', () => {
  it('is on the shelf, without stock, in the shop’s currency', async () => {
    await stand.shop.catalog.add('ann', { sku: ' new-1 ', name: ' New one ', price: 990, stars: 50 })
    expect(await stand.shop.catalog.product('New-1', 'zh')).toMatchObject({
      sku: 'NEW-1',
      kind: 'card_key',
      name: 'New one',
      price: 990,
      currency: 'CNY',
      stars: 50,
      onShelf: true,
      demo: false,
      level: 'none',
      limit: 200,
      format: 'code',
      category: undefined,
      picture: undefined,
    })
    const [entry] = await stand.rows(`SELECT actor, data FROM audit_entry WHERE subject = 'product:NEW-1'`)
    expect(entry).toEqual({ actor: 'ann', data: { price: 990, currency: 'CNY', stars: 50 } })
  })

  it('has a SKU of its own, and a name', async () => {
    await stand.shop.catalog.add('ann', { sku: 'TWIN', name: 'Twin', price: 1 })
    const add = (sku: string, name = 'Twin') => stand.shop.catalog.add('ann', { sku, name, price: 2 })
    await expect(add('twin')).rejects.toThrow(codeOf('product.exists'))
    for (const sku of ['', '-A', 'A B', 'A'.repeat(25), '卡', 'A/B', "A'"])
      await expect(add(sku)).rejects.toThrow(codeOf('product.sku'))
    await expect(add('FINE', ' ')).rejects.toThrow(codeOf('product.value'))
    expect((await stand.shop.catalog.product('TWIN', 'en'))?.price).toBe(1)
  })
})

describe('a change', () => {
  it('finds the product however its SKU is typed, and is written down', async () => {
    const { sku } = await stand.product(0)
    await stand.shop.catalog.set('ann', ` ${sku.toLowerCase()} `, 'price', '1')
    expect((await stand.shop.catalog.product(sku, 'en'))?.price).toBe(100)
    const entries = await stand.rows(
      `SELECT actor, data FROM audit_entry WHERE subject = $1 AND action = 'product.set'`,
      [`product:${sku}`],
    )
    expect(entries).toEqual([{ actor: 'ann', data: { field: 'price', value: '1' } }])
  })

  it('of what there is not, or to what it cannot be, changes nothing', async () => {
    const { sku } = await stand.product(0)
    await expect(stand.shop.catalog.set('ann', 'NOTHERE', 'price', '1')).rejects.toThrow(codeOf('product.unknown'))
    await expect(stand.shop.catalog.set('ann', sku, 'price', 'free')).rejects.toThrow(codeOf('money.malformed'))
    await expect(stand.shop.catalog.set('ann', sku, 'colour', 'red')).rejects.toThrow(codeOf('product.field'))
    expect((await stand.shop.catalog.product(sku, 'en'))?.price).toBe(990)
  })
})

describe('a text', () => {
  it('is that of the reader’s language, or the one for all', async () => {
    const { sku } = await stand.product(0, {
      name: 'Card',
      'name.zh': '卡',
      description: 'For all',
      'redeem.en': 'Open the app',
    })
    expect(await stand.shop.catalog.product(sku, 'zh')).toMatchObject({
      name: '卡',
      description: 'For all',
      redeem: undefined,
    })
    expect(await stand.shop.catalog.product(sku, 'en')).toMatchObject({ name: 'Card', redeem: 'Open the app' })
    await stand.shop.catalog.set('ann', sku, 'name.zh', '-')
    expect((await stand.shop.catalog.product(sku, 'zh'))?.name).toBe('Card')
  })
})

describe('a search', () => {
  it('looks into SKU, names, descriptions and category, in every language, without case', async () => {
    const { sku } = await stand.product(0, {
      'name.zh': '网易云',
      description: 'Music for a month',
      category: 'Streaming',
    })
    for (const search of ['网易', 'MUSIC', 'stream', sku.slice(2).toLowerCase()])
      expect(await skusOf(search)).toContain(sku)
    expect(await skusOf('nothing like it')).toEqual([])
  })

  it.each(['%', '_', '\\', "'", '100%', 'a_c'])('means %j by %j', async (search) => {
    const own = await stand.product(0, { description: `has ${search} in it` })
    const other = await stand.product(0, { description: 'abc 1000' })
    const found = await skusOf(search)
    expect(found).toContain(own.sku)
    expect(found).not.toContain(other.sku)
  })
})

describe('a list', () => {
  it('shows what is on the shelf, by category, in pages; staff see the rest', async () => {
    const own = await openShop()
    const [first, second, hidden] = [
      await own.product(0, { category: 'A' }),
      await own.product(0, { category: 'B' }),
      await own.product(0, { category: 'B', shelf: 'off' }),
    ]
    await own.product(0)
    const list = (more = {}) => own.shop.catalog.list({ language: 'en', page: 0, size: 2, ...more })
    expect(await list()).toMatchObject({ total: 3, pages: 2, items: [{ sku: first.sku }, { sku: second.sku }] })
    expect((await list({ page: 1 })).items).toHaveLength(1)
    expect((await list({ page: 9 })).page).toBe(1)
    expect(await list({ offShelf: true })).toMatchObject({ total: 4 })
    const categories = await own.shop.catalog.categories()
    expect(categories.map(({ name, products }) => [name, products])).toEqual([
      ['A', 1],
      ['B', 1],
    ])
    const category = categories[1]?.id
    expect(await list({ category })).toMatchObject({ total: 1, items: [{ sku: second.sku }] })
    expect((await list({ category, offShelf: true })).items.map(({ sku }) => sku)).toEqual([second.sku, hidden.sku])
    await own.shop.catalog.set('ann', second.sku, 'category', '-')
    await own.shop.catalog.set('ann', hidden.sku, 'category', 'A')
    expect((await own.shop.catalog.categories()).map(({ name, products }) => [name, products])).toEqual([['A', 1]])
  })

  it('tells how much there is of what can be sold', async () => {
    const few = await stand.product(10)
    const plenty = await stand.product(11)
    const expired = await stand.product(0)
    await stand.stock(expired, ['GONE-1,,2026-06-01T08:00:01Z'])
    expect([few.level, plenty.level, expired.level]).toEqual(['few', 'plenty', 'none'])
    stand.clock.advance(1000)
    await stand.order(await stand.meet(), plenty.sku)
    const levels = await Promise.all(
      [few, plenty, expired].map(async ({ sku }) => (await stand.shop.catalog.product(sku, 'en'))?.level),
    )
    expect(levels).toEqual(['few', 'few', 'none'])
  })

  it('knows when there is nothing at all', async () => {
    const empty = await openShop()
    expect(await empty.shop.catalog.isEmpty()).toBe(true)
    expect(await empty.shop.catalog.list({ language: 'en', page: 3, size: 5 })).toEqual({
      items: [],
      page: 0,
      pages: 1,
      total: 0,
    })
    await empty.product(0, { shelf: 'off' })
    expect(await empty.shop.catalog.isEmpty()).toBe(false)
  })
})
