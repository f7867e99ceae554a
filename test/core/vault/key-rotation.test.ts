import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBlob, sealBlob } from '../../../core/vault/blob.ts'
import { fingerprint } from '../../../core/vault/fingerprint.ts'
import { addKeyVersion, retireKeyVersions } from '../../../core/vault/key-rotation.ts'
import { openKeyring } from '../../../core/vault/keyring.ts'

const now = () => Date.parse('2026-11-22T01:02:03.000Z')
let dataDir: string
let path: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'keytill-rotate-'))
  path = join(dataDir, 'vault.key')
  openKeyring({ dataDir, createIfMissing: true, now })
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const open = (fromEnvironment?: string) => openKeyring({ dataDir, fromEnvironment, createIfMissing: false }).keyring
const numbers = (versions: readonly { readonly version: number }[]) => versions.map(({ version }) => version)
const content = (name = 'vault.key') => readFileSync(join(dataDir, name), 'utf8')

describe('the next version', () => {
  it('stands beside the one before, which is kept apart, in files for their owner only', () => {
    const before = content()
    const first = open()
    const sealed = sealBlob(first, 'test', Buffer.from('hello'))
    const { versions } = addKeyVersion({ dataDir }, now)
    expect(numbers(versions)).toEqual([1, 2])
    expect(content('vault.key.before-2')).toBe(before)
    expect(readdirSync(dataDir).sort()).toEqual(['vault.key', 'vault.key.before-2'])
    for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600)
    const both = open()
    expect(openBlob(both, 'test', sealed).toString()).toBe('hello')
    expect(fingerprint(both, { code: 'A' })).toEqual(fingerprint(first, { code: 'A' }))
  })

  it('is sealed to when that is said, and not before', () => {
    addKeyVersion({ dataDir }, now)
    const keyring = open()
    const sealing = keyring.sealOnly()
    keyring.use(1)
    expect([keyring.keyVersion, sealing.keyVersion]).toEqual([1, 1])
    expect(openBlob(open(), 'test', sealBlob(sealing, 'test', Buffer.from('x'))).toString()).toBe('x')
    keyring.use(2)
    expect([keyring.keyVersion, sealing.keyVersion]).toEqual([2, 2])
    expect(() => keyring.use(3)).toThrow(expect.objectContaining({ code: 'vault.key_version_unknown' }))
    expect(keyring.keyVersion).toBe(2)
  })

  it('is made again when the first try ended before the key had its name', () => {
    writeFileSync(join(dataDir, 'vault.key.before-2'), content(), { mode: 0o600 })
    writeFileSync(join(dataDir, 'vault.key.0123.tmp'), 'half of', { mode: 0o600 })
    expect(numbers(addKeyVersion({ dataDir }, now).versions)).toEqual([1, 2])
  })

  it('is not made over the copy of another key', () => {
    const before = content()
    writeFileSync(join(dataDir, 'vault.key.before-2'), '{}', { mode: 0o600 })
    expect(() => addKeyVersion({ dataDir }, now)).toThrow(expect.objectContaining({ code: 'file.exists' }))
    expect(content()).toBe(before)
    expect(content('vault.key.before-2')).toBe('{}')
  })

  it('is left in a file for who keeps the key in the environment, the same one however often it is asked for', () => {
    const fromEnvironment = Buffer.from(content()).toString('base64')
    rmSync(path)
    const made = addKeyVersion({ dataDir, fromEnvironment }, now)
    expect(made.path).toBe(join(dataDir, 'vault.key.next'))
    const next = content('vault.key.next')
    expect(next).toMatch(/^[A-Za-z0-9+/=]+\n$/)
    expect(numbers(open(next).versions)).toEqual([1, 2])
    expect(addKeyVersion({ dataDir, fromEnvironment }, now).versions).toEqual(made.versions)
    expect(content('vault.key.next')).toBe(next)
    expect(statSync(made.path).mode & 0o777).toBe(0o600)
    // What is left of an earlier change is not taken for it.
    addKeyVersion({ dataDir, fromEnvironment: next.trim() }, now)
    expect(numbers(open(content('vault.key.next')).versions)).toEqual([1, 2, 3])
  })
})

describe('a retired version', () => {
  it('opens nothing any more, and the key as it was is kept for older backups', () => {
    const sealed = sealBlob(open(), 'test', Buffer.from('hello'))
    addKeyVersion({ dataDir }, now)
    const both = content()
    const { versions, kept } = retireKeyVersions({ dataDir }, 2)
    expect(numbers(versions)).toEqual([2])
    expect(kept).toBe(join(dataDir, 'vault.key.retired-1'))
    expect(content('vault.key.retired-1')).toBe(both)
    expect(existsSync(join(dataDir, 'vault.key.before-2'))).toBe(false)
    expect(() => openBlob(open(), 'test', sealed)).toThrow(
      expect.objectContaining({ code: 'vault.key_version_unknown' }),
    )
    expect(openBlob(open(Buffer.from(both).toString('base64')), 'test', sealed).toString()).toBe('hello')
  })

  it('is retired again when that was killed, after any of its lines', () => {
    addKeyVersion({ dataDir }, now)
    writeFileSync(join(dataDir, 'vault.key.retired-1'), content(), { mode: 0o600 })
    expect(numbers(retireKeyVersions({ dataDir }, 2).versions)).toEqual([2])
    const after = content()
    writeFileSync(join(dataDir, 'vault.key.before-2'), 'the copy', { mode: 0o600 })
    expect(numbers(retireKeyVersions({ dataDir }, 2).versions)).toEqual([2])
    expect(content()).toBe(after)
    expect(readdirSync(dataDir).sort()).toEqual(['vault.key', 'vault.key.retired-1'])
  })

  it('is left out of a file for who keeps the key in the environment', () => {
    addKeyVersion({ dataDir }, now)
    const fromEnvironment = Buffer.from(content()).toString('base64')
    const { path: made } = retireKeyVersions({ dataDir, fromEnvironment }, 2)
    expect(numbers(open(readFileSync(made, 'utf8')).versions)).toEqual([2])
  })
})
