import { type FileContent, type Invoice, type Picture, plain, type RichText, type Screen } from '../dialogue/screen.ts'
import { allCopied } from './keyboard.ts'
import { type Formatted, format } from './text.ts'

/** Most characters of the text under a picture or file. */
const MOST_CAPTION = 1024

interface Message {
  readonly text: Formatted
  /** absent under all but the last message of a screen */
  readonly buttons?: Screen['buttons']
  readonly protect: boolean
}

/** One message of Telegram's, as a screen needs it. */
export type Part =
  | (Message & { readonly kind: 'text'; readonly keyboard?: Screen['keyboard'] })
  | (Message & { readonly kind: 'photo'; readonly picture: Picture; readonly secret: boolean })
  | (Message & { readonly kind: 'document'; readonly file: FileContent })
  | (Message & { readonly kind: 'invoice'; readonly invoice: Invoice })

type Bare = Part extends infer P ? (P extends Part ? Omit<P, 'buttons' | 'protect'> : never) : never

/**
 * The messages a screen becomes: one wherever Telegram can hold everything in one. The buttons stand under the last. A file
 * is never protected, nobody could save it; nor is a text whose copy button Telegram would not take.
 */
export function partsOf(screen: Screen): readonly Part[] {
  const { picture, file, invoice } = screen
  const bare: Bare[] = []
  // An invoice shows its own title: the same text above it would only say it twice.
  const said = isBlank(screen.text) || plain(screen.text) === invoice?.title
  let rest: Formatted | undefined = said ? undefined : format(screen.text)
  const caption = (): Formatted => {
    if (!rest || rest.text.length > MOST_CAPTION) return NOTHING
    const text = rest
    rest = undefined
    return text
  }
  if (picture) bare.push({ kind: 'photo', picture, secret: screen.secret ?? false, text: caption() })
  const below = file ? caption() : NOTHING
  if (rest || (bare.length === 0 && !file && !invoice)) bare.push({ kind: 'text', text: rest ?? NOTHING })
  if (file) bare.push({ kind: 'document', file, text: below })
  if (invoice) bare.push({ kind: 'invoice', invoice, text: NOTHING })
  const protect = (screen.protect ?? false) && allCopied(screen.buttons)
  return bare.map((part, index) => ({
    ...part,
    protect: protect && part.kind !== 'document',
    ...(index === bare.length - 1 && screen.buttons ? { buttons: screen.buttons } : {}),
    ...(part.kind === 'text' && screen.keyboard ? { keyboard: screen.keyboard } : {}),
  }))
}

const NOTHING: Formatted = { text: '', entities: [] }

const isBlank = (text: RichText): boolean => plain(text).trim() === ''
