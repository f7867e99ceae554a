import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { KeytillError } from './errors.ts'

/**
 * The text of a file that only its owner may reach, or undefined when there is none. The permissions checked are those of
 * the very file that is read.
 * @throws KeytillError `file.exposed` (others can read it), `file.unusable`
 */
export function readSecretFile(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined
    throw unusable(path, error)
  }
  try {
    // Windows has no such bits and reports them all as set.
    if (process.platform !== 'win32' && (fstatSync(file).mode & 0o077) !== 0)
      throw new KeytillError('file.exposed', `Other users can reach ${path}. Run: chmod 600 '${path}'`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw error instanceof KeytillError ? error : unusable(path, error)
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a file of mode 0600 whole and on disk before it gets its name, so that nobody ever reads half of it. Linking,
 * unlike renaming, fails when the name is taken: false then, and what is there counts.
 * @throws KeytillError `file.unusable`
 */
export function createSecretFile(path: string, text: string): boolean {
  return written(path, text, (temporary) => linkSync(temporary, path))
}

/** The same in place of what is there: whoever reads it finds the one or the other, whole. @throws KeytillError `file.unusable` */
export function replaceSecretFile(path: string, text: string): void {
  written(path, text, (temporary) => renameSync(temporary, path))
}

function written(path: string, text: string, name: (temporary: string) => void): boolean {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    name(temporary)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw unusable(path, error)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Makes a new name in the folder survive a power cut. Windows cannot open folders, and needs no such thing. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function unusable(path: string, cause: unknown): KeytillError {
  return new KeytillError(
    'file.unusable',
    `${path} cannot be read or made. Check who owns it and its folder, and that the disk has room.`,
    { cause },
  )
}

function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
