import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { fingerprint } from '../../../core/vault/fingerprint.ts'
import { openKeyring } from '../../../core/vault/keyring.ts'

const folder = mkdtempSync(join(tmpdir(), 'keytill-fingerprint-'))
const keyring = openKeyring({ dataDir: folder, createIfMissing: true, now: () => 0 }).keyring

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const of = (code: string) => fingerprint(keyring, { code }).toString('hex')

describe('a fingerprint', () => {
  it('is HMAC-SHA-256 of the code under the fingerprint key of the file', () => {
    const content = JSON.parse(readFileSync(join(folder, 'vault.key'), 'utf8'))
    const hmac = createHmac('sha256', Buffer.from(content.fingerprintKey, 'base64'))
    expect(fingerprint(keyring, { code: 'ABCD-1234' })).toEqual(hmac.update('ABCD-1234').digest())
  })

  it('is that of the code alone: one card with two passwords is one card', () => {
    expect(fingerprint(keyring, { code: 'A', password: 'x' })).toEqual(fingerprint(keyring, { code: 'A' }))
  })

  it.each([
    ['white space around', '  ABCD 1234\r\n'],
    ['more white space inside', 'ABCD \t 1234'],
    ['a no-break space', 'ABCD\u00a01234'],
    ['full width forms', 'ＡＢＣＤ　１２３４'],
    ['a byte order mark', '\ufeffABCD 1234'],
    ['a zero width space', 'AB\u200bCD 1234'],
    ['zero width joiners', 'ABCD\u200c 12\u200d34'],
    ['a soft hyphen', 'ABCD 12\u00ad34'],
    ['direction marks', '\u2066ABCD 1234\u2069'],
  ])('does not change with %s', (_name, code) => {
    expect(of(code)).toBe(of('ABCD 1234'))
  })

  it.each([
    ['case', 'abcd 1234'],
    ['a separator', 'ABCD-1234'],
    ['no separator', 'ABCD1234'],
    ['order', '1234 ABCD'],
    ['a letter that looks alike', 'АBCD 1234'],
  ])('changes with %s', (_name, code) => {
    expect(of(code)).not.toBe(of('ABCD 1234'))
  })

  it('is the same for an accent written either way, even with something invisible between', () => {
    expect(of('e\u0301')).toBe(of('\u00e9'))
    expect(of('e\u034f\u0301')).toBe(of('\u00e9'))
  })

  it('does not change with invisible characters put anywhere into any code', () => {
    const invisible = fc.constantFrom('\u200b', '\ufeff', '\u2060', '\u00ad', '\u034f', '\u200e')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), invisible, (code, at, extra) => {
        const characters = Array.from(code)
        characters.splice(at % (characters.length + 1), 0, extra)
        expect(of(characters.join(''))).toBe(of(code))
      }),
    )
  })

  it('tells any two plain codes apart', () => {
    const plain = fc.string({ minLength: 1 }).map((text) => text.replaceAll(' ', '_'))
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(of(a) === of(b)).toBe(a === b)
      }),
    )
  })
})
