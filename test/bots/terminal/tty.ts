import { PassThrough, Writable } from 'node:stream'
import { columns, graphemes } from '../../../bots/terminal/width.ts'

const ESC = '\u001B'
const PARTS = new RegExp(`(${ESC}\\[[?\\d;]*[A-Za-z]|\r|\n)`)

/** What a person sees who sits at a terminal: just enough of one to follow node:readline. */
export function fakeTerminal(width: number) {
  let rows: string[][] = [[]]
  let row = 0
  let column = 0
  const modes: string[] = []
  const waiting: (() => void)[] = []

  const put = (grapheme: string) => {
    const wide = columns(grapheme)
    if (column + wide > width) newLine()
    const line = rows[row] ?? []
    while (line.length < column) line.push(' ')
    line[column] = grapheme
    if (wide === 2) line[column + 1] = ''
    column += wide
  }
  const newLine = () => {
    row++
    column = 0
    while (rows.length <= row) rows.push([])
  }
  const control = (sequence: string) => {
    const [count, letter] = [sequence.slice(2, -1), sequence.at(-1)]
    const n = Number(count || 1)
    if (letter === 'A') row = Math.max(0, row - n)
    else if (letter === 'B') row = Math.min(rows.length - 1, row + n)
    else if (letter === 'C') column += n
    else if (letter === 'D') column = Math.max(0, column - n)
    else if (letter === 'G') column = n - 1
    else if (letter === 'J') {
      rows = rows.slice(0, row + 1)
      rows[row] = (rows[row] ?? []).slice(0, column)
    } else if (letter === 'K') rows[row] = (rows[row] ?? []).slice(0, column)
    else if (letter === 'h' || letter === 'l') modes.push(`${count}${letter}`)
    else if (letter !== 'm') throw new Error(`unknown sequence ${JSON.stringify(sequence)}`)
  }

  const output = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        for (const part of chunk.toString().split(PARTS)) {
          if (part === '\r') column = 0
          else if (part === '\n') newLine()
          else if (part.startsWith(ESC)) control(part)
          else for (const grapheme of graphemes(part)) put(grapheme)
        }
        for (const look of waiting.splice(0)) look()
        done()
      },
    }),
    { isTTY: true, columns: width },
  )
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    raw: [] as boolean[],
    setRawMode(mode: boolean) {
      this.raw.push(mode)
    },
  })
  const screen = () => rows.map((line) => line.join('').trimEnd()).join('\n')

  return {
    input,
    output,
    /** the private modes that were switched on (h) and off (l), in order */
    modes,
    /** everything that stands there, line by line */
    screen,
    cursor: () => ({ row, column }),
    type: (keys: string) => void input.write(keys),
    /** Resolves once the screen matches; fails the test by its time limit, showing nothing. */
    async until(what: RegExp): Promise<void> {
      while (!what.test(screen())) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
