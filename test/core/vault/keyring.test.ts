import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBlob, sealBlob } from '../../../core/vault/blob.ts'
import { fingerprint } from '../../../core/vault/fingerprint.ts'
import { type Keyring, openKeyring, type SealingKeyring } from '../../../core/vault/keyring.ts'
import { createKeyOpener } from '../../../core/vault/sealing.ts'

const NOW = Date.parse('2026-11-22T01:02:03.000Z')
const now = () => NOW

let dataDir: string
let path: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'keytill-vault-'))
  path = join(dataDir, 'vault.key')
})

afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Whether the second can open what the first seals, and both know the same key again. */
function areTheSame(first: Keyring, second: Keyring): boolean {
  const opened = openBlob(second, 'test', sealBlob(first, 'test', Buffer.from('hello'))).toString()
  const code = { code: 'ABC' }
  return opened === 'hello' && fingerprint(first, code).equals(fingerprint(second, code))
}

function failure(code: string, message?: RegExp) {
  return expect.objectContaining(message ? { code, message: expect.stringMatching(message) } : { code })
}

describe('a missing key file', () => {
  it('is made when asked for, readable by its owner only', () => {
    const { keyring, created } = openKeyring({ dataDir, createIfMissing: true, now })
    expect(created).toBe(true)
    expect(keyring.keyVersion).toBe(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dataDir)).toEqual(['vault.key'])
    const base64 = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      version: 1,
      keys: [{ version: 1, createdAt: '2026-11-22T01:02:03.000Z', publicKey: base64, privateKey: base64 }],
      fingerprintKey: base64,
    })
  })

  it('is made in a folder that is not there yet, closed to others', () => {
    const deeper = join(dataDir, 'a', 'b')
    expect(openKeyring({ dataDir: deeper, createIfMissing: true, now }).created).toBe(true)
    expect(statSync(deeper).mode & 0o077).toBe(0)
  })

  it('stops the start when it may not be made', () => {
    expect(() => openKeyring({ dataDir, createIfMissing: false })).toThrow(failure('vault.key_missing', /vault\.key/))
    expect(readdirSync(dataDir)).toEqual([])
  })

  it('is a new one each time', () => {
    const one = openKeyring({ dataDir: join(dataDir, 'one'), createIfMissing: true, now }).keyring
    const two = openKeyring({ dataDir: join(dataDir, 'two'), createIfMissing: true, now }).keyring
    expect(fingerprint(one, { code: 'ABC' }).equals(fingerprint(two, { code: 'ABC' }))).toBe(false)
    expect(() => openBlob(two, 'test', sealBlob(one, 'test', Buffer.from('hello')))).toThrow(
      failure('vault.open_failed'),
    )
  })
})

describe('an existing key file', () => {
  it('is opened again, byte for byte untouched', () => {
    const first = openKeyring({ dataDir, createIfMissing: true, now })
    const written = readFileSync(path)
    const second = openKeyring({ dataDir, createIfMissing: true, now: () => NOW + 1 })
    expect(second.created).toBe(false)
    expect(areTheSame(first.keyring, second.keyring)).toBe(true)
    expect(readFileSync(path)).toEqual(written)
  })

  it.each([0o640, 0o604, 0o620, 0o660])('of mode %o is refused with the command that repairs it', (mode) => {
    openKeyring({ dataDir, createIfMissing: true, now })
    chmodSync(path, mode)
    expect(() => openKeyring({ dataDir, createIfMissing: true })).toThrow(
      failure('file.exposed', new RegExp(`chmod 600 '${path}'`)),
    )
  })

  it.each([0o600, 0o400])('of mode %o is accepted', (mode) => {
    openKeyring({ dataDir, createIfMissing: true, now })
    chmodSync(path, mode)
    expect(openKeyring({ dataDir, createIfMissing: false }).created).toBe(false)
  })

  it('that is really a folder is an error of ours that names it', () => {
    mkdirSync(path, { mode: 0o700 })
    expect(() => openKeyring({ dataDir, createIfMissing: true })).toThrow(failure('file.unusable', /vault\.key/))
  })
})

