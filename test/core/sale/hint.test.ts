import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createHints, END, NEVER, type Place, type Stretch, stockNews } from '../../../core/sale/hint.ts'

const place = (rank: number | bigint, card: number): Place => ({ rank: BigInt(rank), card: BigInt(card) })
const NOW = 1000
const START = { rank: BigInt(NOW), card: NEVER }
const before = (a: Place, b: Place) => a.rank < b.rank || (a.rank === b.rank && a.card < b.card)
const covers = (stretches: readonly Stretch[], at: Place) =>
  stretches.some(({ after, upTo }) => before(after, at) && !before(upTo, at))

it('knows nothing at first: the whole queue but what has expired', () => {
  expect(createHints().stretches(1, NOW)).toEqual([{ after: START, upTo: END }])
})

it('looks behind what was taken', () => {
  const hints = createHints()
  hints.taken(1, place(NEVER, 7))
  expect(hints.stretches(1, NOW)).toEqual([{ after: place(NEVER, 7), upTo: END }])
  expect(hints.stretches(2, NOW)).toEqual([{ after: START, upTo: END }])
})

it('looks first at a key that came back, and then where it was', () => {
  const hints = createHints()
  hints.taken(1, place(NEVER, 500_000))
  hints.returned(1, place(NEVER, 7), place(NEVER, 7))
  expect(hints.stretches(1, NOW)).toEqual([
    { after: place(NEVER, 6), upTo: place(NEVER, 7) },
    { after: place(NEVER, 500_000), upTo: END },
  ])
  hints.taken(1, place(NEVER, 7))
  expect(hints.stretches(1, NOW)).toEqual([{ after: place(NEVER, 500_000), upTo: END }])
})

it('leaves out what has expired since', () => {
  const hints = createHints()
  hints.taken(1, place(NEVER, 9))
  hints.returned(1, place(NOW - 1, 3), place(NOW - 1, 3))
  hints.returned(1, place(NOW + 1, 4), place(NOW + 1, 4))
  expect(hints.stretches(1, NOW)).toEqual([
    { after: place(NOW + 1, 3), upTo: place(NOW + 1, 4) },
    { after: place(NEVER, 9), upTo: END },
  ])
})

it('hears of keys from other processes, and forgets what it knew when it may have missed something', () => {
  const hints = createHints()
  hints.taken(3, place(NEVER, 90))
  const news = stockNews(hints)
  news.hear(`3 ${NOW + 5} 40 ${NOW + 9} 44`)
  expect(hints.stretches(3, NOW)[0]).toEqual({ after: place(NOW + 5, 39), upTo: place(NOW + 9, 44) })
  hints.taken(3, place(NEVER, 90))
  for (const rubbish of ['', 'x', '3 1 2', '3 -1 2 3 4', '3 a b c d']) {
    news.hear(rubbish)
    expect(hints.stretches(3, NOW)).toEqual([{ after: START, upTo: END }])
    hints.taken(3, place(NEVER, 90))
  }
  news.missed()
  expect(hints.stretches(3, NOW)).toEqual([{ after: START, upTo: END }])
})

/** Keys are taken from the front and come back anywhere, as the sale tells of it. */
it('always leads to every key that is there', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ giveBack: fc.integer({ min: 0, max: 199 }) }) },
    { weight: 1, arbitrary: fc.record({ forget: fc.constant(true) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const hints = createHints()
      const all = Array.from({ length: 200 }, (_, card) => place(card % 3 === 0 ? NOW + 1 + card : NEVER, card))
      const free = new Set(all)
      for (const one of steps) {
        if ('forget' in one) hints.forget(1)
        else if ('take' in one) {
          const stretches = hints.stretches(1, NOW)
          const seen = [...free].filter((key) => covers(stretches, key)).sort((a, b) => (before(a, b) ? -1 : 1))
          const taken = seen.slice(0, one.take)
          for (const key of taken) free.delete(key)
          const last = taken.at(-1)
          if (last) hints.taken(1, last)
        } else {
          const key = all[one.giveBack] as Place
          if (free.has(key)) continue
          free.add(key)
          hints.returned(1, key, key)
        }
        const stretches = hints.stretches(1, NOW)
        for (const key of free) expect(covers(stretches, key)).toBe(true)
        expect(stretches.length).toBeLessThanOrEqual(33)
      }
    }),
    { numRuns: 30 },
  )
})
