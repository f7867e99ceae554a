import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { KeytillError } from '../platform/errors.ts'
import { createSecretFile, readSecretFile, replaceSecretFile } from '../platform/secret-file.ts'
import { fromVersion, KEY_FILE, type KeyFile, keyFileText, parseKeyFile, withNextVersion } from './key-file.ts'
import { type KeyVersion, openKeyring } from './keyring.ts'

/** Where the key is kept: a file in the data folder, or the environment (then `fromEnvironment` is its content, in base64). */
interface Place {
  readonly dataDir: string
  readonly fromEnvironment?: string | undefined
}

/** What became of the key. */
export interface Changed {
  /** the file that holds it as it is now: the key's own, or one whose content belongs into the environment */
  readonly path: string
  /** all that it holds now, the lowest first */
  readonly versions: readonly KeyVersion[]
  /** where the key as it was is kept, with which all backups so far can be read */
  readonly kept?: string
}

const pathIn = ({ dataDir }: Place, suffix = '') => join(dataDir, `${KEY_FILE}${suffix}`)
const encoded = (file: KeyFile): string => `${Buffer.from(keyFileText(file)).toString('base64')}\n`

/**
 * Makes one version more and puts it beside those there are; nothing is sealed to it by that. What was there before is kept as
 * `vault.key.before-<version>`. Where the key comes from the environment, the new content is left in `vault.key.next`.
 * Killed at any line it can be done again.
 * @throws KeytillError `vault.key_missing`, `vault.key_malformed`, `file.exists`, `file.unusable`
 */
export function addKeyVersion(place: Place, now: () => number): Changed {
  const { dataDir, fromEnvironment } = place
  const { text, file } = read(place)
  const next = withNextVersion(file, now)
  const version = Math.max(...next.keys.map((key) => key.version))
  if (fromEnvironment !== undefined) {
    const path = pathIn(place, '.next')
    const made = readSecretFile(path)
    // One that was made before, and is not set yet, counts: processes may have it.
    const isOurs = made !== undefined && follows(made, file)
    if (!isOurs) replaceSecretFile(path, encoded(next))
    const content = readSecretFile(path) ?? ''
    return {
      path,
      versions: openKeyring({ dataDir, fromEnvironment: content, createIfMissing: false }).keyring.versions,
    }
  }
  keep(pathIn(place, `.before-${version}`), text)
  replaceSecretFile(pathIn(place), keyFileText(next))
  return held(place)
}

/**
 * Takes what is before a version out of the key. The key as it was, with which all backups so far can be read, is kept as
 * `vault.key.retired-<version>`. Killed at any line it can be done again, and done again it changes nothing.
 * @throws KeytillError as {@link addKeyVersion}
 */
export function retireKeyVersions(place: Place, active: number): Changed {
  const { dataDir, fromEnvironment } = place
  const { text, file } = read(place)
  const rest = fromVersion(file, active)
  if (fromEnvironment !== undefined) {
    const path = pathIn(place, '.next')
    replaceSecretFile(path, encoded(rest))
    const content = readSecretFile(path)
    return {
      path,
      versions: openKeyring({ dataDir, fromEnvironment: content, createIfMissing: false }).keyring.versions,
    }
  }
  const dropCopy = () => rmSync(pathIn(place, `.before-${active}`), { force: true })
  if (rest.keys.length === file.keys.length) {
    dropCopy()
    return held(place)
  }
  const last = Math.max(...file.keys.map(({ version }) => version).filter((version) => version < active))
  const kept = pathIn(place, `.retired-${last}`)
  keep(kept, text)
  replaceSecretFile(pathIn(place), keyFileText(rest))
  dropCopy()
  return { ...held(place), kept }
}

function read(place: Place): { text: string; file: KeyFile } {
  const { fromEnvironment } = place
  if (fromEnvironment !== undefined) {
    const text = Buffer.from(fromEnvironment, 'base64').toString('utf8')
    return { text, file: parseKeyFile(text, 'KEYTILL_VAULT_KEY (base64)') }
  }
  const path = pathIn(place)
  const text = readSecretFile(path)
  if (text === undefined) throw new KeytillError('vault.key_missing', `There is no vault key at ${path}: put it back.`)
  return { text, file: parseKeyFile(text, path) }
}

const held = (place: Place): Changed => ({
  path: pathIn(place),
  versions: openKeyring({ dataDir: place.dataDir, createIfMissing: false }).keyring.versions,
})

/** Whether a content in base64 is that of the same vault, with a version more. */
function follows(content: string, file: KeyFile): boolean {
  const other = parseKeyFile(Buffer.from(content, 'base64').toString('utf8'), `${KEY_FILE}.next`)
  const kept = file.keys.every((key) => other.keys.some((one) => one.privateKey === key.privateKey))
  return other.fingerprintKey === file.fingerprintKey && kept && other.keys.length > file.keys.length
}

/** A copy that is never written over: it may be all there is of a key. */
function keep(path: string, text: string): void {
  if (createSecretFile(path, text) || readSecretFile(path) === text) return
  throw new KeytillError(
    'file.exists',
    `${path} is there already and holds another key: move it to a safe place first.`,
  )
}
