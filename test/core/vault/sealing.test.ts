import { createCipheriv, createDecipheriv } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as hpke from '../../../core/vault/hpke.ts'
import { type Keyring, openKeyring } from '../../../core/vault/keyring.ts'
import {
  type BatchPlace,
  type BatchSealer,
  createBatchSealer,
  createKeyOpener,
  type KeyPlaintext,
  rewrapDataKey,
  type SealedBatch,
} from '../../../core/vault/sealing.ts'

// Counts unwrappings and keeps what they gave, to see that it is wiped; everything still runs for real.
vi.mock('../../../core/vault/hpke.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../../core/vault/hpke.ts')>()
  return { ...original, open: vi.fn(original.open) }
})

const folder = mkdtempSync(join(tmpdir(), 'keytill-sealing-'))
const keyring = openKeyring({ dataDir: folder, createIfMissing: true, now: () => 0 }).keyring
const place: BatchPlace = { productId: 7, batchId: 40 }
const zero = Buffer.alloc(32)

beforeEach(() => {
  vi.mocked(hpke.open).mockClear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function rowOf(sealer: BatchSealer, where: BatchPlace = place): SealedBatch {
  return { ...where, sealedDataKey: sealer.sealedDataKey, keyVersion: sealer.keyVersion }
}

function openOnce(batch: SealedBatch, ordinal: number, ciphertext: Uint8Array, using: Keyring = keyring): KeyPlaintext {
  return createKeyOpener(using, { now: () => 0 }).open(batch, ordinal, ciphertext)
}

function failure(code: string) {
  return expect.objectContaining({ code })
}

const openFailed = failure('vault.open_failed')

function unwrapped(index: number): Buffer {
  const result = vi.mocked(hpke.open).mock.results[index]
  if (result?.type !== 'return') throw new Error(`no unwrapping ${index}`)
  return result.value
}

describe('sealing a key', () => {
  const wellFormed = fc.string({ unit: 'grapheme', maxLength: 100 })

  it('gives it back as it was, whatever it holds', () => {
    const sealer = createBatchSealer(keyring, place)
    const opener = createKeyOpener(keyring, { now: () => 0 })
    let ordinal = 0
    fc.assert(
      fc.property(wellFormed, fc.option(wellFormed, { nil: undefined }), (code, password) => {
        const key: KeyPlaintext = password === undefined ? { code } : { code, password }
        ordinal += 1
        expect(opener.open(rowOf(sealer), ordinal, sealer.seal(ordinal, key))).toStrictEqual(key)
      }),
    )
  })

  it('tells a code with an empty password from a code alone', () => {
    const sealer = createBatchSealer(keyring, place)
    expect(openOnce(rowOf(sealer), 1, sealer.seal(1, { code: 'A', password: '' }))).toStrictEqual({
      code: 'A',
      password: '',
    })
    expect(openOnce(rowOf(sealer), 2, sealer.seal(2, { code: 'A' }))).toStrictEqual({ code: 'A' })
  })

  it('leaves nothing of a long key in the next, shorter one', () => {
    const sealer = createBatchSealer(keyring, place)
    sealer.seal(1, { code: 'L'.repeat(2000) })
    expect(openOnce(rowOf(sealer), 2, sealer.seal(2, { code: 'S' }))).toStrictEqual({ code: 'S' })
  })

  it('hides the length: everything up to 62 bytes looks alike', () => {
    const sealer = createBatchSealer(keyring, place)
    const lengths = Array.from(
      { length: 63 },
      (_, length) => sealer.seal(length + 1, { code: 'x'.repeat(length) }).length,
    )
    expect(new Set(lengths)).toEqual(new Set([80]))
  })

  it.each([
    [62, 80],
    [63, 144],
    [126, 144],
    [127, 272],
    [254, 272],
    [255, 528],
    [510, 528],
    [511, 1040],
    [1022, 1040],
    [1023, 2064],
    [2046, 2064],
  ])('of %i bytes makes %i', (length, sealed) => {
    const sealer = createBatchSealer(keyring, place)
    const ciphertext = sealer.seal(1, { code: 'x'.repeat(length) })
    expect(ciphertext).toHaveLength(sealed)
    expect(openOnce(rowOf(sealer), 1, ciphertext).code).toHaveLength(length)
  })

  it.each<[string, KeyPlaintext]>([
    ['2047 ASCII characters', { code: 'x'.repeat(2047) }],
    ['683 characters of three bytes', { code: '密'.repeat(683) }],
    ['a code and password of 2046 bytes and what separates them', { code: 'x'.repeat(2000), password: 'y'.repeat(46) }],
  ])('refuses %s, saying nothing of them', (_name, key) => {
    const sealer = createBatchSealer(keyring, place)
    const error = thrownBy(() => sealer.seal(1, key))
    expect(error).toMatchObject({ code: 'vault.key_too_long' })
    expect(inspect(error)).not.toMatch(/xx|密密|yy/)
  })

  it.each<KeyPlaintext>([{ code: 'A\ud800B' }, { code: 'A', password: '\udc00' }])(
    'refuses half a character, which would come back as another',
    (key) => {
      const sealer = createBatchSealer(keyring, place)
      expect(() => sealer.seal(1, key)).toThrow(failure('vault.key_not_text'))
    },
  )

  it('never repeats a ciphertext: not in the next ordinal, not in the next batch', () => {
    const one = createBatchSealer(keyring, place)
    const two = createBatchSealer(keyring, place)
    const sealed = [one.seal(1, { code: 'A' }), one.seal(2, { code: 'A' }), two.seal(1, { code: 'A' })]
    expect(new Set(sealed.map((ciphertext) => ciphertext.toString('hex'))).size).toBe(3)
  })
})

describe('the format', () => {
  const info = Buffer.from('keytill batch v1')
  const placeBytes = Buffer.from('00000000000000070000000000000028', 'hex')
  const nonce = Buffer.from('000000000000000000000003', 'hex')
  const aad = Buffer.concat([Buffer.from([1]), placeBytes, Buffer.from('00000003', 'hex')])

  it('is the one that stored keys have', () => {
    const sealer = createBatchSealer(keyring, place)
    sealer.seal(2, { code: 'L'.repeat(50) })
    const ciphertext = sealer.seal(3, { code: 'AB', password: '密' })
    const wrapped = sealer.sealedDataKey
    expect(wrapped).toHaveLength(81)
    expect(wrapped[0]).toBe(1)
    const privateKey = keyring.privateKey(sealer.keyVersion)
    const dataKey = hpke.open(privateKey, wrapped.subarray(1, 33), info, placeBytes, wrapped.subarray(33))
    const decipher = createDecipheriv('aes-256-gcm', dataKey, nonce)
    decipher.setAAD(aad).setAuthTag(ciphertext.subarray(-16))
    const plaintext = Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()])
    expect(plaintext.toString('hex')).toBe(`00064142ffe5af86${'00'.repeat(56)}`)
  })

  it.each([
    ['a data key of 31 bytes', Buffer.alloc(31), Buffer.alloc(80)],
    ['a length beyond the text', Buffer.alloc(32), Buffer.concat([Buffer.from([0, 63]), Buffer.alloc(62)])],
  ])('does not open with %s, which anyone who knows the public key can seal', (_name, dataKey, content) => {
    const { enc, ciphertext: wrapped } = hpke.seal(keyring.publicKey, info, placeBytes, dataKey)
    const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), nonce).setAAD(aad)
    const ciphertext = Buffer.concat([cipher.update(content.subarray(0, 64)), cipher.final(), cipher.getAuthTag()])
    const sealedDataKey = Buffer.concat([Buffer.from([1]), enc, wrapped])
    expect(() => openOnce({ ...place, sealedDataKey, keyVersion: 1 }, 3, ciphertext)).toThrow(openFailed)
    expect(unwrapped(0)).toHaveLength(dataKey.length)
  })
})

