import { connectTelegram } from '../../../bots/channels.ts'
import { createTelegram } from '../../../bots/telegram/shop-bot.ts'
import type { Language } from '../../../core/customers/model.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { FakeBot } from '../../fakes/telegram/fake.ts'
import type { Person } from '../../fakes/telegram/people.ts'
import type { Seen as Message } from '../../fakes/telegram/screen.ts'
import type { FakeTelegram } from '../../fakes/telegram/server.ts'
import { startFakeTelegram } from '../../fakes/telegram/server.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Channel, Chatter } from '../channel.ts'
import { openProgram, type Plug } from '../program.ts'
import type { Seen } from '../sight.ts'
import { arrive } from './arrive.ts'

export const TOKEN = '4242:AAE-conversation-conversation-token'

export const can = {
  buttons: true,
  edit: true,
  delete: true,
  invoice: true,
  spoiler: true,
  copy: true,
  files: true,
  pictures: true,
  contact: true,
  textLength: 4096,
  captions: true,
  waits: true,
}

/** Telegram through the strict fake Bot API, over HTTP by long polling. */
export interface TelegramChannel extends Channel {
  readonly fake: FakeTelegram
  join(...args: Parameters<Channel['join']>): Promise<TelegramChatter>
}

/** The people who sit at one bot. */
export type Chatters = Map<number, TelegramChatter>

/** Everybody sees what their bot has done. */
export function watched(bot: FakeBot): Chatters {
  const chatters: Chatters = new Map()
  bot.on('call', ({ params }) => chatters.get(Number(params.chat_id))?.refresh())
  return chatters
}

/** The sending limits have their own tests; here every message may go when it is its turn. */
export function flyingClock(): Clock {
  let flying = Date.now()
  return () => {
    flying += 5000
    return new Date(flying)
  }
}

/** Someone opens the chat with a bot. */
export function sit(bot: FakeBot, chatters: Chatters, id: number, name: string, language: Language): TelegramChatter {
  const language_code = language === 'zh' ? 'zh-hans' : 'en'
  const person = bot.user({ id, first_name: name, language_code, stars: 50_000 })
  const chatter = new TelegramChatter(bot, person, name, language, String(id), can)
  chatters.set(id, chatter)
  return chatter
}

export const SALE = { stars: '50' }

export async function openTelegram(): Promise<TelegramChannel> {
  const fake = await startFakeTelegram({ token: TOKEN, limits: false, patienceMs: 10_000 })
  atEnd(() => fake.close())
  const chatters = watched(fake)
  const settings = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: fake.url, PUBLIC_URL: 'https://shop.example' }
  const plug = (log: Log): Plug => {
    const telegram = createTelegram({
      settings: { ...settings, TELEGRAM_WEBHOOK: false },
      log,
      now: flyingClock(),
    })
    return {
      settings,
      providers: [telegram.provider],
      open: (shop, accept) => connectTelegram(shop, accept('telegram'), telegram),
    }
  }
  const program = await openProgram(plug, SALE)
  let people = 0
  let groups = 0
  return {
    name: 'telegram',
    can,
    program,
    fake,
    async join(name, { language = 'en', owner = false } = {}) {
      const id = 1000 + ++people
      const chatter = sit(fake, chatters, id, name, language)
      await arrive(program, chatter, owner)
      return chatter
    },
    async group() {
      const id = -1_000_000 - ++groups
      fake.group({ id })
      const said = () => fake.messages(id).flatMap(({ from, text }) => (from.is_bot ? [text ?? ''] : []))
      let last: Person | undefined
      return {
        async say(member, text, to) {
          last = (member as TelegramChatter).person.inGroup(id)
          await last.say(to === 'shop' ? text.replace(/^(\/\w+)/, `$1@${fake.username}`) : text)
        },
        see: async (match) => void (await last?.see(match)),
        said,
      }
    },
  }
}

/** Resolves once the bot has made `times` calls of this method. */
export function called(fake: FakeTelegram, method: string, times = 1): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (fake.calls(method).length < times) return
      stop()
      resolve()
    }
    const stop = fake.on('call', look)
    look()
  })
}

