import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Redis } from './redis.ts'

/** Counts what each caller does, and says when it is too much. */
export interface Limiter {
  /** Counts once for this caller: 0 when that is allowed, else the ms until it is again. */
  take(caller: string): Promise<number>
}

/** At most `times` in any window of `ms`, whole seconds, that begins with a caller's first. Limits of one name are counted together. */
export type CreateLimiter = (name: string, times: number, ms: number) => Limiter

/** Limits that all processes on one Redis count together; each by itself where there is none, or while it is away. */
export function createLimiters(redis: Redis | undefined): CreateLimiter {
  return (name, times, ms) => {
    const options = { keyPrefix: `keytill:limit:${name}`, points: times, duration: ms / 1000 }
    const memory = new RateLimiterMemory(options)
    const limiter: RateLimiterAbstract = redis
      ? new RateLimiterRedis({
          ...options,
          storeClient: redis,
          useRedisPackage: true,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory,
          // Who is over the limit need not be asked about again.
          inMemoryBlockOnConsumed: times + 1,
        })
      : memory
    return {
      async take(caller) {
        try {
          await limiter.consume(caller)
          return 0
        } catch (error) {
          if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
          throw error
        }
      },
    }
  }
}
