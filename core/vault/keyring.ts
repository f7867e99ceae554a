import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { KeytillError } from '../platform/errors.ts'
import { createSecretFile, readSecretFile } from '../platform/secret-file.ts'
import { generateKeyPair, privateKeyFromRaw, publicKeyFromRaw, rawPrivateKey, rawPublicKey } from './hpke.ts'

const FILE_NAME = 'vault.key'

/**
 * What a process needs to take keys in: it can seal to the shop and recognise duplicates, and can open nothing.
 * Importers, the staff bot, the dashboard and partner intake get this one.
 */
export interface SealingKeyring {
  /** Version of the key that new things are sealed to: the highest in the keyring. */
  readonly keyVersion: number
  readonly publicKey: KeyObject
  /** The HMAC key of fingerprints. It outlives rotation, or old stock would no longer be recognised. */
  readonly fingerprintKey: KeyObject
}

/** The shop's keys with their private halves: for the processes that must show a key to its buyer. */
export interface Keyring extends SealingKeyring {
  /**
   * The private key of one version.
   * @throws KeytillError `vault.key_version_unknown` when the keyring does not hold it.
   */
  privateKey(version: number): KeyObject
  /** The same shop without the private keys: they cannot be reached from what this returns. */
  sealOnly(): SealingKeyring
}

interface OpenKeyringOptions {
  readonly dataDir: string
  /** The content of `KEYTILL_VAULT_KEY`: the key file's JSON in base64. When given, no file is read or made. */
  readonly fromEnvironment?: string | undefined
  /** Make a new key when the file is not there. */
  readonly createIfMissing: boolean
  /** Milliseconds since the epoch, for the new key's `createdAt`. */
  readonly now?: () => number
}

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
type KeyFile = z.infer<typeof keyFile>

/**
 * Opens the shop's keyring from the environment or from `<dataDir>/vault.key`, making the file if asked to. A file that
 * is there is never written to, and processes that start together all end up with the same key. `created` says that
 * there was none before: whoever loses the new file loses the stock, so the owner has to be told.
 * @throws KeytillError `vault.key_missing`, `vault.key_malformed`, `file.exposed` (others can read it) or `file.unusable`
 *   (the system refuses to read or make it).
 */
export function openKeyring(options: OpenKeyringOptions): { keyring: Keyring; created: boolean } {
  if (options.fromEnvironment !== undefined) {
    const json = Buffer.from(options.fromEnvironment, 'base64').toString('utf8')
    return { keyring: parseKeyring(json, 'KEYTILL_VAULT_KEY (base64)'), created: false }
  }
  const path = join(options.dataDir, FILE_NAME)
  const existing = readSecretFile(path)
  if (existing !== undefined) return { keyring: parseKeyring(existing, path), created: false }
  if (!options.createIfMissing) {
    throw new KeytillError(
      'vault.key_missing',
      `There is no vault key: put it back at ${path} or set KEYTILL_VAULT_KEY.`,
    )
  }
  const content = newKeyFile(options.now ?? Date.now)
  const created = createSecretFile(path, `${JSON.stringify(content, undefined, 2)}\n`)
  // Read back even after creating: what counts is what the next start will find, whoever wrote it.
  const json = readSecretFile(path)
  if (json === undefined) throw new KeytillError('vault.key_missing', `The vault key at ${path} vanished again.`)
  return { keyring: parseKeyring(json, path), created }
}

function newKeyFile(now: () => number): KeyFile {
  const pair = generateKeyPair()
  return {
    version: 1,
    keys: [
      {
        version: 1,
        createdAt: new Date(now()).toISOString(),
        publicKey: rawPublicKey(pair.publicKey).toString('base64'),
        privateKey: rawPrivateKey(pair.privateKey).toString('base64'),
      },
    ],
    fingerprintKey: randomBytes(32).toString('base64'),
  }
}

/** `source` names where the text comes from; the text itself is never quoted. */
function parseKeyring(json: string, source: string): Keyring {
  const content = keyFile.safeParse(parseJson(json, source))
  if (!content.success) {
    const where = content.error.issues[0]?.path.join('.') || 'its outermost level'
    throw malformed(source, `is not a vault key: look at ${where}`)
  }
  const privateKeys = new Map<number, KeyObject>()
  const publicKeys = new Map<number, KeyObject>()
  for (const key of content.data.keys) {
    if (privateKeys.has(key.version)) throw malformed(source, `holds version ${key.version} twice`)
    const publicRaw = Buffer.from(key.publicKey, 'base64')
    const privateKey = privateKeyFromRaw(Buffer.from(key.privateKey, 'base64'))
    // Sealing to a public key that is not this private key's would lose every key taken in from then on.
    if (!rawPublicKey(privateKey).equals(publicRaw)) throw malformed(source, `has two unlike halves in ${key.version}`)
    privateKeys.set(key.version, privateKey)
    publicKeys.set(key.version, publicKeyFromRaw(publicRaw))
  }
  const keyVersion = Math.max(...publicKeys.keys())
  const sealing: SealingKeyring = Object.freeze({
    keyVersion,
    publicKey: publicKeys.get(keyVersion) as KeyObject,
    fingerprintKey: createSecretKey(Buffer.from(content.data.fingerprintKey, 'base64')),
  })
  return Object.freeze({
    ...sealing,
    privateKey(version: number): KeyObject {
      const key = privateKeys.get(version)
      if (key !== undefined) return key
      throw new KeytillError('vault.key_version_unknown', `The vault key holds no version ${version}: put it back.`)
    },
    sealOnly: () => sealing,
  })
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The parser's own error quotes what it read, so it is not passed on.
    throw malformed(source, 'is not JSON')
  }
}

function malformed(source: string, what: string): KeytillError {
  return new KeytillError('vault.key_malformed', `The vault key in ${source} ${what}. Put back the right one.`)
}