describe('ordinals', () => {
  it('are never used twice, so no nonce is', () => {
    const sealer = createBatchSealer(keyring, place)
    sealer.seal(5, { code: 'A' })
    expect(() => sealer.seal(5, { code: 'A' })).toThrow(failure('vault.ordinal_reused'))
    expect(() => sealer.seal(5, { code: 'B' })).toThrow(failure('vault.ordinal_reused'))
    expect(() => sealer.seal(4, { code: 'B' })).toThrow(failure('vault.ordinal_reused'))
    expect(sealer.seal(9, { code: 'B' })).toHaveLength(80)
  })

  it('are not used up by a key that was refused', () => {
    const sealer = createBatchSealer(keyring, place)
    expect(() => sealer.seal(1, { code: 'x'.repeat(3000) })).toThrow(failure('vault.key_too_long'))
    expect(openOnce(rowOf(sealer), 1, sealer.seal(1, { code: 'A' }))).toEqual({ code: 'A' })
  })

  it.each([0, -1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])('do not include %d', (ordinal) => {
    const sealer = createBatchSealer(keyring, place)
    expect(() => sealer.seal(ordinal, { code: 'A' })).toThrow(failure('vault.ordinal_invalid'))
    expect(() => openOnce(rowOf(sealer), ordinal, Buffer.alloc(80))).toThrow(failure('vault.ordinal_invalid'))
  })

  it('reach 2^32-1', () => {
    const sealer = createBatchSealer(keyring, place)
    expect(openOnce(rowOf(sealer), 2 ** 32 - 1, sealer.seal(2 ** 32 - 1, { code: 'A' }))).toEqual({ code: 'A' })
  })
})

