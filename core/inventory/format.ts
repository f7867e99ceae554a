import { KeytillError } from '../platform/errors.ts'
import type { KeyPlaintext } from '../vault/sealing.ts'

/** What a product's keys look like (SPEC F1): a code, a number with its password, a link, or the text of a QR code. */
export interface FormatRule {
  /** as kept with the product: `code`, `pair`, `link`, `qr`, `code:AAAA-9999`, `pair:9999999999` */
  readonly rule: string
  readonly kind: 'code' | 'pair' | 'link' | 'qr'
  fits(key: KeyPlaintext): boolean
}

/**
 * Reads a format rule. In a pattern `A` stands for a letter, `9` for a digit, `X` for either; anything else for itself.
 * @throws KeytillError `product.value` when it is not a rule
 */
export function formatRule(text: string): FormatRule {
  const [, kind, pattern] = /^(code|pair|link|qr)(?::(\S{1,64}))?$/.exec(text.trim()) ?? []
  if (!kind || ((kind === 'link' || kind === 'qr') && pattern))
    throw new KeytillError(
      'product.value',
      'code, pair, link, qr, or with a pattern: code:AAAA-9999 (A letter, 9 digit, X either)',
    )
  const shape = pattern === undefined ? undefined : new RegExp(`^${Array.from(pattern, symbol).join('')}$`)
  return {
    rule: text.trim(),
    kind: kind as FormatRule['kind'],
    fits(key) {
      if (kind === 'pair' && !key.password) return false
      if (kind === 'link') return isLink(key.code)
      // A comma in an unquoted text cuts it in two: better refused than sold as half a code.
      if (kind === 'qr') return !key.password
      return shape === undefined || shape.test(key.code)
    },
  }
}

/** Only these classes and escaped literals ever reach the expression: a pattern cannot make it slow. */
function symbol(character: string): string {
  if (character === 'A') return '[A-Za-z]'
  if (character === '9') return '[0-9]'
  if (character === 'X') return '[A-Za-z0-9]'
  return character.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function isLink(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol)
  } catch {
    return false
  }
}
