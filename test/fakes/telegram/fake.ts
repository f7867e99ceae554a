import type { Bot } from './bot.ts'
import type { Fault, SetFault } from './faults.ts'
import { Person } from './people.ts'
import { type Call, toJsonl } from './recording.ts'
import type { StarTransaction, TgMessage, TgUpdate } from './types.ts'

export interface UserOptions {
  id: number
  first_name?: string
  last_name?: string
  username?: string
  language_code?: string
  /** How many Stars the person has; default unlimited. */
  stars?: number
}

/** What a test holds of one bot: its people, its calls, and the ways to make Telegram misbehave. */
export class FakeBot {
  constructor(private readonly bot: Bot) {}

  get token(): string {
    return this.bot.token
  }

  get username(): string {
    return this.bot.me.username ?? ''
  }

  /** A person, or the same person again. The bot cannot write to them before they spoke to it. */
  user(options: UserOptions): Person {
    const { stars = Number.POSITIVE_INFINITY, first_name = `User ${options.id}`, ...rest } = options
    const account = this.bot.accounts.get(options.id) ?? {
      user: { is_bot: false, first_name, ...rest },
      stars,
      moves: [],
    }
    this.bot.accounts.set(options.id, account)
    return new Person(this.bot, account)
  }

  /** A group with the bot in it; `id` is negative. With `addedBy` the bot is told that this person added it. */
  group(options: { id: number; title?: string; botIsAdmin?: boolean; addedBy?: Person }): void {
    const chat = this.bot.group(options.id, options.title ?? `Group ${options.id}`)
    chat.botStatus = options.botIsAdmin ? 'administrator' : 'member'
    if (options.addedBy) this.bot.tellStanding(chat, options.addedBy.user, 'left', chat.botStatus)
  }

  /** A person throws the bot out of a group. */
  kick(groupId: number, by: Person): void {
    const chat = this.bot.chats.get(groupId)
    if (!chat) throw new Error(`no group ${groupId}`)
    this.bot.tellStanding(chat, by.user, chat.botStatus, 'kicked')
    chat.botStatus = 'kicked'
  }

  /** Calls as they came in, of one method or all. */
  calls(method?: string): Call[] {
    return method === undefined ? [...this.bot.calls] : this.bot.calls.filter((call) => call.method === method)
  }

  /** All calls as JSON lines `{method, params, files}`. */
  recording(): string {
    return toJsonl(this.bot.calls)
  }

  /** Tells of every call once it has its answer. Returns the way to stop. */
  on(event: 'call', listener: (call: Call) => void): () => void {
    this.bot.events.on(event, listener)
    return () => this.bot.events.off(event, listener)
  }

  /** Makes coming calls misbehave. */
  fault(fault: Fault): SetFault {
    return this.bot.faults.add(fault)
  }

  /** Delivers an update once more, or a lost one for the first time. */
  redeliver(updateId: number): void {
    this.bot.updates.redeliver(updateId)
  }

  /** Whether each update is delivered twice from now on. */
  set duplicateUpdates(on: boolean) {
    this.bot.updates.duplicate = on
  }

  /** Updates Telegram would still deliver. */
  unconfirmed(): TgUpdate[] {
    return this.bot.updates.unconfirmed()
  }

  /** Waits until the bot has confirmed every update; fails after `timeout` ms (default `patienceMs`). */
  async allConfirmed(options: { timeout?: number } = {}): Promise<void> {
    const { timeout = this.bot.patienceMs } = options
    const left = await this.bot.updates.emptied(timeout)
    if (left > 0) throw new Error(`the bot left ${left} updates unconfirmed for ${timeout} ms`)
  }

  /** Updates Telegram considers taken; each of them must have had its effect. */
  confirmed(): TgUpdate[] {
    return this.bot.updates.confirmed()
  }

  /** The Stars transactions Telegram has on its books. */
  transactions(): StarTransaction[] {
    return [...this.bot.payments.transactions]
  }

  /** The commands set for a scope (default `default`) and language (default none). */
  commands(scope = 'default', language = ''): { command: string; description: string }[] | undefined {
    return this.bot.commands.get(`${scope}/${language}`)
  }

  /** All messages of a chat that are visible now. */
  messages(chatId: number): TgMessage[] {
    return (
      this.bot.chats
        .get(chatId)
        ?.visible()
        .map(({ message }) => message) ?? []
    )
  }
}
