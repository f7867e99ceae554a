/**
 * What any channel can be asked to show. A screen never names a platform; a channel that cannot do something declares so
 * in its {@link Capabilities} and the presenter (present.ts) hands it a substitute with which a buyer can do the same.
 */

export type Style = 'bold' | 'italic' | 'code' | 'spoiler'

/** Plain text, or text with one style. Never markup: whatever a person typed is shown as typed, on every channel. */
export type Span =
  | string
  | { readonly text: string; readonly style: Style }
  | { readonly text: string; readonly link: string }
export type RichText = readonly Span[]

export type ButtonStyle = 'primary' | 'success' | 'danger'

/** A button does one thing: comes back as an action (see action.ts), copies a text, or opens an address. */
export type Button =
  | {
      readonly label: string
      readonly action: string
      readonly style?: ButtonStyle
      /** it leads back to where one came from: in a numbered menu it is 0 */
      readonly back?: true
    }
  | { readonly label: string; readonly copy: string }
  | { readonly label: string; readonly url: string }

export type Picture =
  | { readonly url: string }
  | {
      /** changes with the bytes, so that a channel may remember what it has already uploaded (never of a secret) */
      readonly id: string
      readonly mime: string
      readonly bytes: Uint8Array
      /** the same in characters, light on dark */
      readonly drawn?: string
    }

export interface FileContent {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

/** A payment inside the chat, where the channel has one (Telegram Stars). `amount` is in units of `currency`. */
export interface Invoice {
  readonly title: string
  readonly description: string
  /** the order number: what the payment will name */
  readonly payload: string
  readonly currency: 'XTR'
  readonly amount: number
  readonly label: string
}

/** A line of a numbered menu that can be tapped: what comes back is its number and its stamp (see menu.ts). */
export interface Option {
  readonly number: number
  readonly label: string
  readonly stamp: number
}

export interface Screen {
  readonly text: RichText
  readonly buttons?: readonly (readonly Button[])[]
  /** in place of buttons, only where menus are `tappable`; the same numbers can be typed */
  readonly options?: readonly Option[]
  readonly picture?: Picture
  readonly file?: FileContent
  readonly invoice?: Invoice
  /**
   * What stands in place of the person's keyboard from now on: a button with this label that shares their own phone number, or
   * `gone`, the usual one again. Such a screen has no buttons; only where the platform has `contact`.
   */
  readonly keyboard?: { readonly contact: string } | 'gone'
  /** holds a plaintext key, be it as a picture: no copy is kept once it is handed over, and nothing is ever logged */
  readonly secret?: boolean
  /** keep the channel from forwarding or saving it; only where a copy button stands beside the text */
  readonly protect?: boolean
}

/** What a channel can do. A false or absent ability is met with the substitute named beside it. */
export interface Capabilities {
  /** else: a numbered menu under the text, answered with exact digits */
  readonly buttons: boolean
  /** the lines of a numbered menu can be tapped; else: they are printed under the text, to be typed */
  readonly tappable?: boolean
  /** else: a new message */
  readonly edit: boolean
  /** else: the staff member is asked to delete the message that held keys */
  readonly delete: boolean
  /** else: the payment page or the sandbox payment */
  readonly invoice: boolean
  /** else: the text in plain sight */
  readonly spoiler: boolean
  /** else: nothing, the text is selected by hand */
  readonly copy: boolean
  /** else: the content in as many messages as it takes */
  readonly files: boolean
  /** else: the picture in characters where it was drawn so, or nothing */
  readonly pictures: boolean
  /** a picture is a message of its own, before its text; else: they are one */
  readonly picturesApart?: boolean
  /** a person can share their own phone number by a button; else: they read symbols in a picture */
  readonly contact: boolean
  /** most characters (UTF-16 units) of one message's text */
  readonly textLength: number
  /** most bytes of it in UTF-8, where the platform counts those: then they count in place of the characters */
  readonly textBytes?: number
}

/** A line of a numbered menu as it is printed. */
export const printedOption = ({ number, label }: Pick<Option, 'number' | 'label'>): string => `${number} ${label}`

/** The text without its styles. */
export function plain(text: RichText): string {
  return text.map((span) => (typeof span === 'string' ? span : span.text)).join('')
}

export const bold = (text: string): Span => ({ text, style: 'bold' })
export const code = (text: string): Span => ({ text, style: 'code' })
export const italic = (text: string): Span => ({ text, style: 'italic' })
export const spoiler = (text: string): Span => ({ text, style: 'spoiler' })
