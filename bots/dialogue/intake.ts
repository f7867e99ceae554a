import type { InboxItem, Turn } from '../../core/chats/service.ts'
import { minutes, seconds } from '../../core/platform/clock.ts'
import type { Log } from '../../core/platform/log.ts'
import { repeat } from '../../core/platform/timer.ts'
import { within } from '../../core/platform/within.ts'
import type { Shop } from '../../core/shop.ts'
import type { Accept, Channel, Decode } from './channel.ts'
import type { Dialogue } from './dialogue.ts'
import type { Doors } from './doors.ts'
import { createExcuses } from './excuses.ts'
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
  /** Whether that is what it is, without doing anything. */
  readonly isMoney?: (payload: unknown) => boolean
  /** the sender learns from the channel itself that something was not taken in, as a web page does from its request */
  readonly answersItself?: true
}

export interface Intake {
  /** What a channel of this name hands in: committed first, handled from when the line is connected. */
  accept(name: string): Accept
  /**
   * Connects a channel, and takes up what was committed and not handled by processes that have ended, this one's last life
   * among them; from then on it looks every two seconds for what such processes have left.
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
/** How often it is looked for what others have left, in ms. */
const LOOK = seconds(2)
/** A commit that takes longer has failed, as far as the platform is told, in ms; it may come to pass all the same. */
const COMMIT_WITHIN = seconds(5)

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/**
 * Between the channels and the dialogue: every event is committed before it is acknowledged, and handled in order per chat, by
 * one process at a time however many there are. A process that dies, or loses its connection to the database, in the middle
 * of an event leaves that one to be handled again: at most one event a chat has its effect twice.
 */
export function createIntake(shop: Pick<Shop, 'chats' | 'clock'>, dialogue: Dialogue, log: Log, doors?: Doors): Intake {
  const lines = new Map<string, Line>()
  /** the last piece of work of each chat */
  const chats = new Map<string, Promise<void>>()
  const accepting = new Set<Promise<void>>()
  const working = new Set<Promise<unknown>>()
  /** whether an item is money, from when it is settled */
  const money = new WeakMap<InboxItem, ReturnType<typeof settled>>()
  const excuses = createExcuses(log)
  let stopLooking: (() => Promise<void>) | undefined
  let closing = false

  const keyOf = ({ channel, chat }: Turn): string => `${channel}:${chat}`
  const goesOn = (turn: Turn): boolean => !closing && !turn.over.aborted

  function busyWith<T>(work: Promise<T>): Promise<T> {
    working.add(work)
    const done = () => void working.delete(work)
    work.then(done, done)
    return work
  }

  async function take(name: string, all: Parameters<Accept>[0]): Promise<void> {
    const line = lines.get(name)
    const items = line && doors ? await doors.let(line, all) : all
    const { fresh, turns } = await shop.chats.accept(name, items)
    if (!line || closing) return
    // Money does not wait for whoever has the turn.
    for (const item of fresh) void isMoney(line, item)
    for (const turn of turns)
      serve(
        line,
        turn,
        fresh.filter(({ chat }) => chat === turn.chat),
      )
  }

  /** Takes a turn after what is still being done in that chat. `items` is all that waits in it, where that is known. */
  function serve(line: Line, turn: Turn, items?: readonly InboxItem[]): void {
    const key = keyOf(turn)
    const before = chats.get(key) ?? Promise.resolve()
    const mine = busyWith(before.then(() => useUp(line, turn, items)))
    chats.set(key, mine)
    const over = () => {
      if (chats.get(key) === mine) chats.delete(key)
    }
    mine.then(over, over)
  }

  /** Handles what waits in a chat until nothing does, and gives the turn back. */
  async function useUp(line: Line, first: Turn, items?: readonly InboxItem[]): Promise<void> {
    let held = items ? { turn: first, items } : await insist(first, () => shop.chats.waiting(first))
    while (held) {
      const { turn } = held
      const last = held.items.at(-1)
      for (const item of held.items) {
        const was = await isMoney(line, item)
        if (was === undefined || (!was && !(await say(line, item, turn)))) return
        // What has had its effect is written down, whatever has become of the turn or the program meanwhile.
        if (item !== last) await insist(turn, () => shop.chats.handled(item.id))
      }
      const released = await insist(turn, () => shop.chats.release(turn, last?.id))
      if (released !== false || !goesOn(turn)) return
      held = await insist(turn, () => shop.chats.waiting(turn))
    }
  }

  /** Asks the database until it answers, and at least once; undefined when the turn was over before it did. */
  async function insist<T>(turn: Turn, ask: () => Promise<T>): Promise<T | undefined> {
    for (let wait = RETRY_PAUSE; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        return await ask()
      } catch (err) {
        log.warn({ err, channel: turn.channel }, 'the inbox does not answer')
      }
      if (!goesOn(turn)) return undefined
      await pause(wait)
    }
  }

