import { type Menu, type PrintedMenu, printMenu } from './menu.ts'
import type { Button, Capabilities, FileContent, RichText, Screen, Span } from './screen.ts'
import { code, plain } from './screen.ts'

/** What a channel is handed for one screen: one or more messages, the last of which carries the buttons or the menu. */
export interface Presentation {
  readonly messages: readonly Screen[]
  /** the numbered menu that was printed, to be kept in the session; absent on channels with buttons */
  readonly menu?: Menu
}

/**
 * Replaces what a channel cannot show by what it can, so that a person can do the same things everywhere. `print` makes
 * the numbered menu where there are no buttons.
 */
export function present(
  screen: Screen,
  can: Capabilities,
  print: (buttons: readonly Button[]) => PrintedMenu,
): Presentation {
  const buttons = (screen.buttons ?? [])
    .map((row) => row.filter((b) => can.copy || !('copy' in b)))
    .filter((row) => row.length > 0)
  const measure = can.textBytes === undefined ? characters(can.textLength) : utf8(can.textBytes)
  const texts = split(degradeText(screen, can), measure)
  let menu: Menu | undefined
  let options: PrintedMenu['options'] = []
  if (!can.buttons && buttons.length > 0) {
    const printed = print(buttons.flat())
    menu = printed.menu
    const last = texts.at(-1) ?? []
    const above = plain(last)
    const fits = measure.of(`${above}\n\n${printed.text}`) <= measure.limit
    // Lines that can be tapped stand under something; the channel may still have to print them.
    if (can.tappable && fits && above !== '') options = printed.options
    const under = options.length > 0 ? printed.links.join('\n') : printed.text
    // In place of nothing, a menu stands alone.
    if (!fits) texts.splice(above === '' ? -1 : texts.length, 1, ...split([under], measure))
    else if (under !== '') texts[texts.length - 1] = above === '' ? [under] : [...last, '\n\n', under]
  }
  const { picture, secret, protect } = screen
  const marks = { ...(secret ? { secret } : {}), ...(protect ? { protect } : {}) }
  const isApart = picture !== undefined && can.pictures && can.picturesApart === true
  const messages = texts.map((text, index): Screen => {
    const first = index === 0
    const final = index === texts.length - 1
    return {
      text,
      ...(first && picture && can.pictures && !isApart ? { picture } : {}),
      ...(final && can.buttons && buttons.length > 0 ? { buttons } : {}),
      ...(final && options.length > 0 ? { options } : {}),
      ...(final && screen.file && can.files ? { file: screen.file } : {}),
      ...(final && screen.invoice && can.invoice ? { invoice: screen.invoice } : {}),
      ...(final && screen.keyboard && can.contact ? { keyboard: screen.keyboard } : {}),
      ...marks,
    }
  })
  if (isApart) {
    const isAlone = plain(texts.flat()) === '' && buttons.length === 0 && !screen.file
    messages.splice(0, isAlone ? messages.length : 0, { text: [], picture, ...marks })
  }
  return menu ? { messages, menu } : { messages }
}

/** Two digits each: no menu that is printed is longer. */
const widest = (buttons: readonly Button[]): PrintedMenu =>
  printMenu(buttons, 0, { options: [{ number: 10, action: '', expiresAt: 0 }] }, false)

/**
 * A screen in parts that can be shown at different times: each is one message as it stands but the last, which is presented when
 * it is shown, so that its numbers are those of that moment. A menu that does not fit under the text is a part of its own.
 */
export function partsOf(screen: Screen, can: Capabilities): readonly Screen[] {
  const parts = present(screen, { ...can, buttons: true }, widest).messages
  const last = parts.at(-1)
  if (!last?.buttons || plain(last.text) === '' || sizeOf([last], can) === 1) return parts
  const { buttons, ...above } = last
  return [...parts.slice(0, -1), above, { text: [], buttons, ...(last.secret ? { secret: true } : {}) }]
}

/** How many messages parts come to, at most. */
export const sizeOf = (parts: readonly Screen[], can: Capabilities): number =>
  parts.reduce((sum, part) => sum + present(part, can, widest).messages.length, 0)

function degradeText(screen: Screen, can: Capabilities): RichText {
  const text: Span[] = screen.text.map((span) => {
    if (typeof span === 'string' || !('style' in span)) return span
    return span.style === 'spoiler' && !can.spoiler ? { text: span.text, style: 'code' } : span
  })
  // As code: the lines of a drawing are never wrapped.
  const drawn = screen.picture && 'drawn' in screen.picture ? screen.picture.drawn : undefined
  if (drawn !== undefined && !can.pictures) text.push('\n', code(drawn))
  if (screen.file && !can.files) text.push('\n\n', fileText(screen.file))
  return text
}

const fileText = (file: FileContent): string =>
  Buffer.from(file.bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')

/** How a platform counts the length of a text. */
interface Measure {
  readonly limit: number
  of(text: string): number
  /** how many UTF-16 units of a longer text fit into `room` */
  fitting(text: string, room: number): number
}

const characters = (limit: number): Measure => ({
  limit,
  of: (text) => text.length,
  fitting: (_text, room) => room,
})

const utf8 = (limit: number): Measure => ({
  limit,
  of: (text) => Buffer.byteLength(text),
  fitting(text, room) {
    let units = 0
    let bytes = 0
    for (const character of text) {
      bytes += Buffer.byteLength(character)
      if (bytes > room) break
      units += character.length
    }
    return units
  },
})

/** Cuts a text into messages of at most the limit, at line ends where there are any: nothing is ever left out. */
function split(text: RichText, { limit, of, fitting }: Measure): Span[][] {
  const parts: Span[][] = [[]]
  let room = limit
  const put = (span: Span, value: string) => {
    parts.at(-1)?.push(typeof span === 'string' ? value : { ...span, text: value })
    room -= of(value)
  }
  for (const span of text) {
    let rest = typeof span === 'string' ? span : span.text
    while (of(rest) > room) {
      const most = fitting(rest, room)
      const line = rest.lastIndexOf('\n', most)
      let cut = line > 0 ? line : room === limit ? most : 0
      // a pair of surrogates stays together
      if (cut > 0 && /[\uD800-\uDBFF]/.test(rest.charAt(cut - 1))) cut--
      if (cut > 0) put(span, rest.slice(0, cut))
      rest = rest.slice(line > 0 ? cut + 1 : cut)
      parts.push([])
      room = limit
    }
    if (rest) put(span, rest)
  }
  return parts.filter((part, index) => part.length > 0 || index === 0)
}
