import type { Account, Bot, StarMove } from './bot.ts'
import type { Chat, Stored } from './chats.ts'
import { asDocument, asPhoto } from './files.ts'
import { type PayOptions, type PayResult, pay } from './pay.ts'
import { describeScreen, type Seen, seen } from './screen.ts'
import { detectEntities } from './text.ts'
import type { Button, TgMessage, TgUser } from './types.ts'

/** Enough of a message to point at it. */
export interface MessageRef {
  message_id: number
  chat: { id: number }
}

/** What a person gets for pressing a button. */
export interface Pressed {
  text?: string
  show_alert?: boolean
  /** Where the button, or the bot's answer, leads. */
  url?: string
  /** What a copy button put into the clipboard. */
  copied?: string
}

type Matcher = string | RegExp | ((message: Seen) => boolean)

/** A person who talks to the bot, in the private chat or, through `inGroup`, in a group. */
export class Person {
  private readonly chat: Chat

  constructor(
    private readonly bot: Bot,
    private readonly account: Account,
    chat?: Chat,
  ) {
    this.chat = chat ?? bot.privateChat(account.user)
  }

  get id(): number {
    return this.account.user.id
  }

  /** The person as the Bot API shows them. */
  get user(): TgUser {
    return this.account.user
  }

  /** The same person in a group, which is made when it does not exist. */
  inGroup(groupId: number): Person {
    return new Person(this.bot, this.account, this.bot.group(groupId, `Group ${groupId}`))
  }

  /** Sends text; more than 4,096 characters go as several messages, as apps do. Returns the last message's id. */
  async say(text: string, options: { replyTo?: MessageRef } = {}): Promise<number> {
    if (this.chat.blocked && text.startsWith('/start')) this.unblock()
    const characters = [...text]
    let last = 0
    do {
      const part = characters.splice(0, 4096).join('')
      last = this.post({ text: part, entities: detectEntities(part) }, options.replyTo)
    } while (characters.length > 0)
    return last
  }

  /** Sends a document. `size` claims another size than the bytes have. Returns the message's id. */
  async sendFile(file: {
    name: string
    bytes: Uint8Array
    mime?: string
    caption?: string
    size?: number
  }): Promise<number> {
    const { caption, ...rest } = file
    const document = asDocument(this.bot.files.add('document', { ...rest, bytes: Buffer.from(file.bytes) }))
    return this.post({ document, ...captionOf(caption) })
  }

  /** Returns the message's id. */
  async sendPhoto(photo: { bytes: Uint8Array; caption?: string }): Promise<number> {
    const file = this.bot.files.add('photo', { name: 'photo.jpg', mime: 'image/jpeg', bytes: Buffer.from(photo.bytes) })
    return this.post({ photo: asPhoto(file), ...captionOf(photo.caption) })
  }

  /** Shares a contact, by default the person's own. Returns the message's id. */
  async shareContact(contact: { phone_number: string; user_id?: number }): Promise<number> {
    const { first_name, id } = this.account.user
    return this.post({ contact: { first_name, user_id: id, ...contact } })
  }

  /** The labels of what stands in place of the keyboard; none: the usual one. */
  keyboard(): string[] {
    return this.chat.keyboard?.map(({ label }) => label) ?? []
  }

  /** Presses a key of it: shares the own number where it asks for that, else says what stands on it. Returns the message's id. */
  async pressKey(label: string, phone: string): Promise<number> {
    const key = this.chat.keyboard?.find((one) => one.label === label)
    if (!key) throw new Error(`no key ${label}; there are: ${this.keyboard().join(', ') || 'none'}`)
    return key.asksContact ? this.shareContact({ phone_number: phone }) : this.say(label)
  }

  /** Changes the text of an own message. */
  edit(messageId: number, text: string): void {
    const stored = this.chat.find(messageId)
    if (!stored || stored.message.from.id !== this.id) throw new Error(`no own message ${messageId} to edit`)
    this.chat.change(stored, { text, entities: detectEntities(text) })
    this.bot.updates.push({ edited_message: stored.message })
  }

  /**
   * Presses a button of the message as it is now, found by its whole label or a pattern. For a callback button resolves
   * with the bot's answer; fails when none comes in `timeout` ms (default `patienceMs`).
   */
  async press(message: MessageRef, label: string | RegExp, options: { timeout?: number } = {}): Promise<Pressed> {
    const stored = this.at(message)
    const buttons = stored.message.reply_markup?.inline_keyboard.flat() ?? []
    const button = buttons.find(({ text }) => (typeof label === 'string' ? text === label : label.test(text)))
    if (!button || stored.deleted) {
      const labels = buttons.map(({ text }) => `"${text}"`).join(', ') || 'none'
      throw new Error(`no button ${label} on message ${message.message_id}; there are: ${labels}`)
    }
    return this.pressButton(stored, button, options.timeout)
  }

  /** Sends callback data that need not be on any button, for any message, also someone else's or a deleted one. */
  pressData(message: MessageRef, data: string, options: { timeout?: number } = {}): Promise<Pressed> {
    return this.query(message, data, options.timeout ?? this.bot.patienceMs)
  }

  /** Pays an invoice: asks the bot first, then moves the Stars and tells the bot. */
  pay(invoice: MessageRef, options: PayOptions = {}): Promise<PayResult> {
    return pay(this.bot, this.account, this.at(invoice), options)
  }