describe('several processes starting together', () => {
  it('all take the key of whoever was first, when one comes between our look and our write', () => {
    let rival: ReturnType<typeof openKeyring> | undefined
    const ours = openKeyring({
      dataDir,
      createIfMissing: true,
      now: () => {
        rival = openKeyring({ dataDir, createIfMissing: true, now })
        return NOW
      },
    })
    expect(rival?.created).toBe(true)
    expect(ours.created).toBe(false)
    expect(areTheSame((rival as { keyring: Keyring }).keyring, ours.keyring)).toBe(true)
    expect(readdirSync(dataDir)).toEqual(['vault.key'])
  })

  it('end up with one key, made once', async () => {
    const module = new URL('../../../core/vault/keyring.ts', import.meta.url).href
    const fingerprints = new URL('../../../core/vault/fingerprint.ts', import.meta.url).href
    const script = `
      const { openKeyring } = await import(${JSON.stringify(module)})
      const { fingerprint } = await import(${JSON.stringify(fingerprints)})
      process.stderr.write('ready')
      process.stdin.once('data', () => {
        const { keyring, created } = openKeyring({ dataDir: ${JSON.stringify(dataDir)}, createIfMissing: true })
        console.log(JSON.stringify({ created, print: fingerprint(keyring, { code: 'ABC' }).toString('hex') }))
        process.exit()
      })`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const children: ChildProcess[] = [1, 2].map(() => spawn(process.execPath, args, { stdio: 'pipe' }))
    try {
      await Promise.all(children.map((child) => once(child.stderr as NodeJS.ReadableStream, 'data')))
      const outputs = children.map((child) => text(child.stdout as NodeJS.ReadableStream))
      for (const child of children) child.stdin?.write('go')
      const results = (await Promise.all(outputs)).map((output) => JSON.parse(output))
      expect(new Set(results.map((result) => result.print)).size).toBe(1)
      expect(results.filter((result) => result.created)).toHaveLength(1)
      expect(readdirSync(dataDir)).toEqual(['vault.key'])
    } finally {
      for (const child of children) child.kill('SIGKILL')
    }
  }, 30_000)
})

describe('the environment', () => {
  it('gives the key without a file being read or made', () => {
    const { keyring } = openKeyring({ dataDir, createIfMissing: true, now })
    const fromEnvironment = readFileSync(path).toString('base64')
    const elsewhere = join(dataDir, 'elsewhere')
    const opened = openKeyring({ dataDir: elsewhere, fromEnvironment, createIfMissing: true })
    expect(opened.created).toBe(false)
    expect(existsSync(elsewhere)).toBe(false)
    expect(areTheSame(keyring, opened.keyring)).toBe(true)
  })

  it.each(['', 'not base64 at all', Buffer.from('{"version":1}').toString('base64')])(
    'refuses %j',
    (fromEnvironment) => {
      expect(() => openKeyring({ dataDir, fromEnvironment, createIfMissing: true })).toThrow(
        failure('vault.key_malformed', /KEYTILL_VAULT_KEY/),
      )
      expect(existsSync(path)).toBe(false)
    },
  )
})

