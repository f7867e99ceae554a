import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TelegramError } from '../../../bots/telegram/api.ts'
import { createSender, insist } from '../../../bots/telegram/sending.ts'
import { silentLog } from '../../../core/platform/log.ts'

const refused = (status: number, retryAfter?: number) =>
  new TelegramError('sendMessage', { status, description: 'no', retryAfter })
const lost = () => new TelegramError('sendMessage')
const sender = () => createSender({ now: () => new Date(), log: silentLog })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('sending', () => {
  it('waits as long as Telegram says and goes on with the chat in order', async () => {
    const { run } = sender()
    const done: string[] = []
    let first = true
    const a = run('1', 'reply', 'message', async () => {
      if (first) {
        first = false
        throw refused(429, 3)
      }
      done.push('a')
    })
    const b = run('1', 'reply', 'message', async () => void done.push('b'))
    const c = run('2', 'marketing', 'message', async () => void done.push('c'))
    await vi.advanceTimersByTimeAsync(2999)
    expect(done).toEqual(['c'])
    await vi.advanceTimersByTimeAsync(200)
    expect(done).toEqual(['c', 'a', 'b'])
    await Promise.all([a, b, c])
  })

  it('holds no job for a long pause, but people’s replies', async () => {
    const { run } = sender()
    const done: string[] = []
    const first = vi.fn<() => Promise<void>>().mockRejectedValueOnce(refused(429, 60))
    const called = first.mockImplementation(async () => void done.push('reply'))
    const reply = run('1', 'reply', 'message', called)
    const paused = { code: 'telegram.paused', wait: expect.any(Number) }
    const waiting = expect(run('1', 'key', 'message', async () => {})).rejects.toMatchObject(paused)
    await vi.advanceTimersByTimeAsync(0)
    await waiting
    await expect(run('1', 'notice', 'edit', async () => {})).rejects.toMatchObject({ ...paused, wait: 60_100 })
    expect(await run('2', 'notice', 'message', async () => 'elsewhere')).toBe('elsewhere')
    await vi.advanceTimersByTimeAsync(56_000)
    const soon = run('1', 'notice', 'message', async () => void done.push('notice'))
    await vi.advanceTimersByTimeAsync(10_000)
    await Promise.all([reply, soon])
    expect(done).toEqual(['reply', 'notice'])
  })

  it('makes a job come back that is itself told to wait long', async () => {
    const { run } = sender()
    await expect(run('1', 'notice', 'message', () => Promise.reject(refused(429, 6)))).rejects.toMatchObject({
      code: 'telegram.paused',
      wait: 6100,
    })
  })

  it('sends again what got no answer, a few times', async () => {
    const { run } = sender()
    const call = vi.fn<() => Promise<number>>().mockRejectedValueOnce(lost()).mockRejectedValueOnce(refused(502))
    call.mockResolvedValue(7)
    const sent = run('1', 'key', 'message', call)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await sent).toBe(7)
    expect(call).toHaveBeenCalledTimes(3)

    const never = vi.fn(async () => {
      throw lost()
    })
    const failed = expect(run('1', 'key', 'message', never)).rejects.toMatchObject({ code: 'telegram.no_answer' })
    await vi.advanceTimersByTimeAsync(60_000)
    await failed
    expect(never).toHaveBeenCalledTimes(6)
  })

  it('hands a refusal on at once and goes on', async () => {
    const { run } = sender()
    await expect(run('1', 'reply', 'edit', () => Promise.reject(refused(400)))).rejects.toMatchObject({ status: 400 })
    expect(await run('1', 'reply', 'edit', async () => 'next')).toBe('next')
  })

  it('gives up what still waits some time after it was closed', async () => {
    const { run, close } = sender()
    const waits = expect(run('1', 'reply', 'message', () => Promise.reject(refused(429, 3600)))).rejects.toMatchObject({
      code: 'telegram.closed',
    })
    await vi.advanceTimersByTimeAsync(0)
    close(5000)
    expect(await run('2', 'reply', 'message', async () => 'in time')).toBe('in time')
    await vi.advanceTimersByTimeAsync(5000)
    await waits
    await expect(run('2', 'reply', 'message', async () => 'late')).rejects.toMatchObject({ code: 'telegram.closed' })
  })
})

describe('insisting', () => {
  it('repeats what got no answer, but waits for no long pause', async () => {
    const call = vi.fn<() => Promise<string>>().mockRejectedValueOnce(lost()).mockRejectedValueOnce(refused(429, 1))
    call.mockResolvedValue('ok')
    const answered = insist(call)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await answered).toBe('ok')
    await expect(insist(() => Promise.reject(refused(429, 60)))).rejects.toMatchObject({ status: 429 })
    await expect(insist(() => Promise.reject(refused(400)))).rejects.toMatchObject({ status: 400 })
  })
})
