import type { Clock } from '../../core/platform/clock.ts'
import { KeytillError, Postponed } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Priority } from '../dialogue/channel.ts'
import { TelegramError } from './api.ts'
import { Schedule, type Ticket } from './limits.ts'

export interface Sender {
  /**
   * Makes a call when its turn comes and resolves with Telegram's answer. A call that Telegram postpones (429) is made
   * again until it passes; one that got no answer is made again a few times, so that a message may come twice. Replies
   * wait however long Telegram wants; everything else comes from a job, which must not hold up others meanwhile.
   * @throws TelegramError; KeytillError `telegram.closed` when the bot is stopped before the call's turn comes; Postponed
   * `telegram.paused` when a job's call would have to wait long
   */
  run<R>(chat: string, priority: Priority, counts: Ticket['counts'], call: () => Promise<R>): Promise<R>
  /** How long a reply that joined the queue now would wait, in ms, about. */
  backlog(): number
  /** The program is about to end: what still waits for its turn after `grace` ms is given up, and so is what comes then. */
  close(grace: number): void
}

interface Job extends Ticket {
  attempt: number
  /** Makes the call; resolves with what went wrong, if it may be tried again. */
  perform(last: boolean): Promise<TelegramError | undefined>
  abandon(): void
  /** It is a job's: it can be done later. */
  postpone(wait: number): void
}

/** The waits before a call that got no answer is made again, in ms. */
const RETRIES = [250, 500, 1000, 2000, 4000]
/** Telegram counts in whole seconds, and its clock is not ours. */
const MARGIN = 100
/** The longest pause that a call outside the queue, or a job, waits for, in ms. */
const PATIENCE = 5000

/** Sends within Telegram's limits: see {@link Schedule}. */
export function createSender({ now, log }: { readonly now: Clock; readonly log: Log }): Sender {
  const schedule = new Schedule<Job>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const pump = (): void => {
    clearTimeout(timer)
    for (;;) {
      const next = schedule.take(now().getTime())
      if (!next) return
      if ('wait' in next) {
        timer = setTimeout(pump, Math.ceil(next.wait))
        return
      }
      void dispatch(next.ticket)
    }
  }

  const isLate = ({ chat, priority }: Ticket, at: number) => priority !== 'reply' && schedule.pause(chat, at) > PATIENCE

  const dispatch = async (job: Job): Promise<void> => {
    const delay = RETRIES[job.attempt]
    const problem = await job.perform(delay === undefined || closed)
    const at = now().getTime()
    if (!problem) schedule.done(job, at)
    else if (closed) job.abandon()
    else if (problem.retryAfter !== undefined) {
      log.warn({ seconds: problem.retryAfter, method: problem.method }, 'Telegram wants fewer messages; waiting')
      schedule.refused(job, at, at + problem.retryAfter * 1000 + MARGIN)
      for (const late of schedule.drop((waiting) => isLate(waiting, at))) late.postpone(schedule.pause(late.chat, at))
    } else {
      job.attempt++
      schedule.again(job, at, at + (delay ?? 0))
    }
    pump()
  }

  return {
    run: (chat, priority, counts, call) =>
      new Promise((resolve, reject) => {
        const abandon = () =>
          reject(new KeytillError('telegram.closed', 'The bot was stopped before the message could be sent.'))
        const postpone = (wait: number) =>
          reject(new Postponed('telegram.paused', 'Telegram wants no messages for a while.', wait))
        const at = now().getTime()
        if (closed) return abandon()
        if (isLate({ chat, priority, counts }, at)) return postpone(schedule.pause(chat, at))
        schedule.add({
          chat,
          priority,
          counts,
          attempt: 0,
          abandon,
          postpone,
          async perform(last) {
            try {
              resolve(await call())
            } catch (error) {
              if (error instanceof TelegramError) {
                if (error.retryAfter !== undefined || (error.passing && !last)) return error
              }
              reject(error)
            }
            return undefined
          },
        })
        pump()
      }),
    backlog: () => schedule.backlog('reply', now().getTime()),
    close(grace) {
      const end = () => {
        closed = true
        clearTimeout(timer)
        for (const job of schedule.drop(() => true)) job.abandon()
      }
      // It holds nothing up by itself: with an empty queue there is nothing to wait for.
      setTimeout(end, grace).unref()
    },
  }
}

/**
 * Makes a call that no limit counts (an answer to a tap, a deletion), a few times if it gets no answer.
 * @throws TelegramError
 */
export async function insist<R>(call: () => Promise<R>): Promise<R> {
  for (const delay of RETRIES.slice(0, 3)) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof TelegramError)) throw error
      const wait = error.retryAfter === undefined ? delay : error.retryAfter * 1000 + MARGIN
      if ((error.retryAfter === undefined && !error.passing) || wait > PATIENCE) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return call()
}