describe('a key opens only in its place', () => {
  const sealer = createBatchSealer(keyring, place)
  const first = sealer.seal(1, { code: 'FIRST' })
  const second = sealer.seal(2, { code: 'SECOND' })
  const batch = rowOf(sealer)

  it('not when two rows are swapped', () => {
    expect(() => openOnce(batch, 2, first)).toThrow(openFailed)
    expect(() => openOnce(batch, 1, second)).toThrow(openFailed)
  })

  it('not in another product or batch, whether or not the data key moves along', () => {
    for (const moved of [{ productId: 8 }, { batchId: 41 }]) {
      expect(() => openOnce({ ...batch, ...moved }, 1, first)).toThrow(openFailed)
      const other = createBatchSealer(keyring, { ...place, ...moved })
      expect(() => openOnce(rowOf(other, { ...place, ...moved }), 1, first)).toThrow(openFailed)
    }
  })

  it('not even when the batch key was already unwrapped', () => {
    const opener = createKeyOpener(keyring, { now: () => 0 })
    expect(opener.open(batch, 1, first)).toEqual({ code: 'FIRST' })
    expect(() => opener.open({ ...batch, productId: 8 }, 1, first)).toThrow(openFailed)
    expect(() => opener.open({ ...batch, sealedDataKey: Buffer.alloc(81, 1) }, 1, first)).toThrow(openFailed)
    expect(() => opener.open(batch, 2, first)).toThrow(openFailed)
  })

  it('not under the data key of another batch of the same ids', () => {
    expect(() => openOnce(rowOf(createBatchSealer(keyring, place)), 1, first)).toThrow(openFailed)
  })

  it('in none with ids that differ above 32 bits', () => {
    const far = { productId: 2 ** 40 + 7, batchId: 2 ** 52 + 40 }
    const farSealer = createBatchSealer(keyring, far)
    const ciphertext = farSealer.seal(1, { code: 'FAR' })
    expect(openOnce(rowOf(farSealer, far), 1, ciphertext)).toEqual({ code: 'FAR' })
    expect(() => openOnce(rowOf(farSealer, place), 1, ciphertext)).toThrow(openFailed)
  })

  it('not with any byte changed, cut or added, and the error tells nothing of it', () => {
    for (let index = 0; index < first.length; index += 1) {
      const changed = Buffer.from(first)
      changed.writeUInt8(changed.readUInt8(index) ^ 0x80, index)
      const error = thrownBy(() => openOnce(batch, 1, changed))
      expect(error).toMatchObject({ code: 'vault.open_failed' })
      expect(inspect(error, { depth: 9 })).not.toContain('FIRST')
    }
    for (const length of [0, 15, 16, 79])
      expect(() => openOnce(batch, 1, first.subarray(0, length))).toThrow(openFailed)
    expect(() => openOnce(batch, 1, Buffer.concat([first, Buffer.alloc(64)]))).toThrow(openFailed)
  })

  it('not with any byte of the sealed data key changed', () => {
    for (let index = 0; index < batch.sealedDataKey.length; index += 1) {
      const sealedDataKey = Buffer.from(batch.sealedDataKey)
      // The top bit, as X25519 itself ignores that of the encapsulated key's last byte: the key schedule must not.
      sealedDataKey.writeUInt8(sealedDataKey.readUInt8(index) ^ 0x80, index)
      expect(() => openOnce({ ...batch, sealedDataKey }, 1, first)).toThrow(openFailed)
    }
    expect(() => openOnce({ ...batch, sealedDataKey: Buffer.alloc(0) }, 1, first)).toThrow(openFailed)
  })

  it.each([0, -1, 1.5, 2 ** 53])('and %d is no id', (id) => {
    expect(() => createBatchSealer(keyring, { ...place, productId: id })).toThrow(failure('vault.place_invalid'))
    expect(() => createBatchSealer(keyring, { ...place, batchId: id })).toThrow(failure('vault.place_invalid'))
  })
})

