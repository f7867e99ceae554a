import { recordAudit } from '../audit/service.ts'
import { walletAdjusted } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Adjustment, Money, Movement, WalletEntry } from './model.ts'
import * as store from './store.ts'

/** What buyers have with the shop (P6): money that could not go back to where it came from, kept for their next order. */
export interface Wallets {
  /** What a customer has, per currency, in minor units; only what is above zero. */
  balances(customerId: number): Promise<readonly Money[]>
  /** What went in and out, newest first. */
  history(customerId: number, page: number): Promise<Page<WalletEntry>>
  /** The entry that a booking stands for. */
  entry(ref: string): Promise<WalletEntry | undefined>
}

const PER_PAGE = 6

export function createWallets(db: Database): Wallets {
  return {
    balances: (customerId) => store.balances(db, customerId),
    async history(customerId, wanted) {
      const total = await store.countEntries(db, customerId)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.entries(db, customerId, take, skip), page, pages, total }
    },
    entry: (ref) => store.entry(db, ref),
  }
}

/** Puts money into a wallet, within the caller's transaction, which books the same. Throws when it was put there before. */
export async function credit(sql: Sql, movement: Movement, at: Date): Promise<void> {
  await store.add(sql, movement, at)
}

/** Takes money out of a wallet, within the caller's transaction, which books the same; false when there is too little. */
export function debit(sql: Sql, movement: Movement, at: Date): Promise<boolean> {
  return store.take(sql, movement, at)
}

/** What a payment has put into wallets, each under its booking; only under this one where it is named. */
export function creditsOf(
  sql: Sql,
  paymentId: bigint,
  ref?: string,
): Promise<(Money & { id: bigint; customerId: number })[]> {
  return store.creditsOf(sql, paymentId, ref)
}

/** All that is in a customer's wallets, which nobody else changes until the transaction ends. */
export function lockBalances(sql: Sql, customerId: number): Promise<Money[]> {
  return store.lockAll(sql, customerId)
}

/** Takes as much of this out of a wallet as there is, within the caller's transaction; returns how much, in minor units. */
export async function takeWhatIsThere(sql: Sql, movement: Movement, at: Date): Promise<number> {
  const amount = Math.min(movement.amount, await store.lock(sql, movement))
  return amount > 0 && (await store.take(sql, { ...movement, amount }, at)) ? amount : 0
}

/**
 * Puts money into a wallet or takes it out because staff say so, within the caller's transaction, with its booking and its entry in
 * the audit log; once under its `ref`. @throws KeytillError `wallet.too_little` when there is less in it than is to be taken out
 */
export async function adjust(sql: Sql, actor: string, adjustment: Adjustment, now: Date): Promise<void> {
  const { customerId, pseudonym, amount, currency, reason, ref } = adjustment
  if (await store.entry(sql, ref)) return
  const movement: Movement = { customerId, amount: Math.abs(amount), currency, move: 'adjusted', ref, note: reason }
  if (amount > 0) await store.add(sql, movement, now)
  else if (!(await store.take(sql, movement, now)))
    throw new KeytillError('wallet.too_little', 'There is less in the wallet than that.')
  await book(sql, now, walletAdjusted(ref, customerId, amount, currency))
  await recordAudit(sql, now, {
    actor,
    action: 'wallet.adjusted',
    subject: `wallet:${pseudonym}`,
    data: { amount, currency, reason, ref },
  })
}
