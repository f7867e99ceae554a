import { Transform, type TransformCallback } from 'node:stream'

/** Asks a terminal to mark what is pasted, and to stop doing so. */
export const PASTE_ON = '\u001B[?2004h'
export const PASTE_OFF = '\u001B[?2004l'

const START = Buffer.from('\u001B[200~')
const END = Buffer.from('\u001B[201~')

/**
 * Passes keys through and takes pasted texts out between their marks: `replace` says what stands for one in the line. A
 * line editor would take each line of a paste for a message of its own.
 */
export class PasteFilter extends Transform {
  readonly #replace: (pasted: string) => string
  #held: Buffer = Buffer.alloc(0)
  #pasting = false

  constructor(replace: (pasted: string) => string) {
    super()
    this.#replace = replace
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    for (;;) {
      const mark = this.#pasting ? END : START
      const at = this.#held.indexOf(mark)
      if (at < 0) break
      this.#give(this.#held.subarray(0, at))
      this.#held = this.#held.subarray(at + mark.length)
      this.#pasting = !this.#pasting
    }
    if (!this.#pasting) {
      const keep = startedMark(this.#held)
      this.#give(this.#held.subarray(0, this.#held.length - keep))
      this.#held = this.#held.subarray(this.#held.length - keep)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#give(this.#held)
    done()
  }

  #give(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.push(this.#pasting ? this.#replace(bytes.toString('utf8')) : bytes)
  }
}

/** How many bytes at the end may be the beginning of a mark whose rest is still to come. */
function startedMark(bytes: Buffer): number {
  for (let length = Math.min(START.length - 1, bytes.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(START.subarray(0, length))) return length
  }
  return 0
}
