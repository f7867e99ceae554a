import type { Origin } from '../risk/model.ts'
import { plainHash, type Trait } from '../risk/service.ts'

/** What an order is known by, and under which locks it is judged: see risk/locks. */

/** A lock that an order of a batch needs. */
export interface LockRow {
  /** the order's place in the batch, from 1 */
  readonly n: number
  readonly key: number
}

/** The locks of a batch: of two orders that need the same one, only the first is judged with it. */
export class Locks {
  private readonly needed = new Map<number, number[]>()
  private readonly free: Set<number>

  constructor(locks: readonly LockRow[], got: readonly number[]) {
    this.free = new Set(got)
    for (const { n, key } of locks) this.needed.set(n, [...(this.needed.get(n) ?? []), key])
  }

  /** Whether all locks of an order are ours and not used yet; from now on they are. Its buyer's group must be the one that was locked. */
  take(n: number, group: number): boolean {
    const mine = this.needed.get(n) ?? []
    if (!mine.includes(group) || !mine.every((key) => this.free.has(key))) return false
    for (const key of mine) this.free.delete(key)
    return true
  }
}

/** By what the door shows an order is known. */
export function tracesOf({ ip, device }: Origin): Trait[] {
  return (['ip', 'device'] as const).flatMap((kind): Trait[] => {
    const hash = kind === 'ip' ? ip : device
    return hash ? [{ kind, hash, lock: `${kind} ${hash.toString('hex')}` }] : []
  })
}

/** By whom it was paid; nothing where the provider does not say. */
export const payerOf = ({ provider, payer }: { readonly provider: string; readonly payer: string }): Trait[] =>
  payer === '' ? [] : [{ kind: 'payer', hash: plainHash(`${provider}:${payer}`), lock: `payer ${provider} ${payer}` }]
