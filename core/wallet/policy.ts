import type { Money } from './model.ts'

/** Whether there is enough for this in these balances: one currency never stands in for another. */
export const covers = (balances: readonly Money[], { amount, currency }: Money): boolean =>
  balances.some((balance) => balance.currency === currency && balance.amount >= amount)
