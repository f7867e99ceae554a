import type { Capabilities, Screen } from './screen.ts'

/** Who acts in a chat, as the platform knows them. `id` is unique within the channel. */
export interface Person {
  readonly id: string
  readonly name?: string
  /** an IETF language tag as the client sent it */
  readonly language?: string
}

/** A file or picture that came with a message. `load` fetches it when it is wanted, never before it is authorised. */
export interface Attachment {
  readonly name: string
  readonly mime: string
  /** bytes, when the platform says so beforehand */
  readonly size?: number
  /** @throws KeytillError `chat.file_too_large` when the platform will not hand it over or it exceeds `limit` bytes */
  load(limit: number): Promise<Buffer>
}

export type Content =
  /** with the `stamp` of a menu's line when that was tapped (see menu.ts); the text is then its number */
  | { readonly kind: 'text'; readonly text: string; readonly stamp?: number }
  /** a pressed button; `messageId` is the message it stands under */
  | { readonly kind: 'press'; readonly action: string; readonly messageId?: string }
  /** a person's own phone number, as the platform vouches for it; without one they shared another's */
  | { readonly kind: 'contact'; readonly phone?: string }
  | { readonly kind: 'file'; readonly caption: string; readonly file: Attachment }
  | { readonly kind: 'picture'; readonly caption: string; readonly picture: Attachment }

/** Something a person did in a chat. Handling the same event twice has the effect of handling it once. */
export interface ChatEvent {
  /** unique within the channel: what makes a second delivery known for one */
  readonly id: string
  readonly chat: string
  /** false in groups and channels: nothing private is ever shown there */
  readonly private: boolean
  readonly person: Person
  readonly at: Date
  /** the incoming message, when it can be named (to delete what held keys) */
  readonly messageId?: string
  readonly content: Content
  /** where it comes from, on channels that see it: an address, and what the browser is known again by */
  readonly origin?: { readonly ip?: string; readonly device?: string }
}

/** A short answer shown over the chat when a button was pressed (a message where the channel has no such thing). */
export interface Toast {
  readonly text: string
  readonly alert?: boolean
}

/** Keys go ahead of everything else when a platform limits how much may be sent. */
export type Priority = 'key' | 'reply' | 'notice' | 'marketing'

/** One of two channels that share the people of a platform: one is the buyers', the other the staff's. */
export interface Side {
  readonly serves: 'buyers' | 'staff'
  /** Where the others are served, and what they are to be shown there (see `links` in context.ts); undefined while it is not known. */
  other(link?: string): string | undefined
}

/**
 * A chat platform. It shows what it is given as it is given: the presenter has already replaced what its capabilities
 * lack. Each call resolves when the platform has accepted the message, waiting out the platform's limits.
 */
export interface Channel {
  readonly name: string
  readonly capabilities: Capabilities
  /** absent where everyone is served */
  readonly side?: Side

  /**
   * Sends a new message and returns its id. @throws KeytillError `chat.unreachable` when the person has blocked or left the chat,
   * `chat.window_closed` when the platform takes nothing more before they write again: see {@link perWord}
   */
  send(chat: string, screen: Screen, priority: Priority): Promise<string>

  /** Replaces a message in place, or deletes it and sends anew where the platform cannot; returns the id it has now. */
  edit(chat: string, messageId: string, screen: Screen, priority: Priority): Promise<string>

  /** Deletes a message; false when the platform would not. */
  remove(chat: string, messageId: string): Promise<boolean>

  /** An address that opens a chat with the shop and hands it this payload, where the channel has such; undefined while it is unknown. */
  deepLink?(payload: string): string | undefined
  /** How far apart messages that nobody waits for are to be, in ms, where the channel does not see to it by itself. */
  readonly marketingPause?: number

  /**
   * How many messages it takes into a private chat after each word of its person, where there is such a limit. What comes after
   * that, or too long after it, ends in `chat.window_closed`, and waits for their next word.
   */
  readonly perWord?: number

  /** Tells somebody outside the chat that something waits there for their word, where the platform can. Never fails. */
  remind?(chat: string): Promise<void>

  /** How long a reply given now would wait for the platform's limits, in ms, about; absent where there are none. */
  backlog?(): number

  /** Answers a pressed button, exactly once per press; a no-op for other events. */
  acknowledge(event: ChatEvent, toast?: Toast): Promise<void>
}

/** What a platform told us, before anything is made of it. `payload` is JSON; it is kept sealed until it is handled. */
export interface Incoming {
  /** unique within the channel */
  readonly externalId: string
  /** events of one chat are handled one after the other, in the order they came */
  readonly chat: string
  readonly payload: unknown
}

/**
 * How a channel hands in what it hears. Resolves once every item is committed: only then may the platform be told that
 * they arrived. A repeated `externalId` is taken for the event it repeats.
 */
export type Accept = (items: readonly Incoming[]) => Promise<void>

/** Makes an event of a committed payload; undefined when there is nothing in it for the dialogue. */
export type Decode = (payload: unknown) => ChatEvent | undefined
