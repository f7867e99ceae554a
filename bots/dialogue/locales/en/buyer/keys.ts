import type { keys as Zh } from '../../zh/buyer/keys.ts'

export const keys: typeof Zh = {
  maskedTitle: 'Keys (masked)',
  moreKeys: (more) => `… and ${more} more`,
  withheld: (keys) =>
    keys === 1
      ? 'One of your keys has been disabled and cannot be shown. Please contact support.'
      : `${keys} of your keys have been disabled and cannot be shown. Please contact support.`,
  reveal: '👁 Show keys',
  revealAgain: '👁 Show keys again',
  keysTitle: 'Your keys',
  keyNumber: 'Number',
  keyPassword: 'Password',
  copyKey: (n, count) => (count > 1 ? `Copy key ${n}` : 'Copy the key'),
  copyNumber: (n, count) => (count > 1 ? `Copy number ${n}` : 'Copy the number'),
  copyPassword: (n, count) => (count > 1 ? `Copy password ${n}` : 'Copy the password'),
  keepSafe: 'Do not forward them: whoever has a key can use it.',
  asFile: (count) => `${count} keys, in the file. Do not forward it.`,
  asMessages: (count) => `${count} keys, below. Do not forward them.`,
  hideKeys: 'Hide keys',
  hideYourself: 'What was shown cannot be taken back here: delete it yourself.',
  qrCaption: (no, n, count) => (count > 1 ? `Order ${no} · key ${n} of ${count}` : `Order ${no} · QR code`),
  noKeys: 'This order has no keys to show.',
}
