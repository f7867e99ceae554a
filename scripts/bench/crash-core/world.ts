import type { Clock } from '../../../core/platform/clock.ts'

/** What the processes of this test and their parent agree on. */

/** The one chat platform there is, and the one way to pay. */
export const CHANNEL = 'crash'
export const BANK = 'crash-bank'
export const OWNER = 'owner'
/** How long a process waits for the bank, in ms. */
export const BANK_PATIENCE = 500

export interface Ware {
  readonly sku: string
  /** minor units */
  readonly price: number
  readonly stars: number
}

export const WARES: readonly [Ware, ...Ware[]] = [
  { sku: 'CRASH-A', price: 990, stars: 50 },
  { sku: 'CRASH-B', price: 1250, stars: 60 },
  { sku: 'CRASH-C', price: 100, stars: 5 },
  { sku: 'CRASH-D', price: 4900, stars: 240 },
  { sku: 'CRASH-E', price: 7, stars: 1 },
]

/**
 * A clock that runs faster than the world: the shortest reservation that can be set is a minute, and a test cannot wait that
 * long. Every process counts from the same moment (ms since 1970).
 */
export const fastClock =
  (origin: number): Clock =>
  () =>
    new Date(origin + (Date.now() - origin) * SPEED)

const SPEED = 30
/** How long an unpaid order keeps its keys, in ms of the world. */
export const RESERVATION = 60_000 / SPEED

/** What a process is told when it is started. */
export interface Opening {
  readonly dataDir: string
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  /** of the fast clock */
  readonly origin: number
  /** undefined: each process counts by itself */
  readonly redis: string | undefined
}
