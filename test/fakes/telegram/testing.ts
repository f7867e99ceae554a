import { onTestFinished } from 'vitest'
import type { BotOptions } from './bot.ts'
import { type FakeTelegram, startFakeTelegram } from './server.ts'

export const TOKEN = '4242:test-token'

interface Answered {
  status: number
  ok: boolean
  // The fake's own tests look at answers of every shape.
  result?: unknown
  description?: string
  parameters?: { retry_after?: number }
}

export type CallBot = (method: string, params?: Record<string, unknown>) => Promise<Answered>

/** A clock that stands still until it is told. */
export class TestClock {
  ms = Date.UTC(2026, 10, 1)
  readonly now = () => this.ms
}

/** A fake that is closed after the test, a clock for it, and a bot that calls it with plain fetch. */
export async function start(
  options: Partial<BotOptions> = {},
): Promise<{ fake: FakeTelegram; clock: TestClock; call: CallBot }> {
  const clock = new TestClock()
  const fake = await startFakeTelegram({ token: TOKEN, now: clock.now, patienceMs: 10_000, ...options })
  onTestFinished(() => fake.close())
  const call: CallBot = async (method, params = {}) => {
    const reply = await fetch(`${fake.url}/bot${TOKEN}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    return { status: reply.status, ...((await reply.json()) as Omit<Answered, 'status'>) }
  }
  return { fake, clock, call }
}

export function inline(...buttons: Record<string, unknown>[]): { inline_keyboard: Record<string, unknown>[][] } {
  return { inline_keyboard: [buttons] }
}

/** The smallest PNG there is. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
)

/** A fake without limits, and a person who has spoken to the bot once. */
export async function withAlice(options: Partial<BotOptions> = {}) {
  const all = await start({ limits: false, ...options })
  const alice = all.fake.user({ id: 7, first_name: 'Alice', language_code: 'en' })
  const incoming = await alice.say('hi')
  return { ...all, alice, incoming }
}

/** Calls a method with one file, as multipart. */
export const upload = (
  url: string,
  method: string,
  fields: Record<string, string>,
  file: { field: string; bytes: Uint8Array<ArrayBuffer> },
) => {
  const form = new FormData()
  for (const [key, value] of Object.entries(fields)) form.set(key, value)
  form.set(file.field, new Blob([file.bytes]), 'key.txt')
  return fetch(`${url}/bot${TOKEN}/${method}`, { method: 'POST', body: form })
}
