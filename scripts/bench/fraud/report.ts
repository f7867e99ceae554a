import type { Attempt, End } from './attempt.ts'
import { type Group, HONEST, HOSTILE, isHostile } from './world.ts'

/** What became of the wishes of one hostile pattern; sums in minor units. */
export interface PatternRow {
  readonly pattern: Group
  readonly attempts: number
  readonly attempted: number
  readonly denied: number
  readonly gaveUp: number
  readonly rejected: number
  /** not by a rule: they kept too much unpaid already, staff did not believe them, or others had it */
  readonly quota: number
  readonly disbelieved: number
  readonly missed: number
  readonly through: number
}

/** What became of the wishes of honest buyers of one kind; sums in minor units, times in minutes. */
export interface HonestRow {
  readonly group: Group | 'all'
  readonly wishes: number
  readonly placed: number
  readonly challenged: number
  readonly held: number
  readonly heldMedian: number
  readonly heldP95: number
  readonly denied: number
  readonly gaveUp: number
  readonly rejected: number
  /** not by a rule */
  readonly quota: number
  readonly soldOut: number
  readonly wanted: number
  /** what they were denied, gave up, or were rejected with */
  readonly lost: number
}

/** Whom a rule struck. */
export interface RuleRow {
  readonly rule: string
  readonly honest: number
  readonly hostile: number
  /** the share of hostile ones among those it struck, and of those it struck among the hostile ones: of their number, and of their value */
  readonly precision: number
  readonly recall: number
  readonly recallByValue: number
}

export interface Report {
  readonly patterns: readonly PatternRow[]
  readonly honest: readonly HonestRow[]
  readonly rules: readonly RuleRow[]
  readonly neverStruck: readonly string[]
}

const LOST: readonly End[] = ['denied', 'gave_up', 'rejected']
const NOT_PLACED: readonly (End | undefined)[] = ['denied', 'gave_up', 'quota', 'sold_out']

const sum = (attempts: readonly Attempt[]): number => attempts.reduce((all, { value }) => all + value, 0)
const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** The value below which this share of the values is; 0 when there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}

/** What all these attempts come to, under rules of these names. */
export function reportOf(attempts: readonly Attempt[], rules: readonly string[]): Report {
  const of = (group: Group) => attempts.filter((attempt) => attempt.group === group)
  const honest = attempts.filter(({ group }) => !isHostile(group))
  const rows = rules.map((rule) => ruleRow(rule, attempts))
  const hasStruck = ({ honest: one, hostile }: RuleRow) => one + hostile > 0
  return {
    patterns: HOSTILE.map((pattern) => patternRow(pattern, of(pattern))),
    honest: [...HONEST.map((group) => honestRow(group, of(group))), honestRow('all', honest)],
    rules: rows.filter(hasStruck),
    neverStruck: rows.filter((row) => !hasStruck(row)).map(({ rule }) => rule),
  }
}

function patternRow(pattern: Group, attempts: readonly Attempt[]): PatternRow {
  const value = (...ends: End[]) => sum(attempts.filter(({ end }) => end && ends.includes(end)))
  const stopped = {
    denied: value('denied'),
    gaveUp: value('gave_up'),
    rejected: value('rejected'),
    quota: value('quota'),
    disbelieved: value('claim_refused'),
    missed: value('sold_out', 'returned'),
  }
  const attempted = sum(attempts)
  const through = attempted - Object.values(stopped).reduce((all, one) => all + one, 0)
  return { pattern, attempts: attempts.length, attempted, ...stopped, through }
}

function honestRow(group: HonestRow['group'], attempts: readonly Attempt[]): HonestRow {
  const count = (is: (attempt: Attempt) => boolean) => attempts.filter(is).length
  const ended = (end: End) => count((attempt) => attempt.end === end)
  const held = attempts.flatMap((attempt) => (attempt.held === undefined ? [] : [attempt.held / 60_000]))
  return {
    group,
    wishes: attempts.length,
    placed: count(({ end }) => !NOT_PLACED.includes(end)),
    challenged: count(({ isChallenged }) => isChallenged),
    held: held.length,
    heldMedian: quantile(held, 0.5),
    heldP95: quantile(held, 0.95),
    denied: ended('denied'),
    gaveUp: ended('gave_up'),
    rejected: ended('rejected'),
    quota: ended('quota'),
    soldOut: ended('sold_out'),
    wanted: sum(attempts),
    lost: sum(attempts.filter(({ end }) => end && LOST.includes(end))),
  }
}

