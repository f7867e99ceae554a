import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { extname, join, parse, resolve } from 'node:path'
import { KeytillError } from '../../core/platform/errors.ts'
import type { FileContent } from '../dialogue/screen.ts'

/** Most bytes of a file that is handed in, as on the other channels. */
export const FILE_LIMIT = 20 * 1024 * 1024

const MIMES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.json': 'application/json',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
}

/** A file that a typed line names: `@path caption`; a path with spaces in quotes or with `\ `, as a shell would write it. */
export function fileRequest(line: string): { readonly path: string; readonly caption: string } | undefined {
  const [, double, single, bare, caption] =
    /^@(?:"([^"]+)"|'([^']+)'|((?:\\.|[^\s\\"'])+))(?:\s+(.*))?$/su.exec(line) ?? []
  const path = double ?? single ?? bare?.replace(/\\(.)/gu, '$1')
  return path === undefined ? undefined : { path, caption: caption?.trim() ?? '' }
}

/**
 * Reads a file that the person at the terminal named, from `folder` on.
 * @throws KeytillError `terminal.file_missing`, `terminal.file_unreadable` or `chat.file_too_large`
 */
export async function readGivenFile(path: string, folder: string): Promise<FileContent> {
  const full = resolve(folder, path.replace(/^~(?=\/|$)/, homedir()))
  const chunks: Buffer[] = []
  try {
    // a pipe or a device might never end
    if (!(await stat(full)).isFile()) throw new KeytillError('terminal.file_unreadable', 'That is not a file.')
    for await (const chunk of createReadStream(full, { end: FILE_LIMIT })) chunks.push(chunk)
  } catch (cause) {
    if (cause instanceof KeytillError) throw cause
    const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')
    throw missing
      ? new KeytillError('terminal.file_missing', 'There is no such file.', { cause })
      : new KeytillError('terminal.file_unreadable', 'The file cannot be read.', { cause })
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length > FILE_LIMIT) throw new KeytillError('chat.file_too_large', `The file exceeds ${FILE_LIMIT} bytes.`)
  return { name: parse(full).base, mime: MIMES[extname(full).toLowerCase()] ?? 'application/octet-stream', bytes }
}

/**
 * Writes a file into `folder` for its owner alone (mode 0600) and returns its path. A file that is there is never replaced.
 * @throws KeytillError `terminal.not_saved`
 */
export async function saveFile(file: FileContent, folder: string): Promise<string> {
  const { name, ext } = parse(safeName(file.name))
  for (let copy = 0; ; copy++) {
    const path = join(folder, `${name}${copy === 0 ? '' : `-${copy}`}${ext}`)
    try {
      const handle = await open(path, 'wx', 0o600)
      try {
        await handle.writeFile(file.bytes)
      } finally {
        await handle.close()
      }
      return path
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new KeytillError('terminal.not_saved', `The file could not be written into ${folder}.`, { cause })
    }
  }
}

/** A name that stays in the folder, is not hidden, and fits every file system. */
function safeName(name: string): string {
  const safe = name
    .replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]/gu, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  const { name: stem, ext } = parse(safe)
  return stem ? `${[...stem].slice(0, 60).join('')}${[...ext].slice(0, 10).join('')}` : 'file'
}
