import {
  buyersBy,
  COUNTED,
  type Counted,
  FIGURES_OF,
  GROUP,
  historyOf,
  KNOWN,
  type Moment,
  PHONES,
  paidWindow,
} from './look-ups.ts'
import { type Condition, type Fact, type Facts, factOf, type History, type Rule } from './model.ts'

/**
 * What some rules want to know of orders, as parts of one statement. A `source` gives the orders as rows r (n, at, order_id,
 * customer_id, units, total, provider, payer, ip, device, skus), of which some may be null.
 *
 * A rule strikes when all its conditions hold. So what costs something is asked only of those orders of which the cheap conditions
 * of one of the rules that ask it hold; of others it is not known, and no rule could strike them that looks at it.
 */

/** The order at hand, as its caller knows it. */
export interface AtHand {
  readonly units: number
  /** minor units */
  readonly total: number
  readonly channel: string
}

export interface Questions {
  /** columns `f0`, `f1` … */
  readonly columns: string
  /** what goes behind the source */
  readonly joins: string
  /** Facts out of a row of those columns; without those that are not known. */
  read(row: Readonly<Record<string, unknown>>, order: AtHand): Facts
}

/** What comes with the order itself. */
const AT_HAND: Readonly<Record<string, (order: AtHand) => Fact>> = {
  units: ({ units }) => units,
  amount: ({ total }) => total,
  unit_price: ({ total, units }) => Math.floor(total / Math.max(1, units)),
  channel: ({ channel }) => channel,
}
/** What the order at hand adds to a window: it is paid, or about to be. */
const OWN: Readonly<Record<string, (order: AtHand) => number>> = {
  orders: () => 1,
  units: ({ units }) => units,
  amount: ({ total }) => total,
}

/** What is cheap enough to decide what else is asked, the cheapest first: in the statement, each level by those before it. */
const CHEAP: readonly Readonly<Record<string, string>>[] = [
  { units: 'r.units', amount: 'r.total', unit_price: 'floor(r.total::float8 / greatest(1, r.units))' },
  { age: 'known.age', paid: 'known.paid' },
  { 'buyers by group': 'cardinality(own_group.members)' },
]
const levelOf = (fact: string): number => {
  const level = CHEAP.findIndex((facts) => fact in facts)
  return level < 0 ? CHEAP.length : level
}

/** When one of these facts can matter, in SQL: when it is known of whom all is asked, and all holds that is cheaper, in a rule that asks for it. */
function gateOf(facts: readonly string[], rules: readonly Rule[]): string {
  const level = Math.min(...facts.map(levelOf))
  const gates = rules
    .map(({ definition }) => definition.all)
    .filter((all) => all.some((condition) => facts.includes(factOf(condition))))
    .map((all) => new Set(all.flatMap((condition) => [...knownOf(condition), ...cheapOf(condition, level)])))
  if (gates.some(({ size }) => size === 0)) return 'true'
  return [...new Set(gates.map((all) => `(${[...all].join(' AND ')})`))].join(' OR ')
}
const knownOf = (condition: Condition): readonly string[] =>
  'by' in condition && KNOWN[condition.by] !== undefined ? [KNOWN[condition.by] as string] : []
function cheapOf(condition: Condition, below: number): readonly string[] {
  const sql = CHEAP.slice(0, below).find((facts) => factOf(condition) in facts)?.[factOf(condition)]
  return sql !== undefined && 'value' in condition ? [`${sql} ${condition.op} ${condition.value}`] : []
}

/** All that these rules ask of an order, each thing once. */
export function questionsOf(rules: readonly Rule[], moment: Moment): Questions {
  const conditions = new Map<string, Condition>(
    rules.flatMap(({ definition }) => definition.all).map((condition) => [factOf(condition), condition]),
  )
  const how = (...facts: readonly string[]) => ({ moment, gate: gateOf(facts, rules) })
  const windows = new Map<string, string>()
  /** All that is asked of one window is counted in one go. */
  const counted = ({ fact, by, within }: Windowed): string => {
    const name = `${by}_${within}`
    const of = (column: Counted) => `${column} by ${by} in ${within}`
    const columns = COUNTED.filter((column) => conditions.has(of(column)))
    const window = paidWindow(columns, by, within, how(...columns.map(of)))
    windows.set(name, `LEFT JOIN LATERAL (${window}) AS ${name} ON true`)
    return `${name}.${fact}`
  }
  /** How a fact is asked for; undefined of what the order brings with it. */
  const asked = (fact: string, condition: Condition): string | undefined => {
    if ('within' in condition) {
      return isCounted(condition.fact)
        ? counted(condition)
        : historyOf(condition.fact as Exclude<History, Counted>, condition.by, condition.within, how(fact))
    }
    if ('by' in condition) return buyersBy(condition.by, how(fact))
    if (fact === 'age' || fact === 'paid') return `known.${fact}`
    return isFigure(fact) ? FIGURES_OF[fact](moment, how(fact).gate) : undefined
  }
  const columns = [...conditions].map(([fact, condition], n) => {
    const sql = asked(fact, condition)
    const own = 'within' in condition ? OWN[condition.fact] : undefined
    const read = (row: Readonly<Record<string, unknown>>, order: AtHand): Fact => {
      if (sql === undefined) return AT_HAND[fact]?.(order) ?? null
      const value = (row[`f${n}`] ?? null) as Fact
      return typeof value === 'number' ? value + (own?.(order) ?? 0) : value
    }
    return { fact, sql: sql && `, ${sql} AS f${n}`, read }
  })
  const known = (['age', 'paid'] as const)
    .filter((fact) => conditions.has(fact))
    .map((fact) => `${FIGURES_OF[fact](moment, how(fact).gate)} AS ${fact}`)
  const isAskedBy = (who: string) => [...conditions.values()].some((one) => 'by' in one && one.by === who)
  return {
    columns: columns.map(({ sql }) => sql ?? '').join(''),
    // Who is asked about, and what decides on questions, comes before them. Fenced, so that each is looked up once.
    joins: [
      GROUP,
      ...(isAskedBy('phone') ? [PHONES] : []),
      ...(known.length > 0 ? [`LEFT JOIN LATERAL (SELECT ${known.join(', ')} OFFSET 0) AS known ON true`] : []),
      ...windows.values(),
    ].join('\n'),
    read: (row, order) =>
      Object.fromEntries(
        columns.map(({ fact, read }) => [fact, read(row, order)] as const).filter(([, value]) => value !== null),
      ),
  }
}

type Windowed = Extract<Condition, { readonly within: number }>
const isCounted = (fact: string): fact is Counted => (COUNTED as readonly string[]).includes(fact)
const isFigure = (fact: string): fact is keyof typeof FIGURES_OF => fact in FIGURES_OF
