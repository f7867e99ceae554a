import type { Random } from '../crash/random.ts'
import { insist, insistUnless } from './insist.ts'
import type { World } from './truth.ts'
import { WARES } from './world.ts'

/** What staff do, and how often out of a hundred. */
const WORKS = [
  ['import', 36],
  ['review', 34],
  ['mark', 30],
] as const

const FILES = [
  ['new', 45],
  ['new, in two processes at once', 20],
  ['new, with some that are known', 20],
  ['the one of before again', 15],
] as const

interface File {
  readonly sku: string
  readonly keys: readonly string[]
  readonly lines: string
}

/** A member of staff with a desk of their own: does one thing after the other. */
export function staff(world: World): {
  workOnce(random: Random, name: string): Promise<void>
  stockUp(random: Random): Promise<void>
} {
  const { truth, clock } = world
  const { deeds } = truth
  let last: File | undefined

  function fileOf(random: Random, name: string, known: readonly string[]): File {
    const { sku } = random.pick(WARES)
    const fresh = Array.from({ length: random.between(20, 70) }, (_, n) => `${name}-${n}-${random.between(1e8, 9e8)}`)
    const keys = [...fresh, ...known]
    const lines = keys.map((key) => [key, '', expiry(random), cost(random)].join(','))
    // Nothing that is a key, which an import passes over and counts.
    if (random.chance(0.1)) lines.push(',,,')
    return { sku, keys, lines: lines.join('\n') }
  }

  /** Some keys never expire, some in days, and a few so soon that they do while they are in stock or in an order, though not before they are imported. */
  function expiry(random: Random): string {
    const in_ = random.weighted([
      [0, 50],
      [86_400_000 * random.between(2, 60), 40],
      [60_000 * random.between(60, 240), 10],
    ])
    return in_ === 0 ? '' : new Date(clock().getTime() + in_).toISOString()
  }
  const cost = (random: Random): string => (random.chance(0.3) ? '' : (random.between(1, 900) / 100).toFixed(2))

  async function importFile(random: Random, name: string): Promise<void> {
    const how = random.weighted(FILES)
    const known = how === 'new, with some that are known' ? [...truth.keys].slice(-random.between(1, 30)) : []
    const file = (how === 'the one of before again' ? last : undefined) ?? fileOf(random, name, known)
    const again = deeds.again
    const once = () => insist(world, (shop) => shop.ask('import', file.sku, 'file', file.lines))
    const reports = await Promise.all(how === 'new, in two processes at once' ? [once(), once()] : [once()])
    deeds.imports++
    const fresh = file.keys.filter((key) => !truth.keys.has(key)).length
    const added = reports.reduce((sum, report) => sum + report.added, 0)
    // Who had to ask twice may have been told of less than there was added.
    if (added > fresh || (added < fresh && deeds.again === again))
      truth.problems.push(`an import of ${fresh} new keys said that it added ${added}`)
    for (const key of file.keys) truth.keys.add(key)
    last = file
  }

  async function review(random: Random): Promise<void> {
    const [no] = await insist(world, (shop) => shop.ask('held'))
    if (no === undefined) return
    deeds.reviews++
    const command = random.chance(0.6) ? 'approve' : 'reject'
    await insistUnless(world, ['order.state', 'order.no_stock'], (shop) => shop.ask(command, no))
  }

  async function mark(random: Random): Promise<void> {
    const keys = [...truth.keys]
    // Mostly such as were imported lately, because of those some are in stock and some in orders.
    const key = keys.at(-random.between(1, Math.min(keys.length, 400)))
    if (key === undefined) return
    deeds.marks++
    if (truth.marked.get(key) === 'void') return
    const how = random.weighted([
      ['frozen', 55],
      ['void', 20],
      ['frozen and let go', 25],
    ] as const)
    await insist(world, (shop) => shop.ask(how === 'void' ? 'void' : 'freeze', key))
    truth.marked.set(key, how === 'void' ? 'void' : 'frozen')
    if (how !== 'frozen and let go') return
    truth.marked.delete(key)
    await insist(world, (shop) => shop.ask('unfreeze', key))
  }

  return {
    async stockUp(random) {
      for (let n = 0; n < 3 * WARES.length; n++) await importFile(random, `S${n}`)
    },
    workOnce(random, name) {
      const work = random.weighted(WORKS)
      if (work === 'import') return importFile(random, name)
      return work === 'review' ? review(random) : mark(random)
    },
  }
}
