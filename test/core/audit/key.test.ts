import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isSigned } from '../../../core/audit/format.ts'
import { openAuditKey, readAuditPublicKey } from '../../../core/audit/key.ts'
import { temporaryFolder } from './stand.ts'

const now = new Date('2026-06-01T08:00:00Z')

it('is made once, for its owner alone, and found again', async () => {
  const folder = await temporaryFolder()
  expect(readAuditPublicKey(folder)).toBeUndefined()
  const { publicKey } = openAuditKey(folder, now)
  expect(publicKey).toMatch(/^[0-9a-f]{64}$/)
  expect(openAuditKey(folder, now).publicKey).toBe(publicKey)
  expect(readAuditPublicKey(folder)).toBe(publicKey)
  expect(await readdir(folder)).toEqual(['audit.key'])
  expect((await stat(join(folder, 'audit.key'))).mode & 0o777).toBe(0o600)
})

it('is refused when others can read it, or when it is not whole', async () => {
  const folder = await temporaryFolder()
  const other = await temporaryFolder()
  openAuditKey(folder, now)
  openAuditKey(other, now)
  const path = join(folder, 'audit.key')
  await chmod(path, 0o644)
  expect(() => openAuditKey(folder, now)).toThrow(expect.objectContaining({ code: 'file.exposed' }))
  await chmod(path, 0o600)
  const [mine, theirs] = await Promise.all([folder, other].map((one) => readFile(join(one, 'audit.key'), 'utf8')))
  const halves = { ...JSON.parse(mine ?? ''), publicKey: JSON.parse(theirs ?? '').publicKey }
  for (const broken of ['', '{}', mine?.slice(0, 50) ?? '', JSON.stringify(halves)]) {
    await writeFile(path, broken)
    expect(() => openAuditKey(folder, now)).toThrow(expect.objectContaining({ code: 'audit.key_malformed' }))
  }
})

it('does not take a signature over one seal for one over another', async () => {
  const key = openAuditKey(await temporaryFolder(), now)
  const header = {
    number: '1',
    epoch: '1',
    after: '0',
    low: '0',
    high: '9',
    last: '3',
    size: '3',
    root: '00',
    previous: '',
    history: '',
    at: '0',
    key: key.publicKey,
  }
  const { headerBytes } = await import('../../../core/audit/format.ts')
  const signature = key.sign(headerBytes(header))
  expect(isSigned(header, signature)).toBe(true)
  for (const name of Object.keys(header)) expect(isSigned({ ...header, [name]: '7' }, signature)).toBe(false)
  // What one field loses another may not gain.
  expect(isSigned({ ...header, previous: '0', root: '0' }, signature)).toBe(false)
})
