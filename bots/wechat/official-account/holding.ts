import { seconds } from '../../../core/platform/clock.ts'
import { within } from '../../../core/platform/within.ts'

/** What a push is answered with; an empty text is nothing. */
export interface Held {
  readonly text: string
  /** whether it has left this machine whole */
  written(whole: boolean): void
}

/**
 * The pushes that wait for an answer. WeChat takes one text as the answer to a push, which costs nothing, if it comes within five
 * seconds; without an answer it pushes the same event again, three times in all.
 *
 * A text that is given is either written to a connection that is still there, or it is not taken, and its sender sends it
 * otherwise. A repeat of an event whose answer was written means that WeChat did not get it: it gets the same text. A repeat of
 * any other gets nothing. This is known in the process that was pushed to; another answers a repeat with nothing.
 */
export interface Holding {
  /**
   * A push of this event has come: resolves with its answer. Nothing is given to an event before it is `committed`, and nothing
   * more to a push that could not be.
   */
  hold(event: string, chat: string, committed: Promise<unknown>, gone: AbortSignal): Promise<Held>
  /** Whether somebody's push could take a text now. */
  waits(chat: string): boolean
  /** Answers the oldest push of a chat that waits; false when there is none, or it was not written. */
  give(chat: string, text: string): Promise<boolean>
  /** Answers all with nothing. */
  close(): void
}

/** Answers leave so long after the push at the latest, in ms: WeChat waits five seconds. */
const HOLD = seconds(4.5)
/** What has not left this machine so long after it was given, in ms, came to nobody: WeChat does not wait that long. */
const WRITTEN_WITHIN = seconds(5)
/** So long WeChat may repeat a push, in ms, with time to spare. */
const REPEATS = seconds(30)

interface Waiting {
  readonly event: string
  readonly chat: string
  /** settled once the event is kept, and when it could not be */
  readonly committed: Promise<unknown>
  /** connections that wait, the newest last */
  readonly open: ((answer: Held) => void)[]
  /** what was written, or nothing, when nothing more is to be given to it */
  answer?: string
}

const nothing: Held = { text: '', written: () => {} }

export function createHolding(holdFor = HOLD): Holding {
  const events = new Map<string, Waiting>()
  const timers = new Set<NodeJS.Timeout>()
  let closed = false

  function after(ms: number, work: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms).unref()
    timers.add(timer)
    return timer
  }

  function begin(event: string, chat: string, committed: Promise<unknown>): Waiting {
    const waiting: Waiting = { event, chat, committed, open: [] }
    events.set(event, waiting)
    after(REPEATS, () => events.delete(event))
    return waiting
  }

  /** Answers whoever still waits, and whoever comes later. */
  function end(waiting: Waiting, answer: string): void {
    waiting.answer ??= answer
    for (const reply of waiting.open.splice(0)) reply({ ...nothing, text: waiting.answer })
  }

  const find = (chat: string): Waiting | undefined =>
    [...events.values()].find((one) => one.chat === chat && one.answer === undefined && one.open.length > 0)

  /** Writes to the newest connection; when that is gone, to the one before. */
  async function write(waiting: Waiting, text: string): Promise<boolean> {
    for (let reply = waiting.open.pop(); reply; reply = waiting.open.pop()) {
      const to = reply
      const written = new Promise<boolean>((resolve) => to({ text, written: resolve }))
      if (await within(WRITTEN_WITHIN, written).catch(() => false)) return true
    }
    return false
  }

  return {
    async hold(event, chat, committed, gone) {
      const waiting = events.get(event) ?? begin(event, chat, committed)
      if (waiting.answer !== undefined || closed) return { ...nothing, text: waiting.answer ?? '' }
      const answer = new Promise<Held>((resolve) => {
        waiting.open.push(resolve)
        const leave = () => {
          const at = waiting.open.indexOf(resolve)
          if (at >= 0) waiting.open.splice(at, 1)
          resolve(nothing)
        }
        gone.addEventListener('abort', leave, { once: true })
        committed.catch(leave)
        // Whoever is not kept waiting does not push again, and no one else waits for this event any more.
        const timer = after(holdFor, () => end(waiting, ''))
        waiting.committed.catch(() => {
          clearTimeout(timer)
          end(waiting, '')
          events.delete(event)
        })
      })
      return answer
    },
    waits: (chat) => find(chat) !== undefined,
    async give(chat, text) {
      const waiting = find(chat)
      if (!waiting) return false
      try {
        await waiting.committed
      } catch {
        return false
      }
      if (waiting.answer !== undefined || events.get(waiting.event) !== waiting) return false
      // Taken: what else is said meanwhile goes another way.
      waiting.answer = ''
      const whole = await write(waiting, text)
      if (whole) waiting.answer = text
      for (const reply of waiting.open.splice(0)) reply({ ...nothing, text: waiting.answer })
      return whole
    },
    close() {
      closed = true
      for (const waiting of events.values()) end(waiting, '')
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
