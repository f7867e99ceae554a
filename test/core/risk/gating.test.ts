import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import type { Sql } from '../../../core/platform/database/sql.ts'
import { type FactsRow, judgingOf } from '../../../core/risk/facts.ts'
import {
  type Condition,
  type Facts,
  FIGURES,
  HISTORY,
  HISTORY_OF,
  type Rule,
  type RuleDefinition,
  ruleSchema,
  STAGES,
  type Stage,
  WHO,
} from '../../../core/risk/model.ts'
import { judge } from '../../../core/risk/policy.ts'
import { type AtHand, questionsOf } from '../../../core/risk/questions.ts'
import * as store from '../../../core/risk/store.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

/**
 * What is asked of an order depends on what else is known of it. Asked alone, a fact depends on nothing: so each rule set is judged
 * on the facts it asks for itself, and on those of rules that have one condition each.
 */
let stand: Stand
let product: Stocked
const buyers: Buyer[] = []
const open: Order[] = []
const PAYERS = ['alpha', 'beta', '']
const ORIGINS = [{}, { ip: '203.0.113.1' }, { ip: '203.0.113.1', device: 'one' }, { device: 'two' }]
const pick = <T>(all: readonly T[], n: number): T => all[n % all.length] as T

/** A month in which everything happens that rules ask about. */
beforeAll(async () => {
  stand = await openShop()
  const { risk } = stand.shop
  for (const { name } of await risk.rules()) await risk.setLimit('operator', name, 'off')
  product = await stand.product(400)
  const sql: Sql = { rows: ({ text }, values) => stand.rows(text, values) }
  for (let n = 0; n < 8; n++) buyers.push(await stand.meet())
  for (let n = 0; n < 60; n++) {
    stand.clock.advance(n % 3 === 0 ? hours(24) : minutes(17))
    if (n === 40) buyers.push(await stand.meet(), await stand.meet())
    const buyer = pick(buyers, n * 7 + (n >> 2))
    const { placed } = await stand.ask(buyer, product.sku, 1 + (n % 3), { origin: pick(ORIGINS, n >> 1) })
    if (!placed) continue
    if (n % 5 === 4) await stand.shop.sale.cancel(placed.no, buyer.id)
    else if (n % 11 === 10) await stand.receive(placed, { amount: 1, payer: pick(PAYERS, n) })
    else await stand.receive(placed, { payer: n % 2 ? pick(PAYERS, n) : buyer.chat })
    if (n % 6 === 0) await stand.shop.sale.refund('staff', placed.no, 'broken').catch(() => {})
    const sign = {
      kind: n % 2 ? 'probe' : 'complaint',
      customerId: buyer.id,
      subject: `s${n}`,
      event: `e${n}`,
    } as const
    if (n % 4 === 0) await risk.note(sign)
    if (n === 30) for (const one of buyers.slice(2, 4)) await risk.knowPhone(sql, one.id, '+86 138 0000 0000')
    if (n === 50) await risk.blocklist.block('ann', { kind: 'ip', value: '203.0.113.1' }, 'fraud')
    if (n === 55) await risk.blocklist.block('ann', { kind: 'customer', value: String(buyers[3]?.id) }, 'fraud')
  }
  for (const [n, buyer] of [...buyers, await stand.meet()].entries()) {
    const { placed } = await stand.ask(buyer, product.sku, 1 + (n % 2), { origin: pick(ORIGINS, n) })
    if (placed) open.push(placed)
  }
})

const op = fc.constantFrom('<' as const, '>' as const)
const small = fc.constantFrom(0, 0, 1, 2, 3, 5, 50, 1500)
const within = fc.constantFrom(60, 1440, 10_080, 43_200)
const figure = fc.record({
  fact: fc.constantFrom(...FIGURES),
  op,
  value: fc.constantFrom(0, 1, 2, 4, 900, 1500, 14_400, 40_000),
})
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: figure },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...HISTORY)
      .chain((fact) =>
        fc.record({ fact: fc.constant(fact), by: fc.constantFrom(...HISTORY_OF[fact]), within, op, value: small }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      fact: fc.constant('buyers' as const),
      by: fc.constantFrom(...WHO.slice(1)),
      op,
      value: small,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ fact: 'blocked' } as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ fact: 'channel', in: ['test'] } as const, { fact: 'channel', in: ['x'] } as const),
  },
) as fc.Arbitrary<Condition>
const definition = (at: Stage): fc.Arbitrary<RuleDefinition> =>
  fc
    .array(condition, { minLength: 1, maxLength: 4 })
    .map((all) => ({ at, all, verdict: at === 'order' ? 'deny' : 'hold' }))
    .filter((made) => ruleSchema.safeParse(made).success) as fc.Arbitrary<RuleDefinition>
