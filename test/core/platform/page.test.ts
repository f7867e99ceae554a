import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pageOf } from '../../../core/platform/page.ts'

it.each([
  [0, 0, { page: 0, pages: 1, skip: 0 }],
  [0, 5, { page: 0, pages: 1, skip: 0 }],
  [6, 0, { page: 0, pages: 1, skip: 0 }],
  [7, 1, { page: 1, pages: 2, skip: 6 }],
  [7, 2, { page: 1, pages: 2, skip: 6 }],
  [7, -1, { page: 0, pages: 2, skip: 0 }],
  [7, Number.NaN, { page: 0, pages: 2, skip: 0 }],
  [7, 0.5, { page: 0, pages: 2, skip: 0 }],
])('%i things, page %d', (total, wanted, expected) => {
  expect(pageOf(total, 6, wanted)).toEqual({ ...expected, take: 6 })
})

it('shows everything once, page after page', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 1, max: 50 }), (total, size) => {
      const things = Array.from({ length: total }, (_, index) => index)
      const shown: number[] = []
      for (let wanted = 0; wanted < pageOf(total, size, 0).pages; wanted++) {
        const { skip, take } = pageOf(total, size, wanted)
        shown.push(...things.slice(skip, skip + take))
      }
      expect(shown).toEqual(things)
    }),
  )
})
