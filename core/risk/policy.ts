import {
  CHALLENGES,
  type Challenge,
  type Condition,
  type Facts,
  factOf,
  type Judgement,
  nameOf,
  type Rule,
  VERDICTS,
} from './model.ts'

/** How long a challenge that was passed counts, in days. */
export const PASSED_DAYS = 30

/** Whether a condition holds. What is not known holds neither way. */
export function holds(condition: Condition, facts: Facts): boolean {
  const observed = facts[factOf(condition)] ?? null
  if (observed === null) return false
  if ('value' in condition)
    return condition.op === '>' ? Number(observed) > condition.value : Number(observed) < condition.value
  if (!('in' in condition)) return observed !== ''
  const wanted = new Set(condition.in)
  return (Array.isArray(observed) ? (observed as readonly string[]) : [String(observed)]).some((one) =>
    wanted.has(nameOf(one)),
  )
}

/** What the rules say of these facts: the strongest verdict, and every rule that struck. A challenge that was passed is not asked for again. */
export function judge(rules: readonly Rule[], facts: Facts, passed: readonly string[] = []): Judgement {
  const struck = rules.filter(
    ({ enabled, definition: { all, verdict } }) =>
      enabled && !passed.includes(verdict) && all.every((condition) => holds(condition, facts)),
  )
  const reasons = struck.map(({ name, version, definition: { all, verdict } }) => ({
    rule: name,
    version,
    verdict,
    because: all.map((condition) => ({ condition, observed: facts[factOf(condition)] ?? null })),
  }))
  return { verdict: VERDICTS.findLast((verdict) => reasons.some((reason) => reason.verdict === verdict)), reasons }
}

/** The outcome of a verdict, as decisions keep it. */
export function outcomeOf({ verdict }: Pick<Judgement, 'verdict'>): 'allow' | 'challenge' | 'hold' | 'deny' {
  if (verdict === undefined) return 'allow'
  return isChallenge(verdict) ? 'challenge' : verdict
}

export const isChallenge = (verdict: string): verdict is Challenge =>
  (CHALLENGES as readonly string[]).includes(verdict)
