import { after, minutes } from '../platform/clock.ts'
import { mask } from '../vault/masking.ts'
import type { KeyPlaintext } from '../vault/sealing.ts'
import type { LinkRecord, LinkState } from './model.ts'

/** How long the browser that opened a link may look again, in ms: an answer can get lost on its way to a phone. */
export const LOOK_AGAIN = minutes(10)

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

/** How a one-time link stands. That it was opened goes before everything that happened to it later. */
export function linkState({ openedAt, revokedAt, expiresAt }: LinkRecord, now: Date): LinkState {
  if (openedAt) return 'opened'
  if (revokedAt) return 'revoked'
  return now < expiresAt ? 'unopened' : 'expired'
}

/** Until when the holder of this hash may see again what the link showed them; undefined when they may not. */
export function lookAgainUntil(link: LinkRecord, viewer: Buffer | undefined, now: Date): Date | undefined {
  const { openedAt, openedBy, revokedAt } = link
  if (!openedAt || revokedAt || !viewer || !openedBy?.equals(viewer)) return undefined
  const until = after(openedAt, LOOK_AGAIN)
  return now < until ? until : undefined
}
