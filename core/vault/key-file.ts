import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { KeytillError } from '../platform/errors.ts'
import { generateKeyPair, rawPrivateKey, rawPublicKey } from './hpke.ts'

/** Where the vault's key is, in the data folder. */
export const KEY_FILE = 'vault.key'

const rawKey = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)
const keyFile = z.strictObject({
  version: z.literal(1),
  keys: z
    .array(
      z.strictObject({
        version: z.int().min(1).max(0xffff_ffff),
        createdAt: z.iso.datetime(),
        publicKey: rawKey,
        privateKey: rawKey,
      }),
    )
    .min(1),
  fingerprintKey: rawKey,
})
/** The content of the key's file: secret. */
export type KeyFile = z.infer<typeof keyFile>

/**
 * Reads the content of a key's file. `source` names where the text comes from; the text itself is never quoted.
 * @throws KeytillError `vault.key_malformed`
 */
export function parseKeyFile(json: string, source: string): KeyFile {
  const content = keyFile.safeParse(parseJson(json, source))
  if (content.success) return content.data
  const where = content.error.issues[0]?.path.join('.') || 'its outermost level'
  throw malformed(source, `is not a vault key: look at ${where}`)
}

/** A vault of one version. `now`: milliseconds since the epoch. */
export function newKeyFile(now: () => number): KeyFile {
  return { version: 1, keys: [newVersion(1, now)], fingerprintKey: randomBytes(32).toString('base64') }
}

/** The same vault with one version more. What fingerprints are made with stays: old stock must be known again. */
export function withNextVersion(file: KeyFile, now: () => number): KeyFile {
  const next = Math.max(...file.keys.map(({ version }) => version)) + 1
  return { ...file, keys: [...file.keys, newVersion(next, now)] }
}

/** The same vault with nothing before this version. */
export function fromVersion(file: KeyFile, first: number): KeyFile {
  return { ...file, keys: file.keys.filter(({ version }) => version >= first) }
}

/** As it stands in the file. */
export const keyFileText = (file: KeyFile): string => `${JSON.stringify(file, undefined, 2)}\n`

/** By what a version is known outside the vault: SHA-256 of its public half. */
export const versionHash = (publicKey: Uint8Array): Buffer => createHash('sha256').update(publicKey).digest()

function newVersion(version: number, now: () => number): KeyFile['keys'][number] {
  const pair = generateKeyPair()
  return {
    version,
    createdAt: new Date(now()).toISOString(),
    publicKey: rawPublicKey(pair.publicKey).toString('base64'),
    privateKey: rawPrivateKey(pair.privateKey).toString('base64'),
  }
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The parser's own error quotes what it read, so it is not passed on.
    throw malformed(source, 'is not JSON')
  }
}

/** The error for a key that cannot be used. */
export function malformed(source: string, what: string): KeytillError {
  return new KeytillError('vault.key_malformed', `The vault key in ${source} ${what}. Put back the right one.`)
}
