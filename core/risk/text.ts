import { decimals, parseMoney } from '../platform/money.ts'
import {
  CHALLENGES,
  type Condition,
  type Expected,
  FIGURES,
  HISTORY,
  HISTORY_OF,
  type History,
  KINDS,
  nameOf,
  type RuleDefinition,
  RuleProblem,
  ruleSchema,
  STAGES,
  type Threshold,
  VERDICTS_AT,
  type Verdict,
} from './model.ts'

/**
 * Rules as staff type and read them: `order if age < 1d and units > 5 and unit_price < 5 then challenge captcha`. Sums are in
 * whole units of the shop's currency, times in minutes or with m, h or d, names with spaces in quotes.
 */

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

const wrong = (expected: Expected, found: string | undefined): never => {
  throw new RuleProblem(expected, found)
}

/** Reads one rule, word by word. */
class Reader {
  private readonly words: readonly string[]
  private at = 0
  constructor(
    text: string,
    readonly currency: string,
  ) {
    const plain = text.normalize('NFKC').replace(/[“”]/g, '"')
    this.words = plain.match(/"[^"]*"?|[<>=]+|,|[^\s<>=,"]+/g) ?? []
  }

  peek(): string | undefined {
    return this.words[this.at]?.toLowerCase()
  }

  /** The next word, whatever it is, as it was typed. */
  take(expected: Expected): string {
    const word = this.words[this.at]
    if (word === undefined) return wrong(expected, undefined)
    this.at += 1
    return word
  }

  /** The next word, which is one of these. */
  choose<T extends string>(from: readonly T[]): T {
    const word = this.peek()
    const found = from.find((candidate) => candidate === word)
    if (found === undefined) return wrong(from, this.words[this.at])
    this.at += 1
    return found
  }

  minutes(): number {
    const word = this.take('time')
    const [, digits, unit = 'm'] = /^([0-9]{1,6})([mhd])?$/.exec(word.toLowerCase()) ?? []
    if (digits === undefined) return wrong('time', word)
    return Number(digits) * (MINUTES[unit] as number)
  }

  /** A threshold of this fact: a time, a sum, or a number. */
  value(fact: string): number {
    if (fact === 'age') return this.minutes()
    const isMoney = isSum(fact)
    const expected = isMoney ? 'sum' : 'number'
    const word = this.take(expected)
    if (!/^[0-9]{1,9}(\.[0-9]{1,4})?$/.test(word) || (!isMoney && word.includes('.'))) return wrong(expected, word)
    try {
      return isMoney ? parseMoney(word, this.currency) : Number(word)
    } catch {
      return wrong(expected, word)
    }
  }

  /** Names with commas between them. */
  names(fact: string): string[] {
    const names: string[] = []
    do {
      const word = this.take('name')
      // In quotes it may be anything: a category may be called `<`.
      const isQuoted = word.startsWith('"')
      const name = nameOf(isQuoted ? word.replaceAll('"', '') : word)
      if (name === '' || (!isQuoted && /^[<>=,]/.test(name))) return wrong('name', word)
      names.push(fact === 'product' ? name.toUpperCase() : fact === 'channel' ? name.toLowerCase() : name)
    } while (this.peek() === ',' && this.take('name'))
    return names
  }

  end(): void {
    if (this.at < this.words.length) wrong('end', this.words[this.at])
  }
}

/** Whether a fact is a sum of money. */
export const isSum = (fact: string): boolean => fact === 'amount' || fact === 'unit_price'

/**
 * The rule that a text says.
 * @throws RuleProblem with what is expected at the first place that is not understood
 */
export function parseRule(text: string, currency: string): RuleDefinition {
  const reader = new Reader(text, currency)
  const at = reader.choose(STAGES)
  reader.choose(['if'])
  const all = [condition(reader)]
  while (reader.choose(['and', 'then']) === 'and') all.push(condition(reader))
  const verdicts = VERDICTS_AT[at].filter((one) => !isAsked(one))
  const outcome = reader.choose(at === 'order' ? ['challenge', ...verdicts] : verdicts)
  const verdict: Verdict = outcome === 'challenge' ? reader.choose(CHALLENGES) : outcome
  reader.end()
  const rule = ruleSchema.safeParse({ at, all, verdict })
  if (!rule.success) throw new RuleProblem(rule.error.issues[0]?.message === 'payer' ? 'payer' : 'size')
  return rule.data
}

const isAsked = (verdict: Verdict): boolean => (CHALLENGES as readonly string[]).includes(verdict)

function condition(reader: Reader): Condition {
  const fact = reader.choose([...new Set([...FIGURES, ...HISTORY, 'buyers', ...KINDS, 'blocked'] as const)])
  if (fact === 'blocked') return { fact }
  if (fact === 'product' || fact === 'category' || fact === 'channel') {
    reader.choose(['in'])
    return { fact, in: reader.names(fact) }
  }
  if (fact === 'buyers') {
    reader.choose(['by'])
    const by = reader.choose(['payer', 'phone', 'group', 'ip', 'device'])
    return { fact, by, op: reader.choose(['<', '>']), value: reader.value(fact) }
  }
  const isHistory = (HISTORY as readonly string[]).includes(fact)
  const isFigure = (FIGURES as readonly string[]).includes(fact)
  // `units` and `amount` are of the order at hand, or with “by” of somebody.
  if (isHistory && (!isFigure || reader.peek() === 'by')) {
    reader.choose(['by'])
    const by = reader.choose(HISTORY_OF[fact as History])
    reader.choose(['in'])
    const within = reader.minutes()
    return { fact: fact as History, by, within, op: reader.choose(['<', '>']), value: reader.value(fact) }
  }
  return { fact: fact as (typeof FIGURES)[number], op: reader.choose(['<', '>']), value: reader.value(fact) }
}

/** The rule as {@link parseRule} reads it. */
export function printRule({ at, all, verdict }: RuleDefinition, currency: string): string {
  const outcome = isAsked(verdict) ? `challenge ${verdict}` : verdict
  return `${at} if ${all.map((one) => printCondition(one, currency)).join(' and ')} then ${outcome}`
}

export function printCondition(condition: Condition, currency: string): string {
  if (condition.fact === 'blocked') return 'blocked'
  if ('in' in condition) return `${condition.fact} in ${condition.in.map(quoted).join(', ')}`
  const of = 'by' in condition ? ` by ${condition.by}` : ''
  const window = 'within' in condition ? ` in ${printMinutes(condition.within)}` : ''
  return `${condition.fact}${of}${window} ${condition.op} ${printValue(condition, currency)}`
}

/** The threshold of a condition as a person types it. */
export function printValue({ fact, value }: Threshold, currency: string): string {
  if (fact === 'age') return printMinutes(value)
  if (!isSum(fact)) return String(value)
  const places = decimals(currency)
  return (value / 10 ** places).toFixed(value % 10 ** places === 0 ? 0 : places)
}

/** A new threshold for a condition, as a person types it. @throws RuleProblem */
export function parseValue({ fact }: Threshold, text: string, currency: string): number {
  const reader = new Reader(text, currency)
  const typed = reader.value(fact)
  reader.end()
  return typed
}

/** `90m`, `2h`, `7d` */
export function printMinutes(minutes: number): string {
  if (minutes > 0 && minutes % 1440 === 0) return `${minutes / 1440}d`
  return minutes > 0 && minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`
}

const quoted = (name: string): string => (/^[^\s<>=,"]+$/.test(name) ? name : `"${name}"`)
