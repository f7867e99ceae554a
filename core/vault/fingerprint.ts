import { createHmac } from 'node:crypto'
import type { SealingKeyring } from './keyring.ts'
import type { KeyPlaintext } from './sealing.ts'

/**
 * 32 bytes by which the same key is recognised anywhere in the stock without opening anything: HMAC-SHA-256 under the
 * shop's fingerprint key, so that nobody without it can test guesses against the database.
 *
 * Only the code counts, not the password: a card number that turns up with two passwords is one card, and selling it
 * twice is what this prevents. Two texts are the same code when they differ in nothing but characters that cannot be
 * seen, compatibility forms (full width digits) and the amount of white space. Case and separators count: codes exist
 * that differ in nothing else, and refusing a good key is worse than the supplier who sends one twice in two cases.
 */
export function fingerprint(keyring: SealingKeyring, key: KeyPlaintext): Buffer {
  return createHmac('sha256', keyring.fingerprintKey).update(normalise(key.code)).digest()
}

function normalise(code: string): string {
  // Nearly every code is plain ASCII, which nothing below would change.
  if (/^[\x21-\x7e]*$/.test(code)) return code
  // The invisible go first: one that stands between a letter and its accent would keep NFKC from joining them.
  return code
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}
