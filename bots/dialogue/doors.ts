import { type CreateLimiter, LIMITS } from '../../core/platform/limits.ts'
import type { Log } from '../../core/platform/log.ts'
import type { ChatEvent, Incoming } from './channel.ts'
import type { Line } from './intake.ts'
import { TEXTS } from './locales/texts.ts'

/** A file is fetched, read and kept: it counts as so many messages. */
const FILE_COUNTS = 5
/** Verdicts that are remembered, so that what a platform delivers again is judged and counted once. */
const MOST_REMEMBERED = 20_000

/** What comes in too fast goes no further: decided before anything is committed, so that a flood costs the database nothing. */
export interface Doors {
  /** Those that are let in, in their order. Money always is, and so is what was let in before. */
  let(line: Line, items: readonly Incoming[]): Promise<readonly Incoming[]>
}

interface DoorsParts {
  readonly limiter: CreateLimiter
  /** asked of somebody who is too fast for a buyer, and so seldom: staff paste and press more */
  readonly isStaff: (channel: string, person: string) => Promise<boolean>
  readonly log: Log
}

export function createDoors({ limiter, isStaff, log }: DoorsParts): Doors {
  const [byPerson, byChat, staff, told] = [
    limiter(...LIMITS.person),
    limiter(...LIMITS.chat),
    limiter(...LIMITS.staff),
    limiter(...LIMITS.told),
  ]
  const known = new Map<string, boolean>()
  /** whether somebody who was too fast is staff, for as long as the process remembers */
  const members = new Map<string, boolean>()

  async function isMember(channel: string, person: string): Promise<boolean> {
    const key = `${channel}:${person}`
    // Asked again once a window: whoever floods costs one question.
    if ((await told.take(`staff ${key}`)) > 0 && members.has(key)) return members.get(key) ?? false
    if (members.size >= MOST_REMEMBERED) members.clear()
    const answer = await isStaff(channel, person)
    members.set(key, answer)
    return answer
  }

  async function isLetIn({ channel }: Line, event: ChatEvent): Promise<boolean> {
    const { kind } = event.content
    const counts = kind === 'file' || kind === 'picture' ? FILE_COUNTS : 1
    const person = `${channel.name}:${event.person.id}`
    const waits = [await byPerson.take(person, counts), await byChat.take(`${channel.name}:${event.chat}`, counts)]
    if (waits.every((wait) => wait === 0)) return true
    return (await isMember(channel.name, event.person.id)) && (await staff.take(person, counts)) === 0
  }

  /** Says so once in a window, and only where nobody else reads along. */
  async function refuse({ channel }: Line, event: ChatEvent): Promise<void> {
    if (!event.private || (await told.take(`${channel.name}:${event.chat}`)) > 0) return
    const { slower } = TEXTS[event.person.language?.startsWith('zh') ? 'zh' : 'en'].buyer
    const isPress = event.content.kind === 'press'
    await channel.acknowledge(event, isPress ? { text: slower } : undefined)
    if (!isPress) await channel.send(event.chat, { text: [slower] }, 'reply')
  }

  async function verdict(line: Line, { externalId, payload }: Incoming): Promise<boolean> {
    const key = `${line.channel.name}:${externalId}`
    const before = known.get(key)
    if (before !== undefined) return before
    const event = line.isMoney?.(payload) ? undefined : line.decode(payload)
    const letIn = event === undefined || (await isLetIn(line, event))
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(key, letIn)
    if (event && !letIn)
      refuse(line, event).catch((err: unknown) => log.warn({ err }, 'nobody could be told to be slower'))
    return letIn
  }

  return {
    async let(line, items) {
      const letIn: Incoming[] = []
      for (const item of items) if (await verdict(line, item)) letIn.push(item)
      return letIn
    },
  }
}
