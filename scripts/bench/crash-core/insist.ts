import { setTimeout } from 'node:timers/promises'
import { KeytillError } from '../../../core/platform/errors.ts'
import type { Commands } from './process.ts'
import type { World } from './truth.ts'
import { isGone, type Wire } from './wire.ts'

/** How long somebody waits for one answer, and how long they ask again, in ms. */
const ONE_ANSWER = 40_000
const ALL = 90_000

/** Nothing more is to be expected: what is wrong has been noted. */
export class GivenUp extends Error {}

/**
 * Asks until the shop answers, as people and payment providers do: another process when one is gone, again when the database
 * was away. What the shop refuses in words of its own is passed on.
 * @throws KeytillError of the shop; GivenUp
 */
export async function insist<T>(world: World, ask: (shop: Wire<Commands>) => Promise<T>): Promise<T> {
  const { crew, dice, truth } = world
  const deadline = performance.now() + ALL
  for (;;) {
    const shop = await crew.any(dice)
    const late = new AbortController()
    try {
      const silence = setTimeout(ONE_ANSWER, undefined, { signal: late.signal })
      silence.catch(() => {})
      return await Promise.race([ask(shop), silence.then(() => Promise.reject(new GivenUp('no answer')))])
    } catch (error) {
      if (error instanceof GivenUp)
        truth.problems.push(`a process that lives gave no answer for ${ONE_ANSWER / 1000} s`)
      if (error instanceof GivenUp || isWord(error)) throw error
      if (!isGone(error) && !isTheBanks(error) && !world.isExcused())
        truth.problems.push(`an error that nothing explains: ${(error as Error).message}`)
      if (performance.now() > deadline) {
        truth.problems.push(`nobody could answer for ${ALL / 1000} s: ${(error as Error).message}`)
        throw new GivenUp('nobody can answer')
      }
    } finally {
      late.abort()
    }
    truth.deeds.again++
    await setTimeout(100)
  }
}

/** It says what it likes, and whoever tells the shop of a refund may be told of that. */
const isTheBanks = (error: unknown): boolean => error instanceof Error && error.message.includes('the bank')

/** An answer in words of the shop's own, like `order.state`. */
const isWord = (error: unknown): boolean => error instanceof KeytillError && error.code.includes('.')

/** The same, where the shop may say one of these: undefined then. */
export async function insistUnless<T>(
  world: World,
  codes: readonly string[],
  ask: (shop: Wire<Commands>) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await insist(world, ask)
  } catch (error) {
    if (error instanceof KeytillError && codes.includes(error.code)) return undefined
    throw error
  }
}