function ruleRow(rule: string, attempts: readonly Attempt[]): RuleRow {
  const struck = attempts.filter(({ rules }) => rules.has(rule))
  const all = attempts.filter(({ group }) => isHostile(group))
  const hostile = struck.filter(({ group }) => isHostile(group))
  return {
    rule,
    honest: struck.length - hostile.length,
    hostile: hostile.length,
    precision: share(hostile.length, struck.length),
    recall: share(hostile.length, all.length),
    recallByValue: share(sum(hostile), sum(all)),
  }
}

const yuan = (minor: number): string => Math.round(minor / 100).toLocaleString('en')
const percent = (part: number, whole: number): string => `${(100 * share(part, whole)).toFixed(1)} %`
const inHours = (minutes: number): string => `${(minutes / 60).toFixed(1)} h`
const counted = (part: number, whole: number): string => (part === 0 ? '0' : `${part} (${percent(part, whole)})`)

/** The first column to the left, the others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return [head, ...rows].map(line).join('\n')
}

/** The report as people read it. */
export function printReport(report: Report): string {
  const { patterns, honest, rules, neverStruck } = report
  const stopped = table(
    [
      'hostile, in yuan',
      'attempts',
      'attempted',
      'denied',
      'gave up',
      'rejected',
      'quota',
      'disbelieved',
      'missed',
      'got through',
    ],
    patterns.map((row) => [
      row.pattern,
      String(row.attempts),
      ...[row.attempted, row.denied, row.gaveUp, row.rejected, row.quota, row.disbelieved, row.missed].map(yuan),
      `${yuan(row.through)} (${percent(row.through, row.attempted)})`,
    ]),
  )
  const kept = table(
    [
      'honest',
      'wishes',
      'placed',
      'challenged',
      'held',
      'median, p95',
      'denied',
      'gave up',
      'rejected',
      'quota',
      'sold out',
      'lost to rules, yuan',
    ],
    honest.map((row) => [
      row.group,
      String(row.wishes),
      String(row.placed),
      counted(row.challenged, row.wishes),
      counted(row.held, row.placed),
      row.held > 0 ? `${inHours(row.heldMedian)}, ${inHours(row.heldP95)}` : '',
      ...[row.denied, row.gaveUp, row.rejected].map((n) => counted(n, row.wishes)),
      String(row.quota),
      String(row.soldOut),
      `${yuan(row.lost)} (${percent(row.lost, row.wanted)})`,
    ]),
  )
  const struck = table(
    ['rule', 'honest', 'hostile', 'precision', 'recall', 'recall by value'],
    rules.map((row) => [
      row.rule,
      String(row.honest),
      String(row.hostile),
      percent(row.precision, 1),
      percent(row.recall, 1),
      percent(row.recallByValue, 1),
    ]),
  )
  const silent = `Never struck: ${neverStruck.join(', ') || 'none'}.`
  return [stopped, kept, struck, silent, weakest(report)].join('\n\n')
}

/** A rule that struck less often is not judged. */
const OFTEN = 20

/** The weakest spots, in a paragraph. */
function weakest({ patterns, honest, rules }: Report): string {
  const open = patterns.toSorted((a, b) => share(b.through, b.attempted) - share(a.through, a.attempted))
  const through = open
    .slice(0, 2)
    .map((row) => `${row.pattern} (${percent(row.through, row.attempted)}, ${yuan(row.through)} yuan)`)
  const groups = honest.filter(({ group }) => group !== 'all')
  const hurt = groups.toSorted((a, b) => share(b.lost, b.wanted) - share(a.lost, a.wanted))[0]
  const delayed = groups.toSorted((a, b) => share(b.held, b.placed) - share(a.held, a.placed))[0]
  const often = rules.filter(({ honest: one, hostile }) => one + hostile >= OFTEN)
  const blunt = often.toSorted((a, b) => a.precision - b.precision)[0]
  return [
    `Weakest: most gets through of ${through.join(' and ')}.`,
    hurt &&
      `Of honest buyers the rules cost ${hurt.group} most (${percent(hurt.lost, hurt.wanted)} of what they wanted),`,
    delayed && `and hold ${delayed.group} most often (${percent(delayed.held, delayed.placed)} of the orders).`,
    blunt &&
      `The rule that is wrong most often is ${blunt.rule}: ${percent(1 - blunt.precision, 1)} of those it strikes are honest.`,
  ]
    .filter(Boolean)
    .join(' ')
}
