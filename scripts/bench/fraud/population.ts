import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Random, randomOf } from '../crash/random.ts'
import {
  BAD,
  DAYS,
  type Door,
  day,
  HOLIDAY,
  type Honest,
  LAUNCH,
  type Person,
  type Sku,
  WARES,
  type Wish,
} from './world.ts'

/** Honest buyers of each kind of household; people with two accounts are two buyers. */
const COUNTS = { family: 1500, twice: 200, gift: 150, reseller: 60, alone: 3090 } as const
const AT_LAUNCH = 1500
const CAMPUSES = 12

/** A buyer before it is known what they go for. */
interface Somebody {
  readonly n: number
  readonly random: Random
  readonly kind: Honest
  readonly door: Door | undefined
  readonly payer: string
}

/** Honest buyers: the same for the same seed. */
export function honestPeople(seed: number): Person[] {
  const random = randomOf(seed, 1)
  const all: Somebody[] = []
  const add = (kind: Honest, shares: { ip?: string; device?: string; payer?: string; web?: boolean }) => {
    const n = all.length
    const { web = random.chance(0.6), ip = `ip-${n}`, device = `device-${n}`, payer = `payer-${n}` } = shares
    all.push({ n, random: randomOf(seed, 2, n), kind, door: web ? { ip, device } : undefined, payer })
  }
  while (all.length < COUNTS.family) household(random, all.length, (shares) => add('family', shares))
  for (let n = 0; n < COUNTS.twice / 2; n++) {
    const same = {
      ip: `ip-twice-${n}`,
      device: `device-twice-${n}`,
      payer: `payer-twice-${n}`,
      web: random.chance(0.6),
    }
    add('ordinary', same)
    add('ordinary', same)
  }
  for (let n = 0; n < COUNTS.gift; n++) add('gift', {})
  for (let n = 0; n < COUNTS.reseller; n++) add('reseller', {})
  // Many without a household are behind an address of their carrier's.
  for (let n = 0; n < COUNTS.alone; n++) add('ordinary', random.chance(0.2) ? { ip: `carrier-${n % 25}` } : {})
  const rushing = new Set(
    shuffled(
      random,
      all.filter(({ kind }) => kind === 'ordinary' || kind === 'family'),
    ).slice(0, AT_LAUNCH),
  )
  return all.map((one) => person(one, rushing.has(one)))
}

/** A family or a dormitory behind one address: some families pay with one account, some share a tablet. */
function household(
  random: Random,
  n: number,
  add: (shares: { ip: string; device?: string; payer?: string }) => void,
): void {
  const most = Math.min(8, COUNTS.family - n)
  const members = Math.min(most, random.between(2, 8))
  const isFamily = random.chance(0.6)
  const payer = isFamily && random.chance(0.4) ? { payer: `payer-home-${n}` } : {}
  for (let member = 0; member < members; member++)
    add({ ip: `ip-home-${n}`, ...payer, ...(isFamily && random.chance(0.2) ? { device: `device-home-${n}` } : {}) })
}

function person(one: Somebody, rushes: boolean): Person {
  const { n, random, kind } = one
  const wishes = [...HABITS[kind](one), ...(rushes ? launch(one) : [])].toSorted((a, b) => a.at - b.at)
  const isOld = kind === 'reseller' || random.chance(0.6)
  return {
    id: `honest-${n}`,
    phone: `+86130${String(n).padStart(8, '0')}`,
    since: isOld ? -day(random.between(3, 400)) : (wishes[0]?.at ?? 0) - minutes(random.between(1, 120)),
    before: isOld ? paidBefore(kind, random) : 0,
    passes: { captcha: random.chance(0.97), contact: random.chance(0.85), sms: random.chance(0.85) },
    wishes,
  }
}

const paidBefore = (kind: Honest, random: Random) =>
  kind === 'reseller' ? random.between(20, 80) : random.between(1, 8)

const HABITS: Readonly<Record<Honest, (one: Somebody) => Wish[]>> = {
  ordinary: usual,
  family: usual,
  launch: usual,
  gift: (one) => [...usual(one), ...gifts(one)],
  reseller: trade,
}

