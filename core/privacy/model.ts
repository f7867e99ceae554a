import type { Money } from '../wallet/model.ts'

/**
 * For how many days what can be told apart by person is kept, by kind, unless the owner sets otherwise. What is older goes in the
 * night. `/privacy` tells buyers of each of them.
 */
export const KEPT = {
  /** where a conversation stands: basket, question, menu */
  sessions: 90,
  /** which of our messages is about what, so that it can be changed */
  messages: 180,
  /** what was written in tickets that nobody waits for */
  tickets: 365,
  /** the words of feedback; its stars stay with the order */
  feedback: 365,
  /** who got which broadcast, and pressed its button; the figures stay */
  broadcasts: 180,
  /** by which link somebody came */
  visits: 400,
  /** from where an order came, and what looked odd: address and browser as keyed hashes */
  risk: 180,
  /** used and expired codes that make staff */
  claims: 30,
} as const
export type Kind = keyof typeof KEPT
export const KINDS = Object.keys(KEPT) as Kind[]

/** The same, for what their own rooms forget every hour, in days: nobody can set these. */
export const KEPT_HOURLY = {
  /** what came in from a chat, sealed, and only its number once it is handled */
  inbox: 7,
  /** what a platform would not take before its person writes again, sealed */
  deferred: 7,
  /** what staff sent to be imported, sealed */
  drafts: 1,
  /** one-time links past their end, with a hash of the browser that opened them */
  links: 30,
} as const
export type HourlyKind = keyof typeof KEPT_HOURLY

/** What is about staff alone. */
export const OF_STAFF: readonly (Kind | HourlyKind)[] = ['claims', 'drafts']

/** For how many days each kind is kept in this shop. */
export type Retention = Readonly<Record<Kind | HourlyKind, number>>

/** Why a person cannot be forgotten yet. */
export type Hindrance =
  | { readonly kind: 'order'; readonly no: string }
  /** a payment or refund of theirs has not come to its end */
  | { readonly kind: 'money'; readonly no: string | undefined }
  | { readonly kind: 'wallet'; readonly balances: readonly Money[] }
  | { readonly kind: 'staff' }

/** Everything the shop has about a person, as they are given it. Amounts are in the smallest unit of their currency. */
export interface PersonalData {
  readonly format: 'keytill-personal-data-1'
  readonly at: string
  readonly profile: Row
  readonly accounts: readonly Row[]
  /** without their keys */
  readonly orders: readonly Row[]
  readonly payments: readonly Row[]
  readonly refunds: readonly Row[]
  readonly wallet: { readonly balances: readonly Row[]; readonly entries: readonly Row[] }
  readonly tickets: readonly Row[]
  readonly feedback: readonly Row[]
  readonly links: readonly Row[]
  readonly broadcasts: readonly Row[]
  readonly visits: readonly Row[]
  /** checks they were asked for and have passed, rules overruled for them, orders that were not taken, and whether they are blocked */
  readonly risk: Readonly<Record<'challenges' | 'passed' | 'vouched' | 'refusals' | 'blocks', readonly Row[]>>
}

export type Row = Readonly<Record<string, unknown>>
