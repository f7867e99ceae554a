import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { silentLog } from '../../../core/platform/log.ts'
import { repeat } from '../../../core/platform/timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('does its work again and again, with a pause after each', async () => {
  const work = vi.fn(async () => {})
  const stop = repeat(1000, work, silentLog)
  await vi.advanceTimersByTimeAsync(999)
  expect(work).toHaveBeenCalledTimes(0)
  await vi.advanceTimersByTimeAsync(2001)
  expect(work).toHaveBeenCalledTimes(3)
  await stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(work).toHaveBeenCalledTimes(3)
})

it('never does it twice at once, and waits for it when stopped', async () => {
  let finish: () => void = () => {}
  const work = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  )
  const stop = repeat(1000, work, silentLog)
  await vi.advanceTimersByTimeAsync(5000)
  expect(work).toHaveBeenCalledTimes(1)
  let isStopped = false
  const stopping = stop().then(() => {
    isStopped = true
  })
  await vi.advanceTimersByTimeAsync(5000)
  expect(isStopped).toBe(false)
  finish()
  await stopping
  await vi.advanceTimersByTimeAsync(5000)
  expect(work).toHaveBeenCalledTimes(1)
})

it('goes on after a failure, and tells of it', async () => {
  const err = new Error('the database is away')
  const warn = vi.fn()
  const stop = repeat(1000, () => Promise.reject(err), { ...silentLog, warn })
  await vi.advanceTimersByTimeAsync(2000)
  expect(warn.mock.calls).toEqual([
    [{ err }, 'repeated work failed and will be done again'],
    [{ err }, 'repeated work failed and will be done again'],
  ])
  await stop()
})