describe('the opener', () => {
  function sealedBatch(batchId: number) {
    const sealer = createBatchSealer(keyring, { productId: 7, batchId })
    return { batch: rowOf(sealer, { productId: 7, batchId }), ciphertext: sealer.seal(1, { code: `K${batchId}` }) }
  }

  it('unwraps a batch once while it remembers it, and again after the time is over', () => {
    let time = 1000
    const opener = createKeyOpener(keyring, { now: () => time, ttlMs: 60_000 })
    const { batch, ciphertext } = sealedBatch(1)
    opener.open(batch, 1, ciphertext)
    time += 59_999
    opener.open(batch, 1, ciphertext)
    expect(hpke.open).toHaveBeenCalledTimes(1)
    time += 1
    expect(opener.open(batch, 1, ciphertext)).toEqual({ code: 'K1' })
    expect(hpke.open).toHaveBeenCalledTimes(2)
    expect(unwrapped(0)).toEqual(zero)
    expect(unwrapped(1)).not.toEqual(zero)
  })

  it('wipes what expired as soon as another batch is opened', () => {
    let time = 0
    const opener = createKeyOpener(keyring, { now: () => time, ttlMs: 10 })
    const [one, two] = [sealedBatch(1), sealedBatch(2)]
    opener.open(one.batch, 1, one.ciphertext)
    time = 10
    opener.open(two.batch, 1, two.ciphertext)
    expect(unwrapped(0)).toEqual(zero)
    expect(unwrapped(1)).not.toEqual(zero)
  })

  it('holds no more batches than it may, and wipes the one not used for longest', () => {
    const opener = createKeyOpener(keyring, { now: () => 0, maxBatches: 2 })
    const [one, two, three] = [sealedBatch(1), sealedBatch(2), sealedBatch(3)]
    for (const { batch, ciphertext } of [one, two, one, three]) opener.open(batch, 1, ciphertext)
    expect(hpke.open).toHaveBeenCalledTimes(3)
    expect(unwrapped(0)).not.toEqual(zero)
    expect(unwrapped(1)).toEqual(zero)
    expect(opener.open(two.batch, 1, two.ciphertext)).toEqual({ code: 'K2' })
    expect(hpke.open).toHaveBeenCalledTimes(4)
  })

  it('forgets everything when told to, and goes on', () => {
    const opener = createKeyOpener(keyring, { now: () => 0 })
    const { batch, ciphertext } = sealedBatch(1)
    opener.open(batch, 1, ciphertext)
    opener.forget()
    expect(unwrapped(0)).toEqual(zero)
    expect(opener.open(batch, 1, ciphertext)).toEqual({ code: 'K1' })
  })
})

describe('rotation', () => {
  it('re-wraps the data key and leaves the keys of the batch as they are', () => {
    const sealer = createBatchSealer(keyring, place)
    const ciphertext = sealer.seal(1, { code: 'A' })
    const next = withNextVersion(keyring)
    const rewrapped = { ...place, ...rewrapDataKey(next, rowOf(sealer)) }
    expect(rewrapped.keyVersion).toBe(2)
    expect(unwrapped(0)).toEqual(zero)
    expect(openOnce(rewrapped, 1, ciphertext, next)).toEqual({ code: 'A' })
    expect(() => openOnce(rewrapped, 1, ciphertext, keyring)).toThrow(failure('vault.key_version_unknown'))
    expect(() => rewrapDataKey(next, { ...rowOf(sealer), batchId: 41 })).toThrow(openFailed)
  })

  function withNextVersion(current: Keyring): Keyring {
    const pair = hpke.generateKeyPair()
    return {
      ...current,
      keyVersion: 2,
      publicKey: pair.publicKey,
      privateKey: (version) => (version === 2 ? pair.privateKey : current.privateKey(version)),
    }
  }
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
