import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Offer, quote } from '../../../core/orders/policy.ts'
import { MOST_MONEY } from '../../../core/platform/money.ts'

const offer = (sku: string, different: Partial<Offer> = {}): Offer => ({
  productId: sku.charCodeAt(0),
  sku,
  name: `Product ${sku}`,
  price: 990,
  stars: 50,
  onShelf: true,
  demo: false,
  limit: 200,
  ...different,
})
const shelf = (...offers: Offer[]) => new Map(offers.map((o) => [o.sku, o]))

describe('what an order costs', () => {
  it('is the sum of its lines, in money and in Stars', () => {
    const offers = shelf(offer('A'), offer('B', { price: 1, stars: 2 }))
    const { quote: quoted } = quote(
      [
        { sku: 'A', quantity: 2 },
        { sku: 'B', quantity: 3 },
      ],
      offers,
    )
    expect(quoted).toMatchObject({ total: 1983, stars: 106, demo: false })
    expect(quoted?.lines.map((line) => [line.offer.sku, line.quantity])).toEqual([
      ['A', 2],
      ['B', 3],
    ])
  })

  it('is not told in Stars when one of its products has no such price', () => {
    const offers = shelf(offer('A'), offer('B', { stars: undefined }))
    const { quote: quoted } = quote(
      [
        { sku: 'A', quantity: 1 },
        { sku: 'B', quantity: 1 },
      ],
      offers,
    )
    expect(quoted).toMatchObject({ total: 1980, stars: undefined })
  })

  it('is what a free product costs too', () => {
    expect(quote([{ sku: 'A', quantity: 5 }], shelf(offer('A', { price: 0 }))).quote?.total).toBe(0)
  })

  it('counts a product that is named twice once, with both quantities', () => {
    const { quote: quoted } = quote(
      [
        { sku: 'A', quantity: 1 },
        { sku: 'B', quantity: 1 },
        { sku: 'A', quantity: 2 },
      ],
      shelf(offer('A'), offer('B')),
    )
    expect(quoted?.lines.map((line) => [line.offer.sku, line.quantity])).toEqual([
      ['A', 3],
      ['B', 1],
    ])
  })
})

describe('what is not sold as wanted', () => {
  it.each([
    ['nothing', [], { reason: 'empty' }],
    ['what there is not', [{ sku: 'Z', quantity: 1 }], { reason: 'unknown_product', sku: 'Z' }],
    ['what is off the shelf', [{ sku: 'O', quantity: 1 }], { reason: 'off_shelf', sku: 'O' }],
    ['none', [{ sku: 'A', quantity: 0 }], { reason: 'over_limit', sku: 'A', name: 'Product A', limit: 200 }],
    [
      'fewer than none',
      [{ sku: 'A', quantity: -1 }],
      { reason: 'over_limit', sku: 'A', name: 'Product A', limit: 200 },
    ],
    ['half of one', [{ sku: 'A', quantity: 0.5 }], { reason: 'over_limit', sku: 'A', name: 'Product A', limit: 200 }],
    [
      'more than the limit',
      [{ sku: 'A', quantity: 201 }],
      { reason: 'over_limit', sku: 'A', name: 'Product A', limit: 200 },
    ],
    [
      'more than the limit in two parts',
      [
        { sku: 'A', quantity: 200 },
        { sku: 'A', quantity: 1 },
      ],
      { reason: 'over_limit', sku: 'A', name: 'Product A', limit: 200 },
    ],
    [
      'a demo product beside a real one',
      [
        { sku: 'A', quantity: 1 },
        { sku: 'D', quantity: 1 },
      ],
      { reason: 'mixed_demo' },
    ],
    ['more than the column holds', [{ sku: 'E', quantity: 2 }], { reason: 'too_expensive' }],
  ])('%s', (_, wanted, refused) => {
    const offers = shelf(
      offer('A'),
      offer('O', { onShelf: false }),
      offer('D', { demo: true }),
      offer('E', { price: MOST_MONEY / 2 + 1 }),
    )
    expect(quote(wanted, offers)).toEqual({ refused })
  })

  it('allows the limit itself, and the most money itself', () => {
    expect(quote([{ sku: 'A', quantity: 200 }], shelf(offer('A'))).quote?.total).toBe(198_000)
    expect(quote([{ sku: 'A', quantity: 1 }], shelf(offer('A', { price: MOST_MONEY }))).quote?.total).toBe(MOST_MONEY)
  })

  it('allows an order made of demo products only, marked as one', () => {
    const offers = shelf(offer('D', { demo: true }), offer('E', { demo: true }))
    expect(
      quote(
        [
          { sku: 'D', quantity: 1 },
          { sku: 'E', quantity: 1 },
        ],
        offers,
      ).quote?.demo,
    ).toBe(true)
  })
})

it('never quotes more than it was asked for, nor a sum that does not fit', () => {
  const offers = fc.array(
    fc.record({
      sku: fc.constantFrom('A', 'B', 'C'),
      price: fc.integer({ min: 0, max: 100_000_000 }),
      limit: fc.integer({ min: 1, max: 1000 }),
      demo: fc.boolean(),
      onShelf: fc.boolean(),
      stars: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    }),
    { minLength: 1 },
  )
  const wanted = fc.array(
    fc.record({ sku: fc.constantFrom('A', 'B', 'C'), quantity: fc.integer({ min: -1, max: 1001 }) }),
  )
  fc.assert(
    fc.property(offers, wanted, (list, asked) => {
      const known = shelf(...list.map((o) => offer(o.sku, o)))
      const result = quote(asked, known)
      if (!result.quote) return
      const asks = new Map<string, number>()
      for (const { sku, quantity } of asked) asks.set(sku, (asks.get(sku) ?? 0) + quantity)
      expect(new Map(result.quote.lines.map((line) => [line.offer.sku, line.quantity]))).toEqual(asks)
      for (const { offer: taken, quantity } of result.quote.lines) {
        expect(taken.onShelf && quantity >= 1 && quantity <= taken.limit).toBe(true)
        expect(taken.demo).toBe(result.quote.demo)
      }
      const sum = result.quote.lines.reduce((total, line) => total + BigInt(line.offer.price * line.quantity), 0n)
      expect(BigInt(result.quote.total)).toBe(sum)
      expect(result.quote.total).toBeLessThanOrEqual(MOST_MONEY)
    }),
    { numRuns: 1000 },
  )
})
