import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { hours, minutes, seconds } from './clock.ts'
import type { Redis } from './redis.ts'

/** Counts what each caller does, and says when it is too much. */
export interface Limiter {
  /** Counts once for this caller, or `times`: 0 when that is allowed, else the ms until it is again. */
  take(caller: string, times?: number): Promise<number>
}

/** At most `times` in any window of `ms`, whole seconds, that begins with a caller's first. Limits of one name are counted together. */
export type CreateLimiter = (name: string, times: number, ms: number) => Limiter

/** How often is too often at each door, as {@link CreateLimiter} takes it: far more than people do. */
export const LIMITS = {
  /** messages and pressed buttons of one person, and in one chat; a file counts more (bots/dialogue/doors) */
  person: ['person', 60, seconds(10)],
  chat: ['room', 120, seconds(10)],
  /** what members of staff may do beyond that: a long paste comes as many messages at once */
  staff: ['staff', 600, seconds(10)],
  /** how often somebody is told to be slower */
  told: ['told', 1, seconds(30)],
  /** events and uploads of one web chat, requests and uploads of one address */
  webChat: ['chat', 30, seconds(10)],
  webAddress: ['address', 150, seconds(10)],
  webUploads: ['chat-upload', 5, minutes(1)],
  webAddressUploads: ['address-upload', 15, minutes(1)],
  /** new web chats of one address: an office or a mobile network shares one */
  webSessions: ['session', 60, minutes(10)],
  /** codes that link accounts, typed by one customer */
  linkCode: ['link-code', 10, hours(1)],
  /** requests for one-time links of one address */
  link: ['link', 60, seconds(10)],
  /** requests for payment pages of one address: an open page asks every two seconds */
  pay: ['pay', 300, seconds(10)],
  /** calls of one address that say they are a payment provider's and are not */
  forged: ['forged', 20, minutes(1)],
} as const satisfies Readonly<Record<string, Parameters<CreateLimiter>>>

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
      async take(caller, count = 1) {
        try {
          await limiter.consume(caller, count)
          return 0
        } catch (error) {
          if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
          throw error
        }
      },
    }
  }
}
