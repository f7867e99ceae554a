import { setTimeout } from 'node:timers/promises'
import type { RedisServer } from '../../../test/stand/redis.ts'
import type { Random } from '../crash/random.ts'
import type { Crew } from './crew.ts'
import { ENDS, type End, type Server } from './server.ts'

const FAULTS = [
  ['process killed', 34],
  ['all processes killed', 10],
  ['process paused', 16],
  ['postgres paused', 12],
  ...ENDS.map((end) => [`postgres ${end}`, 9] as const),
] as const satisfies readonly (readonly [string, number])[]
const OF_REDIS = [
  ['redis killed', 12],
  ['redis paused', 12],
] as const
export type Fault =
  | (typeof OF_REDIS)[number][0]
  | 'process killed'
  | 'all processes killed'
  | 'process paused'
  | 'postgres paused'
  | `postgres ${End}`

/** Something that is done to the shop, at a moment of a cycle. */
export interface Planned {
  readonly fault: Fault
  /** ms after the cycle began */
  readonly at: number
  strike(): Promise<void>
}

/** What faults can happen to. */
export interface Parts {
  readonly crew: Crew
  /** of the crew */
  readonly size: number
  readonly server: Server
  readonly redis: RedisServer | undefined
}

/** One to three faults within so many ms. */
export function plan(random: Random, within: number, { crew, size, server, redis }: Parts): Planned[] {
  let redisTurn: Promise<void> = Promise.resolve()
  const count = random.weighted([
    [1, 50],
    [2, 35],
    [3, 15],
  ])
  return Array.from({ length: count }, () => {
    const fault = random.weighted<Fault>(redis ? [...FAULTS, ...OF_REDIS] : FAULTS)
    return { fault, at: random.between(50, within), strike: blow(fault) }
  }).toSorted((a, b) => a.at - b.at)

  /** What happens to Redis happens one after the other: only one can have its port. */
  function toRedis(work: (server: RedisServer) => Promise<void>): Promise<void> {
    redisTurn = redisTurn.then(async () => {
      if (redis) await work(redis)
    })
    return redisTurn
  }

  function blow(fault: Fault): () => Promise<void> {
    const n = random.between(0, size - 1)
    switch (fault) {
      case 'process killed':
        return async () => crew.kill(n)
      case 'all processes killed':
        return async () => {
          for (let each = 0; each < size; each++) crew.kill(each)
        }
      case 'process paused': {
        const ms = random.between(1000, 3000)
        return () => crew.pause(n, ms)
      }
      case 'postgres paused': {
        const ms = random.between(500, 2000)
        return () => server.pause(ms)
      }
      case 'redis killed': {
        const downtime = random.between(20, 2000)
        return () =>
          toRedis(async ({ kill, start }) => {
            await kill()
            await setTimeout(downtime)
            await start()
          })
      }
      case 'redis paused': {
        const ms = random.between(200, 2000)
        return () =>
          toRedis(async ({ pause, resume }) => {
            pause()
            await setTimeout(ms)
            resume()
          })
      }
      default: {
        const end = ENDS.find((candidate) => fault === `postgres ${candidate}`) ?? 'killed'
        const downtime = random.between(20, 900)
        return () => server.crash(end, downtime)
      }
    }
  }
}

/** Lets happen what was planned; resolves when all of it is over. */
export async function strike(faults: readonly Planned[]): Promise<void> {
  await Promise.all(
    faults.map(async ({ at, strike: blow }) => {
      await setTimeout(at)
      await blow()
    }),
  )
}