export class TelegramChatter extends Chatter {
  private version = 0
  private readonly there = new Set<string>()

  constructor(
    readonly fake: FakeBot,
    readonly person: Person,
    ...rest: ConstructorParameters<typeof Chatter>
  ) {
    super(...rest)
  }

  /** Where they buy, when this is the staff's bot. */
  shopSide: (() => TelegramChatter) | undefined

  override get asBuyer(): TelegramChatter {
    return this.shopSide?.() ?? this
  }

  override get home(): string {
    return this.shopSide ? this.staff.last24Hours : super.home
  }

  /** Takes over what has changed in the chat. */
  refresh(): void {
    const messages = this.person.history().filter(({ from }) => from.is_bot)
    for (const message of messages) {
      if (message.version <= this.version) continue
      this.there.add(String(message.message_id))
      this.sight.put(String(message.message_id), seenOf(message))
    }
    this.version = this.person.mark()
    const now = new Set(messages.map(({ message_id }) => String(message_id)))
    for (const id of this.there) if (!now.has(id) && this.there.delete(id)) this.sight.drop(id)
  }

  override async pay(): Promise<void> {
    const invoice = this.invoice()
    this.sight.act()
    const result = await this.person.pay(invoice)
    if (!result.ok) this.sight.toast(result.error_message ?? '')
  }

  /** The newest invoice in the chat. */
  invoice(): Message {
    const invoice = this.person.history().findLast((message) => message.invoice)
    if (!invoice) throw new Error(`${this.name} has no invoice`)
    return invoice
  }

  override own(): readonly string[] {
    return this.person.history().flatMap(({ from, text, caption }) => (from.is_bot ? [] : [text ?? caption ?? '']))
  }

  override async forge(action: string): Promise<void> {
    const message = this.person.history().findLast(({ from }) => from.is_bot)
    if (!message) throw new Error(`${this.name} has no message to press under`)
    this.sight.act()
    const { text } = await this.person.pressData(message, action)
    if (text) this.sight.toast(text)
  }

  /** Presses the key that shares the own number. */
  async share(label: string, phone: string): Promise<void> {
    this.sight.act()
    await this.person.pressKey(label, phone)
  }

  /** Sends a contact card, by its own number of whoever it is of. */
  async sendCard(phone: string, userId?: number): Promise<void> {
    this.sight.act()
    await this.person.shareContact({ phone_number: phone, ...(userId === undefined ? {} : { user_id: userId }) })
  }

  protected override async hand(text: string): Promise<void> {
    await this.person.say(text)
  }

  protected override async handFile(name: string, bytes: Buffer, caption: string): Promise<void> {
    if (/\.(png|jpg)$/.test(name)) await this.person.sendPhoto({ bytes, caption })
    else await this.person.sendFile({ name, bytes, caption })
  }

  protected override async push(messageId: string, label: string): Promise<void> {
    const { text } = await this.person.press({ message_id: Number(messageId), chat: { id: this.person.id } }, label)
    if (text) this.sight.toast(text)
  }
}

function seenOf(message: Message): Seen {
  const { text = '', caption, entities = [], caption_entities: more = [], invoice, document, photo } = message
  const shown = caption ?? (invoice ? invoice.title : text)
  const spoilers = [...entities, ...more].filter(({ type }) => type === 'spoiler')
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  return {
    text: shown,
    buttons: buttons.flatMap((button) => (button.callback_data === undefined ? [] : [button.text])),
    copies: buttons.flatMap(({ copy_text }) => (copy_text ? [copy_text.text] : [])),
    spoilers: spoilers.map(({ offset, length }) => shown.slice(offset, offset + length)),
    ...(document ? { file: { name: document.file_name ?? '', bytes: document.bytes } } : {}),
    ...(photo ? { picture: true } : {}),
    ...(invoice ? { invoice: { title: invoice.title, amount: invoice.total_amount } } : {}),
  }
}
