import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, it, vi } from 'vitest'
import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import { plain } from '../../bots/dialogue/screen.ts'
import type { Pushed, WireMessage } from '../../bots/web/message.ts'
import type { Connection } from '../../core/platform/database/database.ts'
import { newClient } from '../bots/web/client.ts'
import { atEnd } from '../stand/closing.ts'
import { openEmptyDatabase } from '../stand/database.ts'
import { freePort, noRedis, openRedisServer } from '../stand/redis.ts'
import { openPlace } from './stand.ts'

vi.setConfig({ testTimeout: 120_000 })
const t = TEXTS.en.buyer
const WAIT = { timeout: 30_000, interval: 50 }

if (noRedis) console.warn(`The limits of two web processes are not tested together: ${noRedis}`)

/** A page: all that its stream has told it, a message in its newest form. */
function openPage(url: string, headers: Readonly<Record<string, string>>) {
  const messages = new Map<string, WireMessage>()
  const toasts: string[] = []
  const stop = new AbortController()
  atEnd(async () => stop.abort())
  const take = (type: string, data: unknown) => {
    if (type === 'message') messages.set((data as WireMessage).id, data as WireMessage)
    if (type === 'transcript') for (const one of (data as Pushed['transcript']).messages) messages.set(one.id, one)
    if (type === 'acknowledged') toasts.push((data as Pushed['acknowledged']).id)
  }
  const listen = async () => {
    const response = await fetch(`${url}/chat/stream`, { headers, signal: stop.signal })
    let rest = ''
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value: part } = (await reader?.read()) ?? { done: true }
      if (done) return
      const blocks = (rest + part).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, type, data] = /^id: .*\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
        if (type && data) take(type, JSON.parse(data))
      }
    }
  }
  listen().catch(() => {})
  const find = (text: RegExp) => [...messages.values()].findLast((one) => text.test(plain(one.text)))
  return {
    messages,
    toasts,
    find,
    see: (text: RegExp) => vi.waitUntil(() => find(text), WAIT),
  }
}

async function count(connection: Connection, what: string): Promise<number> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  const { rows } = await client.query(`SELECT count(*)::int AS n FROM ${what}`)
  await client.end()
  return rows[0].n
}

