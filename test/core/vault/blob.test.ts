import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openBlob, sealBlob } from '../../../core/vault/blob.ts'
import { openKeyring } from '../../../core/vault/keyring.ts'

const folder = mkdtempSync(join(tmpdir(), 'keytill-blob-'))
const keyring = openKeyring({ dataDir: folder, createIfMissing: true, now: () => 0 }).keyring
const openFailed = expect.objectContaining({ code: 'vault.open_failed' })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a sealed blob', () => {
  it('opens to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (plaintext) => {
        const sealed = sealBlob(keyring.sealOnly(), 'chat event', plaintext)
        expect(sealed).toHaveLength(plaintext.length + 53)
        expect(openBlob(keyring, 'chat event', sealed)).toEqual(Buffer.from(plaintext))
      }),
      { numRuns: 30 },
    )
  })

  it('does not open for another purpose', () => {
    const sealed = sealBlob(keyring, 'chat event', Buffer.from('hello'))
    for (const purpose of ['import draft', 'chat event ', 'chat']) {
      expect(() => openBlob(keyring, purpose, sealed)).toThrow(openFailed)
    }
  })

  it('needs a purpose', () => {
    const missing = expect.objectContaining({ code: 'vault.purpose_missing' })
    expect(() => sealBlob(keyring, '', Buffer.from('hello'))).toThrow(missing)
  })

  it('does not open cut short or changed, its header included', () => {
    const sealed = sealBlob(keyring, 'chat event', Buffer.from('hello'))
    for (const length of [0, 4, 5, 36, 37, 52, sealed.length - 1]) {
      expect(() => openBlob(keyring, 'chat event', sealed.subarray(0, length))).toThrow(openFailed)
    }
    for (const index of [0, 5, 37, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
      expect(() => openBlob(keyring, 'chat event', changed)).toThrow(openFailed)
    }
  })

  it('says which version of the key is missing', () => {
    const sealed = sealBlob(keyring, 'chat event', Buffer.from('hello'))
    sealed.writeUInt32BE(9, 1)
    const unknown = expect.objectContaining({ code: 'vault.key_version_unknown', message: expect.stringMatching(/9/) })
    expect(() => openBlob(keyring, 'chat event', sealed)).toThrow(unknown)
  })
})