const ruleSet = (at: Stage) =>
  fc.array(definition(at), { minLength: 1, maxLength: 6 }).map((all) => all.map((one, n) => ruleOf(one, n)))
const ruleOf = (one: RuleDefinition, version: number): Rule => ({
  name: 'rule',
  version,
  enabled: true,
  definition: one,
})
const alone = (rules: readonly Rule[]): Rule[] =>
  rules.flatMap(({ definition: one }) => one.all.map((only, n) => ruleOf({ ...one, all: [only] }, n)))

/** The same verdict for the same reasons, and nothing known that is not so. Says how many struck, and what was not asked. */
function compare(
  rules: readonly Rule[],
  asked: Facts,
  all: Facts,
): { readonly struck: number; readonly spared: number } {
  const judgement = judge(rules, asked)
  expect(judgement).toEqual(judge(rules, all))
  expect(all).toMatchObject(asked)
  return { struck: judgement.reasons.length, spared: Object.keys(all).length - Object.keys(asked).length }
}

const batchOf = (stage: Stage): { readonly values: readonly unknown[]; readonly atHand: readonly AtHand[] } => {
  const { risk } = stand.shop
  const now = stand.clock()
  if (stage === 'payment') {
    const payers = open.map((_, n) => pick(PAYERS, n))
    const atHand = open.map(({ lines, total, channel }) => ({ units: lines[0]?.quantity ?? 0, total, channel }))
    return { values: [open.map(({ no }) => no), open.map(() => 'test-pay'), payers, now], atHand }
  }
  const origins = open.map((_, n) => risk.originOf(pick(ORIGINS, n)))
  const atHand = open.map((_, n) => ({ units: 1 + n, total: 990 * (1 + n), channel: 'test' }))
  const values = [
    open.map(({ customerId }) => customerId),
    origins.map(({ ip }) => ip ?? null),
    origins.map(({ device }) => device ?? null),
    open.map(() => product.sku),
    open.map(() => now),
    atHand.map(({ units }) => units),
    atHand.map(({ total }) => total),
  ]
  return { values, atHand }
}

describe.each(STAGES)('rules for the stage %s', (stage) => {
  it('say the same on what they ask as on all there is to know', async () => {
    const { values, atHand } = batchOf(stage)
    const seen = { struck: 0, spared: 0 }
    const factsOf = async (rules: readonly Rule[]) => {
      const { statement, questions } = judgingOf(stage, rules)
      const rows = await stand.rows<FactsRow>(statement.text, values)
      return rows.toSorted((a, b) => a.n - b.n).map((row) => questions.read(row, atHand[row.n - 1] as AtHand))
    }
    await fc.assert(
      fc.asyncProperty(ruleSet(stage), async (rules) => {
        const [asked, all] = [await factsOf(rules), await factsOf(alone(rules))]
        expect(asked).toHaveLength(open.length)
        for (const [n, facts] of asked.entries()) {
          const { struck, spared } = compare(rules, facts, all[n] as Facts)
          seen.struck += struck
          seen.spared += spared
        }
      }),
      { numRuns: 150 },
    )
    // Both kinds were there, or nothing was shown.
    expect(Math.min(seen.struck, seen.spared)).toBeGreaterThan(100)
  })

  it('say the same of the past, too', async () => {
    const sql: Sql = { rows: ({ text }, values) => stand.rows(text, values) }
    const seen = { struck: 0, spared: 0 }
    const factsOf = async (rules: readonly Rule[]) => {
      const questions = questionsOf(rules, 'then')
      const rows = await store.history(sql, stage, questions, 2n ** 63n - 1n, 2000)
      return rows.filter(({ at }) => at !== null).map((row) => questions.read(row, row))
    }
    await fc.assert(
      fc.asyncProperty(ruleSet(stage), async (rules) => {
        const [asked, all] = [await factsOf(rules), await factsOf(alone(rules))]
        for (const [n, facts] of asked.entries()) {
          const { struck, spared } = compare(rules, facts, all[n] as Facts)
          seen.struck += struck
          seen.spared += spared
        }
      }),
      { numRuns: 60 },
    )
    expect(Math.min(seen.struck, seen.spared)).toBeGreaterThan(100)
  })
})