it('two web processes show one chat, whichever of them is asked', async () => {
  const database = await openEmptyDatabase()
  const redis = noRedis ? undefined : await openRedisServer()
  const place = await openPlace(database, redis ? { REDIS_URL: redis.url } : {})
  const ports = [await freePort(), await freePort()]
  const [a = '', b = ''] = ports.map((port) => `http://127.0.0.1:${port}`)
  // Both at the same moment, on a database in which there is nothing at all.
  const one = place.start({ KEYTILL_ROLES: 'web', HTTP_PORT: `${ports[0]}` })
  const other = place.start({ KEYTILL_ROLES: 'web,worker', HTTP_PORT: `${ports[1]}` })
  await Promise.all([one.open, other.open])
  expect(await count(database, 'product')).toBe(
    await count(database, `(SELECT DISTINCT subject FROM audit_entry WHERE action = 'product.added') AS added`),
  )

  const buyer = await newClient(a)
  const pages = [openPage(a, buyer.headers), openPage(b, buyer.headers)] as const
  const [here, there] = pages
  let turn = 0
  /** To one process and the other, in turn. */
  const post = async (event: object, to = turn++ % 2 === 0 ? a : b) => {
    const answer = await fetch(`${to}/chat/events`, {
      method: 'POST',
      headers: { ...buyer.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ id: randomUUID(), language: 'en', ...event }),
    })
    return answer.status
  }
  const press = async (message: WireMessage, label: string) => {
    const button = message.buttons?.flat().find((candidate) => candidate.label.startsWith(label))
    if (!button || !('action' in button)) throw new Error(`no button ${label} on ${plain(message.text)}`)
    expect(await post({ kind: 'press', action: button.action, messageId: message.id })).toBe(202)
  }
  const both = async (text: RegExp) => {
    const [found] = await Promise.all(pages.map((page) => page.see(text)))
    if (!found) throw new Error(`nothing like ${text}`)
    return found
  }

  expect(await post({ kind: 'text', text: '/start' })).toBe(202)
  await both(/Welcome/)
  expect(await post({ kind: 'text', text: 'card' })).toBe(202)
  // What a person says stands on all their pages.
  await both(/^card$/)
  await press(await both(/“card”: \d+ found/), 'Game card')
  await press(await both(/Price: /), t.buy)
  await press(await both(/How many/), '2')
  await press(await both(new RegExp(t.basketTitle)), t.checkout(''))
  await press(await both(new RegExp(t.orderState(t.states.awaiting_payment))), t.sandboxPay)
  // The job that tells of it runs in one of them, and the page of the other is told as well.
  await press(await both(/\*\*\*\*/), t.reveal)
  const shown = await vi.waitUntil(() => {
    const keys = pages.map((page) =>
      [...page.messages.values()].flatMap(({ buttons = [] }) =>
        buttons.flat().flatMap((button) => ('copy' in button ? [button.copy] : [])),
      ),
    )
    return keys.every((list) => list.length > 0) && keys
  }, WAIT)
  expect(shown[0]).toEqual(shown[1])
  expect([...here.messages.keys()].sort()).toEqual([...there.messages.keys()].sort())
  expect(await count(database, `broadcast WHERE strpos(encode(sealed, 'escape'), '${shown[0]?.[0]}') > 0`)).toBe(0)
  expect(await count(database, 'broadcast')).toBeGreaterThan(5)

  if (redis) {
    // 30 in ten seconds, in both together.
    const answers: number[] = []
    const wanted = () => answers.filter((status) => status === 202).length
    await vi.waitUntil(async () => {
      answers.length = 0
      const fresh = await newClient(a)
      for (let n = 0; n < 40; n++) {
        const answer = await fetch(`${n % 2 ? a : b}/chat/events`, {
          method: 'POST',
          headers: { ...fresh.headers, 'content-type': 'application/json' },
          body: JSON.stringify({ id: randomUUID(), kind: 'press', action: 'none' }),
        })
        answers.push(answer.status)
      }
      return wanted() === 30
    }, WAIT)
    const health = async () => (await fetch(`${b}/health`)).json()
    // A busy machine may have found it slow a moment ago.
    await vi.waitFor(
      async () => expect(await health()).toEqual({ ok: true, checks: { database: 'ok', redis: 'ok' } }),
      WAIT,
    )
    redis.pause()
    const start = performance.now()
    expect(await post({ kind: 'text', text: 'while it is paused' }, b)).toBe(202)
    expect(performance.now() - start).toBeLessThan(3000)
    await vi.waitUntil(
      async () => (await post({ kind: 'text', text: 'again' }, b)) === 202 && (await health()).checks.redis === 'away',
      WAIT,
    )
    expect(await health()).toEqual({ ok: true, checks: { database: 'ok', redis: 'away' } })
    redis.resume()
    await redis.kill()
    expect(await post({ kind: 'text', text: 'while it is dead' }, b)).toBe(202)
    await both(/“while it is dead”/)
    await redis.start()
    await vi.waitUntil(async () => (await health()).checks.redis === 'ok', WAIT)
  }

  // A page comes back to the process that is left, and finds everything but the keys.
  await one.kill()
  const again = openPage(b, buyer.headers)
  await again.see(/^card$/)
  expect([...again.messages.keys()].sort()).toEqual([...there.messages.keys()].sort())
  expect(await post({ kind: 'text', text: 'still there?' }, b)).toBe(202)
  await again.see(/“still there\?”/)
  expect(await other.stop()).toBe(0)
  expect(await other.log()).not.toContain('"level":50')
})
