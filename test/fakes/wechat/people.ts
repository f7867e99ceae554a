import { EventEmitter } from 'node:events'
import { after, type Clock, hours, minutes } from '../../../core/platform/clock.ts'

/** A message as a follower sees it. */
export interface Seen {
  readonly text: string
  /** how it came: as the answer to a push, by customer service, as a template message */
  readonly by: 'answer' | 'service' | 'template'
  readonly options?: readonly { readonly id: string; readonly content: string }[]
  readonly picture?: Buffer
}

/** What an act is pushed with, and what became of the push. */
export type PushAct = (openid: string, fields: Readonly<Record<string, string | number>>) => Promise<Pushed>
export interface Pushed {
  /** how often it was pushed */
  readonly times: number
  /** the status of the last answer; undefined when there was none in time */
  readonly status?: number
  /** the text of the answer; empty when it had none */
  readonly text: string
}

const MESSAGES = 5
const EVENTS = 3

/** Somebody with WeChat on their phone. */
export class Person {
  follows = true
  readonly seen: Seen[] = []
  /** how often WeChat told them that the account is out of service */
  outages = 0
  private readonly news = new EventEmitter().setMaxListeners(0)
  private message = { left: 0, until: new Date(0) }
  private event = { left: 0, until: new Date(0) }

  constructor(
    readonly openid: string,
    private readonly push: PushAct,
    private readonly keep: (bytes: Buffer) => string,
    private readonly now: Clock,
    private readonly number: () => string,
  ) {}

  say(text: string): Promise<Pushed> {
    return this.write({ MsgType: 'text', Content: text })
  }

  /** Taps a line of a menu, by default of the newest that has it. */
  tap(
    label: string,
    menu = this.seen.findLast((one) => one.options?.some(({ content }) => content === label)),
  ): Promise<Pushed> {
    const option = menu?.options?.find(({ content }) => content === label)
    if (!option) throw new Error(`${this.openid} has nothing to tap on that says ${label}`)
    return this.write({ MsgType: 'text', Content: label, bizmsgmenuid: Number(option.id) })
  }

  sendPicture(bytes: Buffer): Promise<Pushed> {
    return this.write({ MsgType: 'image', PicUrl: 'http://mmbiz.qpic.cn/x/0', MediaId: this.keep(bytes) })
  }

  sendVoice(): Promise<Pushed> {
    return this.write({ MsgType: 'voice', MediaId: this.keep(Buffer.from('#!AMR')), Format: 'amr' })
  }

  follow(scene?: string): Promise<Pushed> {
    this.follows = true
    return this.act({ Event: 'subscribe', EventKey: scene === undefined ? '' : `qrscene_${scene}` })
  }

  scan(scene: string): Promise<Pushed> {
    return this.act({ Event: 'SCAN', EventKey: scene, Ticket: 'TICKET' })
  }

  click(key: string): Promise<Pushed> {
    return this.act({ Event: 'CLICK', EventKey: key })
  }

  leave(): Promise<Pushed> {
    this.follows = false
    return this.push(this.openid, { MsgType: 'event', Event: 'unsubscribe', EventKey: '' })
  }

  /** WeChat's own count of what may be sent: an error code, or undefined when it may. */
  spend(): number | undefined {
    if (!this.follows) return 45015
    const open = [this.event, this.message].filter(({ until }) => this.now() < until)
    if (open.length === 0) return 45015
    const one = open.find(({ left }) => left > 0)
    if (!one) return 45047
    one.left--
    return undefined
  }

  show(seen: Seen): void {
    this.seen.push(seen)
    this.news.emit('seen')
  }

  /** Calls back for every message, also those that came already; returns how to stop that. */
  watch(look: (seen: Seen) => void): () => void {
    let at = 0
    const next = () => {
      for (; at < this.seen.length; at++) look(this.seen[at] as Seen)
    }
    this.news.on('seen', next)
    next()
    return () => this.news.off('seen', next)
  }

  /** The first message, from `from` on, that fits; waits for it. */
  async see(what: RegExp, from = 0): Promise<Seen> {
    for (;;) {
      const found = this.seen.slice(from).find(({ text }) => what.test(text))
      if (found) return found
      await new Promise<void>((resolve) => this.news.once('seen', resolve))
    }
  }

  private write(fields: Readonly<Record<string, string | number>>): Promise<Pushed> {
    this.message = { left: MESSAGES, until: after(this.now(), hours(48)) }
    const { bizmsgmenuid, ...rest } = fields
    const menu = bizmsgmenuid === undefined ? {} : { bizmsgmenuid }
    return this.push(this.openid, { ...rest, MsgId: this.number(), ...menu })
  }

  private act(fields: Readonly<Record<string, string>>): Promise<Pushed> {
    this.event = { left: EVENTS, until: after(this.now(), minutes(1)) }
    return this.push(this.openid, { MsgType: 'event', ...fields })
  }
}
