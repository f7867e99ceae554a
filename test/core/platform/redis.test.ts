import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLimiters, type Limiter } from '../../../core/platform/limits.ts'
import { type Log, silentLog } from '../../../core/platform/log.ts'
import { openRedis, type Redis } from '../../../core/platform/redis.ts'
import { noRedis, openRedisServer, type RedisServer } from '../../stand/redis.ts'

if (noRedis) console.warn(`The tests of Redis are skipped: ${noRedis}`)

const open: Redis[] = []
afterEach(() => {
  for (const redis of open.splice(0)) redis.close()
})

function connect(url: string): { redis: Redis; lines: string[] } {
  const lines: string[] = []
  const log: Log = { ...silentLog, warn: (_fields, line) => void lines.push(line) }
  const redis = openRedis(url, log)
  open.push(redis)
  return { redis, lines }
}

const AWAY = 'Redis is away: every process counts its limits by itself until it is back'
const ready = (redis: Redis) => vi.waitUntil(() => redis.isReady, { timeout: 20_000 })

/** How long the slowest of these took, in ms; they are asked one after the other. */
async function slowest(limiter: Limiter, times: number): Promise<number> {
  let most = 0
  for (let time = 0; time < times; time++) {
    const start = performance.now()
    await limiter.take('someone')
    most = Math.max(most, performance.now() - start)
  }
  return most
}

describe('a limit in memory', () => {
  it('says how long to wait, to each caller by themselves', async () => {
    const { take } = createLimiters(undefined)('test', 2, 10_000)
    expect([await take('a'), await take('a'), await take('b')]).toEqual([0, 0, 0])
    const wait = await take('a')
    expect(wait).toBeGreaterThan(9000)
    expect(wait).toBeLessThanOrEqual(10_000)
  })
})

describe.skipIf(noRedis)(`Redis${noRedis ? ` (${noRedis})` : ''}`, { timeout: 60_000 }, () => {
  const twoOn = async (server: RedisServer) => {
    const [one, other] = [connect(server.url), connect(server.url)]
    await Promise.all([ready(one.redis), ready(other.redis)])
    return [one, other] as const
  }

  it('counts for all processes together, and each limit by its name', async () => {
    const [one, other] = await twoOn(await openRedisServer())
    const [a, b] = [createLimiters(one.redis)('chat', 3, 10_000), createLimiters(other.redis)('chat', 3, 10_000)]
    expect([await a.take('x'), await b.take('x'), await a.take('x')]).toEqual([0, 0, 0])
    expect(await b.take('x')).toBeGreaterThan(0)
    expect(await a.take('x')).toBeGreaterThan(0)
    expect(await createLimiters(one.redis)('upload', 3, 10_000).take('x')).toBe(0)
    expect([...one.lines, ...other.lines]).toEqual([])
  })

  it('may be away when we start, and come later', async () => {
    const server = await openRedisServer()
    await server.kill()
    const { redis, lines } = connect(server.url)
    const limiter = createLimiters(redis)('chat', 2, 10_000)
    expect([await limiter.take('x'), await limiter.take('x')]).toEqual([0, 0])
    expect(await limiter.take('x')).toBeGreaterThan(0)
    await vi.waitUntil(() => lines.length > 0)
    await server.start()
    await ready(redis)
    expect(await limiter.take('x')).toBe(0)
    expect(lines).toEqual([AWAY, 'Redis is back'])
  })

  it('may die: it is counted without it, with one line in the log, until it is back', async () => {
    const server = await openRedisServer()
    const { redis, lines } = connect(server.url)
    await ready(redis)
    const limiter = createLimiters(redis)('chat', 1000, 10_000)
    await limiter.take('x')
    await server.kill()
    expect(await slowest(limiter, 50)).toBeLessThan(250)
    expect(lines).toEqual([AWAY])
    await server.start()
    await ready(redis)
    await limiter.take('x')
    expect(lines).toEqual([AWAY, 'Redis is back'])
  })

  it('may fall silent: nobody waits for it longer than a moment, and most not at all', async () => {
    const server = await openRedisServer()
    const { redis, lines } = connect(server.url)
    await ready(redis)
    const limiter = createLimiters(redis)('chat', 1000, 10_000)
    await limiter.take('x')
    server.pause()
    const start = performance.now()
    expect(await slowest(limiter, 100)).toBeLessThan(250)
    expect(performance.now() - start).toBeLessThan(1500)
    expect(lines).toEqual([AWAY])
    expect(redis.isReady).toBe(false)
    server.resume()
    await vi.waitUntil(async () => (await limiter.take('y')) === 0 && lines.length === 2, {
      timeout: 10_000,
      interval: 100,
    })
    expect(lines).toEqual([AWAY, 'Redis is back'])
  })
})