const wish = ({ door, payer, random }: Somebody, group: Honest, at: number, sku: Sku, quantity: number): Wish => {
  // A bad key: most say so, some only much later.
  const isBad = sku === BAD.sku && at > BAD.from && at < BAD.until && random.chance(BAD.share)
  const later =
    isBad && random.chance(0.8) ? { what: 'claim' as const, after: minutes(random.between(5, 1200)) } : undefined
  const base = { group, at, sku, quantity, payer, ...(door ? { door } : {}), ...(later ? { later } : {}) }
  const how = random.weighted([
    ['soon', 94],
    ['late', 4],
    ['never', 2],
  ] as const)
  if (how === 'never') return base
  return { ...base, paysAfter: how === 'late' ? minutes(random.between(16, 90)) : minutes(random.between(1, 9)) }
}

/** Once or twice, and some every week; now and then the wrong thing first. */
function usual(one: Somebody): Wish[] {
  const { random, kind } = one
  const group = kind === 'gift' ? 'ordinary' : kind
  const times = random.weighted([
    [1, 52],
    [2, 32],
    [3, 6],
    [0, 10],
  ] as const)
  const first = random.between(0, DAYS - 1)
  const days =
    times === 3 ? [first % 7, (first % 7) + 7] : Array.from({ length: times }, () => random.between(0, DAYS - 1))
  return days.flatMap((on) => {
    const at = moment(random, on)
    const sku = choice(random)
    const bought = wish(
      one,
      group,
      at,
      sku,
      random.weighted([
        [1, 74],
        [2, 14],
        [3, 6],
        [5, 4],
        [10, 2],
      ] as const),
    )
    if (!random.chance(0.05)) return [bought]
    const { paysAfter: _, later: __, ...mistaken } = wish(one, group, at, choice(random), 1)
    return [mistaken, { ...bought, at: at + minutes(random.between(2, 25)) }]
  })
}

/** Many presents before the holiday, one order each, or many of one cheap thing. */
function gifts(one: Somebody): Wish[] {
  const { random } = one
  const at = moment(random, HOLIDAY / day(1) - random.between(1, 3))
  if (random.chance(0.3))
    return [
      wish(one, 'gift', at, random.pick<Sku>(['GAME-5', 'GAME-9', 'VIDEO-15', 'MUSIC-25']), random.between(15, 50)),
    ]
  const sku = random.pick<Sku>(['VIDEO-15', 'MUSIC-25', 'PHONE-50', 'VIDEO-68', 'GAME-98', 'OFFICE-198'])
  const each = minutes(random.between(3, 20))
  return Array.from({ length: random.between(3, 14) }, (_, n) =>
    wish(one, 'gift', at + n * each, sku, random.between(1, 2)),
  )
}

/** Somebody who sells on what they buy here: on many days, several orders one after the other. */
function trade(one: Somebody): Wish[] {
  const { random } = one
  const skus = [choice(random), choice(random), choice(random)] as const
  return Array.from({ length: DAYS }, (_, on) => on)
    .filter(() => random.chance(0.35))
    .flatMap((on) => {
      const at = moment(random, on)
      const each = minutes(random.between(4, 25))
      return Array.from({ length: random.between(1, 7) }, (_, n) =>
        wish(
          one,
          'reseller',
          at + n * each,
          random.pick(skus),
          random.weighted([
            [1, 4],
            [5, 4],
            [10, 3],
            [20, 1],
          ] as const),
        ),
      )
    })
}

/** At noon, many at once: on the way, at work and on campus behind addresses that many share. */
function launch(one: Somebody): Wish[] {
  const { random, door } = one
  const at = LAUNCH + Math.floor(minutes(20) * random.next() ** 2)
  const shared = door && random.chance(0.35) ? { ...door, ip: `campus-${random.between(1, CAMPUSES)}` } : door
  return [wish({ ...one, door: shared }, 'launch', at, 'LAUNCH-298', random.chance(0.15) ? 2 : 1)]
}

/** How busy each hour of a day is. */
const HOURS = [3, 1, 1, 0, 0, 0, 1, 2, 4, 6, 7, 8, 10, 8, 6, 6, 6, 7, 9, 12, 14, 14, 11, 7] as const

/** A moment of a day, as people shop. */
export function moment(random: Random, on: number): number {
  const [first, ...others] = HOURS.map((weight, hour) => [hour, weight] as const)
  return (
    day(on) +
    hours(random.weighted([first as readonly [number, number], ...others])) +
    Math.floor(hours(1) * random.next())
  )
}

function choice(random: Random): Sku {
  const [first, ...others] = WARES.map(({ sku, demand }) => [sku as Sku, demand] as const)
  return random.weighted([first as readonly [Sku, number], ...others])
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => [random.next(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item)
}
