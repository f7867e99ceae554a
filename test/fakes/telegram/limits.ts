/** How often a bot may speak; every rate is refilled continuously up to its burst. */
export interface Limits {
  /** Messages to one private chat. */
  privateChat: { perSecond: number; burst: number }
  /** Messages to one group. */
  group: { perMinute: number; burst: number }
  /** Everything a bot sends or edits. */
  overall: { perSecond: number; burst: number }
}

/** Telegram's published guidance; the burst in a private chat is what it tolerates for a moment. */
export const TELEGRAM_LIMITS: Limits = {
  privateChat: { perSecond: 1, burst: 3 },
  group: { perMinute: 20, burst: 20 },
  overall: { perSecond: 30, burst: 30 },
}

class Bucket {
  private tokens: number
  private at: number

  constructor(
    private readonly perMs: number,
    private readonly burst: number,
    now: number,
  ) {
    this.tokens = burst
    this.at = now
  }

  /** Milliseconds until one token is there; 0 when it is there now. */
  waitMs(now: number): number {
    this.tokens = Math.min(this.burst, this.tokens + Math.max(0, now - this.at) * this.perMs)
    this.at = now
    // The small allowance absorbs rounding: a caller who waits exactly as told must get through.
    return this.tokens >= 1 - 1e-6 ? 0 : (1 - this.tokens) / this.perMs
  }

  take(): void {
    this.tokens -= 1
  }
}

/** The token buckets of one bot. */
export class Limiter {
  private readonly chats = new Map<number, Bucket>()
  private overall: Bucket | undefined

  constructor(
    private readonly limits: Limits | false,
    private readonly now: () => number,
  ) {}

  /**
   * Takes what one call needs, or nothing. `chatId` is given when the call puts a new message into a chat.
   * Returns the seconds to wait, 0 when the call may pass.
   */
  take(chatId: number | undefined): number {
    if (!this.limits) return 0
    const now = this.now()
    this.overall ??= new Bucket(this.limits.overall.perSecond / 1000, this.limits.overall.burst, now)
    const buckets = [this.overall]
    if (chatId !== undefined) buckets.push(this.chat(chatId, this.limits, now))
    const wait = Math.max(...buckets.map((bucket) => bucket.waitMs(now)))
    if (wait > 0) return Math.ceil(wait / 1000)
    for (const bucket of buckets) bucket.take()
    return 0
  }

  private chat(id: number, limits: Limits, now: number): Bucket {
    let bucket = this.chats.get(id)
    if (!bucket) {
      const { privateChat, group } = limits
      bucket =
        id > 0
          ? new Bucket(privateChat.perSecond / 1000, privateChat.burst, now)
          : new Bucket(group.perMinute / 60_000, group.burst, now)
      this.chats.set(id, bucket)
    }
    return bucket
  }
}
