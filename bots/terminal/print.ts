import type { RichText, Span, Style } from '../dialogue/screen.ts'
import { columns, graphemes } from './width.ts'

export interface Print {
  readonly colour: boolean
  /** columns of the terminal */
  readonly width: number
}

/** How a style looks with colours: `ESC[…m` before and after. A spoiler is in plain sight, a terminal cannot hide it. */
const LOOKS: Record<Style, readonly [number, number] | undefined> = {
  bold: [1, 22],
  italic: [2, 22],
  code: [1, 22],
  spoiler: undefined,
}

/**
 * A text as the terminal shows it, wrapped at its width. A word, an address or a code that is too long for a line is never
 * cut by us: it can be selected as one.
 */
export function printText(text: RichText, { colour, width }: Print): string {
  return linesOf(text.flatMap(cells))
    .flatMap((line) => wrap(line, width))
    .map((line) => paint(line, colour))
    .join('\n')
}

/** One character on its way to the screen. `solid`: no line may end before it. */
interface Cell {
  readonly text: string
  readonly columns: number
  readonly style?: Style
  readonly solid: boolean
}

function cells(span: Span): Cell[] {
  if (typeof span === 'string') return plainCells(span)
  if ('link' in span) return plainCells(span.link === span.text ? span.text : `${span.text}: ${span.link}`)
  const { style } = span
  return graphemes(harmless(span.text)).map((text, index) => ({
    text,
    columns: columns(text),
    style,
    solid: style === 'code' && index > 0,
  }))
}

const plainCells = (text: string): Cell[] =>
  graphemes(harmless(text)).map((g) => ({ text: g, columns: columns(g), solid: false }))

/** Without what would make the terminal do something: a text may come from a stranger. */
function harmless(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '  ')
    .replace(/[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
}

function linesOf(all: readonly Cell[]): Cell[][] {
  const lines: Cell[][] = [[]]
  for (const cell of all) {
    if (cell.text === '\n') lines.push([])
    else lines.at(-1)?.push(cell)
  }
  return lines
}

function wrap(line: readonly Cell[], width: number): Cell[][] {
  const lines: Cell[][] = []
  let start = 0
  let breakAt = 0
  let used = 0
  for (const [index, cell] of line.entries()) {
    const before = line[index - 1]
    if (before && mayBreak(before, cell)) breakAt = index
    used += cell.columns
    if (used <= width || cell.text === ' ' || breakAt <= start) continue
    lines.push(withoutEnd(line.slice(start, breakAt)))
    start = breakAt
    used = line.slice(start, index + 1).reduce((sum, c) => sum + c.columns, 0)
  }
  return [...lines, line.slice(start)]
}

const CLOSING = /^[\p{Pe}\p{Pf}、。，．：；！？,.:;!?%％～…]/u
const OPENING = /^[\p{Ps}\p{Pi}￥¥$]/u

/** Between words, and beside a wide character, but with no closing mark at the head of a line and no opening one at its end. */
function mayBreak(before: Cell, cell: Cell): boolean {
  if (cell.solid || cell.text === ' ') return false
  if (before.text === ' ') return true
  if (CLOSING.test(cell.text) || OPENING.test(before.text)) return false
  return before.columns === 2 || cell.columns === 2
}

function withoutEnd(line: readonly Cell[]): Cell[] {
  const last = line.findLastIndex((cell) => cell.text !== ' ')
  return line.slice(0, last + 1)
}

/** Each line with styles of its own, so that none runs on into what follows. */
function paint(line: readonly Cell[], colour: boolean): string {
  let text = ''
  let on: Style | undefined
  for (const cell of [...line, undefined]) {
    if (cell?.style !== on) {
      if (colour) text += sequence(on, 1) + sequence(cell?.style, 0)
      on = cell?.style
    }
    text += cell?.text ?? ''
  }
  return text
}

function sequence(style: Style | undefined, which: 0 | 1): string {
  const look = style && LOOKS[style]
  return look ? `\u001B[${look[which]}m` : ''
}
