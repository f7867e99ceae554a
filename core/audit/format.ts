import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { leafHash } from './merkle.ts'
import type { SealedEntry, SealHeader } from './model.ts'

/** Bytes of one entry in a seal's list of leaves: its id and the digest of the whole of it. */
export const LEAF = 40

/** Texts as netstrings (`5:hello,`, the length in bytes of UTF-8), so that no two lists of them give the same. */
function netstrings(fields: readonly string[]): string {
  let text = ''
  for (const field of fields) text += `${Buffer.byteLength(field)}:${field},`
  return text
}

/**
 * An entry as a leaf of its seal's tree: the id, so that even of a deleted entry it is known which it was, and SHA-256 of
 * all its columns.
 */
export function leafOf({ id, xact, at, actor, action, subject, data }: SealedEntry): Buffer {
  const leaf = Buffer.allocUnsafe(LEAF)
  leaf.writeBigInt64BE(BigInt(id))
  // As text, because a hash that comes as a buffer of its own costs as much again as the hashing.
  leaf.write(
    hash('sha256', netstrings(['keytill audit entry 1', id, xact, at, actor, action, subject, data])),
    8,
    'hex',
  )
  return leaf
}

/** The leaves of a seal's list, each as it was put in. */
export function leavesIn(list: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(list.length / LEAF) }, (_, i) => list.subarray(i * LEAF, (i + 1) * LEAF))
}

/** The id at the head of a leaf. */
export const idOf = (leaf: Buffer): string => String(leaf.readBigInt64BE())

/** What is signed. */
export function headerBytes(header: SealHeader): Buffer {
  const { number, epoch, after, low, high, last, size, root, previous, history, at, key } = header
  const fields = [number, epoch, after, low, high, last, size, root, previous, history, at, key]
  return Buffer.from(netstrings(['keytill audit seal 1', ...fields]))
}

/** The hash of a seal: its leaf in the tree of all seals, what the next seal names, and what is posted. */
export const sealHash = (header: SealHeader): Buffer => leafHash(headerBytes(header))

const keys = new Map<string, KeyObject>()

/** Whether the seal's own key signed it. Whose key that is remains to be seen. */
export function isSigned(header: SealHeader, signature: Uint8Array): boolean {
  try {
    return verify(null, headerBytes(header), keyOf(header.key), signature)
  } catch {
    // not a key at all
    return false
  }
}

function keyOf(hex: string): KeyObject {
  const known = keys.get(hex)
  if (known) return known
  const x = Buffer.from(hex, 'hex').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  keys.clear()
  keys.set(hex, key)
  return key
}
