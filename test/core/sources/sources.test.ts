import { beforeEach, describe, expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import type { Start } from '../../../core/sources/model.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let staff: Buyer
beforeEach(async () => {
  stand = await openShop({ owners: 'staff:boss' })
  staff = await stand.meet({ id: 'boss', channel: 'staff' })
})

const sourceOf = async (buyer: Buyer) =>
  (await stand.rows<{ source: string | null }>('SELECT source FROM customer WHERE id = $1', [buyer.id]))[0]?.source
const sourceOfOrder = async (no: string) =>
  (await stand.rows<{ source: string | null }>('SELECT source FROM orders WHERE no = $1', [no]))[0]?.source
const figures = async (span: '7' | '30' | 'all') => (await stand.shop.sources.figures(span, 0)).items

describe('a source', () => {
  it('is made once by staff, under a name that is one', async () => {
    const { sources } = stand.shop
    await sources.add(staff, 'blog')
    await sources.add(staff, 'blog')
    expect(await sources.isKnown('blog')).toBe(true)
    expect(await sources.isKnown('nobody')).toBe(false)
    await expect(sources.add(staff, 'other')).rejects.toMatchObject({ code: 'source.name' })
    await expect(sources.add(staff, 'a b')).rejects.toMatchObject({ code: 'source.name' })
    const audit = await stand.rows(`SELECT actor, subject FROM audit_entry WHERE action = 'source.added'`)
    expect(audit).toEqual([{ actor: staff.pseudonym, subject: 'source:blog' }])
  })

  it('keeps the first link that brought somebody, and puts the last within a week on the order', async () => {
    const { sources } = stand.shop
    await sources.add(staff, 'first')
    await sources.add(staff, 'second')
    const product = await stand.product(9)
    const buyer = await stand.meet()
    const direct = await stand.order(buyer, product.sku)
    expect(await sourceOfOrder(direct.no)).toBeNull()
    await stand.shop.sale.cancel(direct.no, buyer.id)
    await sources.touch(buyer, 'first')
    stand.clock.advance(hours(1))
    await sources.touch(buyer, 'second')
    expect(await sourceOf(buyer)).toBe('first')
    stand.clock.advance(hours(24 * 7) - 1)
    expect(await sourceOfOrder((await stand.bought(buyer, product.sku)).no)).toBe('second')
    stand.clock.advance(1)
    expect(await sourceOfOrder((await stand.bought(buyer, product.sku)).no)).toBeNull()
    // Who bought before any link was not brought by one.
    const own = await stand.meet()
    await stand.bought(own, product.sku)
    await sources.touch(own, 'first')
    expect(await sourceOf(own)).toBeNull()
    expect(await sourceOfOrder((await stand.bought(own, product.sku)).no)).toBe('first')
  })

  it('is put on orders that are placed together as on those placed by themselves', async () => {
    const { sources } = stand.shop
    await sources.add(staff, 'ad')
    const product = await stand.product(40)
    const buyers = await Promise.all(Array.from({ length: 30 }, () => stand.meet()))
    for (const [index, buyer] of buyers.entries()) if (index % 2) await sources.touch(buyer, 'ad')
    const orders = await Promise.all(buyers.map((buyer) => stand.order(buyer, product.sku)))
    for (const [index, order] of orders.entries()) expect(await sourceOfOrder(order.no)).toBe(index % 2 ? 'ad' : null)
  })

  it('that nobody made counts as other, in one row however many names are tried', async () => {
    const { sources } = stand.shop
    const buyer = await stand.meet()
    for (let n = 0; n < 20; n++) await sources.touch(buyer, `guess-${n}`)
    expect(await stand.rows('SELECT source FROM source_visit')).toEqual([{ source: 'other' }])
    expect(await sourceOf(buyer)).toBe('other')
    expect(await figures('all')).toMatchObject([{ name: 'other', visitors: 1 }])
    expect(await stand.rows('SELECT FROM source')).toEqual([])
  })

  it('is told with its visitors, buyers, orders and money over a span, page by page', async () => {
    const { sources } = stand.shop
    for (let n = 0; n < 10; n++) {
      await sources.add(staff, `s${n}`)
      stand.clock.advance(1)
    }
    const product = await stand.product(9)
    const [early, late, looks] = (await Promise.all([1, 2, 3].map(() => stand.meet()))) as [Buyer, Buyer, Buyer]
    await sources.touch(early, 's9')
    await stand.bought(early, product.sku, 2)
    stand.clock.advance(hours(24 * 20))
    await sources.touch(late, 's9')
    await sources.touch(looks, 's9')
    await stand.bought(late, product.sku)
    await stand.bought(late, product.sku)
    const back = await stand.bought(late, product.sku)
    await stand.shop.sale.refund('operator', back.no, 'no')
    const cny = (amount: number) => [{ currency: 'CNY', amount }]
    expect((await figures('7'))[0]).toEqual({ name: 's9', visitors: 2, buyers: 1, orders: 2, sums: cny(1980) })
    expect((await figures('30'))[0]).toEqual({ name: 's9', visitors: 3, buyers: 2, orders: 3, sums: cny(3960) })
    stand.clock.advance(hours(24 * 25))
    expect((await figures('30'))[0]).toMatchObject({ visitors: 2, buyers: 1, orders: 2 })
    expect((await figures('all'))[0]).toMatchObject({ visitors: 3, buyers: 2, orders: 3 })
    const second = await sources.figures('all', 1)
    expect(second).toMatchObject({ page: 1, pages: 2, total: 10 })
    expect(second.items.map(({ name }) => name)).toEqual(['s1', 's0'])
    expect(second.items[0]).toEqual({ name: 's1', visitors: 0, buyers: 0, orders: 0, sums: [] })
  })

  it('has a link on every channel that was opened', async () => {
    const { sources } = stand.shop
    await sources.openDoor('web', { shop: 'https://old.example', product: '', plain: '' })
    await sources.openDoor('web', {
      shop: 'https://shop.example/?src={source}',
      product: 'https://shop.example/?p={sku}&src={source}',
      plain: 'https://shop.example/?p={sku}',
    })
    const link = async (start: Start) => (await sources.links(start)).map(({ link: found }) => found)
    expect(await link({ source: 'blog' })).toEqual(['https://shop.example/?src=blog'])
    expect(await link({ source: 'blog', sku: 'X1' })).toEqual(['https://shop.example/?p=X1&src=blog'])
    expect(await link({ sku: 'X1' })).toEqual(['https://shop.example/?p=X1'])
    expect(await sources.code('web', { sku: 'X1' })).toBe('https://shop.example/?p=X1')
    expect(await sources.code('nowhere', { sku: 'X1' })).toBeUndefined()
  })

  it('where there is no address has codes of a platform, each made once for an account', async () => {
    const { sources } = stand.shop
    await sources.openDoor('said', { shop: '/start src_{source}', product: '/start p_{sku}_src_{source}', plain: '' })
    const start = { source: 'blog', sku: 'X1' }
    expect(await sources.links(start)).toEqual([{ channel: 'said', link: '/start p_X1_src_blog', scanned: false }])
    expect(await sources.links({ sku: 'X1' })).toEqual([])
    expect(await sources.code('said', start)).toBeUndefined()
    const made: string[] = []
    const makerOf = (account: string) => ({ account, make: async (payload: string) => `code:${made.push(payload)}` })
    sources.codesBy('said', makerOf('one'))
    expect(await sources.links(start)).toMatchObject([{ scanned: true }])
    expect(await sources.code('said', start)).toBe('code:1')
    expect(await sources.code('said', start)).toBe('code:1')
    expect(await sources.code('said', { source: 'blog' })).toBe('code:2')
    sources.codesBy('said', makerOf('another'))
    expect(await sources.code('said', start)).toBe('code:3')
    expect(made).toEqual(['p_X1_src_blog', 'src_blog', 'p_X1_src_blog'])
  })

  it('has no code when the platform makes none, and has it later', async () => {
    const { sources } = stand.shop
    let away = true
    sources.codesBy('said', {
      account: 'one',
      make: async () => {
        if (away) throw new Error('away')
        return 'code'
      },
    })
    await expect(sources.code('said', { sku: 'X1' })).rejects.toThrow('away')
    away = false
    expect(await sources.code('said', { sku: 'X1' })).toBe('code')
  })
})
