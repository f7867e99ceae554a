import { EventEmitter, once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { FileBox, FileBoxType } from 'file-box'
import { types } from 'wechaty'
import type { Puppet } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'

/** A message as a person sees it. A picture that is sent by its address stays an address: nothing is fetched. */
interface Seen {
  readonly text: string
  readonly file?: { readonly name: string; readonly bytes?: Buffer; readonly url?: string }
}

/** What the bot sent into one chat, in order. */
interface Conversation {
  readonly id: string
  /** The next message not yet seen that matches; it and those before it count as seen. Fails after `within` ms, saying what came. */
  see(what: RegExp | ((message: Seen) => boolean), within?: number): Promise<Seen>
  /** Everything so far. */
  history(): readonly Seen[]
}

interface MockUser extends Conversation {
  /** Says something to the bot and returns the id of the message. */
  say(text: string): string
  /** Sends the bot a file; a name that ends in .png or .jpg makes it a picture. */
  sendFile(name: string, bytes: Buffer): string
  /** No longer a contact of the bot: WeChat refuses what it sends. */
  leave(): void
}

interface MockRoom extends Conversation {
  /** A member says something in the room, to the bot only when it mentions it. */
  say(user: MockUser, text: string, mention: 'bot' | 'nobody'): string
}

export interface MockWechat {
  /** for startWechat(): the bot's account logs in when it starts */
  readonly puppet: Puppet
  /** the person (or official account) of this name, the same at every call; the id is `wx_<name>` */
  user(name: string, kind?: 'person' | 'official'): MockUser
  /** a room with these members and the bot */
  inRoom(topic: string, ...members: MockUser[]): MockRoom
  /** Says something as the bot itself, from the phone its account also runs on. */
  sayAsBot(to: MockUser, text: string): string
  /** A second delivery of a message, as happens after a reconnection. */
  redeliver(messageId: string): void
  /** Gives a message another kind or time before it is delivered again. */
  alter(messageId: string, change: Partial<Payload>): void
  /** makes everything the bot sends fail with this error, or work again */
  refuse(error: Error | undefined): void
  /** how long WeChat takes to hand over a message, in ms */
  slow(answer: () => number): void
  /** WeChat hands over no message until it is let again */
  hold(back: boolean): void
  /** Resolves when WeChat has been asked for a message and holds it back. */
  held(): Promise<void>
  /** Resolves when WeChat has next been asked for a file. */
  handed(): Promise<void>
  /** WeChat takes messages back, or not, as at first. */
  letRecall(may: boolean): void
  /** the messages it has taken back */
  recalled(): readonly string[]
  /** makes every file the bot asks for be this one, or its own again */
  handOver(box: ReturnType<typeof FileBox.fromUrl> | undefined): void
}

type Payload = Awaited<ReturnType<PuppetMock['messagePayload']>>
type Contact = mock.ContactMock
type Box = ReturnType<typeof FileBox.fromUrl>

/** wechaty-puppet-mock, made to behave like WeChat where it does not. */
class PretendWechat extends PuppetMock {
  refusal: Error | undefined
  box: Box | undefined
  pause = () => 0
  holding: Promise<void> | undefined
  mayRecall = false
  readonly recalled: string[] = []
  readonly asked = new EventEmitter()

  /** The mock calls every file Unknown but .txt, .doc and .pdf. */
  override async messageRawPayload(id: string): Promise<Payload> {
    if (this.holding) this.asked.emit('held')
    await this.holding
    const pause = this.pause()
    if (pause > 0) await setTimeout(pause)
    const payload: Payload = await super.messageRawPayload(id)
    const file = this.mocker.cacheFileBoxPayload.has(id)
    return file && payload.type === types.Message.Unknown ? { ...payload, type: types.Message.Attachment } : payload
  }

  override async messageRecall(id: string) {
    if (this.mayRecall) this.recalled.push(id)
    return this.mayRecall
  }

  override async messageFile(id: string) {
    this.asked.emit('file')
    return this.box ?? super.messageFile(id)
  }

  override async messageSendText(chat: string, text: string) {
    this.check(chat)
    await super.messageSendText(chat, text)
    return this.newest() as never
  }

  override async messageSendFile(chat: string, file: Box) {
    this.check(chat)
    // What comes through a gateway is fetched from there now: it will not be there later.
    const own = file.type === FileBoxType.Uuid ? FileBox.fromBase64(await file.toBase64(), file.name) : file
    await super.messageSendFile(chat, own as Box)
    return this.newest() as never
  }

  /** The mock forgets to tell it, and declares that it does. */
  private newest(): string | undefined {
    return [...this.mocker.cacheMessagePayload.keys()].at(-1)
  }

  /** The mock goes on talking to people who are gone. */
  private check(chat: string): void {
    if (this.refusal) throw this.refusal
    if (!chat.includes('@')) this.mocker.contactPayload(chat)
  }
}

/** A pretend WeChat with one account, the bot's, that is not logged in until `puppet` is started. */
export function startMockWechat({ login = true } = {}): MockWechat {
  const mocker = new mock.Mocker()
  const puppet = new PretendWechat({ mocker })
  const bot = mocker.createContact({ id: 'bot', name: 'keytill' })
  if (login)
    mocker.use(() => {
      mocker.login(bot)
      return () => {}
    })
  let release = () => {}
  const users = new Map<string, MockUser>()
  const contacts = new Map<string, Contact>([[bot.id, bot]])

  const contactOf = (user: MockUser): Contact => contacts.get(user.id) ?? bot
  const speak = (from: Contact, what: string | Box, to: Contact | mock.RoomMock, mentions: Contact[] = []): string => {
    from.say(what, mentions).to(to)
    return [...mocker.cacheMessagePayload.keys()].at(-1) ?? ''
  }
  const seenOf = (message: mock.MessageMock): Seen => {
    const text = message.text() ?? ''
    const json = mocker.cacheFileBoxPayload.get(message.id)
    if (!json) return { text }
    const { name } = json
    if ('base64' in json) return { text, file: { name, bytes: Buffer.from(json.base64, 'base64') } }
    return { text, file: 'url' in json ? { name, url: json.url } : { name } }
  }
  /** what `bot` says where `speakers` (a contact or a room) is told of every message */
  const conversation = (id: string, speakers: object): Conversation => {
    const came: Seen[] = []
    const news = new EventEmitter()
    let next = 0
    // The mock's declarations do not say that a contact and a room are emitters.
    const emitter = speakers as EventEmitter
    emitter.on('message', (message: mock.MessageMock) => {
      if (message.talker().id !== bot.id) return
      came.push(seenOf(message))
      news.emit('message')
    })
    return {
      id,
      history: () => [...came],
      async see(what, within = 15_000) {
        const signal = AbortSignal.timeout(within)
        const fits = (m: Seen) => (what instanceof RegExp ? what.test(m.text) : what(m))
        for (;;) {
          const found = came.findIndex((message, index) => index >= next && fits(message))
          const message = came[found]
          if (message) {
            next = found + 1
            return message
          }
          try {
            await once(news, 'message', { signal })
          } catch (cause) {
            throw new Error(`${id} did not see ${what}; came: ${JSON.stringify(came.slice(next))}`, { cause })
          }
        }
      },
    }
  }

  const user: MockWechat['user'] = (name, kind = 'person') => {
    const known = users.get(name)
    if (known) return known
    const contact = mocker.createContact({
      id: `wx_${name}`,
      name,
      type: kind === 'person' ? types.Contact.Individual : types.Contact.Official,
    })
    contacts.set(contact.id, contact)
    const made: MockUser = {
      ...conversation(contact.id, contact),
      say: (text) => speak(contact, text, bot),
      sendFile: (file, bytes) => speak(contact, FileBox.fromBase64(bytes.toString('base64'), file), bot),
      leave: () => void mocker.cacheContactPayload.delete(contact.id),
    }
    users.set(name, made)
    return made
  }

  return {
    puppet,
    user,
    inRoom(topic, ...members) {
      const memberIdList = [bot.id, ...members.map((member) => member.id)]
      const room = mocker.createRoom({ topic, memberIdList })
      return {
        ...conversation(room.id, room),
        say: (member, text, mention) =>
          mention === 'bot'
            ? speak(contactOf(member), `@${bot.payload.name}\u2005${text}`, room, [bot])
            : speak(contactOf(member), text, room),
      }
    },
    sayAsBot: (to, text) => speak(bot, text, contactOf(to)),
    redeliver: (messageId) => void puppet.emit('message', { messageId }),
    alter(messageId, change) {
      mocker.cacheMessagePayload.set(messageId, { ...mocker.messagePayload(messageId), ...change } as Payload)
      puppet.cache.message.delete(messageId)
    },
    refuse(error) {
      puppet.refusal = error
    },
    slow(answer) {
      puppet.pause = answer
    },
    hold(back) {
      release()
      if (back)
        puppet.holding = new Promise((resolve) => {
          release = () => {
            puppet.holding = undefined
            resolve()
          }
        })
    },
    held: async () => void (await once(puppet.asked, 'held')),
    handed: async () => void (await once(puppet.asked, 'file')),
    letRecall(may) {
      puppet.mayRecall = may
    },
    recalled: () => [...puppet.recalled],
    handOver(box) {
      puppet.box = box
    },
  }
}
