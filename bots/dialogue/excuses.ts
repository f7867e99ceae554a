import { languageOf } from '../../core/customers/model.ts'
import { minutes } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Line } from './intake.ts'
import { TEXTS } from './locales/texts.ts'

/** Whoever has been told to wait is not told again for so long, however often they tap, in ms. */
const QUIET = minutes(5)
const MOST_CHATS = 10_000

/** Tells people that the shop has heard them and cannot answer yet: what can be said while the database is away. */
export interface Excuses {
  /** Tells the person behind what came in, in their private chat. */
  make(line: Line, payload: unknown): void
  /** Resolves when all of them are told, or cannot be. */
  made(): Promise<void>
}

export function createExcuses(log: Log): Excuses {
  const told = new Map<string, number>()
  const telling = new Set<Promise<void>>()

  function isNew(key: string): boolean {
    const now = performance.now()
    const before = told.get(key)
    if (before !== undefined && now - before < QUIET) return false
    if (told.size >= MOST_CHATS) told.clear()
    told.set(key, now)
    return true
  }

  async function tell({ channel, decode }: Line, payload: unknown): Promise<void> {
    const event = decode(payload)
    if (!event?.private || !isNew(`${channel.name}:${event.chat}`)) return
    const { moment } = TEXTS[languageOf(event.person.language)].buyer
    await channel.send(event.chat, { text: [moment] }, 'reply')
  }

  return {
    make(line, payload) {
      if (line.answersItself) return
      const mine = tell(line, payload).catch((err: unknown) =>
        log.warn({ err, channel: line.channel.name }, 'nobody could be told that the shop is not well'),
      )
      telling.add(mine)
      void mine.finally(() => telling.delete(mine))
    },
    async made() {
      await Promise.all(telling)
    },
  }
}
