import { createSecretKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { KeytillError } from '../platform/errors.ts'
import { createSecretFile, readSecretFile } from '../platform/secret-file.ts'
import { privateKeyFromRaw, publicKeyFromRaw, rawPublicKey } from './hpke.ts'
import { KEY_FILE, keyFileText, malformed, newKeyFile, parseKeyFile, versionHash } from './key-file.ts'

/**
 * What a process needs to take keys in: it can seal to the shop and recognise duplicates, and can open nothing.
 * Importers, the staff bot, the dashboard and partner intake get this one.
 */
export interface SealingKeyring {
  /** Version of the key that new things are sealed to: the highest in the keyring, until {@link Keyring.use} says otherwise. */
  readonly keyVersion: number
  readonly publicKey: KeyObject
  /** The HMAC key of fingerprints. It outlives rotation, or old stock would no longer be recognised. */
  readonly fingerprintKey: KeyObject
}

/** A version of the key, and what is known of it outside: SHA-256 of its public half. */
export interface KeyVersion {
  readonly version: number
  readonly hash: Buffer
}

/** The shop's keys with their private halves: for the processes that must show a key to its buyer. */
export interface Keyring extends SealingKeyring {
  /** All that it can open, the lowest first. */
  readonly versions: readonly KeyVersion[]
  /** From now on new things are sealed to this version. @throws KeytillError `vault.key_version_unknown` */
  use(version: number): void
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
  const path = join(options.dataDir, KEY_FILE)
  const existing = readSecretFile(path)
  if (existing !== undefined) return { keyring: parseKeyring(existing, path), created: false }
  if (!options.createIfMissing) {
    throw new KeytillError(
      'vault.key_missing',
      `There is no vault key: put it back at ${path} or set KEYTILL_VAULT_KEY.`,
    )
  }
  const content = newKeyFile(options.now ?? Date.now)
  const created = createSecretFile(path, keyFileText(content))
  // Read back even after creating: what counts is what the next start will find, whoever wrote it.
  const json = readSecretFile(path)
  if (json === undefined) throw new KeytillError('vault.key_missing', `The vault key at ${path} vanished again.`)
  return { keyring: parseKeyring(json, path), created }
}

function parseKeyring(json: string, source: string): Keyring {
  const content = parseKeyFile(json, source)
  const privateKeys = new Map<number, KeyObject>()
  const publicKeys = new Map<number, KeyObject>()
  const versions: KeyVersion[] = []
  for (const key of content.keys) {
    if (privateKeys.has(key.version)) throw malformed(source, `holds version ${key.version} twice`)
    const publicRaw = Buffer.from(key.publicKey, 'base64')
    const privateKey = privateKeyFromRaw(Buffer.from(key.privateKey, 'base64'))
    // Sealing to a public key that is not this private key's would lose every key taken in from then on.
    if (!rawPublicKey(privateKey).equals(publicRaw)) throw malformed(source, `has two unlike halves in ${key.version}`)
    privateKeys.set(key.version, privateKey)
    publicKeys.set(key.version, publicKeyFromRaw(publicRaw))
    versions.push({ version: key.version, hash: versionHash(publicRaw) })
  }
  versions.sort((a, b) => a.version - b.version)
  let used = Math.max(...publicKeys.keys())
  const fingerprintKey = createSecretKey(Buffer.from(content.fingerprintKey, 'base64'))
  const sealing: SealingKeyring = Object.freeze({
    get keyVersion() {
      return used
    },
    get publicKey() {
      return publicKeys.get(used) as KeyObject
    },
    fingerprintKey,
  })
  function privateKey(version: number): KeyObject {
    const key = privateKeys.get(version)
    if (key !== undefined) return key
    throw new KeytillError('vault.key_version_unknown', `The vault key holds no version ${version}: put it back.`)
  }
  return Object.freeze({
    get keyVersion() {
      return used
    },
    get publicKey() {
      return sealing.publicKey
    },
    fingerprintKey,
    versions,
    privateKey,
    use(version: number) {
      privateKey(version)
      used = version
    },
    sealOnly: () => sealing,
  })
}