  /** False when it is not for us to handle it after all. */
  async function say(line: Line, item: InboxItem, turn: Turn): Promise<boolean> {
    for (let attempt = 1; goesOn(turn); attempt++) {
      try {
        const event = line.decode(item.payload)
        if (event && isTooOld(item)) await dialogue.miss(event, line.channel, item.receivedAt)
        else if (event) await dialogue.handle(event, line.channel)
        return true
      } catch (err) {
        log.error({ err, channel: line.channel.name, attempt }, 'an event could not be handled')
        // While the database is away nothing is given up: the event stays where it is and is tried again.
        if (attempt >= MOST_ATTEMPTS && (await givenUp(line, item))) return true
        await pause(Math.min(RETRY_PAUSE * attempt, LONGEST_PAUSE))
      }
    }
    return false
  }

  const isTooOld = ({ receivedAt }: InboxItem): boolean => shop.clock().getTime() - receivedAt.getTime() > TOO_OLD

  /** Settles an item if it is money, once however often it is asked. */
  function isMoney(line: Line, item: InboxItem): ReturnType<typeof settled> {
    const asked = money.get(item) ?? busyWith(settled(line, item))
    money.set(item, asked)
    return asked
  }

  /** Money never gives up: it is tried until it is settled; undefined when the program ends, and another takes it up. */
  async function settled(line: Line, item: InboxItem): Promise<boolean | undefined> {
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
    return undefined
  }

  /** False when even that could not be written down. */
  async function givenUp(line: Line, item: InboxItem): Promise<boolean> {
    try {
      await shop.chats.failed(item.id)
    } catch {
      excuses.make(line, item.payload)
      return false
    }
    try {
      const event = line.decode(item.payload)
      if (!event?.private) return true
      const language = event.person.language?.startsWith('zh') ? 'zh' : 'en'
      const text = TEXTS[language].buyer.busy
      // Without the text: where there are no toasts it would be said twice.
      await line.channel.acknowledge(event).catch(() => {})
      await line.channel.send(event.chat, { text: [text] }, 'reply')
    } catch (err) {
      log.error({ err, channel: line.channel.name }, 'an event was given up and its sender could not be told')
    }
    return true
  }

  /** Takes up what dead processes have left, and what we have without knowing of it: the answer to a commit was lost. */
  async function look(): Promise<void> {
    const { ours, takenOver } = await shop.chats.turns([...lines.keys()])
    begin(takenOver)
    const unknown = ours.filter((turn) => !chats.has(keyOf(turn)))
    if (unknown.length === 0) return
    // Some of them are about to be begun by whoever waits for that answer.
    await Promise.allSettled(accepting)
    begin(unknown.filter((turn) => !chats.has(keyOf(turn))))
  }

  function begin(turns: readonly Turn[]): void {
    for (const turn of closing ? [] : turns) {
      const line = lines.get(turn.channel)
      if (line) serve(line, turn)
    }
  }

  return {
    accept: (name) => async (items) => {
      const taken = busyWith(take(name, items))
      accepting.add(taken)
      const done = () => void accepting.delete(taken)
      taken.then(done, done)
      try {
        await within(COMMIT_WITHIN, taken)
      } catch (error) {
        const line = lines.get(name)
        if (line) for (const { payload } of items) excuses.make(line, payload)
        throw error
      }
    },
    async connect(line) {
      lines.set(line.channel.name, line)
      await look()
      stopLooking ??= repeat(LOOK, look, log)
    },
    async idle() {
      while (working.size > 0) await Promise.allSettled(working)
    },
    async drain() {
      closing = true
      await stopLooking?.()
      await Promise.allSettled(working)
      await excuses.made()
    },
  }
}
