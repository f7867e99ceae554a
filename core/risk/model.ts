import { z } from 'zod'
import { KeytillError } from '../platform/errors.ts'

/** When a rule is judged: as an order is placed, before anything is reserved for it, or as its payment is settled. */
export const STAGES = ['order', 'payment'] as const
export type Stage = (typeof STAGES)[number]

/** Ways to find out who is there, the weakest first. */
export const CHALLENGES = ['captcha', 'contact', 'sms'] as const
export type Challenge = (typeof CHALLENGES)[number]

/** What a rule may say, the weakest first. An order may be challenged or denied; money that came in is never refused: it may be held. */
export const VERDICTS = [...CHALLENGES, 'hold', 'deny'] as const
export type Verdict = (typeof VERDICTS)[number]
export const VERDICTS_AT: Readonly<Record<Stage, readonly Verdict[]>> = {
  order: [...CHALLENGES, 'deny'],
  payment: ['hold'],
}

/** Of whom something is counted. IP and device are known where a door shows them, the payer at payment. */
export const WHO = ['buyer', 'payer', 'phone', 'group', 'ip', 'device'] as const
export type Who = (typeof WHO)[number]

/** Figures of the order at hand: minutes since its buyer came, orders they paid before, its units, price and price of a unit. */
export const FIGURES = ['age', 'paid', 'units', 'amount', 'unit_price'] as const
/** What is counted of somebody within a window: see {@link HISTORY_OF}. */
export const HISTORY = [
  'orders',
  'units',
  'amount',
  'unpaid',
  'returned',
  'refunds',
  'refund_share',
  'probes',
  'complaints',
] as const
export type Figure = (typeof FIGURES)[number]
export type History = (typeof HISTORY)[number]
/** What an order is of, and through which door it came. */
export const KINDS = ['product', 'category', 'channel'] as const
export type Kind = (typeof KINDS)[number]

/**
 * What can be counted of whom: `orders`, `units` and `amount` are of orders that were paid, the one at hand among them; `unpaid` are
 * orders that were placed and are not paid, `returned` payments that bought nothing, `refunds` paid orders that were refunded, and
 * `refund_share` how many percent of the paid ones; `probes` other people's order numbers they asked for, `complaints` orders of
 * theirs that they said do not work.
 */
export const HISTORY_OF: Readonly<Record<History, readonly Who[]>> = {
  orders: WHO,
  units: WHO,
  amount: WHO,
  // Nobody knows who would have paid.
  unpaid: ['buyer', 'phone', 'group', 'ip', 'device'],
  returned: WHO,
  refunds: WHO,
  refund_share: WHO,
  probes: WHO,
  complaints: WHO,
}

const MOST = 100_000_000
/** A year, in minutes. */
const LONGEST = 525_600
const op = z.enum(['<', '>'])
const value = z.number().int().min(0).max(MOST)
/** As {@link nameOf} writes it: what is compared was typed by several people. */
const name = z
  .string()
  .min(1)
  .max(60)
  .refine((text) => text === nameOf(text) && !/["“”]/.test(text))
const words = z.array(name).min(1).max(20)

export const conditionSchema = z.union([
  z.strictObject({ fact: z.enum(FIGURES), op, value }),
  z.strictObject({ fact: z.enum(HISTORY), by: z.enum(WHO), within: z.number().int().min(1).max(LONGEST), op, value }),
  /** how many buyers share the payer, phone, address or device, this one among them */
  z.strictObject({ fact: z.literal('buyers'), by: z.enum(WHO).exclude(['buyer']), op, value }),
  z.strictObject({ fact: z.enum(KINDS), in: words }),
  /** somebody or something about the order is on the blocklist */
  z.strictObject({ fact: z.literal('blocked') }),
])
export type Condition = z.infer<typeof conditionSchema>
/** A condition with a threshold. */
export type Threshold = Extract<Condition, { readonly value: number }>

/** A name without differences that cannot be seen. */
export const nameOf = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ')

const needsPayer = (condition: Condition) => 'by' in condition && condition.by === 'payer'

/** A rule as data: its verdict, when all its conditions hold. */
export const ruleSchema = z
  .strictObject({
    at: z.enum(STAGES),
    all: z.array(conditionSchema).min(1).max(8),
    verdict: z.enum(VERDICTS),
  })
  .refine(({ at, verdict }) => VERDICTS_AT[at].includes(verdict), 'verdict')
  .refine(({ at, all }) => at === 'payment' || !all.some(needsPayer), 'payer')
  .refine(
    ({ all }) => all.every((one) => !('within' in one) || HISTORY_OF[one.fact as History].includes(one.by)),
    'history',
  )
export type RuleDefinition = z.infer<typeof ruleSchema>

export interface Rule {
  readonly name: string
  readonly version: number
  readonly enabled: boolean
  readonly definition: RuleDefinition
}

/** What is known of an order at one moment, by {@link factOf} a condition: without what a door does not show, and what no rule had to know. */
export type Fact = number | string | readonly string[] | null
export type Facts = Readonly<Record<string, Fact>>

/** The name under which what a condition asks for is known: `orders by buyer in 60`. */
export function factOf(condition: Condition): string {
  if ('within' in condition) return `${condition.fact} by ${condition.by} in ${condition.within}`
  return 'by' in condition ? `${condition.fact} by ${condition.by}` : condition.fact
}

/** A rule that struck, and what each of its conditions saw: the words are in the language files. */
export interface Reason {
  readonly rule: string
  readonly version: number
  readonly verdict: Verdict
  readonly because: readonly { readonly condition: Condition; readonly observed: Fact }[]
}

/** What is expected at a place of a rule's text: one of these words, or something of a kind; or what the whole may not be. */
export type Expected = readonly string[] | 'time' | 'sum' | 'number' | 'name' | 'end' | 'payer' | 'size'

/** A rule's text is not one: `found` stands where something else was expected, nothing when the text ends there. */
export class RuleProblem extends KeytillError {
  readonly expected: Expected
  readonly found: string | undefined
  constructor(expected: Expected, found?: string) {
    const what = typeof expected === 'string' ? expected : expected.join(', ')
    super('risk.text', `A rule is wrong: expected ${what}, found ${found?.slice(0, 30) ?? 'nothing'}.`)
    this.expected = expected
    this.found = found?.slice(0, 30)
  }
}

/** What all rules together say of an order. */
export interface Judgement {
  /** the strongest of them; undefined when none struck */
  readonly verdict: Verdict | undefined
  readonly reasons: readonly Reason[]
}

/** Where an order comes from, as far as its door shows it: keyed hashes (vault/personal). */
export interface Origin {
  readonly ip: Buffer | undefined
  readonly device: Buffer | undefined
}

/** A customer by id, a chat account as `channel:id`, a payer as `provider:id`; a phone number, an address, a device. */
export type BlockKind = 'customer' | 'account' | 'payer' | 'phone' | 'ip' | 'device'

/** Whom a block is to be about. */
export interface Whom {
  readonly kind: BlockKind
  readonly value: string
}

/** Somebody who is not served. Of a number, account or address only the hash is kept, and what of it may be shown. */
export interface Block {
  readonly id: number
  readonly kind: BlockKind
  /** undefined for a customer */
  readonly label: string | undefined
  /** the customer it is about, where there is exactly one */
  readonly customerId: number | undefined
  readonly reason: string
  /** a pseudonym */
  readonly by: string
  /** the name of that member of staff, where they have one */
  readonly byName: string | undefined
  readonly at: Date
  /** undefined: until it is lifted */
  readonly expiresAt: Date | undefined
}
