import type { FakeTelegram } from '../../../test/fakes/telegram/server.ts'
import { buyOnce, type Deeds, newDeeds } from './buyer.ts'
import { reviewOnce } from './owner.ts'
import { randomOf } from './random.ts'

/** Orders after which a buyer is replaced by a new one: the last of them are over the limit of the risk rule. */
const ORDERS_PER_BUYER = 7
const LONGEST_PAUSE = 400

/** Buyers and an owner who are at it until they are told to finish. */
export interface Crowd {
  readonly deeds: Deeds
  /** Begins new orders from now on. */
  resume(): void
  /** Begins nothing new; resolves when everyone has finished what they were doing, or given it up. */
  finish(): Promise<void>
  /** what the owner could not finish, as `interrupted` for buyers */
  readonly ownerInterrupted: number
}

export function gather(fake: FakeTelegram, owner: ReturnType<FakeTelegram['user']>, size: number, seed: number): Crowd {
  const deeds = newDeeds()
  const working = new Set<Promise<void>>()
  let isOpen = false
  let nextBuyer = 1000
  let ownerInterrupted = 0

  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

  async function buy(slot: number): Promise<void> {
    const random = randomOf(seed, slot, nextBuyer)
    const person = fake.user({ id: ++nextBuyer, language_code: 'en' })
    for (let order = 0; order < ORDERS_PER_BUYER; order++) {
      if (!isOpen) return
      await buyOnce(person, random, deeds).catch(() => {
        // What the crash took the answer of, or gave another: the buyer begins anew, as people do.
        deeds.interrupted++
      })
      await pause(random.between(0, LONGEST_PAUSE))
    }
  }

  async function stay(act: () => Promise<void>): Promise<void> {
    while (isOpen) await act()
  }

  const reviewing = randomOf(seed, -1)
  async function review(): Promise<void> {
    await pause(reviewing.between(500, 2500))
    if (!isOpen) return
    await reviewOnce(owner, reviewing, deeds.delivered).catch(() => {
      ownerInterrupted++
    })
  }

  function employ(work: Promise<void>): void {
    working.add(work)
    void work.then(() => working.delete(work))
  }

  return {
    deeds,
    get ownerInterrupted() {
      return ownerInterrupted
    },
    resume() {
      if (isOpen) return
      isOpen = true
      for (let slot = 0; slot < size; slot++) employ(stay(() => buy(slot)))
      employ(stay(review))
    },
    async finish() {
      isOpen = false
      await Promise.all(working)
    },
  }
}
