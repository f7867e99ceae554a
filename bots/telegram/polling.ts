import type { Update } from 'grammy/types'
import { seconds } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'
import { type BotApi, isRefusal, TelegramError } from './api.ts'
import { ALLOWED, type Intake } from './intake.ts'

/** How long Telegram holds a poll open, in seconds. */
const HOLD = 30
/** A poll without an answer for so long is taken for lost, in ms. */
const LOST = seconds(HOLD + 10)
/** While a commit hangs, pre-checkout queries that come meanwhile are looked for this often, in ms. */
const LOOK = seconds(1)
/** How long a stop waits for a commit under way, and for the last word to Telegram, in ms. */
const LAST_COMMIT = seconds(5)
const LAST_WORD = seconds(2)
/** Until the next poll while another program polls, or while the token is not taken, in ms. */
const CONFLICT = seconds(10)
const LONGEST = seconds(10)

export interface PollingParts {
  readonly api: BotApi
  /** the setting that holds the bot's token, named where it is to be changed */
  readonly setting: string
  readonly intake: Intake
  readonly log: Log
  /** Waits, or returns early when the signal is aborted; tests have their own. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface Polling {
  /** Stops at once, waits a little for a commit under way, and confirms to Telegram what was committed. */
  close(): Promise<void>
}

/**
 * Asks Telegram for updates for as long as it runs. The offset, which tells Telegram to forget, moves on only when
 * everything below it is committed: a process that dies in between is given the same updates again.
 */
export function startPolling({ api, setting, intake, log, pause = rest }: PollingParts): Polling {
  const stop = new AbortController()
  const stopped = stop.signal
  let offset: number | undefined
  let failures = 0
  let conflict = false

  const poll = (hold: number, signal: AbortSignal): Promise<Update[]> =>
    api.call(
      'getUpdates',
      { ...(offset === undefined ? {} : { offset }), limit: 100, timeout: hold, allowed_updates: ALLOWED },
      signal,
    )

  /** Waits for a commit. While it hangs, the same updates are asked for again: only to see the newer ones behind them. */
  const commit = async (updates: readonly Update[]): Promise<boolean> => {
    const taken = intake.take(updates).then(() => true)
    taken.catch(() => {})
    // Ends the pause with the commit: a busy shop must not gather a second's worth of waiting timers.
    const over = new AbortController()
    void taken.then(
      () => over.abort(),
      () => over.abort(),
    )
    while (!stopped.aborted) {
      if (await Promise.race([taken, pause(LOOK, over.signal).then(() => false)])) return true
      if (!stopped.aborted) intake.look(await poll(0, stopped).catch(() => []))
    }
    return Promise.race([taken, rest(LAST_COMMIT).then(() => false)])
  }

  const turn = async (): Promise<void> => {
    const updates = await poll(HOLD, AbortSignal.any([stopped, AbortSignal.timeout(LOST)]))
    if (conflict) log.info({}, 'This program is the only one that polls Telegram again')
    conflict = false
    const last = updates.at(-1)
    // Confirmed by now. After an idle week Telegram counts from a random number, so an old offset must not be kept.
    if (!last) offset = undefined
    else if (await commit(updates)) offset = last.update_id + 1
    failures = 0
  }

  const trouble = (err: unknown): number => {
    failures++
    if (isRefusal(err, 409)) {
      const other = err.description.includes('webhook') ? 'a webhook was set' : `another program uses ${setting}`
      if (!conflict) log.error({}, `Telegram hands out no updates: ${other}. Stop it; this one keeps trying`)
      conflict = true
      return CONFLICT
    }
    if (isRefusal(err, 401)) {
      log.error({}, `Telegram does not take the bot token any more: set ${setting} as BotFather gives it`)
      return CONFLICT
    }
    if (err instanceof TelegramError) log.warn({ err, failures }, 'Telegram could not be asked for updates')
    else log.error({ err, failures }, 'updates could not be committed; Telegram will give them again')
    return Math.max(backoff(failures), seconds(err instanceof TelegramError ? (err.retryAfter ?? 0) : 0))
  }

  const run = async (): Promise<void> => {
    while (!stopped.aborted) {
      try {
        await turn()
      } catch (error) {
        if (!stopped.aborted) await pause(trouble(error), stopped)
      }
    }
  }

  const running = run()
  return {
    async close() {
      stop.abort()
      await running
      if (offset === undefined) return
      const bye = { offset, limit: 1, timeout: 0, allowed_updates: ALLOWED }
      // Without it Telegram gives them once more, and they are known.
      await api.call('getUpdates', bye, AbortSignal.timeout(LAST_WORD)).catch(() => {})
    },
  }
}

/** Half a second, doubling up to ten, and by chance up to half as much more or less, so that many do not come at once. */
export function backoff(failures: number): number {
  return Math.min(LONGEST, 250 * 2 ** failures) * (0.5 + Math.random())
}

/** Waits; a given signal ends it early. */
export function rest(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
}
