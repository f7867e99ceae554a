import type { Toast } from '../dialogue/channel.ts'
import type { Button, RichText } from '../dialogue/screen.ts'

/** Bytes that travel inside the message, in base64. */
export interface Inline {
  readonly mime: string
  readonly data: string
}

/** A message as the page is told of it. */
export interface WireMessage {
  readonly id: string
  /** grows with every change of the message: a page that has this one need not draw it again */
  readonly rev: number
  readonly from: 'shop' | 'me'
  readonly at: string
  readonly text: RichText
  readonly buttons?: readonly (readonly Button[])[]
  readonly picture?: { readonly src: string } | Inline
  readonly file?: WireFile
  /** it held a key, which is no longer here; the page says so in its own words */
  readonly gone?: true
}

/** `id` is what to fetch it by, `data` is it; a person's own file has neither. */
export interface WireFile {
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly id?: string
  readonly data?: string
}

/** What the stream tells a page, by the name of the event. */
export interface Pushed {
  /** all there is; `epoch` names the memory it comes from, which a restart replaces */
  transcript: { name?: string; epoch: string; messages: readonly WireMessage[]; typing: boolean }
  /** nothing has happened since the event the page named */
  resumed: { typing: boolean }
  /** a new message, or another form of one the page has */
  message: WireMessage
  removed: { id: string }
  typing: { typing: boolean }
  /** the press with this id has been answered */
  acknowledged: { id: string; toast?: Toast }
}
