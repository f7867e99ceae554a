import type { Money } from '../wallet/model.ts'

/** One of the accounts that a person has with the shop. */
export interface Account {
  /** names it in a button: what its id is hashes to */
  readonly key: string
  readonly channel: string
  /** as much of its id as may be shown */
  readonly label: string
  /** since when it is one with the others; undefined for who has one account only */
  readonly linkedAt: Date | undefined
}

/** What becomes one when a code is confirmed: the asking person's own, and as much of the other account as may be shown. */
export interface LinkPreview {
  readonly orders: number
  readonly balances: readonly Money[]
  readonly other: Pick<Account, 'channel' | 'label'>
}

/** Where somebody is told of it, and by which account they act. */
export interface Place {
  readonly channel: string
  readonly chat: string
}

/** Why a person's accounts cannot be linked or unlinked now, the first of these that holds. */
export const HINDRANCES = ['staff', 'blocked', 'review'] as const
export type LinkHindrance = (typeof HINDRANCES)[number]