describe('a malformed key file', () => {
  interface Content {
    version: number
    keys: { version: number; createdAt: string; publicKey: string; privateKey: string }[]
    fingerprintKey: string
  }
  const someKey = Buffer.alloc(32, 7).toString('base64')
  const cases: [string, (content: Content) => unknown][] = [
    ['of another version', (content) => ({ ...content, version: 2 })],
    ['without keys', (content) => ({ ...content, keys: [] })],
    ['without a fingerprint key', ({ version, keys }) => ({ version, keys })],
    ['with a short fingerprint key', (content) => ({ ...content, fingerprintKey: 'QUJD' })],
    ['with an unknown part', (content) => ({ ...content, note: 'x' })],
    ['with a version twice', (content) => ({ ...content, keys: [...content.keys, ...content.keys] })],
    [
      'whose halves differ',
      (content) => ({ ...content, keys: content.keys.map((key) => ({ ...key, publicKey: someKey })) }),
    ],
    ['that is a list', (content) => [content]],
  ]

  it.each(cases)('%s is refused, quoting no secret', (_name, change) => {
    openKeyring({ dataDir, createIfMissing: true, now })
    const content: Content = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify(change(content)))
    const error = thrownBy(() => openKeyring({ dataDir, createIfMissing: true }))
    expect(error).toMatchObject({ code: 'vault.key_malformed' })
    expect(inspect(error, { depth: 9 })).not.toContain(content.keys[0]?.privateKey)
    expect(inspect(error, { depth: 9 })).not.toContain(content.fingerprintKey)
  })

  it.each(['', '{"version":1,"keys":[{"privateKey":"c2VjcmV0'])(
    'cut short (%j) is refused and left as it is',
    (rest) => {
      writeFileSync(path, rest, { mode: 0o600 })
      const error = thrownBy(() => openKeyring({ dataDir, createIfMissing: true }))
      expect(error).toMatchObject({ code: 'vault.key_malformed' })
      expect(inspect(error, { depth: 9 })).not.toContain('c2Vj')
      expect(readFileSync(path, 'utf8')).toBe(rest)
    },
  )
})

describe('versions', () => {
  it('seal to the highest and open with each', () => {
    const old = openKeyring({ dataDir, createIfMissing: true, now }).keyring
    const sealedBefore = sealBlob(old, 'test', Buffer.from('before'))
    const rotated = openKeyring({ dataDir, fromEnvironment: rotatedContent(), createIfMissing: false }).keyring
    expect(rotated.keyVersion).toBe(2)
    expect(openBlob(rotated, 'test', sealedBefore).toString()).toBe('before')
    const sealedAfter = sealBlob(rotated, 'test', Buffer.from('after'))
    expect(openBlob(rotated, 'test', sealedAfter).toString()).toBe('after')
    expect(() => openBlob(old, 'test', sealedAfter)).toThrow(failure('vault.key_version_unknown', /2/))
  })

  /** The file's content with a second key in front, as the order in the list must not matter. */
  function rotatedContent(): string {
    const content = JSON.parse(readFileSync(path, 'utf8'))
    const other = join(dataDir, 'other')
    openKeyring({ dataDir: other, createIfMissing: true, now })
    const [added] = JSON.parse(readFileSync(join(other, 'vault.key'), 'utf8')).keys
    const keys = [{ ...added, version: 2 }, ...content.keys]
    return Buffer.from(JSON.stringify({ ...content, keys })).toString('base64')
  }
})

describe('sealOnly', () => {
  it('seals and fingerprints, and holds nothing that opens', () => {
    const { keyring } = openKeyring({ dataDir, createIfMissing: true, now })
    const sealing: SealingKeyring = keyring.sealOnly()
    expect(openBlob(keyring, 'test', sealBlob(sealing, 'test', Buffer.from('hello'))).toString()).toBe('hello')
    expect(fingerprint(sealing, { code: 'ABC' })).toEqual(fingerprint(keyring, { code: 'ABC' }))
    expect(Object.keys(sealing).sort()).toEqual(['fingerprintKey', 'keyVersion', 'publicKey'])
    expect(sealing.publicKey.type).toBe('public')
  })

  it('is not accepted where keys are opened', () => {
    const sealing = openKeyring({ dataDir, createIfMissing: true, now }).keyring.sealOnly()
    const sealed = sealBlob(sealing, 'test', Buffer.from('hello'))
    // @ts-expect-error a sealing keyring opens nothing
    expect(() => openBlob(sealing, 'test', sealed)).toThrow(TypeError)
    // @ts-expect-error a sealing keyring opens nothing
    const opener = createKeyOpener(sealing)
    expect(opener).toBeDefined()
  })

  it('and the whole keyring show no secret when printed', () => {
    const { keyring } = openKeyring({ dataDir, createIfMissing: true, now })
    const content = JSON.parse(readFileSync(path, 'utf8'))
    for (const printed of [inspect(keyring, { depth: 9, showHidden: true }), JSON.stringify(keyring)]) {
      expect(printed).not.toContain(content.keys[0].privateKey)
      expect(printed).not.toContain(content.fingerprintKey)
    }
  })
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
