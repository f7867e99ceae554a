import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  open,
  privateKeyFromRaw,
  publicKeyFromRaw,
  rawPrivateKey,
  rawPublicKey,
  seal,
} from '../../../core/vault/hpke.ts'

/**
 * The vector of the official set behind RFC 9180 (github.com/cfrg/draft-irtf-cfrg-hpke, test-vectors.json at 5f503c5)
 * for mode_base, kem_id 0x0020, kdf_id 0x0001, aead_id 0x0002, first encryption. The RFC prints the other AEADs only.
 */
const VECTOR = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  skEm: hex('179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11'),
  pkRm: hex('430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c'),
  skRm: hex('497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d'),
  enc: hex('6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256'),
  aad: hex('436f756e742d30'),
  pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
  ct: hex('e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a'),
}

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })

describe('the vector of RFC 9180', () => {
  it('is sealed to the byte', () => {
    const privateKey = privateKeyFromRaw(VECTOR.skEm)
    const ephemeral = { privateKey, publicKey: publicKeyFromRaw(rawPublicKey(privateKey)) }
    const sealed = seal(publicKeyFromRaw(VECTOR.pkRm), VECTOR.info, VECTOR.aad, VECTOR.pt, ephemeral)
    expect(sealed.enc.toString('hex')).toBe(VECTOR.enc.toString('hex'))
    expect(sealed.ciphertext.toString('hex')).toBe(VECTOR.ct.toString('hex'))
  })

  it('opens', () => {
    const opened = open(privateKeyFromRaw(VECTOR.skRm), VECTOR.enc, VECTOR.info, VECTOR.aad, VECTOR.ct)
    expect(opened.toString('utf8')).toBe('Beauty is truth, truth beauty')
  })

  it.each(['enc', 'info', 'aad', 'ct'] as const)('does not open with one bit of %s changed', (part) => {
    const changed = { ...VECTOR, [part]: flipLastBit(VECTOR[part]) }
    expect(() => open(privateKeyFromRaw(VECTOR.skRm), changed.enc, changed.info, changed.aad, changed.ct)).toThrow(
      expect.objectContaining({ code: 'vault.open_failed' }),
    )
  })
})

describe('beside @hpke/core', () => {
  it('opens what the other seals', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(64), bytes(64), bytes(300), async (info, aad, plaintext) => {
        const pair = generateKeyPair()
        const recipientPublicKey = await suite.kem.deserializePublicKey(plain(rawPublicKey(pair.publicKey)))
        const sender = await suite.createSenderContext({ recipientPublicKey, info: plain(info) })
        const ciphertext = new Uint8Array(await sender.seal(plain(plaintext), plain(aad)))
        const opened = open(pair.privateKey, new Uint8Array(sender.enc), info, aad, ciphertext)
        expect(opened).toEqual(Buffer.from(plaintext))
      }),
      { numRuns: 25 },
    )
  })

  it('seals what the other opens', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(64), bytes(64), bytes(300), async (info, aad, plaintext) => {
        const pair = generateKeyPair()
        const recipientKey = await suite.kem.deserializePrivateKey(plain(rawPrivateKey(pair.privateKey)))
        const { enc, ciphertext } = seal(pair.publicKey, info, aad, plaintext)
        const recipient = await suite.createRecipientContext({ recipientKey, enc: plain(enc), info: plain(info) })
        const opened = await recipient.open(plain(ciphertext), plain(aad))
        expect(Buffer.from(opened)).toEqual(Buffer.from(plaintext))
      }),
      { numRuns: 25 },
    )
  })
})

describe('seal and open', () => {
  const none = Buffer.alloc(0)

  it('uses a fresh ephemeral key for every message', () => {
    const { publicKey } = generateKeyPair()
    const first = seal(publicKey, none, none, VECTOR.pt)
    const second = seal(publicKey, none, none, VECTOR.pt)
    expect(first.enc.equals(second.enc)).toBe(false)
    expect(first.ciphertext.equals(second.ciphertext)).toBe(false)
  })

  it('does not open for another key', () => {
    const { enc, ciphertext } = seal(generateKeyPair().publicKey, none, none, VECTOR.pt)
    expect(() => open(generateKeyPair().privateKey, enc, none, none, ciphertext)).toThrow(
      expect.objectContaining({ code: 'vault.open_failed' }),
    )
  })

  it('refuses a peer of low order, whose shared point everyone knows', () => {
    const { privateKey } = generateKeyPair()
    const zero = Buffer.alloc(32)
    expect(() => seal(publicKeyFromRaw(zero), none, none, VECTOR.pt)).toThrow(
      expect.objectContaining({ code: 'vault.key_malformed' }),
    )
    expect(() => open(privateKey, zero, none, none, VECTOR.ct)).toThrow(
      expect.objectContaining({ code: 'vault.open_failed' }),
    )
  })

  it.each([
    ['an enc of 31 bytes', VECTOR.enc.subarray(1), VECTOR.ct],
    ['a ciphertext shorter than its tag', VECTOR.enc, VECTOR.ct.subarray(0, 15)],
    ['nothing', none, none],
  ])('does not open %s', (_name, enc, ciphertext) => {
    expect(() => open(privateKeyFromRaw(VECTOR.skRm), enc, VECTOR.info, VECTOR.aad, ciphertext)).toThrow(
      expect.objectContaining({ code: 'vault.open_failed' }),
    )
  })
})

describe('raw keys', () => {
  it('come back as they went in', () => {
    expect(rawPrivateKey(privateKeyFromRaw(VECTOR.skRm))).toEqual(VECTOR.skRm)
    expect(rawPublicKey(publicKeyFromRaw(VECTOR.pkRm))).toEqual(VECTOR.pkRm)
    expect(rawPublicKey(privateKeyFromRaw(VECTOR.skRm))).toEqual(VECTOR.pkRm)
  })

  it.each([0, 31, 33])('of %i bytes are refused', (length) => {
    const raw = Buffer.alloc(length, 1)
    expect(() => publicKeyFromRaw(raw)).toThrow(expect.objectContaining({ code: 'vault.key_malformed' }))
    expect(() => privateKeyFromRaw(raw)).toThrow(expect.objectContaining({ code: 'vault.key_malformed' }))
  })
})

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function flipLastBit(value: Buffer): Buffer {
  const copy = Buffer.from(value)
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1)
  return copy
}

/** An ArrayBuffer of exactly these bytes: a Buffer may be a window into a larger one. */
function plain(value: Uint8Array): ArrayBuffer {
  return new Uint8Array(value).buffer
}
