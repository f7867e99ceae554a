import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Random, randomOf } from '../crash/random.ts'
import { moment } from './population.ts'
import { DAYS, type Door, day, HOSTILE, type Hostile, LAUNCH, type Person, type Sku, type Wish } from './world.ts'

/** Accounts that follow each pattern. */
const EACH = 60

/** People of one mind, with several accounts. */
interface Gang {
  readonly name: string
  readonly random: Random
  /** accounts of theirs */
  readonly size: number
  /** they keep below what they think the limits are */
  readonly isCautious: boolean
  /** they show a new payer, address or device wherever they can */
  readonly rotates: boolean
}

interface Pattern {
  readonly size: number
  readonly wishes: (gang: Gang, account: Account) => Wish[]
}

interface Account {
  /** counted within the gang */
  readonly n: number
  readonly random: Random
  readonly isOnWeb: boolean
}

/** Hostile buyers: the same for the same seed. */
export function hostilePeople(seed: number): Person[] {
  return HOSTILE.flatMap((pattern, index) => {
    const { size } = PATTERNS[pattern]
    return Array.from({ length: EACH / size }, (_, n) => {
      const random = randomOf(seed, 3, index, n)
      const gang = {
        name: `${pattern}-${n}`,
        random,
        size,
        isCautious: random.chance(0.33),
        rotates: random.chance(0.3),
      }
      return Array.from({ length: size }, (_, at) => person(seed, pattern, gang, at))
    }).flat()
  })
}

function person(seed: number, pattern: Hostile, gang: Gang, n: number): Person {
  const random = randomOf(seed, 4, HOSTILE.indexOf(pattern), Number(gang.name.split('-')[1]), n)
  const wishes = PATTERNS[pattern]
    .wishes(gang, { n, random, isOnWeb: random.chance(0.7) })
    .toSorted((a, b) => a.at - b.at)
  const first = wishes[0]?.at ?? 0
  return {
    id: `${gang.name}-${n}`,
    // They have few telephones.
    phone: `+86139${gang.name}-${n % 3}`,
    since: first - (random.chance(0.3) ? day(random.between(2, 10)) : minutes(random.between(1, 90))),
    before: 0,
    passes: { captcha: random.chance(0.6), contact: random.chance(0.2), sms: random.chance(0.2) },
    wishes,
  }
}

const PATTERNS: Readonly<Record<Hostile, Pattern>> = {
  cards: { size: 6, wishes: cards },
  hoarding: { size: 5, wishes: hoarding },
  farm: { size: 12, wishes: farm },
  stolen: { size: 1, wishes: stolen },
  abuse: { size: 4, wishes: abuse },
}

/** Where an account is seen, among so many addresses and devices of its gang. */
function door({ name, rotates }: Gang, { n, isOnWeb, random }: Account, ips: number, devices: number): { door?: Door } {
  if (!isOnWeb) return {}
  const own = rotates ? `proxy-${name}-${random.between(1, 1_000_000)}` : undefined
  return { door: { ip: own ?? `ip-${name}-${n % ips}`, device: `device-${name}-${rotates ? n : n % devices}` } }
}

/** Small payments with many cards, of which most are declined. */
function cards(gang: Gang, account: Account): Wish[] {
  const { random } = account
  let at = moment(random, random.between(0, DAYS - 2))
  return Array.from({ length: random.between(15, 40) }, (_, n) => {
    at += minutes(gang.isCautious ? random.between(15, 40) : random.between(1, 6))
    const payer = gang.rotates ? `card-${gang.name}-${account.n}-${n}` : `card-${gang.name}-${random.between(0, 3)}`
    const paysAfter = random.chance(0.4) ? { paysAfter: minutes(random.between(1, 3)) } : {}
    const sku = random.pick<Sku>(['GAME-5', 'GAME-9', 'VIDEO-15'])
    return { group: 'cards', at, sku, quantity: 1, payer, ...paysAfter, ...door(gang, account, 2, 2) }
  })
}

