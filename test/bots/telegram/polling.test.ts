import type { Update } from 'grammy/types'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Accept, Incoming } from '../../../bots/dialogue/channel.ts'
import { type BotApi, TelegramError } from '../../../bots/telegram/api.ts'
import { createCashier } from '../../../bots/telegram/checkout.ts'
import { createApi } from '../../../bots/telegram/client.ts'
import { createIntake } from '../../../bots/telegram/intake.ts'
import { backoff, type PollingParts, startPolling } from '../../../bots/telegram/polling.ts'
import type { BotOptions } from '../../fakes/telegram/bot.ts'
import { TOKEN } from '../../fakes/telegram/testing.ts'
import { deferred, keepLog, withApi, withChannel } from './stand.ts'

const SETTING = 'TELEGRAM_BOT_TOKEN'

type Options = Partial<BotOptions> & Pick<PollingParts, 'pause'>

/** Polls the fake with an `accept` of the test's own; what it was given is kept. */
async function withPolling(accept: Accept, { pause, ...options }: Options = {}) {
  const all = await withChannel(options)
  const { log, lines } = keepLog()
  const given: (readonly Incoming[])[] = []
  const cashier = createCashier(all.api, { decide: async () => ({ ok: true }), undecided: () => 'later' }, log)
  const keep: Accept = (items) => {
    given.push(items)
    return accept(items)
  }
  const intake = createIntake('4242', keep, log, cashier)
  const polling = startPolling({ api: all.api, setting: SETTING, intake, log, ...(pause ? { pause } : {}) })
  onTestFinished(() => polling.close())
  return { ...all, lines, given, polling }
}

const textsOf = (items: readonly Incoming[] | undefined) =>
  items?.map(({ payload }) => (payload as Update).message?.text)

