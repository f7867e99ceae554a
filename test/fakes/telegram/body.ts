import type { IncomingMessage } from 'node:http'
import busboy from 'busboy'
import { ApiError, badRequest } from './errors.ts'

export interface Upload {
  field: string
  name: string
  mime: string
  bytes: Buffer
}

export interface Body {
  params: Record<string, unknown>
  uploads: Upload[]
}

/** Telegram takes documents of up to 50 MB from a bot. */
const MAX_UPLOAD = 50 * 1024 * 1024

/** Reads a call in any of the ways the Bot API allows: query string, urlencoded, JSON, multipart. */
export async function readBody(req: IncomingMessage, query: URLSearchParams): Promise<Body> {
  const params: Record<string, unknown> = Object.fromEntries(query)
  const type = req.headers['content-type'] ?? ''
  const uploads: Upload[] = []
  if (type.startsWith('multipart/form-data')) {
    await readMultipart(req, params, uploads)
  } else {
    const text = (await readAll(req)).toString('utf8')
    if (type.startsWith('application/json')) Object.assign(params, parseObject(text))
    else if (type.startsWith('application/x-www-form-urlencoded'))
      Object.assign(params, Object.fromEntries(new URLSearchParams(text)))
  }
  return { params: unpack(params), uploads }
}

/** Structured parameters may come as JSON in a string (always, outside a JSON body); null means left out. */
export function unpack(params: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue
    out[key] = typeof value === 'string' && STRUCTURED.has(key) ? parseStructured(key, value) : value
  }
  return out
}

const STRUCTURED = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'link_preview_options',
  'media',
  'message_ids',
  'prices',
  'reply_markup',
  'reply_parameters',
  'scope',
  'suggested_tip_amounts',
])

function parseStructured(key: string, value: string): unknown {
  if (value === '') return undefined
  try {
    return JSON.parse(value)
  } catch {
    throw badRequest(`can't parse ${key.replaceAll('_', ' ')} JSON object`)
  }
}

function parseObject(text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Answered below, as for any other body that is no object.
  }
  throw badRequest("can't parse request JSON object")
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function readMultipart(req: IncomingMessage, params: Record<string, unknown>, uploads: Upload[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = busboy({ headers: req.headers, limits: { fileSize: MAX_UPLOAD }, defParamCharset: 'utf8' })
    let tooLarge = false
    parser.on('field', (name, value) => {
      params[name] = value
    })
    parser.on('file', (field, stream, info) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('limit', () => {
        tooLarge = true
      })
      stream.on('close', () => {
        uploads.push({ field, name: info.filename ?? 'file', mime: info.mimeType, bytes: Buffer.concat(chunks) })
      })
    })
    parser.on('error', reject)
    parser.on('close', () => (tooLarge ? reject(new ApiError(413, 'Request Entity Too Large')) : resolve()))
    req.on('error', reject)
    req.on('aborted', () => reject(new Error('the caller went away')))
    req.pipe(parser)
  })
}
