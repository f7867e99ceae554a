import { describe, expect, it } from 'vitest'
import type { Intake } from '../../../bots/telegram/intake.ts'
import { createWebhook, webhookSecret } from '../../../bots/telegram/webhook.ts'
import { TOKEN } from '../../fakes/telegram/testing.ts'
import { keepLog } from './stand.ts'

const right = { 'x-telegram-bot-api-secret-token': webhookSecret(TOKEN) }
const body = JSON.stringify({ update_id: 1, message: { text: 'hi' } })

function webhook(take: Intake['take'] | undefined) {
  const { log, lines } = keepLog()
  return { ...createWebhook(TOKEN, () => take && { take, look: () => {} }, log), lines }
}

describe('the webhook', () => {
  it('takes an update with the secret, and answers once it is committed', async () => {
    const taken: unknown[] = []
    const { path, handle } = webhook(async (updates) => void taken.push(...updates))
    expect(path).toBe('/telegram/4242')
    expect(await handle(right, body)).toBe(200)
    expect(taken).toEqual([JSON.parse(body)])
  })

  it.each([
    ['no secret', {}],
    ['another', { 'x-telegram-bot-api-secret-token': 'x'.repeat(webhookSecret(TOKEN).length) }],
    ['a longer one', { 'x-telegram-bot-api-secret-token': `${webhookSecret(TOKEN)}x` }],
    ['that of another bot', { 'x-telegram-bot-api-secret-token': webhookSecret('1:other') }],
    ['it twice', { 'x-telegram-bot-api-secret-token': [webhookSecret(TOKEN), webhookSecret(TOKEN)] }],
  ])('takes nothing with %s', async (_what, headers) => {
    const { handle } = webhook(async () => expect.unreachable())
    expect(await handle(headers, body)).toBe(401)
  })

  it.each(['', '{', 'null', '[]', '"x"', '{"update_id":"1"}'])('does not understand %j', async (bad) => {
    const { handle } = webhook(async () => expect.unreachable())
    expect(await handle(right, bad)).toBe(400)
  })

  it('asks for the update again when it could not be committed, or the bot is not open', async () => {
    const { handle, lines } = webhook(async () => {
      throw new Error('the database is away')
    })
    expect(await handle(right, body)).toBe(503)
    expect(lines).toEqual(['an update could not be committed; Telegram will give it again'])
    expect(await webhook(undefined).handle(right, body)).toBe(503)
  })

  it('has a secret that Telegram takes and every process agrees on', () => {
    expect(webhookSecret(TOKEN)).toMatch(/^[\w-]{43}$/)
    expect(webhookSecret(TOKEN)).toBe(webhookSecret(TOKEN))
  })
})
