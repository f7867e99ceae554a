import type { InboxItem } from '../../core/chats/service.ts'
import { after, minutes, seconds } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'
import { repeat } from '../../core/platform/timer.ts'
import type { Shop } from '../../core/shop.ts'
import type { Accept, Channel, Decode } from './channel.ts'
import type { Dialogue } from './dialogue.ts'
import { TEXTS } from './locales/texts.ts'

/** A channel, and how to make something of what it handed in. */
export interface Line {
  readonly channel: Channel
  readonly decode: Decode
  /**
   * Takes what is not conversation, such as money: true when it was that. It waits for nothing that is being said in the
   * chat, and is tried again until it succeeds.
   */
  readonly settle?: (payload: unknown) => Promise<boolean>
}

export interface Intake {
  /** What a channel of this name hands in: committed first, handled from when the line is connected. */
  accept(name: string): Accept
  /**
   * Connects a channel, and takes up what was committed but not handled when the program last ended; from then on it looks
   * now and then for what was committed and never taken up.
   */
  connect(line: Line): Promise<void>
  /** Resolves when everything that came in has been handled. */
  idle(): Promise<void>
  /** Takes nothing new up and resolves when nothing is being handled: what is left waits in the database. */
  drain(): Promise<void>
}

/** After so many failures of one event its sender is told to try again, and the chat goes on. */
const MOST_ATTEMPTS = 3
const RETRY_PAUSE = 500
const LONGEST_PAUSE = 30_000
/** What was said longer ago is not acted on any more, in ms. */
const TOO_OLD = minutes(10)
/** How often it is looked for what was not taken up, and how old that must be, in ms: what just came in is on its way here. */
const LOOK = seconds(30)
const LEFT = seconds(10)

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/** Between the channels and the dialogue: every event is committed before it is acknowledged, and handled in order per chat. */
export function createIntake(shop: Pick<Shop, 'chats' | 'clock'>, dialogue: Dialogue, log: Log): Intake {
  const lines = new Map<string, Line>()
  /** the last piece of work of each chat */
  const chats = new Map<string, Promise<void>>()
  const working = new Set<Promise<void>>()
  const queued = new Set<bigint>()
  /** the looks into the database under way */
  let looking: Promise<unknown> = Promise.resolve()
  const stops: (() => Promise<void>)[] = []
  let closing = false

  function enqueue(line: Line, item: InboxItem): void {
    // Connecting takes up what waits in the database, and some of that may just have come in.
    if (queued.has(item.id)) return
    queued.add(item.id)
    const key = `${line.channel.name}:${item.chat}`
    const before = chats.get(key) ?? Promise.resolve()
    const mine = take(line, item, before).finally(() => {
      working.delete(mine)
      // A look that began before this was done may still find it undone.
      void looking.then(() => queued.delete(item.id))
      if (chats.get(key) === mine) chats.delete(key)
    })
    chats.set(key, mine)
    working.add(mine)
  }

  /** Takes up what waits in the database: all of it, or what was received before a time. */
  function look(line: Line, before?: Date): Promise<void> {
    const found = shop.chats.unhandled(line.channel.name, before).then((items) => {
      for (const item of closing ? [] : items) enqueue(line, item)
    })
    looking = Promise.allSettled([looking, found])
    return found
  }

  async function take(line: Line, item: InboxItem, before: Promise<void>): Promise<void> {
    if (line.settle && (await settled(line, item))) return before
    await before
    for (let attempt = 1; !closing; attempt++) {
      try {
        const event = line.decode(item.payload)
        if (event && isTooOld(item)) await dialogue.miss(event, line.channel, item.receivedAt)
        else if (event) await dialogue.handle(event, line.channel)
        await shop.chats.handled(item.id)
        return
      } catch (err) {
        log.error({ err, channel: line.channel.name, attempt }, 'an event could not be handled')
        // While the database is away nothing is given up: the event stays where it is and is tried again.
        if (attempt >= MOST_ATTEMPTS && (await givenUp(line, item))) return
        await pause(Math.min(RETRY_PAUSE * attempt, LONGEST_PAUSE))
      }
    }
  }

  const isTooOld = ({ receivedAt }: InboxItem): boolean => shop.clock().getTime() - receivedAt.getTime() > TOO_OLD

  /** Money never gives up: it is tried until it is settled, or the program ends and the next start takes it up. */
  async function settled(line: Line, item: InboxItem): Promise<boolean> {
    for (let wait = RETRY_PAUSE; !closing; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        const was = await line.settle?.(item.payload)
        if (was) await shop.chats.handled(item.id)
        return was ?? false
      } catch (err) {
        log.error({ err, channel: line.channel.name }, 'a payment could not be settled yet; it will be tried again')
        await pause(wait)
      }
    }
    return true
  }

  /** False when even that could not be written down. */
  async function givenUp(line: Line, item: InboxItem): Promise<boolean> {
    try {
      await shop.chats.failed(item.id)
      await shop.chats.handled(item.id)
    } catch {
      return false
    }
    try {
      const event = line.decode(item.payload)
      if (!event?.private) return true
      const language = event.person.language?.startsWith('zh') ? 'zh' : 'en'
      const text = TEXTS[language].buyer.busy
      await line.channel.acknowledge(event, { text }).catch(() => {})
      await line.channel.send(event.chat, { text: [text] }, 'reply')
    } catch (err) {
      log.error({ err, channel: line.channel.name }, 'an event was given up and its sender could not be told')
    }
    return true
  }

  return {
    accept: (name) => async (items) => {
      const fresh = await shop.chats.accept(name, items)
      const line = lines.get(name)
      if (line) for (const item of fresh) enqueue(line, item)
    },
    async connect(line) {
      lines.set(line.channel.name, line)
      await look(line)
      stops.push(repeat(LOOK, () => look(line, after(shop.clock(), -LEFT)), log))
    },
    async idle() {
      while (working.size > 0) await Promise.allSettled(working)
    },
    async drain() {
      closing = true
      await Promise.all(stops.map((stop) => stop()))
      await Promise.allSettled(working)
    },
  }
}
