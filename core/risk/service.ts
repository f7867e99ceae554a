import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { remember } from '../platform/remember.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { personalHash } from '../vault/personal.ts'
import { type Blocklist, createBlocklist } from './blocklist.ts'
import { type Challenges, createChallenges } from './challenges.ts'
import { type Trial, tryRule } from './dry-run.ts'
import { type FactsRow, type Judging, judgingOf } from './facts.ts'
import { link } from './links.ts'
import {
  type Challenge,
  type Facts,
  type Judgement,
  type Origin,
  type Rule,
  type RuleDefinition,
  RuleProblem,
  ruleSchema,
  type Stage,
  type Threshold,
} from './model.ts'
import { createPasses, type Passes } from './passes.ts'
import { judge, mainThreshold } from './policy.ts'
import { presets } from './presets.ts'
import type { SmsSender } from './provider.ts'
import type { AtHand } from './questions.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import * as store from './store.ts'
import { parseRule, parseValue, printRule } from './text.ts'

export { isBlocked, labelOf, plainHash } from './blocklist.ts'
export { PICTURE_LENGTH, PICTURE_SYMBOLS, symbolsOf } from './challenges.ts'
export type { Trial } from './dry-run.ts'
export type { FactsRow, Judging } from './facts.ts'
export { join, link, type Trait } from './links.ts'
export { groupOf, lockKey, tryLocks } from './locks.ts'
export { vouch } from './passes.ts'
export type { AtHand } from './questions.ts'
export { addDecision, addRefusal, versionsText } from './store.ts'

/** Where a door says that an order comes from, as it is. */
export interface Seen {
  readonly ip?: string
  readonly device?: string
}

export interface Risk {
  /** Every rule as it stands, by name. */
  rules(): Promise<readonly store.RuleVersion[]>
  /** The last versions of a rule, the newest first. @throws KeytillError `risk.rule` */
  versions(name: string): Promise<readonly store.RuleVersion[]>
  /** The rule that a text says. @throws RuleProblem */
  read(text: string): RuleDefinition
  /** A rule as its text. */
  print(definition: RuleDefinition): string
  /**
   * Makes a rule, or a new version of one, on: for orders from now on.
   * @throws RuleProblem, KeytillError `risk.name`, `risk.many`, `risk.moved` when somebody else changes it at this moment
   */
  set(actor: string, name: string, definition: RuleDefinition): Promise<Rule>
  /** Changes the threshold of one condition (counted from 0), as a person types it. @throws RuleProblem, KeytillError `risk.rule`, `risk.moved` */
  setThreshold(actor: string, name: string, n: number, typed: string): Promise<Rule>
  /** Changes a rule's main threshold, or switches it `off` or `on`. @throws RuleProblem, KeytillError `risk.rule`, `risk.moved` */
  setLimit(actor: string, name: string, limit: string): Promise<Rule>
  /** Brings the version before the present one back, as a new version. @throws KeytillError `risk.rule`, `risk.first`, `risk.moved` */
  revert(actor: string, name: string): Promise<Rule>
  /** What a rule would have done to the orders of the last `days`: see dry-run.ts. */
  try(definition: RuleDefinition, days: number, onProgress: (orders: number) => void): Promise<Trial>
  /** The rules of a stage as they are, or were up to a second ago when another process changed them. */
  judging(stage: Stage): Promise<Judging>
  /** What a door shows, as it is kept. */
  originOf(seen: Seen | undefined): Origin
  /** A customer's phone number is known: they and all who have the same one are a group from now on. */
  knowPhone(sql: Sql, customerId: number, phone: string): Promise<void>
  /** Keeps what a customer did that may come before a fraud. */
  note(sign: Sign): Promise<void>
  readonly blocklist: Blocklist
  readonly challenges: Challenges
  readonly passes: Passes
  readonly refusals: Refusals
  /** Writes the presets that are not there yet. */
  seed(): Promise<void>
}

/** How long rules are remembered, in ms: every order and payment asks for them, and staff seldom change them. */
const LIFE = 1000
const MOST_RULES = 50
const VERSIONS_SHOWN = 10
const NAME = /^[a-z][a-z0-9-]{1,23}$/
/** Words that stand where a rule's name may, in the command. */
const RESERVED = new Set(['set', 'try'])

interface RiskParts {
  readonly db: Database
  readonly keyring: SealingKeyring
  readonly clock: Clock
  readonly log: Log
  readonly currency: string
  /** who sends codes; without one there are none */
  readonly sms?: SmsSender | undefined
}

