import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import type { Capabilities } from '../../bots/dialogue/screen.ts'
import type { Language } from '../../core/customers/model.ts'
import type { Program } from './program.ts'
import { type Match, type Seen, Sight } from './sight.ts'

/** What a channel can do, beyond what it tells the dialogue. What it cannot is met with the substitute named beside it. */
export interface Abilities extends Capabilities {
  /** a caption goes with a file; else: it is said before it */
  readonly captions: boolean
  /** what is pressed while the program is away arrives when it is back; else: the person does it again */
  readonly waits: boolean
  /** false: people can send pictures and no other files; staff paste keys */
  readonly uploads?: false
}

/** A channel of a running shop, and the people on it. Each driver runs the real adapter. */
export interface Channel {
  readonly name: string
  readonly can: Abilities
  readonly program: Program
  /** Someone new writes to the shop; the welcome has been seen. An owner has claimed the shop. */
  join(name: string, options?: { readonly language?: Language; readonly owner?: boolean }): Promise<Chatter>
  /** A group of these people and the shop; undefined where there are none. */
  group?(...members: Chatter[]): Promise<Group>
}

export interface Group {
  /** A member says something; `to` the shop, or to nobody in particular. */
  say(member: Chatter, text: string, to: 'shop' | 'nobody'): Promise<void>
  /** Waits until the shop has said something that fits. */
  see(match: RegExp): Promise<void>
  /** everything the shop has said there */
  said(): readonly string[]
}

/** A person at one channel. Every act forgets what was seen before: {@link see} is about what comes after. */
export abstract class Chatter {
  readonly sight: Sight

  constructor(
    readonly name: string,
    readonly language: Language,
    /** as the shop knows the chat */
    readonly chat: string,
    readonly can: Abilities,
  ) {
    this.sight = new Sight(name)
  }

  /** The texts in this person's language. */
  get t(): (typeof TEXTS)['en']['buyer'] {
    return TEXTS[this.language].buyer
  }

  get staff(): (typeof TEXTS)['en']['staff'] {
    return TEXTS[this.language].staff
  }

  /** The same person where they buy: here, unless the staff have a bot of their own. */
  get asBuyer(): Chatter {
    return this
  }

  /** What stands on the first screen. */
  get home(): string {
    return this.t.homeHint
  }

  async say(text: string): Promise<void> {
    this.sight.act()
    await this.hand(text)
  }

  /** Presses the newest button with this label; where there are none, types the number printed before it. */
  async press(label: string | RegExp): Promise<void> {
    const is = (text: string) => (typeof label === 'string' ? text === label : label.test(text))
    const found = this.sight.newest((seen) => seen.buttons.some(is))
    const shown = found?.seen.buttons.find(is)
    if (!found || shown === undefined)
      throw new Error(`${this.name} sees no ${label}; last: ${JSON.stringify(this.sight.all().slice(-2))}`)
    this.sight.act()
    await this.push(found.id, shown)
  }

  /** Pays the newest order: its invoice where the channel has one, else the pretend payment. Says how it went with a toast. */
  async pay(): Promise<void> {
    await this.press(this.t.sandboxPay)
  }

  async sendFile(name: string, bytes: Buffer, caption = ''): Promise<void> {
    this.sight.act()
    if (caption !== '' && !this.can.captions) await this.hand(caption)
    await this.handFile(name, bytes, this.can.captions ? caption : '')
  }

  see(match: Match): Promise<Seen> {
    return this.sight.see(match)
  }

  /** The labels of everything that can be pressed on the newest message that has any. */
  keysShown(): readonly string[] {
    return this.sight.newest((seen) => seen.buttons.length > 0)?.seen.buttons ?? []
  }

  /** The person's own messages that still stand in the chat; undefined where nobody can tell. */
  abstract own(): readonly string[] | undefined
  /** Hands in an action that no button holds, as only a program would; not where there are no buttons. */
  abstract forge(action: string): Promise<void>
  protected abstract hand(text: string): Promise<void>
  protected abstract handFile(name: string, bytes: Buffer, caption: string): Promise<void>
  protected abstract push(messageId: string, label: string): Promise<void>
}

const NUMBERED = /^(0|[1-9][0-9]?) (.+)$/

/** The labels of a numbered menu under a text. */
export const numbered = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [, , label] = NUMBERED.exec(line) ?? []
    return label === undefined ? [] : [label]
  })

/** What to type for a label of the menu under this text. */
export function numberOf(text: string, label: string): string {
  for (const line of text.split('\n')) {
    const [, number, found] = NUMBERED.exec(line) ?? []
    if (number !== undefined && found === label) return number
  }
  throw new Error(`no number before ${label}`)
}
