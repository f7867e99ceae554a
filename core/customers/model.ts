import type { Permission } from '../staff/model.ts'

export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** The channel of a bot of its own for the staff. */
export const STAFF_BOT = 'telegram-staff'

/** Channels on which people have the same accounts as on another, named behind them. */
const ACCOUNTS: Readonly<Record<string, string>> = { [STAFF_BOT]: 'telegram' }

/** The channel whose accounts people have on this one: a person is one customer on both. */
export const accountsOf = (channel: string): string => ACCOUNTS[channel] ?? channel

/** The channels on which people have the accounts of this one, besides itself. */
export const channelsBeside = (channel: string): readonly string[] =>
  Object.keys(ACCOUNTS).filter((other) => ACCOUNTS[other] === channel)

/** A person who talks to the shop, as the shop knows them in one chat. */
export interface Customer {
  readonly id: number
  /** stands for them in the audit log */
  readonly pseudonym: string
  readonly name: string | undefined
  /** chosen by the person, else guessed from the client */
  readonly language: Language
  /** undefined for anyone but active staff */
  readonly role: string | undefined
  /** what their role lets them do; nothing for anyone but active staff */
  readonly permissions: ReadonlySet<Permission>
}

/** Where a person can be reached in private. */
export interface Address {
  readonly customerId: number
  readonly channel: string
  readonly chat: string
  readonly language: Language
}

/** Someone met in a chat. */
export interface Acquaintance {
  readonly channel: string
  readonly externalId: string
  readonly chat: string
  readonly name?: string
  /** an IETF language tag */
  readonly language?: string
}

/** The shop's language for a client's language tag or locale: Chinese for every `zh-…` and `zh_…`, English otherwise. */
export function languageOf(tag: string | undefined): Language {
  return tag !== undefined && /^zh(?![a-z])/i.test(tag) ? 'zh' : 'en'
}
