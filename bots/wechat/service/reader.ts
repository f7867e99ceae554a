import type { Log } from '../../../core/platform/log.ts'

/** How many messages are fetched at once: a flood must not be one of questions. */
const AT_ONCE = 16

/** How many messages that could not be fetched are kept until the gateway is back. */
const KEPT = 1000

export interface Reader {
  /** A message is announced; it is emitted once it is fetched, after those announced before it. */
  take(id: string): void
  /** Fetches what the gateway announced and then did not hand over because it went away. */
  again(): void
}

export interface ReaderPorts {
  /** Fetches a message to where it is found without asking. */
  read(id: string): Promise<void>
  emit(id: string): void
  isThere(): boolean
  readonly log: Log
}

/**
 * A gateway announces messages by their ids, and answers questions about them in any order: people's messages would overtake
 * each other. What cannot be fetched is tried once more, at once or when the gateway is back; then it is lost, and the log says so.
 */
export function createReader({ read, emit, isThere, log }: ReaderPorts): Reader {
  const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve())
  let next = 0
  let last: Promise<void> = Promise.resolve()
  let kept: string[] = []

  const fetch = async (id: string, tries: number): Promise<'read' | 'later' | 'lost'> => {
    try {
      await read(id)
      return 'read'
    } catch (err) {
      if (tries > 1) return isThere() ? fetch(id, tries - 1) : 'later'
      log.error({ err, messageId: id }, 'A WeChat message is lost: the gateway announced it and did not hand it over')
      return 'lost'
    }
  }
  const take = (id: string, tries: number): void => {
    const lane = next++ % AT_ONCE
    const fetched = (lanes[lane] ?? Promise.resolve()).then(() => fetch(id, tries))
    lanes[lane] = fetched
    last = last.then(async () => {
      const outcome = await fetched
      if (outcome === 'read') emit(id)
      if (outcome !== 'later') return
      if (kept.length < KEPT) kept.push(id)
      else log.error({ messageId: id }, 'A WeChat message is lost: too many could not be fetched')
    })
  }
  return {
    take: (id) => take(id, 2),
    again() {
      const ids = kept
      kept = []
      for (const id of ids) take(id, 1)
    },
  }
}
