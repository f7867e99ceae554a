/** The most callers remembered at once; the one not heard of for longest is forgotten first. */
const MOST_CALLERS = 20_000

/** A bucket of `size` tokens per caller that fills again within `ms`. */
export class Buckets {
  private readonly left = new Map<string, { tokens: number; at: number }>()
  private readonly size: number
  private readonly ms: number
  private readonly now: () => Date

  constructor(size: number, ms: number, now: () => Date) {
    this.size = size
    this.ms = ms
    this.now = now
  }

  /** Takes one token of `caller`: 0 when there was one, else the ms until there is. */
  take(caller: string): number {
    const at = this.now().getTime()
    const before = this.left.get(caller) ?? { tokens: this.size, at }
    const perToken = this.ms / this.size
    const tokens = Math.min(this.size, before.tokens + Math.max(0, at - before.at) / perToken)
    this.left.delete(caller)
    this.left.set(caller, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    for (const oldest of this.left.keys()) {
      if (this.left.size <= MOST_CALLERS) break
      this.left.delete(oldest)
    }
    return tokens < 1 ? Math.ceil((1 - tokens) * perToken) : 0
  }
}
