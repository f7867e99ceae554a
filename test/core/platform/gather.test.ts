import fc from 'fast-check'
import { expect, it } from 'vitest'
import { gather } from '../../../core/platform/gather.ts'

/** Batches that end when they are told to. */
function held<Request>() {
  const batches: { readonly requests: readonly Request[]; end(error?: Error): void }[] = []
  const run = (requests: readonly Request[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const end = (error?: Error) => (error ? reject(error) : resolve(requests.map((request) => `did ${request}`)))
      batches.push({ requests, end })
    })
  return { batches, run }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('lets a lone request go at once, and gathers what comes while the lanes are busy', async () => {
  const { batches, run } = held<string>()
  const gatherer = gather<string, string>({ lanes: 1, most: 10, key: (request) => request, run })
  const first = gatherer.ask('a')
  await turn()
  const others = ['b', 'c', 'd'].map((request) => gatherer.ask(request))
  await turn()
  expect(batches.map(({ requests }) => requests)).toEqual([['a']])
  expect(gatherer.waiting).toBe(3)
  batches[0]?.end()
  expect(await first).toBe('did a')
  await turn()
  expect(batches[1]?.requests).toEqual(['b', 'c', 'd'])
  batches[1]?.end()
  expect(await Promise.all(others)).toEqual(['did b', 'did c', 'did d'])
  await gatherer.idle()
})

it('never has two of one key under way, and keeps their order', async () => {
  const { batches, run } = held<string>()
  const gatherer = gather<string, string>({ lanes: 2, most: 10, key: (request) => request.charAt(0), run })
  const asked = ['a1', 'b1', 'a2', 'b2', 'a3'].map((request) => gatherer.ask(request))
  for (let n = 0; n < 3; n++) {
    await turn()
    expect(batches).toHaveLength(n + 1)
    batches[n]?.end()
  }
  await Promise.all(asked)
  expect(batches.map(({ requests }) => requests)).toEqual([['a1', 'b1'], ['a2', 'b2'], ['a3']])
})

it('fails a batch as a whole, and goes on with the next', async () => {
  const { batches, run } = held<string>()
  const gatherer = gather<string, string>({ lanes: 1, most: 2, key: (request) => request, run })
  const asked = ['a', 'b', 'c'].map((request) => gatherer.ask(request))
  await turn()
  batches[0]?.end(new Error('gone'))
  await expect(asked[0]).rejects.toThrow('gone')
  await expect(asked[1]).rejects.toThrow('gone')
  await turn()
  batches[1]?.end()
  expect(await asked[2]).toBe('did c')
})

it('takes no more than it has room for, in all and of one key, and says how many are before', async () => {
  const { batches, run } = held<string>()
  const room = { all: 3, ofOne: 2 }
  const gatherer = gather<string, string>({ lanes: 1, most: 1, room, key: (request) => request.charAt(0), run })
  const first = gatherer.ask('a1')
  await turn()
  const [second, third] = [gatherer.ask('a2'), gatherer.ask('a3')]
  await expect(gatherer.ask('a4')).rejects.toThrow(expect.objectContaining({ code: 'busy' }))
  const other = gatherer.ask('b1')
  await expect(gatherer.ask('c1')).rejects.toThrow(expect.objectContaining({ code: 'busy' }))
  expect(['a1', 'a2', 'a3', 'b1'].map((request) => gatherer.ahead(request))).toEqual([0, 0, 1, 2])
  for (let n = 0; n < 4; n++) {
    batches[n]?.end()
    await turn()
  }
  expect(await Promise.all([first, second, third, other])).toEqual(['did a1', 'did a2', 'did a3', 'did b1'])
  // Those who have left make room again.
  const again = gatherer.ask('a5')
  await turn()
  batches[4]?.end()
  expect(await again).toBe('did a5')
})

it('answers each request once, within its limits, however they come', async () => {
  const request = fc.record({ key: fc.integer({ min: 0, max: 5 }), after: fc.integer({ min: 0, max: 3 }) })
  const limits = fc.record({ lanes: fc.integer({ min: 1, max: 3 }), most: fc.integer({ min: 1, max: 4 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 40 }), limits, async (requests, { lanes, most }) => {
      const busy: number[] = []
      let under = 0
      const gatherer = gather<{ key: number; n: number }, number>({
        lanes,
        most,
        key: ({ key }) => key,
        async run(batch) {
          under++
          expect(under).toBeLessThanOrEqual(lanes)
          expect(batch.length).toBeLessThanOrEqual(most)
          for (const { key } of batch) expect(busy).not.toContain(key)
          busy.push(...batch.map(({ key }) => key))
          await turn()
          for (const { key } of batch) busy.splice(busy.indexOf(key), 1)
          under--
          return batch.map(({ n }) => n)
        },
      })
      const answers = requests.map(async ({ key, after }, n) => {
        for (let i = 0; i < after; i++) await turn()
        return gatherer.ask({ key, n })
      })
      expect(await Promise.all(answers)).toEqual(requests.map((_, n) => n))
    }),
    { numRuns: 50 },
  )
})
