import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const AT_ONCE = 1000

/** Writes a file of so many keys, each another: four groups of four signs, and what it cost. */
export async function writeKeys(path: string, count: number): Promise<void> {
  function* blocks() {
    yield 'key,cost\n'
    for (let left = count; left > 0; left -= AT_ONCE) {
      yield Array.from({ length: Math.min(left, AT_ONCE) }, () => `${code()},4.50\n`).join('')
    }
  }
  await pipeline(Readable.from(blocks()), createWriteStream(path, { mode: 0o600 }))
}

function code(): string {
  const symbols = Array.from(randomBytes(16), (byte) => ALPHABET[byte % ALPHABET.length])
  return [0, 4, 8, 12].map((start) => symbols.slice(start, start + 4).join('')).join('-')
}
