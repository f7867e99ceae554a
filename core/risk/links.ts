import type { Sql } from '../platform/database/sql.ts'
import * as store from './store.ts'

/** By what a buyer can be known again. All but an address, which strangers share too, make those who have it one group. */
export interface Trait {
  readonly kind: 'payer' | 'phone' | 'ip' | 'device'
  readonly hash: Buffer
  /** under which name it is locked, where orders are counted by it */
  readonly lock?: string
}

/**
 * Makes these customers, and all who are a group with one of them, one group. The locks of their groups are kept until the
 * transaction ends.
 */
export async function join(sql: Sql, customers: readonly number[]): Promise<void> {
  const locked = new Set<number>()
  for (;;) {
    const groups = await store.groupsOfAll(sql, customers)
    const fresh = groups.filter((id) => !locked.has(id))
    if (fresh.length === 0) {
      if (groups.length > 1) await store.joinGroups(sql, groups)
      return
    }
    await store.lock(
      sql,
      fresh.map((id) => `group ${id}`),
    )
    for (const id of fresh) locked.add(id)
  }
}

/**
 * Remembers what a customer was known by, and makes everyone one group who shares it. Waits for whoever judges an order of one of
 * them; the locks are kept until the transaction ends.
 */
export async function link(sql: Sql, customerId: number, traits: readonly Trait[], now: Date): Promise<void> {
  const linking = traits.filter(({ kind }) => kind !== 'ip')
  const locked = new Set<string>()
  const locks = traits.flatMap(({ lock }) => lock ?? [])
  let groups: number[]
  for (;;) {
    groups = await store.groupsOf(sql, customerId, linking)
    const names = [...locks, ...groups.map((id) => `group ${id}`)].filter((name) => !locked.has(name))
    // Somebody may have joined them while we waited: then there is more to lock.
    if (names.length === 0) break
    await store.lock(sql, names)
    for (const name of names) locked.add(name)
  }
  if (groups.length > 1) await store.joinGroups(sql, groups)
  if (traits.length > 0) await store.addTraits(sql, customerId, traits, now)
}
