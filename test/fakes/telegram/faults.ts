/** One kind of misbehaviour, to be applied to the next calls that fit. */
export interface Fault {
  /** Which method misbehaves; left out: any. */
  method?: string
  /** How many calls it hits; default 1. */
  times?: number
  /** Which calls of that method; left out: all of them. */
  when?: (params: Record<string, unknown>) => boolean
  /**
   * `429`, `500`: the error, without effect. `drop`: the connection is destroyed before the effect.
   * `reply-lost`: the effect happens, then the connection is destroyed. `late`: the effect happens, the answer waits.
   */
  kind: '429' | '500' | 'drop' | 'reply-lost' | 'late'
  /** Seconds told with a 429; default 1. */
  retryAfter?: number
  /** How long a `late` answer waits; default 1000. */
  ms?: number
}

/** A fault that was set: how often it has struck, and the way to take it back. */
export interface SetFault {
  hits(): number
  remove(): void
}

export class Faults {
  private active: { fault: Fault; left: number; hits: number }[] = []

  add(fault: Fault): SetFault {
    const entry = { fault, left: fault.times ?? 1, hits: 0 }
    this.active.push(entry)
    return {
      hits: () => entry.hits,
      remove: () => {
        this.active = this.active.filter((other) => other !== entry)
      },
    }
  }

  /** The fault that strikes this call, if any; it is used up once more. */
  strike(method: string, params: Record<string, unknown>): Fault | undefined {
    const entry = this.active.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === undefined || fault.method.toLowerCase() === method.toLowerCase()) &&
        (fault.when?.(params) ?? true),
    )
    if (!entry) return undefined
    entry.left -= 1
    entry.hits += 1
    return entry.fault
  }
}
