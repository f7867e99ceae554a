import { EventEmitter } from 'node:events'
import { Chat } from './chats.ts'
import { badRequest, forbidden } from './errors.ts'
import { Faults } from './faults.ts'
import { Files } from './files.ts'
import { Limiter, type Limits, TELEGRAM_LIMITS } from './limits.ts'
import { Payments, Queries } from './payments.ts'
import type { Call } from './recording.ts'
import type { TgChat, TgUser } from './types.ts'
import { UpdateQueue } from './updates.ts'
import { Webhook } from './webhook.ts'

export interface BotOptions {
  token: string
  /** Without the @; default made from the token. */
  username?: string
  /** Milliseconds since 1970; default the machine's clock. */
  now?: () => number
  /** `false` switches the sending limits off; what is left out is as Telegram has it. */
  limits?: false | Partial<Limits>
  /** Parameters unknown to the Bot API are an error; default true. Telegram itself ignores them. */
  strict?: boolean
  /** How long a callback query may be answered; default 15 s. */
  callbackLifetimeMs?: number
  /** How long a pre-checkout query may be answered; default 10 s. */
  preCheckoutMs?: number
  /** How long people wait for an answer or for something to see, in real time; default 5 s. */
  patienceMs?: number
  /** The id of the first update. */
  firstUpdateId?: number
  /** Privacy mode off: the bot sees all messages of its groups; default false. */
  readsGroups?: boolean
  /** Each update is delivered twice; default false. */
  duplicateUpdates?: boolean
  /** Where a webhook under a public URL really lives, e.g. `http://127.0.0.1:8787`. */
  webhookOrigin?: string
  /** The wait before the n-th retry (from 1) of a webhook; default 50 ms, doubling up to 2 s. */
  webhookBackoffMs?: (attempt: number) => number
}

export interface StarMove {
  /** Negative: paid. */
  amount: number
  chargeId: string
  /** Milliseconds. */
  at: number
}

/** What Telegram knows of a person. */
export interface Account {
  user: TgUser
  /** Stars left. */
  stars: number
  moves: StarMove[]
}

/** Everything Telegram keeps about one bot. */
export class Bot {
  readonly me: TgUser
  readonly token: string
  readonly strict: boolean
  readonly now: () => number
  readonly patienceMs: number
  readonly preCheckoutMs: number
  readonly readsGroups: boolean
  readonly updates: UpdateQueue
  readonly webhook: Webhook
  readonly files: Files
  readonly payments: Payments
  readonly limiter: Limiter
  readonly faults = new Faults()
  readonly events = new EventEmitter()
  readonly calls: Call[] = []
  readonly accounts = new Map<number, Account>()
  readonly chats = new Map<number, Chat>()
  readonly commands = new Map<string, { command: string; description: string }[]>()
  readonly callbacks: Queries<{ text?: string; show_alert?: boolean; url?: string }>
  readonly preCheckouts: Queries<{ ok: boolean; error_message?: string }>
  private privateMessages = 0

  constructor(options: BotOptions) {
    this.token = options.token
    const id = Number(/^\d+/.exec(options.token)?.[0])
    if (!id) throw new Error('a bot token starts with digits: 123:abc')
    this.me = { id, is_bot: true, first_name: 'Fake', username: options.username ?? `fake${id}_bot` }
    this.strict = options.strict ?? true
    this.now = options.now ?? Date.now
    this.patienceMs = options.patienceMs ?? 5000
    this.preCheckoutMs = options.preCheckoutMs ?? 10_000
    this.readsGroups = options.readsGroups ?? false
    this.updates = new UpdateQueue(options.firstUpdateId ?? 730_000_001)
    this.updates.duplicate = options.duplicateUpdates ?? false
    this.webhook = new Webhook(this.updates, options)
    this.files = new Files(this.now)
    this.payments = new Payments(this.now)
    this.limiter = new Limiter(options.limits === false ? false : { ...TELEGRAM_LIMITS, ...options.limits }, this.now)
    this.callbacks = new Queries('48', this.now, options.callbackLifetimeMs ?? 15_000)
    this.preCheckouts = new Queries('57', this.now, this.preCheckoutMs)
  }

  /** The chat a method names, if the bot may act in it. Throws ApiError. */
  reach(chatId: number | string | undefined): Chat {
    if (chatId === undefined || chatId === '') throw badRequest('chat_id is empty')
    const chat = typeof chatId === 'number' ? this.chats.get(chatId) : this.byUsername(chatId)
    if (!chat || (chat.id > 0 && !chat.started)) {
      if (this.sharesGroup(chatId)) throw forbidden("bot can't initiate conversation with a user")
      throw badRequest('chat not found')
    }
    if (chat.blocked) throw forbidden('bot was blocked by the user')
    if (chat.botStatus === 'left') throw forbidden('bot is not a member of the supergroup chat')
    if (chat.botStatus === 'kicked') throw forbidden('bot was kicked from the supergroup chat')
    return chat
  }

  /** The private chat with a person, made when it is not there yet. */
  privateChat(user: TgUser): Chat {
    const { id, first_name, username } = user
    return this.chat({ id, type: 'private', first_name, username }, () => ++this.privateMessages)
  }

  /** A group with the bot in it. Groups count their messages by themselves, so ids repeat between chats. */
  group(id: number, title: string): Chat {
    let count = 0
    return this.chat({ id, type: 'supergroup', title }, () => ++count)
  }

  /** Tells the bot that its standing in a chat was changed by someone. */
  tellStanding(chat: Chat, by: TgUser, before: string, after: string): void {
    this.updates.push({
      my_chat_member: {
        chat: chat.chat,
        from: by,
        date: Math.floor(this.now() / 1000),
        old_chat_member: { user: this.me, status: before },
        new_chat_member: { user: this.me, status: after },
      },
    })
  }

  close(): void {
    this.webhook.stop()
    this.updates.interrupt(new Error('the fake was closed'))
    this.callbacks.close()
    this.preCheckouts.close()
    for (const chat of this.chats.values()) chat.close()
  }

  private chat(chat: TgChat, nextMessageId: () => number): Chat {
    let known = this.chats.get(chat.id)
    if (!known) {
      known = new Chat(chat, nextMessageId, this.now)
      this.chats.set(chat.id, known)
    }
    return known
  }

  private byUsername(name: string): Chat | undefined {
    return [...this.chats.values()].find(({ chat }) => chat.type !== 'private' && `@${chat.username}` === name)
  }

  private sharesGroup(userId: number | string): boolean {
    return [...this.chats.values()].some(
      (chat) => chat.id < 0 && [...chat.messages.values()].some(({ message }) => message.from.id === userId),
    )
  }
}
