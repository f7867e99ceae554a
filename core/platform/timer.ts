import type { Log } from './log.ts'

/**
 * Does `work` every `pause` ms, one at a time, until the returned function is called; that waits for work under way.
 * A failure is logged and the next turn comes all the same.
 */
export function repeat(pause: number, work: () => Promise<void>, log: Log): () => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout
  let stopped = false
  const turn = () => {
    current = work()
      .catch((err: unknown) => log.warn({ err }, 'repeated work failed and will be done again'))
      .finally(() => {
        if (!stopped) timer = setTimeout(turn, pause)
      })
  }
  timer = setTimeout(turn, pause)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await current
  }
}