/** Scarce goods, kept from others and never paid: again as soon as they are free. */
function hoarding(gang: Gang, account: Account): Wish[] {
  const { random } = account
  return Array.from({ length: random.between(2, 5) }, () => moment(random, random.between(0, DAYS - 1))).flatMap(
    (start) => {
      let at = start
      return Array.from({ length: random.between(5, 12) }, (): Wish => {
        at += minutes(gang.isCautious ? random.between(50, 100) : random.between(12, 20))
        const quantity = gang.isCautious ? random.between(2, 5) : random.between(5, 20)
        const sku = at > LAUNCH && random.chance(0.3) ? 'LAUNCH-298' : 'SCARCE-128'
        return { group: 'hoarding', at, sku, quantity, payer: `payer-${gang.name}`, ...door(gang, account, 1, 2) }
      })
    },
  )
}

/** Linked accounts that strip a launch, to sell on what others wanted. */
function farm(gang: Gang, account: Account): Wish[] {
  const { random } = account
  const payer = `payer-${gang.name}-${account.n % (gang.rotates ? 6 : 3)}`
  let at = LAUNCH + random.between(0, 60_000)
  return Array.from({ length: gang.isCautious ? random.between(1, 2) : random.between(3, 6) }, () => {
    at += gang.isCautious ? minutes(random.between(3, 10)) : random.between(20_000, 90_000)
    const paysAfter = random.between(30_000, 150_000)
    const quantity = gang.isCautious ? 1 : random.between(2, 4)
    return { group: 'farm', at, sku: 'LAUNCH-298', quantity, payer, paysAfter, ...door(gang, account, 6, 4) }
  })
}

/** Somebody else's money, spent at once on what is worth most; its owner finds out days later. */
function stolen(gang: Gang, account: Account): Wish[] {
  const { random } = account
  let at = moment(random, random.between(0, DAYS - 1))
  return Array.from({ length: random.between(1, 4) }, (_, n) => {
    at += minutes(gang.isCautious ? random.between(45, 240) : random.between(4, 30))
    const [sku, quantity] = gang.isCautious
      ? random.pick<readonly [Sku, number]>([
          ['CARD-500', 1],
          ['CONSOLE-388', 2],
          ['OFFICE-198', 4],
          ['GAME-98', 8],
        ])
      : random.pick<readonly [Sku, number]>([
          ['CARD-500', 3],
          ['CARD-500', 5],
          ['CONSOLE-388', 4],
          ['OFFICE-198', 10],
        ])
    const payer = `victim-${gang.name}-${gang.rotates ? n : 0}`
    const later = { what: 'chargeback', after: day(random.between(3, 8)) + hours(random.between(0, 23)) } as const
    return {
      group: 'stolen',
      at,
      sku,
      quantity,
      payer,
      paysAfter: minutes(random.between(1, 6)),
      later,
      ...door(gang, account, 1, 1),
    }
  })
}

/** Buys, looks at the keys, and says that they do not work or were used already. */
function abuse(gang: Gang, account: Account): Wish[] {
  const { random } = account
  const payer = `payer-${gang.name}${gang.rotates ? `-${account.n}` : ''}`
  return Array.from({ length: random.between(3, 8) }, () => {
    const at = moment(random, random.between(0, DAYS - 1))
    const sku = random.pick<Sku>(['MUSIC-25', 'PHONE-50', 'VIDEO-68', 'GAME-98', 'OFFICE-198'])
    const claims = random.chance(0.85)
      ? { later: { what: 'claim', after: minutes(random.between(20, 600)) } as const }
      : {}
    const quantity = gang.isCautious ? 1 : random.between(1, 3)
    return {
      group: 'abuse',
      at,
      sku,
      quantity,
      payer,
      paysAfter: minutes(random.between(1, 8)),
      ...claims,
      ...door(gang, account, 2, 2),
    }
  })
}
