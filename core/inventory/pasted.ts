/**
 * A chat cuts a long paste into messages: at 4,096 characters in Telegram, where most clients look for the end of a line
 * and some do not. A command before the keys takes some of that, and white space at either end is lost.
 */
const FULL = 4000

/**
 * Joins what was cut within a line; every other part stays by itself, and begins a line. A cut is seen by what stands at
 * it, never by the length of a part alone: neither half of the line is a key and the whole is one; or neither looks like
 * the lines around it and the whole does, for without a pattern half a code is a code too.
 */
export function joinPasted(parts: readonly string[], isKey: (line: string) => boolean): string[] {
  const joined: string[] = []
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1]
    if (before !== undefined && isCut(before, part, isKey)) joined.push(joined.pop() + part)
    else joined.push(part)
  }
  return joined
}

function isCut(before: string, after: string, isKey: (line: string) => boolean): boolean {
  if (before.length < FULL) return false
  const above = before.split(/\r\n|\n|\r/)
  const below = after.split(/\r\n|\n|\r/)
  const [end = '', start = ''] = [above.pop(), below.shift()]
  // The lines at the far ends may have been cut themselves.
  const shapes = new Set([...above.slice(1), ...below.slice(0, -1)].map(shapeOf))
  const isWhole = [isKey, (line: string) => shapes.has(shapeOf(line))]
  return isWhole.some((is) => is(end + start) && !is(end) && !is(start))
}

/** A line with every letter and digit the same: codes of one kind differ in nothing else. */
const shapeOf = (line: string): string => line.trim().replace(/[\p{L}\p{N}]/gu, 'X')