export function createRisk({ db, keyring, clock, log, currency, sms }: RiskParts): Risk {
  const remembered = remember(LIFE, async () => {
    const all = await store.rules(db)
    return { order: judgingOf('order', all), payment: judgingOf('payment', all) }
  })

  async function known(name: string): Promise<Rule> {
    const [rule] = await store.versions(db, name, 1)
    if (rule) return rule
    const names = (await store.rules(db)).map((other) => other.name).join(', ')
    throw new KeytillError('risk.rule', `There is no rule ${name.slice(0, 30)}. Rules: ${names}.`)
  }

  /** The next version of a rule. */
  async function change(actor: string, before: Rule, after: Pick<Rule, 'enabled' | 'definition'>): Promise<Rule> {
    const definition = ruleSchema.safeParse(after.definition).data
    if (!definition) throw new RuleProblem('size')
    const rule = { name: before.name, version: before.version + 1, enabled: after.enabled, definition }
    await db.transaction(async (sql) => {
      if (!(await store.addRule(sql, rule, clock(), actor)))
        throw new KeytillError('risk.moved', 'Somebody else has just changed this rule. Look at it again.')
      const { name, version, enabled } = rule
      const data = { version, enabled, text: printRule(definition, currency) }
      await recordAudit(sql, clock(), { actor, action: 'risk.rule', subject: `rule:${name}`, data })
    })
    remembered.forget()
    return rule
  }

  async function setThreshold(actor: string, name: string, n: number, typed: string): Promise<Rule> {
    const rule = await known(name)
    const { all } = rule.definition
    const threshold = all[n]
    if (!threshold || !('value' in threshold)) throw new RuleProblem('number', typed)
    const changed: Threshold = { ...threshold, value: parseValue(threshold, typed, currency) }
    return change(actor, rule, { enabled: true, definition: { ...rule.definition, all: all.with(n, changed) } })
  }

  return {
    rules: () => store.rules(db),
    async versions(name) {
      await known(name)
      return store.versions(db, name, VERSIONS_SHOWN)
    },
    read: (text) => parseRule(text, currency),
    print: (definition) => printRule(definition, currency),
    async set(actor, name, definition) {
      if (!NAME.test(name) || RESERVED.has(name))
        throw new KeytillError(
          'risk.name',
          'A rule’s name has 2 to 24 small letters, digits and -, such as fresh-bulk.',
        )
      const all = await store.rules(db)
      const before = all.find((rule) => rule.name === name)
      if (!before && all.length >= MOST_RULES)
        throw new KeytillError('risk.many', `There are ${MOST_RULES} rules already: change one of them.`)
      return change(actor, before ?? { name, version: 0, enabled: true, definition }, { enabled: true, definition })
    },
    setThreshold,
    async setLimit(actor, name, limit) {
      const rule = await known(name)
      if (limit === 'on' || limit === 'off')
        return change(actor, rule, { enabled: limit === 'on', definition: rule.definition })
      const n = mainThreshold(rule.definition.all)
      if (n === undefined) throw new RuleProblem(['on', 'off'], limit)
      return setThreshold(actor, name, n, limit)
    },
    async revert(actor, name) {
      const [now, before] = await store.versions(db, name, 2)
      if (!now) return known(name)
      if (!before) throw new KeytillError('risk.first', 'This rule has no version before. It can be switched off.')
      return change(actor, now, before)
    },
    try: (definition, days, onProgress) => tryRule(db, definition, days, clock(), onProgress),
    judging: async (stage) => (await remembered.read())[stage],
    originOf: ({ ip, device } = {}) => ({
      ip: ip === undefined ? undefined : personalHash(keyring, 'ip', ip),
      device: device === undefined ? undefined : personalHash(keyring, 'device', device),
    }),
    knowPhone: (sql, customerId, phone) =>
      link(sql, customerId, [{ kind: 'phone', hash: personalHash(keyring, 'phone', phone) }], clock()),
    note: ({ customerId, kind, subject, event }) => store.sign(db, customerId, kind, subject, event, clock()),
    blocklist: createBlocklist(db, keyring, clock),
    challenges: createChallenges(db, keyring, clock, log, sms),
    passes: createPasses(db, clock),
    refusals: createRefusals(db),
    seed: () => store.seedRules(db, presets(currency), clock()),
  }
}

/** What the rules of a stage say of one order, from the row that their statement gave of it. */
export function judged(
  { rules, questions }: Judging,
  row: FactsRow,
  order: AtHand,
): { readonly facts: Facts; readonly judgement: Judgement } {
  const facts = questions.read(row, order)
  return { facts, judgement: judge(rules, facts, row.passed ?? [], row.vouched ?? {}) }
}

/** A customer has passed a challenge: it is not asked for again for a while. */
export function passed(sql: Sql, customerId: number, kind: Challenge, at: Date): Promise<void> {
  return store.pass(sql, customerId, kind, at)
}

/** What a customer did that may come before a fraud: once for a chat event, however often that is handled. */
interface Sign {
  readonly kind: 'probe' | 'complaint'
  readonly customerId: number
  /** what it was about, such as an order number: several about the same count once */
  readonly subject: string
  /** unique among all chats */
  readonly event: string
}
