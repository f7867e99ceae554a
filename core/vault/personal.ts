import { createHmac } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import type { SealingKeyring } from './keyring.ts'

/** What people can be known again by, and is kept only as a hash. */
export type Personal = 'phone' | 'ip' | 'device'

/**
 * 32 bytes by which a phone number, an address or a browser is known again: HMAC-SHA-256 under a key made of the keyring's
 * fingerprint key, so that nobody without the keyring can try the few numbers there are against the database.
 */
export function personalHash(keyring: SealingKeyring, kind: Personal, value: string): Buffer {
  const key = createHmac('sha256', keyring.fingerprintKey).update('keytill personal v1').digest()
  return createHmac('sha256', key)
    .update(`${kind}:${SAME[kind](value)}`)
    .digest()
}

/** What is written in several ways and is the same. */
const SAME: Readonly<Record<Personal, (value: string) => string>> = {
  phone: (number) => number.normalize('NFKC').replace(/\D/g, ''),
  ip: networkOf,
  device: (device) => device,
}

/** An IPv4 address as it is; of an IPv6 address the network, because one household has 2^64 of them to change between. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (isIPv4(plain) || !isIPv6(plain)) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
