import { createHash } from 'node:crypto'
import type { Upload } from './body.ts'
import { badRequest } from './errors.ts'
import type { TgDocument, TgPhotoSize } from './types.ts'

/** The public Bot API hands out files of up to 20 MB. */
const MAX_DOWNLOAD = 20 * 1024 * 1024
const MAX_PHOTO = 10 * 1024 * 1024
/** A download link is good for at least an hour; here for exactly one. */
const LINK_MS = 60 * 60_000

export interface StoredFile {
  id: string
  kind: 'photo' | 'document'
  name: string
  mime: string
  bytes: Buffer
  /** What Telegram says the size is; a test may claim a large file without having one. */
  size: number
}

const MIME: Record<string, string> = {
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
}

/** The files of one bot: what it sent and what it was sent. */
export class Files {
  private readonly files = new Map<string, StoredFile>()
  private readonly links = new Map<string, { id: string; until: number }>()

  constructor(private readonly now: () => number) {}

  add(kind: StoredFile['kind'], file: { name: string; mime?: string; bytes: Buffer; size?: number }): StoredFile {
    const id = `${kind === 'photo' ? 'AgACAg' : 'BQACAg'}${String(this.files.size + 1).padStart(12, '0')}`
    const mime = file.mime ?? MIME[file.name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
    const stored = { id, kind, name: file.name, mime, bytes: file.bytes, size: file.size ?? file.bytes.length }
    this.files.set(id, stored)
    return stored
  }

  get(id: string): StoredFile | undefined {
    return this.files.get(id)
  }

  /**
   * What `sendDocument`, `sendPhoto` or a media object names: an upload, by its field or by `attach://`, or a file
   * known to Telegram. Throws ApiError.
   */
  resolve(kind: StoredFile['kind'], field: string, value: string | undefined, uploads: Upload[]): StoredFile {
    const name = value?.startsWith('attach://') ? value.slice('attach://'.length) : field
    const upload = uploads.find((candidate) => candidate.field === name)
    if (upload) return this.take(kind, upload)
    if (value === undefined || value === '') throw badRequest(`there is no ${kind} in the request`)
    if (value.startsWith('attach://')) throw badRequest(`there is no ${kind} in the request`)
    if (/^https?:/.test(value)) throw badRequest('failed to get HTTP URL content')
    const known = this.files.get(value)
    if (!known) throw badRequest('wrong remote file identifier specified: Wrong string length')
    if (known.kind !== kind) throw badRequest(`can't use file of type ${known.kind} as ${kind}`)
    return known
  }

  /** The answer to getFile. Throws ApiError. */
  link(id: string): { file_id: string; file_unique_id: string; file_size: number; file_path: string } {
    const file = this.files.get(id)
    if (!file) throw badRequest('invalid file_id')
    if (file.size > MAX_DOWNLOAD) throw badRequest('file is too big')
    const path = `${file.kind}s/file_${[...this.files.keys()].indexOf(id)}${extension(file.name)}`
    this.links.set(path, { id, until: this.now() + LINK_MS })
    return { file_id: id, file_unique_id: uniqueId(file), file_size: file.size, file_path: path }
  }

  download(path: string): StoredFile | undefined {
    const link = this.links.get(path)
    return link && link.until > this.now() ? this.files.get(link.id) : undefined
  }

  private take(kind: StoredFile['kind'], upload: Upload): StoredFile {
    if (upload.bytes.length === 0) throw badRequest('file must be non-empty')
    if (kind === 'photo') {
      if (upload.bytes.length > MAX_PHOTO)
        throw badRequest(
          `file of size ${upload.bytes.length} bytes is too big for a photo; the maximum size is ${MAX_PHOTO} bytes`,
        )
      checkPicture(upload.bytes)
    }
    const { name, bytes } = upload
    return this.add(kind, upload.mime === 'application/octet-stream' ? { name, bytes } : upload)
  }
}

export function asDocument(file: StoredFile): TgDocument {
  return {
    file_id: file.id,
    file_unique_id: uniqueId(file),
    file_name: file.name,
    mime_type: file.mime,
    file_size: file.size,
  }
}

export function asPhoto(file: StoredFile): TgPhotoSize[] {
  const { width, height } = pngSize(file.bytes) ?? { width: 320, height: 320 }
  return [{ file_id: file.id, file_unique_id: uniqueId(file), width, height, file_size: file.size }]
}

function uniqueId(file: StoredFile): string {
  return `AQAD${createHash('sha256').update(file.bytes).digest('base64url').slice(0, 12)}`
}

function extension(name: string): string {
  return /\.\w+$/.exec(name)?.[0] ?? ''
}

const PICTURES = ['89504e47', 'ffd8ff', '47494638', '52494646', '424d']

function checkPicture(bytes: Buffer): void {
  const head = bytes.subarray(0, 8).toString('hex')
  if (!PICTURES.some((magic) => head.startsWith(magic))) throw badRequest('IMAGE_PROCESS_FAILED')
  const size = pngSize(bytes)
  if (!size) return
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)]
  if (short + long > 10_000 || long > short * 20) throw badRequest('PHOTO_INVALID_DIMENSIONS')
}

function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}
