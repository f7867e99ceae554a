import type { Priority } from '../dialogue/channel.ts'

/** One message every so many ms; after a pause up to `burst` at once. */
export interface Rate {
  readonly every: number
  readonly burst: number
}

export interface Rates {
  readonly overall: Rate
  readonly person: Rate
  readonly group: Rate
}

/** Telegram's limits, a little below: 30 a second in all, one a second to a person, 20 a minute to a group. */
export const TELEGRAM_RATES: Rates = {
  overall: { every: 1000 / 29, burst: 28 },
  person: { every: 1050, burst: 3 },
  group: { every: 3100, burst: 20 },
}

/** A call that waits for its turn. A new message counts in its chat and overall, an edit only overall. */
export interface Ticket {
  readonly chat: string
  readonly priority: Priority
  readonly counts: 'message' | 'edit'
}

interface Entry<T> {
  readonly ticket: T
  readonly serial: number
  readonly notBefore: number
}

interface Leaving<T> extends Entry<T> {
  readonly at: number
  /** the how manieth call of all it is */
  readonly ordinal: number
}

interface Line<T> {
  readonly waiting: Record<Priority, Entry<T>[]>
  /** the call under way: one at a time, or messages would overtake each other */
  busy: Leaving<T> | undefined
  /** when a full burst would be there again */
  full: number
  pausedUntil: number
}

/** A call counts when it arrives, which is some time before its answer but seldom later than this after it left, in ms. */
const UNDERWAY = 1000

const ORDER: readonly Priority[] = ['key', 'reply', 'notice', 'marketing']

/**
 * Decides which call may go next, and when. Keys go first, then replies, notices and marketing, across all chats; within a
 * chat and priority the order of arrival is kept. Times are ms and passed in: nothing here waits or looks at a clock.
 */
export class Schedule<T extends Ticket> {
  private readonly lines = new Map<string, Line<T>>()
  private full = 0
  private pausedUntil = 0
  private serial = 0
  private count = 0

  constructor(private readonly rates: Rates = TELEGRAM_RATES) {}

  add(ticket: T): void {
    this.line(ticket.chat).waiting[ticket.priority].push({ ticket, serial: this.serial++, notBefore: 0 })
  }

  /** The call to make now; else how many ms until one may be made; undefined when nothing waits (save for a call under way). */
  take(now: number): { readonly ticket: T } | { readonly wait: number } | undefined {
    const overall = Math.max(this.pausedUntil, opens(this.full, this.rates.overall))
    let best: { line: Line<T>; entry: Entry<T>; rank: number } | undefined
    let soonest = Number.POSITIVE_INFINITY
    for (const [chat, line] of this.lines) {
      if (line.busy) continue
      let empty = true
      for (const [rank, priority] of ORDER.entries()) {
        const entry = line.waiting[priority][0]
        if (!entry) continue
        empty = false
        const own = entry.ticket.counts === 'message' ? opens(line.full, this.rate(chat)) : 0
        const at = Math.max(overall, line.pausedUntil, entry.notBefore, own)
        if (at > now) soonest = Math.min(soonest, at)
        else if (!best || rank < best.rank || (rank === best.rank && entry.serial < best.entry.serial))
          best = { line, entry, rank }
      }
      if (empty && line.full <= now && line.pausedUntil <= now) this.lines.delete(chat)
    }
    if (!best) return soonest === Number.POSITIVE_INFINITY ? undefined : { wait: soonest - now }
    const { line, entry } = best
    const { ticket } = entry
    line.waiting[ticket.priority].shift()
    line.busy = { ...entry, at: now, ordinal: ++this.count }
    this.full = Math.max(now, this.full) + this.rates.overall.every
    if (ticket.counts === 'message') line.full = Math.max(now, line.full) + this.rate(ticket.chat).every
    return { ticket }
  }

  /**
   * The call has ended, one way or the other. Calls do not all take equally long to arrive, so that those which left in
   * time might come too close together: this one is now taken to have arrived as late as it may have.
   */
  done(ticket: T, now: number): void {
    const line = this.line(ticket.chat)
    if (!line.busy) return
    const arrived = Math.min(now, line.busy.at + UNDERWAY)
    const since = this.count - line.busy.ordinal + 1
    this.full = Math.max(this.full, arrived + since * this.rates.overall.every)
    if (ticket.counts === 'message') line.full = Math.max(line.full, arrived + this.rate(ticket.chat).every)
    line.busy = undefined
  }

  /** The call has ended and is to be made again, before the later ones of its chat and priority but not before `at`. */
  again(ticket: T, now: number, at: number): void {
    const line = this.line(ticket.chat)
    const serial = line.busy?.serial ?? this.serial++
    this.done(ticket, now)
    line.waiting[ticket.priority].unshift({ ticket, serial, notBefore: at })
  }

  /**
   * Telegram wants nothing until `until`, and the call again after that. It does not say whether it means the chat or the
   * bot: two chats at once mean the bot, since the limit of a chat is kept here.
   */
  refused(ticket: T, now: number, until: number): void {
    const other = [...this.lines].some(([chat, line]) => chat !== ticket.chat && line.pausedUntil > now)
    if (other) this.pausedUntil = Math.max(this.pausedUntil, until)
    const line = this.line(ticket.chat)
    line.pausedUntil = Math.max(line.pausedUntil, until)
    this.again(ticket, now, until)
  }

  /** How many ms more Telegram wants nothing for this chat; 0 when it may be sent to. */
  pause(chat: string, now: number): number {
    return Math.max(0, this.pausedUntil - now, (this.lines.get(chat)?.pausedUntil ?? 0) - now)
  }

  /** How long a call of this priority that comes now would wait for those before it, in ms; a chat's own limit is not counted. */
  backlog(priority: Priority, now: number): number {
    const before = ORDER.slice(0, ORDER.indexOf(priority) + 1)
    let count = 0
    for (const { waiting } of this.lines.values()) for (const each of before) count += waiting[each].length
    const opens = Math.max(
      0,
      this.pausedUntil - now,
      this.full - now - (this.rates.overall.burst - 1) * this.rates.overall.every,
    )
    return opens + count * this.rates.overall.every
  }

  /** Forgets what waits and fits, and returns it. */
  drop(fits: (ticket: T) => boolean): T[] {
    const dropped: T[] = []
    for (const { waiting } of this.lines.values()) {
      for (const priority of ORDER) {
        dropped.push(...waiting[priority].map(({ ticket }) => ticket).filter(fits))
        waiting[priority] = waiting[priority].filter(({ ticket }) => !fits(ticket))
      }
    }
    return dropped
  }

  private rate(chat: string): Rate {
    return chat.startsWith('-') ? this.rates.group : this.rates.person
  }

  private line(chat: string): Line<T> {
    let line = this.lines.get(chat)
    if (!line) {
      line = { waiting: { key: [], reply: [], notice: [], marketing: [] }, busy: undefined, full: 0, pausedUntil: 0 }
      this.lines.set(chat, line)
    }
    return line
  }
}

/** When the next message may go, given when the burst would be full again. */
const opens = (full: number, rate: Rate): number => full - (rate.burst - 1) * rate.every
