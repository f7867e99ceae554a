import { EventEmitter, once } from 'node:events'
import { expect } from 'vitest'

/** Something a person has in front of them: a message of the shop as it is now, or a toast. */
export interface Seen {
  readonly text: string
  /** labels of what can be pressed to come back to the shop */
  readonly buttons: readonly string[]
  /** what copy buttons put into the clipboard */
  readonly copies: readonly string[]
  /** the parts of the text that are hidden until they are tapped */
  readonly spoilers: readonly string[]
  readonly file?: { readonly name: string; readonly bytes: Buffer }
  readonly picture?: boolean
  readonly invoice?: { readonly title: string; readonly amount: number }
  readonly toast?: true
}

export type Match = string | RegExp | ((seen: Seen) => boolean)

const fits = (seen: Seen, match: Match): boolean =>
  typeof match === 'function'
    ? match(seen)
    : typeof match === 'string'
      ? seen.text.includes(match)
      : match.test(seen.text)

/** How long somebody waits for an answer, in ms: far more than it takes. */
const PATIENCE = 15_000

/** What one person sees of a chat, kept by a driver; whoever waits for something is told the moment it is there. */
export class Sight {
  /** in the order they came; a message that changes keeps its place */
  private readonly messages = new Map<string, { seen: Seen; version: number }>()
  private readonly news = new EventEmitter()
  private version = 0
  private since = 0
  private toasts = 0

  constructor(private readonly name: string) {
    this.news.setMaxListeners(0)
  }

  /** A message that is new or has changed. */
  put(id: string, seen: Seen): void {
    this.messages.set(id, { seen, version: ++this.version })
    this.news.emit('change')
  }

  drop(id: string): void {
    if (this.messages.delete(id)) this.news.emit('change')
  }

  toast(text: string): void {
    this.put(`toast ${++this.toasts}`, { text, buttons: [], copies: [], spoilers: [], toast: true })
  }

  /** The text of a message; empty when it is gone. */
  text(id: string): string {
    return this.messages.get(id)?.seen.text ?? ''
  }

  /** The person does something: what is seen from now on is the answer. */
  act(): void {
    this.since = this.version
  }

  /** The newest of what is there, oldest first. */
  all(): readonly Seen[] {
    return [...this.messages.values()].map(({ seen }) => seen)
  }

  /** The id and content of the newest message that fits, whenever it came. */
  newest(match: (seen: Seen) => boolean): { readonly id: string; readonly seen: Seen } | undefined {
    const found = [...this.messages].reverse().find(([, { seen }]) => match(seen))
    return found && { id: found[0], seen: found[1].seen }
  }

  /** The newest message that appeared or changed since the person's last act and fits, as soon as there is one. */
  async see(match: Match): Promise<Seen> {
    return this.until(
      () =>
        [...this.messages.values()].reverse().find((item) => item.version > this.since && fits(item.seen, match))?.seen,
      match,
    )
  }

  /** Resolves when nothing that is there fits. */
  async gone(match: Match): Promise<void> {
    await this.until(() => (this.newest((seen) => fits(seen, match)) ? undefined : true), match)
  }

  private async until<T>(look: () => T | undefined, match: Match): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE)
    for (;;) {
      const found = look()
      if (found !== undefined) {
        // Counted with what is expected: to see something is what conversations are about.
        expect(found).toBeDefined()
        return found
      }
      try {
        await once(this.news, 'change', { signal })
      } catch {
        const last = this.all().slice(-4)
        throw new Error(`${this.name} waited in vain for ${match}; on the screen: ${JSON.stringify(last, brief, 1)}`)
      }
    }
  }
}

const brief = (_key: string, value: unknown): unknown =>
  Buffer.isBuffer(value) || (value as { type?: string } | null)?.type === 'Buffer' ? '(bytes)' : value
