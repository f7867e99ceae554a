/**
 * The digits of a phone number with its country code (E.164, without the plus), as a person types it: `+44 20 7946 0958`,
 * `0044…`, or a Chinese mobile number without its 86. Undefined when it cannot be one.
 */
export function parsePhone(typed: string): string | undefined {
  const plain = typed.normalize('NFKC').replace(/[\s().\-‐‑–—]/g, '')
  if (/^1[3-9]\d{9}$/.test(plain)) return `86${plain}`
  const [, digits] = /^(?:\+|00)([1-9]\d{6,14})$/.exec(plain) ?? []
  return digits
}

/** As much of a number as may be shown: country and the last two digits. */
export const maskedPhone = (digits: string): string => `+${digits.slice(0, 2)}****${digits.slice(-2)}`
