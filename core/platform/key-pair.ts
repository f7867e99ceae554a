import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'

/** The halves of a key pair of RFC 8037, base64url: `x` is public, `d` a secret. */
export interface RawKeyPair {
  readonly x: string
  readonly d: string
}

/** Both halves of each as JWK, which node does and its types do not know. */
const AS_JWK = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } } as const
const generate = generateKeyPairSync as unknown as (
  curve: 'x25519' | 'ed25519',
  encoding: typeof AS_JWK,
) => { readonly privateKey: JsonWebKey }

/**
 * A fresh key pair from the system's random source. Never generate key objects and export those: an export holds the lock of its
 * key while it allocates, and when that makes node collect the job that generated the key, the job's end waits for the same lock
 * and the process stands still for good (seen on node 20).
 */
export function generateRawKeyPair(curve: 'x25519' | 'ed25519'): RawKeyPair {
  const { x = '', d = '' } = generate(curve, AS_JWK).privateKey
  return { x, d }
}
