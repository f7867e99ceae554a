import { after, minutes } from '../platform/clock.ts'
import type { RotationState, Step } from './model.ts'

/**
 * How long after the switch nothing is retired, in ms: every process has heard of it within seconds, and what it had sealed
 * before is long written.
 */
const SETTLED = minutes(1)

/** What is to be done next, in the order in which nothing can be lost. */
export function nextStep(state: RotationState, now: Date): Step {
  const { active, activatedAt, next, old, processes, left } = state
  // First what was begun: the one before goes only when nothing needs it, and a third version waits until then.
  if (left.length > 0) return { kind: 'rewrap' }
  if (old.length > 0) {
    const slow = processes.filter(({ uses }) => uses !== active).map(({ name }) => name)
    return slow.length > 0 || now < after(activatedAt, SETTLED) ? { kind: 'wait', slow } : { kind: 'retire' }
  }
  if (next === undefined) return { kind: 'add' }
  const lacking = processes.filter(({ hasNext }) => !hasNext).map(({ name }) => name)
  return lacking.length > 0 ? { kind: 'restart', lacking, of: processes.length } : { kind: 'activate' }
}
