import { setTimeout } from 'node:timers/promises'
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
export type Fault = 'process killed' | 'all processes killed' | 'process paused' | 'postgres paused' | `postgres ${End}`

/** Something that is done to the shop, at a moment of a cycle. */
export interface Planned {
  readonly fault: Fault
  /** ms after the cycle began */
  readonly at: number
  strike(): Promise<void>
}

/** One to three faults within so many ms. */
export function plan(random: Random, within: number, crew: Crew, size: number, server: Server): Planned[] {
  const count = random.weighted([
    [1, 50],
    [2, 35],
    [3, 15],
  ])
  return Array.from({ length: count }, () => {
    const fault = random.weighted<Fault>(FAULTS)
    return { fault, at: random.between(50, within), strike: blow(fault) }
  }).toSorted((a, b) => a.at - b.at)

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
