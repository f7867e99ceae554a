import { mask } from '../vault/masking.ts'
import type { KeyPlaintext } from '../vault/sealing.ts'

/** Nothing shorter is a secret by itself, and it may stand in any text. */
const SHORTEST = 4

/** The words of a text that may be codes: between blanks, and as people set them off. */
export function wordsOf(text: string): string[] {
  const words = text.split(/----|[\s,;:|"'<>()，。；：、“”‘’（）《》]+/)
  return [...new Set([text.trim(), ...words])].filter((word) => word.length >= SHORTEST)
}

/** A text as staff may read it: each of these keys, and each password, masked wherever it is quoted (R2). */
export function concealed(text: string, keys: readonly KeyPlaintext[]): string {
  return keys
    .flatMap(({ code, password }) => (password === undefined ? [code] : [code, password]))
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .reduce((said, secret) => said.replaceAll(secret, () => mask(secret)), text)
}
