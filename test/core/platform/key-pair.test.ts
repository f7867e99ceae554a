import { createPrivateKey, createPublicKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { generateRawKeyPair } from '../../../core/platform/key-pair.ts'

it.each([
  ['x25519', 'X25519'],
  ['ed25519', 'Ed25519'],
] as const)('makes two halves of one %s key, another each time', (curve, crv) => {
  const pairs = Array.from({ length: 20 }, () => generateRawKeyPair(curve))
  for (const { x, d } of pairs) {
    const privateKey = createPrivateKey({ key: { kty: 'OKP', crv, d, x }, format: 'jwk' })
    // Computed from the private half.
    expect(createPublicKey(privateKey).export({ format: 'jwk' }).x).toBe(x)
  }
  expect(new Set(pairs.map(({ d }) => d)).size).toBe(pairs.length)
})
