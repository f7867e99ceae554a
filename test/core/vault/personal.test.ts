import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openKeyring } from '../../../core/vault/keyring.ts'
import { type Personal, personalHash } from '../../../core/vault/personal.ts'

const ring = () =>
  openKeyring({ dataDir: mkdtempSync(join(tmpdir(), 'keytill-personal-')), createIfMissing: true }).keyring
const keyring = ring()
const hash = (kind: Personal, value: string) => personalHash(keyring, kind, value).toString('hex')

describe('the hash of something personal', () => {
  it('is the same for the same, and another for every kind, value and shop', () => {
    expect(hash('device', 'a')).toBe(hash('device', 'a'))
    expect(hash('device', 'a')).not.toBe(hash('device', 'b'))
    expect(hash('device', 'a')).not.toBe(hash('phone', 'a'))
    expect(hash('device', 'a')).not.toBe(personalHash(ring(), 'device', 'a').toString('hex'))
    expect(hash('device', 'a')).toHaveLength(64)
  })

  it.each([
    ['198.51.100.1', '::ffff:198.51.100.1', true],
    ['198.51.100.1', '198.51.100.2', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', true],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '::2', true],
    ['2001:db8::', '2001:db8:0:0:1::', true],
  ])('of the addresses %s and %s is the same: %s', (a, b, same) => {
    expect(hash('ip', a) === hash('ip', b)).toBe(same)
  })

  it.each([
    ['+86 138-0000-0000', '+8613800000000', true],
    ['＋86 138 0000 0000', '+8613800000000', true],
    ['+8613800000000', '+8613800000001', false],
  ])('of the phone numbers %s and %s is the same: %s', (a, b, same) => {
    expect(hash('phone', a) === hash('phone', b)).toBe(same)
  })
})
