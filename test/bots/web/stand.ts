import { createHash } from 'node:crypto'
import { afterEach } from 'vitest'
import type { ChatEvent, Incoming } from '../../../bots/dialogue/channel.ts'
import { startWeb, type Web, type WebOptions } from '../../../bots/web/server.ts'
import { createLimiters } from '../../../core/platform/limits.ts'

export type Handler = (event: ChatEvent, web: Web) => Promise<void>

export interface Stand extends Web {
  /** everything that was accepted, a repeated one once */
  readonly accepted: readonly Incoming[]
  /** what was logged as wrong */
  readonly complaints: readonly unknown[]
  /** resolves when everything accepted so far has been handled */
  settled(): Promise<void>
}

/**
 * The real web server on a free port of the loopback, with an inbox in memory before `handler`: an event is handled once,
 * after it was accepted, one after the other.
 */
export async function openStand(handler: Handler, options: Partial<WebOptions> = {}): Promise<Stand> {
  const accepted: Incoming[] = []
  const complaints: unknown[] = []
  let work = Promise.resolve()
  const web = await startWeb({
    host: '127.0.0.1',
    port: 0,
    now: () => new Date(),
    limiter: createLimiters(undefined),
    health: async () => ({ ok: true, checks: { database: 'ok' } }),
    metrics: async () => ({ type: 'text/plain', body: 'up 1\n' }),
    log: { info: () => {}, warn: () => {}, error: (fields) => complaints.push(fields) },
    accept: async (items) => {
      for (const item of items) {
        if (accepted.some(({ externalId }) => externalId === item.externalId)) continue
        accepted.push(item)
        // As from the database: nothing but JSON survives.
        const payload: unknown = JSON.parse(JSON.stringify(item.payload))
        work = work.then(async () => {
          const event = web.decode(payload)
          if (!event) return
          await handler(event, web)
          await web.channel.acknowledge(event)
        })
      }
    },
    ...options,
  })
  return { ...web, accepted, complaints, settled: () => work }
}

/** Opens stands that are closed after each test. */
export function testStands(): (handler?: Handler, options?: Partial<WebOptions>) => Promise<Stand> {
  const open: Stand[] = []
  afterEach(async () => {
    for (const stand of open.splice(0)) await stand.close()
  })
  return async (handler = async () => {}, options) => {
    const opened = await openStand(handler, options)
    open.push(opened)
    return opened
  }
}

/** Who holds this token: the person, and their chat. */
export const personOf = (token: string): string => createHash('sha256').update(token).digest('hex')
