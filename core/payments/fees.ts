import { feeKept, feeReturned } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Database } from '../platform/database/database.ts'
import type { ProviderBook } from './provider.ts'
import * as store from './store.ts'

/** Books what a provider kept of payments, and gave back of that with refunds, by its own book. What was booked before is left alone. */
export async function bookFees(
  db: Database,
  provider: string,
  { payments, refunds }: ProviderBook,
  now: Date,
): Promise<void> {
  const kept = payments.flatMap(({ reference, fee = 0 }) => (fee > 0 ? [{ reference, fee }] : []))
  const returned = refunds.flatMap(({ reference, refundId, fee = 0 }) =>
    refundId !== undefined && fee > 0 ? [{ reference, refundId, fee }] : [],
  )
  if (kept.length + returned.length === 0) return
  await db.transaction(async (sql) => {
    for (const { id, fee, currency } of await store.keepFees(sql, provider, kept, now))
      await book(sql, now, feeKept(id, provider, fee, currency))
    for (const { id, fee, currency } of await store.keepRefundFees(sql, provider, returned, now))
      await book(sql, now, feeReturned(id, provider, fee, currency))
  })
}
