import type { TgChat, TgMessage, TgUser } from './types.ts'

/** A message as Telegram keeps it: what both sides see, and what only Telegram knows. */
export interface Stored {
  message: TgMessage
  /** Milliseconds. */
  at: number
  /** The chat's version when it last changed. */
  changed: number
  fromBot: boolean
  deleted: boolean
  /** It came with a reply keyboard or the like, which makes it uneditable. */
  replyKeyboard: boolean
  invoicePayload?: string
  paid?: boolean
}

interface Waiter {
  check(): void
  drop(): void
}

/** One chat and all its messages; whoever waits for something in it is woken by every change. */
export class Chat {
  /** Grows with every new, changed or deleted message. */
  version = 0
  /** A person has written something; before that a bot cannot speak in a private chat. */
  started = false
  /** Private chat: the person stopped the bot. */
  blocked = false
  /** What stands in place of the person's keyboard; absent: their own. */
  keyboard: { readonly label: string; readonly asksContact: boolean }[] | undefined
  /** Group: whether the bot is in it, and may delete other people's messages. */
  botStatus: 'member' | 'administrator' | 'left' | 'kicked' = 'member'
  readonly messages = new Map<number, Stored>()
  private readonly waiters = new Set<Waiter>()

  constructor(
    readonly chat: TgChat,
    private readonly nextMessageId: () => number,
    private readonly now: () => number,
  ) {}

  get id(): number {
    return this.chat.id
  }

  add(
    from: TgUser,
    content: Partial<TgMessage>,
    extra: Partial<Pick<Stored, 'replyKeyboard' | 'invoicePayload'>> = {},
  ): Stored {
    const at = this.now()
    this.started ||= !from.is_bot
    const message_id = this.nextMessageId()
    const stored: Stored = {
      message: { message_id, from, chat: this.chat, date: Math.floor(at / 1000), ...content },
      at,
      changed: ++this.version,
      fromBot: from.is_bot,
      deleted: false,
      replyKeyboard: false,
      ...extra,
    }
    this.messages.set(message_id, stored)
    this.notify()
    return stored
  }

  change(stored: Stored, content: Partial<TgMessage>): void {
    stored.message = { ...stored.message, ...content, edit_date: Math.floor(this.now() / 1000) }
    stored.changed = ++this.version
    this.notify()
  }

  remove(stored: Stored): void {
    stored.deleted = true
    stored.changed = ++this.version
    this.notify()
  }

  /** A message that is there and not deleted. */
  find(messageId: number): Stored | undefined {
    const stored = this.messages.get(messageId)
    return stored?.deleted ? undefined : stored
  }

  visible(): Stored[] {
    return [...this.messages.values()].filter((stored) => !stored.deleted)
  }

  /** Resolves as soon as `look` finds something, now or after any change; fails with `explain()` after `ms`. */
  wait<T>(look: () => T | undefined, ms: number, explain: () => string): Promise<T> {
    const found = look()
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const drop = () => {
        clearTimeout(timer)
        this.waiters.delete(waiter)
      }
      const check = () => {
        const hit = look()
        if (hit === undefined) return
        drop()
        resolve(hit)
      }
      const waiter: Waiter = { check, drop }
      const timer = setTimeout(() => {
        drop()
        reject(new Error(explain()))
      }, ms)
      this.waiters.add(waiter)
    })
  }

  /** Nobody waits any more, and nobody is told: the test is over. */
  close(): void {
    for (const waiter of [...this.waiters]) waiter.drop()
  }

  private notify(): void {
    for (const waiter of [...this.waiters]) waiter.check()
  }
}
