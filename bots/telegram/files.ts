import { open } from 'node:fs/promises'
import { KeytillError } from '../../core/platform/errors.ts'
import { type BotApi, isRefusal } from './api.ts'
import { insist } from './sending.ts'

/** How long Telegram may take to hand over one file, in ms. */
const DOWNLOAD_WITHIN = 60_000
const PUBLIC_ROOT = 'https://api.telegram.org'

export interface FileSource {
  readonly api: BotApi
  readonly token: string
  readonly apiRoot: string
}

/**
 * Fetches a file that was sent to the bot. `size` is what Telegram said of it, in bytes.
 * @throws KeytillError `chat.file_too_large` above `limit` bytes or when Telegram will not hand it over;
 * `telegram.no_file` when it did not come this time; TelegramError
 */
export function fileLoader({ api, token, apiRoot }: FileSource) {
  return async (fileId: string, size: number | undefined, limit: number): Promise<Buffer> => {
    if (size !== undefined && size > limit) throw tooLarge(limit)
    const file = await insist(() => api.call('getFile', { file_id: fileId })).catch((error: unknown) => {
      throw isRefusal(error, 400, /too big/i) ? tooLarge(limit) : error
    })
    if (file.file_size !== undefined && file.file_size > limit) throw tooLarge(limit)
    if (!file.file_path) throw missing()
    // A Bot API server of one's own that runs in local mode names files on this machine.
    if (file.file_path.startsWith('/') && apiRoot !== PUBLIC_ROOT) return readLocal(file.file_path, limit)
    return download(`${apiRoot}/file/bot${token}/${file.file_path}`, limit)
  }
}

async function readLocal(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => {
    throw missing()
  })
  try {
    const { size } = await file.stat()
    if (size > limit) throw tooLarge(limit)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function download(url: string, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_WITHIN) })
    if (!reply.ok || !reply.body) throw missing()
    // by its reader: the types of the browser's streams, which are in scope, cannot be iterated over
    const reader = reply.body.getReader()
    for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
      size += value.byteLength
      if (size > limit) {
        await reader.cancel()
        throw tooLarge(limit)
      }
      chunks.push(value)
    }
  } catch (error) {
    // What fetch throws is left behind: the address holds the bot's token.
    throw error instanceof KeytillError ? error : missing()
  }
  return Buffer.concat(chunks)
}

const tooLarge = (limit: number) =>
  new KeytillError(
    'chat.file_too_large',
    `The file exceeds ${limit} bytes or Telegram does not hand it over (20 MB at most): send it in smaller parts.`,
  )

const missing = () => new KeytillError('telegram.no_file', 'Telegram did not hand over a file; try it again.')
