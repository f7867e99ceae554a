import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Claimed,
  isSurelyWithin,
  levelOf,
  quotaProblem,
  type Standing,
  type TrustLevel,
} from '../../../core/orders/quota.ts'

const level = (name: string, rank: number, figures: Partial<TrustLevel> = {}): TrustLevel => ({
  name,
  rank,
  minPaid: 0,
  maxExpired: 1_000_000,
  openOrders: 3,
  openUnits: 20,
  productUnits: 10,
  stockPercent: 50,
  alwaysUnits: 2,
  ...figures,
})
const LEVELS = [
  level('restricted', 0),
  level('new', 1, { maxExpired: 2 }),
  level('returning', 2, { minPaid: 1, maxExpired: 3 }),
  level('trusted', 3, { minPaid: 10, maxExpired: 5 }),
]
const standing = (figures: Partial<Standing> = {}): Standing => ({
  openOrders: 0,
  openUnits: 0,
  paid: 0,
  expired: 0,
  trust: undefined,
  ...figures,
})
const claimed = (figures: Partial<Claimed> = {}): Claimed => ({
  sku: 'A',
  name: 'A',
  quantity: 1,
  open: 0,
  available: 1000,
  ...figures,
})

describe('a buyer’s level', () => {
  it.each<[string, Partial<Standing>]>([
    ['new', {}],
    ['restricted', { expired: 3 }],
    ['returning', { paid: 1 }],
    ['returning', { paid: 9, expired: 3 }],
    ['restricted', { paid: 1, expired: 4 }],
    ['trusted', { paid: 10 }],
    ['restricted', { paid: 10, expired: 6 }],
    ['trusted', { expired: 100, trust: 'trusted' }],
    ['restricted', { paid: 100, trust: 'restricted' }],
    ['new', { trust: 'a level that is gone' }],
  ])('is %s with %j', (name, figures) => {
    expect(levelOf(standing(figures), LEVELS)?.name).toBe(name)
  })

  it('is the lowest for whoever meets none', () => {
    const strict = LEVELS.map((one) => ({ ...one, minPaid: one.minPaid + 1 }))
    expect(levelOf(standing(), strict)?.name).toBe('restricted')
    expect(levelOf(standing(), [])).toBeUndefined()
  })

  it('falls with each reservation that runs out, and never rises by one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.nat({ max: 10 }), (paid, expired) => {
        const rank = (figures: Partial<Standing>) => levelOf(standing(figures), LEVELS)?.rank ?? -1
        expect(rank({ paid, expired: expired + 1 })).toBeLessThanOrEqual(rank({ paid, expired }))
      }),
    )
  })
})

describe('a quota', () => {
  const own = level('new', 1)
  it.each<[string, Partial<Standing>, Claimed[], ReturnType<typeof quotaProblem>]>([
    ['allows what is little', {}, [claimed({ quantity: 2, available: 2 })], undefined],
    ['allows half of what there is', {}, [claimed({ quantity: 5, available: 10 })], undefined],
    [
      'refuses more than half of what there is',
      {},
      [claimed({ quantity: 6, available: 10 })],
      { reason: 'over_quota', sku: 'A', name: 'A', left: 5, open: 0 },
    ],
    [
      'counts what the buyer keeps already as part of what there is',
      { openOrders: 1, openUnits: 4 },
      [claimed({ quantity: 2, open: 4, available: 6 })],
      { reason: 'over_quota', sku: 'A', name: 'A', left: 1, open: 4 },
    ],
    [
      'refuses too many of one product however many there are',
      {},
      [claimed({ quantity: 11 })],
      { reason: 'over_quota', sku: 'A', name: 'A', left: 10, open: 0 },
    ],
    [
      'refuses too many in all',
      { openOrders: 1, openUnits: 15 },
      [claimed({ quantity: 3 }), claimed({ sku: 'B', name: 'B', quantity: 3 })],
      { reason: 'over_quota', left: 5, open: 15 },
    ],
  ])('%s', (_, figures, products, problem) => {
    expect(quotaProblem(own, standing(figures), products)).toEqual(problem)
  })

  it('has no problem with what is surely within it', () => {
    const generous = level('trusted', 3, { alwaysUnits: 9 })
    const figures = fc.record({ openUnits: fc.nat({ max: 6 }), openOrders: fc.nat({ max: 2 }) })
    const products = fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 4 }), available: fc.nat({ max: 40 }) }), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(figures, products, (buyer, wanted) => {
        const units = wanted.reduce((sum, { quantity }) => sum + quantity, 0)
        fc.pre(isSurelyWithin(generous, standing(buyer), units))
        // Whichever products the open units are of.
        const all = wanted.map((one, n) => claimed({ ...one, sku: `P${n}`, open: n === 0 ? buyer.openUnits : 0 }))
        expect(quotaProblem(generous, standing(buyer), all)).toBeUndefined()
        expect(buyer.openOrders).toBeLessThan(generous.openOrders)
      }),
    )
  })
})
