import {
  CHALLENGES,
  type Challenge,
  type Condition,
  type Facts,
  factOf,
  type Judgement,
  nameOf,
  type Reason,
  type Rule,
  VERDICTS,
} from './model.ts'

/** How long a challenge that was passed counts, in days. */
export const PASSED_DAYS = 30
/** How long a rule that was overruled for a buyer stays so, in hours. */
export const VOUCHED_HOURS = 24

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

/** Rules that staff have overruled for a buyer, and the most that the main condition of each may see. */
export type Vouched = Readonly<Record<string, number>>

/**
 * What the rules say of these facts: the strongest verdict, and every rule that struck. A challenge that was passed is not asked
 * for again, and a rule that was overruled does not strike within its bound.
 */
export function judge(
  rules: readonly Rule[],
  facts: Facts,
  passed: readonly string[] = [],
  vouched: Vouched = {},
): Judgement {
  const struck = rules.filter(
    ({ name, enabled, definition: { all, verdict } }) =>
      enabled &&
      !passed.includes(verdict) &&
      all.every((condition) => holds(condition, facts)) &&
      !isWithin(vouched[name], all, facts),
  )
  const reasons = struck.map(({ name, version, definition: { all, verdict } }) => ({
    rule: name,
    version,
    verdict,
    because: all.map((condition) => ({ condition, observed: facts[factOf(condition)] ?? null })),
  }))
  return { verdict: VERDICTS.findLast((verdict) => reasons.some((reason) => reason.verdict === verdict)), reasons }
}

/** The condition whose threshold is meant when nobody says which: of what is counted of somebody, else the first limit, else any. */
export function mainThreshold(all: readonly Condition[]): number | undefined {
  const order: ((condition: Condition) => boolean)[] = [
    (condition) => 'by' in condition,
    (condition) => 'value' in condition && condition.op === '>',
    (condition) => 'value' in condition,
  ]
  return order.map((is) => all.findIndex(is)).find((n) => n >= 0)
}

/** What the main condition has seen, where it is one that counts up. */
function counted(all: readonly Condition[], facts: Facts): number | undefined {
  const main = all[mainThreshold(all) ?? -1]
  return main && 'value' in main && main.op === '>' ? Number(facts[factOf(main)]) : undefined
}

const isWithin = (bound: number | undefined, all: readonly Condition[], facts: Facts): boolean =>
  bound !== undefined && (counted(all, facts) ?? Number.POSITIVE_INFINITY) <= bound

/** How much more than what was let go is let go as well. */
const VOUCHED_TIMES = 2

/**
 * What letting an order go that was held for these reasons says of its buyer: the rules, and up to where. Nothing of a rule that
 * counts nothing (a product, the blocklist): it holds every order for somebody to look at.
 */
export function vouchedBy(reasons: readonly Reason[]): Vouched {
  return Object.fromEntries(
    reasons.flatMap(({ rule, verdict, because }): [string, number][] => {
      const facts = Object.fromEntries(because.map(({ condition, observed }) => [factOf(condition), observed]))
      const all = because.map(({ condition }) => condition)
      const seen = verdict === 'hold' ? counted(all, facts) : undefined
      return seen === undefined ? [] : [[rule, Math.min(seen * VOUCHED_TIMES, 2_147_483_647)]]
    }),
  )
}

/** The outcome of a verdict, as decisions keep it. */
export function outcomeOf({ verdict }: Pick<Judgement, 'verdict'>): 'allow' | 'challenge' | 'hold' | 'deny' {
  if (verdict === undefined) return 'allow'
  return isChallenge(verdict) ? 'challenge' : verdict
}

export const isChallenge = (verdict: string): verdict is Challenge =>
  (CHALLENGES as readonly string[]).includes(verdict)

/** Where a challenge can be shown: a picture everywhere, a number shared by a button or proven by a code not. */
export interface Showing {
  /** the platform lets a person share their own number */
  readonly contact: boolean
  /** a code can be sent */
  readonly sms: boolean
}

/** What a buyer is shown of whom a challenge is asked: that one, or the strongest weaker one that can be shown where they are. */
export function shownFor(asked: Challenge, can: Showing): Challenge {
  if (asked === 'sms' && can.sms) return 'sms'
  return asked !== 'captcha' && can.contact ? 'contact' : 'captcha'
}

/** All that counts as passed with one: the weaker ones, and what it was shown in place of. */
export function passedWith(shown: Challenge, asked: Challenge): readonly Challenge[] {
  return CHALLENGES.slice(0, Math.max(CHALLENGES.indexOf(shown), CHALLENGES.indexOf(asked)) + 1)
}
