import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

export const HTML = 'text/html; charset=utf-8'
export const CSS = 'text/css; charset=utf-8'
export const JS = 'text/javascript; charset=utf-8'

/** Address → file in `page/` and its type. A list, not a folder: nothing else can be asked for. */
export type Files = Readonly<Record<string, readonly [file: string, mime: string]>>

const PAGE: Files = {
  '/': ['index.html', HTML],
  '/chat.css': ['chat.css', CSS],
  '/message.css': ['message.css', CSS],
  // what the pages that are no chat are drawn on
  '/paper.css': ['paper.css', CSS],
  '/chat.js': ['chat.js', JS],
  '/composer.js': ['composer.js', JS],
  '/draw.js': ['draw.js', JS],
  '/dom.js': ['dom.js', JS],
  '/list.js': ['list.js', JS],
  '/notice.js': ['notice.js', JS],
  '/server.js': ['server.js', JS],
  '/words.js': ['words.js', JS],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

/** The bubble for other sites' pages. */
const EMBED = { '/embed.js': ['embed.js', JS] } as const
/** What those pages load themselves. */
const LENT = ['/embed.js', '/icon.svg']

/**
 * Everything the chat page is made of, read once. `embeddable`: other sites may show the chat in a frame and load the
 * bubble that opens it; otherwise only this site may.
 */
export async function servePage(app: FastifyInstance, embeddable: boolean): Promise<void> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    // a picture by its address stands elsewhere; those of a secret are blobs
    "img-src 'self' blob: https:",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${embeddable ? '*' : "'self'"}`,
  ].join('; ')
  await serveFiles(app, { ...PAGE, ...(embeddable ? EMBED : {}) }, policy, embeddable ? LENT : [])
}

/** Serves files of `page/`, read once, under this content security policy; other sites may load those that are `lent`. */
export async function serveFiles(
  app: FastifyInstance,
  files: Files,
  policy: string,
  lent: readonly string[] = [],
): Promise<void> {
  for (const [url, [file, mime]] of Object.entries(files)) {
    const bytes = await readFile(new URL(`page/${file}`, import.meta.url))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    app.get(url, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag).header('content-security-policy', policy)
      if (lent.includes(url)) reply.header('cross-origin-resource-policy', 'cross-origin')
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(mime).send(bytes)
    })
  }
}
