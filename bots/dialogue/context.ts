import type { Customer, Language } from '../../core/customers/model.ts'
import type { Profile } from '../../core/profile/model.ts'
import type { Shop } from '../../core/shop.ts'
import type { ChatEvent, Side, Toast } from './channel.ts'
import type { Texts } from './locales/texts.ts'
import type { Capabilities, Screen } from './screen.ts'
import type { Again, Session } from './session.ts'

/** All that a handler may look at. Only `session` may be changed. */
export interface Context {
  readonly shop: Shop
  readonly event: ChatEvent
  readonly channel: string
  readonly can: Capabilities
  /** An address that opens this chat for somebody and hands it a payload; undefined where there is none. */
  deepLink(payload: string): string | undefined
  /** undefined where everyone is served */
  readonly side: Side | undefined
  readonly customer: Customer
  readonly profile: Profile
  readonly session: Session
  readonly language: Language
  readonly t: Texts
  readonly now: Date
  /** Tells the person at once that the answer takes a moment. */
  wait(text: string): void
}

/** One screen to be shown. */
export interface Show {
  readonly screen: Screen
  /** `edit` replaces the screen whose button was pressed, where there is one; `new` is a new message */
  readonly place: 'edit' | 'new'
  /** remembers the message under this subject (`order:K7MQ4XD2:card`), so that it can be changed later */
  readonly subject?: string
}

/** What a handler wants done. */
export interface Reply {
  readonly show?: readonly Show[]
  readonly toast?: Toast
  /** then do this, as if the person had pressed or said it now */
  readonly again?: Again
  /** delete the message that was handled: it held keys */
  readonly deleteIncoming?: boolean
  /** delete the messages remembered under these subjects */
  readonly retract?: readonly string[]
}

/** Shows one screen in place. */
export const show = (screen: Screen, extra: Omit<Reply, 'show'> = {}): Reply => ({
  show: [{ screen, place: 'edit' }],
  ...extra,
})

/** Answers with a short text over the chat, and changes nothing else. */
export const toast = (text: string, alert = false): Reply => ({ toast: { text, alert } })

export type CommandHandler = (context: Context, argument: string) => Promise<Reply>
export type ActionHandler = (context: Context, args: readonly string[]) => Promise<Reply>
export type QuestionHandler = (context: Context, text: string, args: readonly string[]) => Promise<Reply>
/** A file or a picture, with a command as its caption. */
export type FileHandler = (context: Context, argument: string) => Promise<Reply>

/** The person's own phone number, or undefined when they shared another's, in answer to a question. */
export type ContactHandler = (context: Context, phone: string | undefined, args: readonly string[]) => Promise<Reply>

/** What one part of the conversation answers to. `staff` parts answer a stranger as if they did not exist. */
export interface Routes {
  readonly commands?: Readonly<Record<string, CommandHandler>>
  readonly actions?: Readonly<Record<string, ActionHandler>>
  readonly questions?: Readonly<Record<string, QuestionHandler>>
  /** questions that a shared phone number answers */
  readonly contacts?: Readonly<Record<string, ContactHandler>>
  /** commands that a file may carry as its caption */
  readonly files?: Readonly<Record<string, FileHandler>>
  /** links that lead into the chat, which come as `/start name_rest`; the rest is the argument */
  readonly links?: Readonly<Record<string, CommandHandler>>
}