describe('polling', () => {
  it('hands updates in with ids that stay, and confirms them once they are committed', async () => {
    const { fake, alice, given } = await withPolling(async () => {})
    await fake.allConfirmed()
    await alice.say('second')
    await fake.allConfirmed()
    const items = given.flat()
    expect(textsOf(items)).toEqual(['hi', 'second'])
    const ids = fake.confirmed().map(({ update_id }) => `4242:${update_id}`)
    expect(items.map(({ chat, externalId }) => [chat, externalId])).toEqual(ids.map((id) => ['7', id]))
    const polls = fake.calls('getUpdates').map(({ params }) => params.allowed_updates)
    expect(new Set(polls.map((kinds) => JSON.stringify(kinds)))).toEqual(
      new Set([JSON.stringify(['message', 'callback_query', 'pre_checkout_query', 'my_chat_member'])]),
    )
  })

  it('does not confirm before the commit, and answers pre-checkout queries all the while', async () => {
    const commit = deferred()
    const { fake, alice, channel } = await withPolling(() => commit.promise, { preCheckoutMs: 4000 })
    const invoice = { title: 't', description: 'd', payload: 'p', currency: 'XTR', amount: 5, label: 'l' } as const
    await channel.send('7', { text: [], invoice }, 'reply')
    const bill = alice.history().at(-1)
    if (!bill) throw new Error('no invoice')
    expect(await alice.pay(bill)).toMatchObject({ ok: true })
    expect(fake.confirmed()).toEqual([])
    expect(fake.calls('answerPreCheckoutQuery'), 'the query came more than once').toHaveLength(1)
    commit.resolve()
    await fake.allConfirmed()
  })

  it('is given again what could not be committed, in order', async () => {
    const pauses: number[] = []
    let failures = 2
    const { fake, alice, given, lines } = await withPolling(
      async () => {
        if (failures-- > 0) throw new Error('the database is away')
      },
      { pause: async (ms) => void pauses.push(ms) },
    )
    await alice.say('second')
    await fake.allConfirmed()
    expect(textsOf(given[0])?.[0]).toBe('hi')
    expect(textsOf(given[1])?.[0]).toBe('hi')
    expect(textsOf(given[2])?.[0]).toBe('hi')
    expect(lines).toContain('updates could not be committed; Telegram will give them again')
    // the pauses between are those of the failures, others only look for payments
    expect(pauses.length).toBeGreaterThanOrEqual(2)
  })

  it('leaves everything to the next process when it is killed before the commit', async () => {
    const never = deferred()
    const { fake, api } = await withPolling(() => never.promise)
    await vi.waitFor(() => expect(fake.calls('getUpdates')).not.toHaveLength(0), { timeout: 20_000 })
    // the second process, as after a kill: it knows no offset
    const again = await api.call('getUpdates', { timeout: 0 })
    expect(again.map(({ message }) => message?.text)).toEqual(['hi'])
    never.resolve()
  })

  it('confirms what it committed when it stops, and stops at once', async () => {
    const { fake, given, polling } = await withPolling(async () => {})
    await vi.waitFor(() => expect(given).toHaveLength(1), { timeout: 20_000 })
    const before = Date.now()
    await polling.close()
    expect(Date.now() - before).toBeLessThan(1500)
    expect(fake.unconfirmed()).toEqual([])
  })

  it('says once that another program polls, and tries again slowly', async () => {
    const pauses: number[] = []
    const other = await withApi()
    await other.alice.say('hi')
    const { log, lines } = keepLog()
    const intake = { take: async () => {}, look: () => {} }
    await other.api.call('setWebhook', { url: 'https://shop.example/x' })
    const gate = deferred()
    const polling = startPolling({
      api: other.api,
      setting: SETTING,
      intake,
      log,
      pause: async (ms) => {
        pauses.push(ms)
        if (pauses.length === 2) await gate.promise
      },
    })
    onTestFinished(() => polling.close())
    await vi.waitFor(() => expect(pauses).toEqual([10_000, 10_000]), { timeout: 20_000 })
    expect(lines).toEqual(['Telegram hands out no updates: a webhook was set. Stop it; this one keeps trying'])
    await other.api.call('deleteWebhook', {})
    gate.resolve()
    await other.fake.allConfirmed()
    expect(lines.at(-1)).toBe('This program is the only one that polls Telegram again')
  })

  it.each(['drop', '500'] as const)('goes on after %s', async (kind) => {
    const { fake, alice, given } = await withPolling(async () => {})
    await fake.allConfirmed()
    const fault = fake.fault({ method: 'getUpdates', kind, times: 1 })
    await alice.say('after')
    await fake.allConfirmed()
    await alice.say('later')
    await fake.allConfirmed()
    expect(fault.hits()).toBe(1)
    expect(textsOf(given.flat())).toEqual(['hi', 'after', 'later'])
  })

  it('forgets an offset that has done its work: Telegram may count from a lower number after an idle week', async () => {
    const offsets: unknown[] = []
    const answers: Update[][] = [[{ update_id: 900 } as Update], [], [{ update_id: 3 } as Update]]
    const getUpdates = vi.fn(async (_method: string, { offset }: { offset?: number }, signal: AbortSignal) => {
      offsets.push(offset)
      const answer = answers.shift()
      if (answer) return answer
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return []
    })
    const take = vi.fn(async () => {})
    const api = { call: getUpdates } as unknown as BotApi
    const polling = startPolling({ api, setting: SETTING, intake: { take, look: () => {} }, log: keepLog().log })
    await vi.waitFor(() => expect(offsets).toEqual([undefined, 901, undefined, 4]), { timeout: 20_000 })
    await polling.close()
    expect(take).toHaveBeenCalledTimes(2)
  })

  it('says so when the token is taken no more, and waits as Telegram says when there was too much', async () => {
    const answer = (status: number, retryAfter?: number) =>
      new TelegramError('getUpdates', { status, description: 'x', retryAfter })
    const problems = [answer(401), answer(429, 77)]
    const pauses: number[] = []
    const { log, lines } = keepLog()
    const polling = startPolling({
      api: { call: () => Promise.reject(problems.shift() ?? answer(500)) } as unknown as BotApi,
      setting: SETTING,
      intake: { take: async () => {}, look: () => {} },
      log,
      pause: async (ms, signal) => {
        pauses.push(ms)
        if (pauses.length > 2) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    await vi.waitFor(() => expect(pauses).toHaveLength(3), { timeout: 20_000 })
    await polling.close()
    expect(pauses.slice(0, 2)).toEqual([10_000, 77_000])
    expect(lines[0]).toContain('set TELEGRAM_BOT_TOKEN')
  })

  it('waits longer after each failure, up to fifteen seconds, and never equally long', () => {
    const waits = Array.from({ length: 50 }, () => backoff(1))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...waits)).toBeLessThanOrEqual(750)
    expect(new Set(waits).size).toBeGreaterThan(10)
    expect(backoff(40)).toBeLessThanOrEqual(15_000)
  })
})

describe('two programs with one token', () => {
  it('is a conflict for the one that polled first', async () => {
    const { fake, polling, lines } = await withPolling(async () => {}, {
      pause: () => new Promise((r) => setTimeout(r, 20)),
    })
    await fake.allConfirmed()
    await vi.waitFor(async () => {
      await createApi(TOKEN, fake.url).call('getUpdates', { timeout: 0 })
      expect(lines).toContain(
        'Telegram hands out no updates: another program uses TELEGRAM_BOT_TOKEN. Stop it; this one keeps trying',
      )
    })
    await polling.close()
  })
})
