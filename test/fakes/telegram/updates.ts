import { conflict } from './errors.ts'
import type { TgUpdate, UpdateBody } from './types.ts'

/** What Telegram leaves out unless it is asked for by name. */
const NOT_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])

interface Poll {
  answer(): void
  fail(error: Error): void
}

export interface PollRequest {
  offset?: number | undefined
  limit?: number | undefined
  /** Seconds. */
  timeout?: number | undefined
}

/**
 * The updates of one bot: kept until the bot confirms them, by a higher offset or by answering a webhook with 2xx.
 * One poller at a time; the older one of two is turned away with 409, as Telegram does.
 */
export class UpdateQueue {
  /** Each update is delivered once more after its first delivery. */
  duplicate = false
  private nextId: number
  private readonly all = new Map<number, TgUpdate>()
  private pending: TgUpdate[] = []
  private readonly done: TgUpdate[] = []
  /** Updates to deliver again whether or not they were confirmed. */
  private again: TgUpdate[] = []
  private readonly seen = new Set<number>()
  private allowed: ReadonlySet<string> | undefined
  private poll: Poll | undefined
  private readonly listeners = new Set<() => void>()

  constructor(firstId: number) {
    this.nextId = firstId
  }

  /** Queues an update, unless the bot did not ask for its kind. A `lost` one gets its id but is never delivered. */
  push(body: UpdateBody, options: { lost?: boolean } = {}): TgUpdate {
    const update: TgUpdate = structuredClone({ update_id: this.nextId++, ...body })
    this.all.set(update.update_id, update)
    const kind = Object.keys(body)[0] ?? ''
    const wanted = this.allowed ? this.allowed.has(kind) : !NOT_BY_DEFAULT.has(kind)
    if (wanted && !options.lost) {
      this.pending.push(update)
      this.wake()
    }
    return update
  }

  /** Delivers an update again (or for the first time, if it was lost), even if it has been confirmed. */
  redeliver(id: number): void {
    const update = this.all.get(id)
    if (!update) throw new Error(`no update ${id}`)
    this.again.push(update)
    this.wake()
  }

  /** Persists until it is set anew; an empty list means the default. */
  allow(kinds: readonly string[] | undefined): void {
    if (kinds) this.allowed = kinds.length > 0 ? new Set(kinds) : undefined
  }

  allowedKinds(): string[] | undefined {
    return this.allowed && [...this.allowed]
  }

  unconfirmed(): TgUpdate[] {
    return [...this.pending]
  }

  confirmed(): TgUpdate[] {
    return [...this.done]
  }

  forgetPending(): void {
    this.pending = []
    this.again = []
  }

  /** True long polling. `gone` is aborted when the caller hangs up. */
  async getUpdates(request: PollRequest, gone: AbortSignal): Promise<TgUpdate[]> {
    this.poll?.fail(conflict('terminated by other getUpdates request; make sure that only one bot instance is running'))
    const { offset = 0, timeout = 0 } = request
    const limit = Math.min(100, Math.max(1, request.limit ?? 100))
    if (offset > 0) this.confirm((update) => update.update_id < offset)
    if (offset < 0) this.confirm((_, index) => index < this.pending.length + offset)
    if (this.ready() === 0 && timeout > 0) await this.wait(Math.min(timeout, 50) * 1000, gone)
    return gone.aborted ? [] : this.take(limit)
  }

  /** The next update for a webhook. It stays pending until `settle`. */
  peek(): TgUpdate | undefined {
    return this.again[0] ?? this.pending[0]
  }

  /** A webhook took the update. */
  settle(update: TgUpdate): void {
    if (this.again[0] === update) {
      this.again.shift()
      this.tell()
      return
    }
    if (this.duplicate && !this.seen.has(update.update_id)) this.again.push(update)
    this.seen.add(update.update_id)
    this.confirm((other) => other === update)
  }

  /** Resolves with 0 once nothing is left to confirm, or after `ms` with how many are. */
  emptied(ms: number): Promise<number> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.listeners.delete(look)
        resolve(this.ready())
      }
      const look = () => {
        if (this.ready() === 0) end()
      }
      const timer = setTimeout(end, ms)
      this.listeners.add(look)
      look()
    })
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Ends a poll under way. */
  interrupt(error: Error): void {
    this.poll?.fail(error)
  }

  private ready(): number {
    return this.again.length + this.pending.length
  }

  private take(limit: number): TgUpdate[] {
    const again = this.again.splice(0, limit)
    const fresh = this.pending.slice(0, limit - again.length)
    for (const update of fresh) {
      if (this.duplicate && !this.seen.has(update.update_id)) this.again.push(update)
      this.seen.add(update.update_id)
    }
    return [...again, ...fresh]
  }

  private confirm(isConfirmed: (update: TgUpdate, index: number) => boolean): void {
    const kept: TgUpdate[] = []
    this.pending.forEach((update, index) => {
      if (isConfirmed(update, index)) this.done.push(update)
      else kept.push(update)
    })
    this.pending = kept
    this.tell()
  }

  private wake(): void {
    this.poll?.answer()
    this.tell()
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener()
  }

  private wait(ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (finish: () => void) => () => {
        clearTimeout(timer)
        gone.removeEventListener('abort', poll.answer)
        if (this.poll === poll) this.poll = undefined
        finish()
      }
      const poll: Poll = { answer: end(resolve), fail: (error) => end(() => reject(error))() }
      const timer = setTimeout(poll.answer, ms)
      gone.addEventListener('abort', poll.answer)
      this.poll = poll
    })
  }
}
