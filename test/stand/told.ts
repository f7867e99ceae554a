import type { Notice } from '../../core/notifications/model.ts'
import type { Messenger } from '../../core/notifications/provider.ts'

/** A messenger that keeps what it was given. */
export interface Told extends Messenger {
  readonly notices: readonly Notice[]
  /** The first notice that fits, told already or soon. Rejects after 10 s with what was told instead. */
  notice(fits: (notice: Notice) => boolean): Promise<Notice>
}

/** How long a job may take to get from its transaction to the messenger, in ms: far more than it does. */
const PATIENCE = 10_000

export function createTold(channel: string): Told {
  const notices: Notice[] = []
  const waiting = new Set<(notice: Notice) => void>()
  return {
    channel,
    notices,
    async deliver(notice) {
      notices.push(notice)
      for (const look of waiting) look(notice)
    },
    notice(fits) {
      const told = notices.find(fits)
      if (told) return Promise.resolve(told)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`no such notice; told so far: ${JSON.stringify(notices)}`))
        }, PATIENCE)
        const look = (notice: Notice) => {
          if (!fits(notice)) return
          waiting.delete(look)
          clearTimeout(timer)
          resolve(notice)
        }
        waiting.add(look)
      })
    },
  }
}
