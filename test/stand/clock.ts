import { after, type Clock } from '../../core/platform/clock.ts'

/** A clock that stands still until it is moved. */
export interface TestClock extends Clock {
  advance(ms: number): void
  set(to: Date): void
}

/** When tests begin unless they say otherwise. */
export const START = new Date('2026-06-01T08:00:00Z')

export function testClock(start: Date = START): TestClock {
  let now = start
  return Object.assign(() => now, {
    advance: (ms: number) => {
      now = after(now, ms)
    },
    set: (to: Date) => {
      now = to
    },
  })
}