  /**
   * Waits for a message of the bot that is visible now and fits: text or caption containing a string or fitting a
   * pattern, or a predicate. The newest one is returned. `since` (a `mark()` or a message seen before) asks for one that
   * is new or has changed after it.
   */
  see(match: Matcher, options: { since?: number | Seen; timeout?: number } = {}): Promise<Seen> {
    const { since = 0, timeout = this.bot.patienceMs } = options
    const after = typeof since === 'number' ? since : since.version
    return this.chat.wait(
      () => this.find(match, after),
      timeout,
      () => `${this.name} did not see ${match} within ${timeout} ms; ${describeScreen(this.history())}`,
    )
  }

  /** Waits until no visible message of the bot fits. */
  async seeGone(match: Matcher, options: { timeout?: number } = {}): Promise<void> {
    const { timeout = this.bot.patienceMs } = options
    await this.chat.wait(
      () => (this.find(match, 0) ? undefined : true),
      timeout,
      () => `${this.name} still saw ${match} after ${timeout} ms; ${describeScreen(this.history())}`,
    )
  }

  /** A point in the chat's life, for `see(…, {since})`. */
  mark(): number {
    return this.chat.version
  }

  /** The last message visible in the chat. */
  screen(): Seen | undefined {
    return this.history().at(-1)
  }

  /** All visible messages, oldest first. */
  history(): Seen[] {
    return this.chat.visible().map((stored) => seen(this.bot, stored))
  }

  /** What is left, and every payment and refund. */
  stars(): { balance: number; moves: StarMove[] } {
    const { stars, moves } = this.account
    return { balance: stars, moves: [...moves] }
  }

  /** Stops the bot: it gets 403 until the person says /start again. */
  block(): void {
    this.setBlocked(true)
  }

  unblock(): void {
    this.setBlocked(false)
  }

  private get name(): string {
    return this.account.user.first_name
  }

  private find(match: Matcher, after: number): Seen | undefined {
    for (const stored of this.chat.visible().reverse()) {
      if (!stored.fromBot || stored.changed <= after) continue
      const message = seen(this.bot, stored)
      if (fits(message, match)) return message
    }
    return undefined
  }

  private setBlocked(blocked: boolean): void {
    const chat = this.bot.privateChat(this.account.user)
    if (chat.blocked === blocked) return
    chat.blocked = blocked
    this.bot.tellStanding(chat, this.account.user, blocked ? 'member' : 'kicked', blocked ? 'kicked' : 'member')
  }

  private post(content: Partial<TgMessage>, replyTo?: MessageRef): number {
    if (this.chat.blocked) throw new Error(`${this.name} has blocked the bot`)
    const target = replyTo && this.at(replyTo).message
    const stored = this.chat.add(this.account.user, { ...content, ...(target && { reply_to_message: target }) })
    if (this.reachesBot(stored.message)) this.bot.updates.push({ message: stored.message })
    return stored.message.message_id
  }

  /** In a group, privacy mode keeps from the bot what is not meant for it. */
  private reachesBot(message: TgMessage): boolean {
    if (this.chat.id > 0) return true
    if (this.chat.botStatus === 'left' || this.chat.botStatus === 'kicked') return false
    if (this.bot.readsGroups || this.chat.botStatus === 'administrator') return true
    const text = message.text ?? message.caption ?? ''
    const command = /^\/\w+(?:@(\w+))?/.exec(text)
    if (command) return command[1] === undefined || command[1] === this.bot.me.username
    return message.reply_to_message?.from.id === this.bot.me.id || text.includes(`@${this.bot.me.username}`)
  }

  private at(ref: MessageRef): Stored {
    const stored = this.bot.chats.get(ref.chat.id)?.messages.get(ref.message_id)
    if (!stored) throw new Error(`no message ${ref.message_id} in chat ${ref.chat.id}`)
    return stored
  }

  private async pressButton(stored: Stored, button: Button, timeout = this.bot.patienceMs): Promise<Pressed> {
    if (button.callback_data !== undefined) return this.query(stored.message, button.callback_data, timeout)
    if (button.copy_text) return { copied: button.copy_text.text }
    if (button.pay) throw new Error('a pay button is pressed with pay()')
    const url = button.url ?? button.web_app?.url
    return url === undefined ? {} : { url }
  }

  private query(ref: MessageRef, data: string, timeout: number): Promise<Pressed> {
    const stored = this.at(ref)
    const { message } = stored
    const { id, answered } = this.bot.callbacks.ask(
      timeout,
      () => `the bot did not answer "${data}" on message ${ref.message_id} within ${timeout} ms`,
    )
    this.bot.updates.push({
      callback_query: {
        id,
        from: this.account.user,
        message: stored.deleted ? { message_id: message.message_id, chat: message.chat, date: 0 } : message,
        chat_instance: `${message.chat.id}`,
        data,
      },
    })
    return answered
  }
}

function captionOf(caption: string | undefined): Pick<TgMessage, 'caption' | 'caption_entities'> {
  return caption ? { caption, caption_entities: detectEntities(caption) } : {}
}

function fits(message: Seen, match: Matcher): boolean {
  if (typeof match === 'function') return match(message)
  const text = message.text ?? message.caption ?? message.invoice?.title ?? ''
  return typeof match === 'string' ? text.includes(match) : match.test(text)
}
