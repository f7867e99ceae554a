/** Where a secret came to light, never which: what a failing test prints is read by many. */
export interface Hit {
  /** its place in the list of secrets */
  readonly secret: number
  readonly form: string
  /** bytes from the start of what was searched */
  readonly at: number
}

export type Search = (haystack: Buffer) => Hit[]

/** So many bytes of a secret in a row are a leak. */
const WINDOW = 12

/** How text may be written down: as it is, in another case, or in an encoding. All forms of 12 ASCII bytes have 12 or more. */
const FORMS: Readonly<Record<string, (window: string) => string>> = {
  plain: (window) => window,
  'lower case': (window) => window.toLowerCase(),
  'upper case': (window) => window.toUpperCase(),
  hex: (window) => Buffer.from(window).toString('hex'),
  'upper hex': (window) => Buffer.from(window).toString('hex').toUpperCase(),
  // Every alignment is covered: of 12-byte windows that follow one another, each third begins where three bytes do.
  base64: (window) => Buffer.from(window).toString('base64'),
  base64url: (window) => Buffer.from(window).toString('base64url'),
  'UTF-16': (window) => Buffer.from(window, 'utf16le').toString('latin1'),
}

const BITS = 24
const slotOf = (four: number): number => Math.imul(four, 0x9e3779b1) >>> (32 - BITS)

/**
 * Makes a search that finds any 12 bytes in a row of any secret (ASCII, at least 14 bytes) in any form, in one pass: four bytes
 * at a time are looked up in a bitmap, and what passes it (about one in a hundred) in a map.
 */
export function searchFor(secrets: readonly string[]): Search {
  const needles = new Map<string, { readonly text: string; readonly secret: number; readonly form: string }[]>()
  const bitmap = new Uint8Array(2 ** (BITS - 3))
  for (const [secret, text] of secrets.entries()) {
    for (let start = 0; start + WINDOW <= text.length; start++) {
      const written = new Map<string, string>()
      for (const [form, write] of Object.entries(FORMS)) {
        const needle = write(text.slice(start, start + WINDOW))
        // A window of digits is the same in either case: the first name stands for all.
        if (!written.has(needle)) written.set(needle, form)
      }
      for (const [needle, form] of written) {
        const slot = slotOf(Buffer.from(needle, 'latin1').readInt32LE(0))
        bitmap[slot >>> 3] = (bitmap[slot >>> 3] ?? 0) | (1 << (slot & 7))
        const head = needle.slice(0, WINDOW)
        const same = needles.get(head)
        if (same) same.push({ text: needle, secret, form })
        else needles.set(head, [{ text: needle, secret, form }])
      }
    }
  }
  return (haystack) => {
    const hits: Hit[] = []
    let four = 0
    for (let end = 0; end < haystack.length; end++) {
      four = (four >>> 8) | ((haystack[end] ?? 0) << 24)
      const slot = slotOf(four)
      if (((bitmap[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) continue
      const at = end - 3
      if (at < 0) continue
      for (const { text, secret, form } of needles.get(haystack.toString('latin1', at, at + WINDOW)) ?? [])
        if (haystack.toString('latin1', at, at + text.length) === text) hits.push({ secret, form, at })
    }
    return hits
  }
}
