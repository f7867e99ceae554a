import { randomInt, randomUUID } from 'node:crypto'
import type { Picture } from '../screen.ts'
import { type Grey, greyPng } from './png.ts'

/** Each symbol in seven rows of five dots. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '01110 10001 10001 11111 10001 10001 10001',
  C: '01111 10000 10000 10000 10000 10000 01111',
  D: '11110 10001 10001 10001 10001 10001 11110',
  E: '11111 10000 10000 11110 10000 10000 11111',
  F: '11111 10000 10000 11110 10000 10000 10000',
  H: '10001 10001 10001 11111 10001 10001 10001',
  J: '00111 00010 00010 00010 00010 10010 01100',
  K: '10001 10010 10100 11000 10100 10010 10001',
  L: '10000 10000 10000 10000 10000 10000 11111',
  M: '10001 11011 10101 10101 10001 10001 10001',
  N: '10001 11001 11001 10101 10011 10011 10001',
  P: '11110 10001 10001 11110 10000 10000 10000',
  R: '11110 10001 10001 11110 10100 10010 10001',
  T: '11111 00100 00100 00100 00100 00100 00100',
  U: '10001 10001 10001 10001 10001 10001 01110',
  V: '10001 10001 10001 10001 01010 01010 00100',
  W: '10001 10001 10001 10101 10101 11011 10001',
  X: '10001 01010 01010 00100 01010 01010 10001',
  Y: '10001 10001 01010 00100 00100 00100 00100',
  3: '11110 00001 00001 01110 00001 00001 11110',
  4: '00010 00110 01010 10010 11111 00010 00010',
  6: '01110 10000 10000 11110 10001 10001 01110',
  7: '11111 00001 00010 00100 01000 01000 01000',
  9: '01110 10001 10001 01111 00001 00001 01110',
}
const COLUMNS = 5
const ROWS = 7

/** A number from 0 up to 1: chance, which a test may hold in its hands. */
type Chance = () => number
const chance: Chance = () => randomInt(2 ** 32) / 2 ** 32

/** Pixels of a dot, of the room a symbol has, and of the whole picture. */
const DOT = 8
const CELL = 62
const MARGIN = 20
const HEIGHT = 100
/** Strokes across the symbols, and specks around them. */
const STROKES = 4
const SPECKS = 260

/** Whether a symbol has a dot there. */
function dot(symbol: string, column: number, row: number): boolean {
  const rows = GLYPHS[symbol]?.split(' ')
  return rows?.[row]?.[column] === '1'
}

/** Symbols as a picture that a person reads and a program does not easily: each turned, slanted and moved, in waves, among strokes. */
export function captchaPicture(symbols: string, random: Chance = chance): Extract<Picture, { bytes: Uint8Array }> {
  return {
    id: randomUUID(),
    mime: 'image/png',
    bytes: greyPng(rastered(symbols, random)),
    drawn: drawnInCharacters(symbols, random),
  }
}

const between = (random: Chance, from: number, to: number) => from + random() * (to - from)

function rastered(symbols: string, random: Chance): Grey {
  const width = symbols.length * CELL + 2 * MARGIN
  const pixels = new Uint8Array(width * HEIGHT).fill(245)
  const put = (x: number, y: number, shade: number) => {
    const [column, row] = [Math.round(x), Math.round(y)]
    if (column >= 0 && column < width && row >= 0 && row < HEIGHT) pixels[row * width + column] = shade
  }
  for (let n = 0; n < SPECKS; n++) put(random() * width, random() * HEIGHT, between(random, 60, 200))
  const wave = { height: between(random, 2, 5), length: between(random, 50, 90), phase: random() * 7 }
  for (const [place, symbol] of [...symbols].entries()) {
    const turn = between(random, -0.35, 0.35)
    const slant = between(random, -0.25, 0.25)
    const [sin, cos] = [Math.sin(turn), Math.cos(turn)]
    const shade = between(random, 20, 90)
    const centre = {
      x: MARGIN + (place + 0.5) * CELL + between(random, -5, 5),
      y: HEIGHT / 2 + between(random, -9, 9),
    }
    // In the picture's own pixels, so that nothing between them is left out.
    for (let dy = -CELL / 2; dy < CELL / 2; dy++)
      for (let dx = -CELL / 2; dx < CELL / 2; dx++) {
        const [across, down] = [dx * cos + dy * sin, dy * cos - dx * sin]
        const column = Math.floor((across + slant * down) / DOT + COLUMNS / 2)
        const row = Math.floor(down / DOT + ROWS / 2)
        if (!dot(symbol, column, row)) continue
        const x = centre.x + dx
        put(x, centre.y + dy + wave.height * Math.sin(x / wave.length + wave.phase), shade)
      }
  }
  for (let n = 0; n < STROKES; n++) stroke(put, width, random)
  return { width, height: HEIGHT, pixels }
}

/** A curved line from one side to the other, as dark as the symbols are. */
function stroke(put: (x: number, y: number, shade: number) => void, width: number, random: Chance): void {
  const [from, to, bend] = [random() * HEIGHT, random() * HEIGHT, between(random, -30, 30)]
  const shade = between(random, 40, 110)
  for (let x = 0; x < width; x++) {
    const share = x / width
    const y = from + (to - from) * share + bend * Math.sin(share * Math.PI)
    put(x, y, shade)
    put(x, y + 1, shade)
  }
}

/** Specks of a drawing in characters: so many of a hundred blanks are no blanks. */
const BLOTS = 3

/** The same for where there are no pictures: two characters a dot, each row of a symbol pushed a little, with specks. */
function drawnInCharacters(symbols: string, random: Chance): string {
  const drawn = Array.from({ length: ROWS + 2 }, () => '')
  for (const symbol of symbols) {
    const drop = Math.floor(random() * 3)
    const lean = between(random, -0.3, 0.3)
    for (const [row, before] of drawn.entries()) {
      const push = Math.round(1.5 + lean * (row - ROWS / 2))
      let line = ''
      for (let column = 0; column < COLUMNS + 3; column++) {
        const isInk = dot(symbol, column - push, row - drop)
        line += isInk ? '██' : random() * 100 < BLOTS ? '░░' : '  '
      }
      drawn[row] = before + line
    }
  }
  return drawn.map((line) => line.trimEnd()).join('\n')
}
