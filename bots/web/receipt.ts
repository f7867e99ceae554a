import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const JS = 'text/javascript; charset=utf-8'
const PAGE: Readonly<Record<string, readonly [file: string, mime: string]>> = {
  '/receipt': ['receipt.html', 'text/html; charset=utf-8'],
  '/receipt.css': ['receipt.css', 'text/css; charset=utf-8'],
  '/receipt.js': ['receipt.js', JS],
  '/receipt.check.js': ['receipt.check.js', JS],
  '/receipt.words.js': ['receipt.words.js', JS],
}

/** Nothing can be sent anywhere from this page, so that whoever drops a receipt on it need not believe that it is not. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page that checks a delivery receipt in the reader's browser (SPEC R5). The server takes no part in it. */
export async function serveReceiptPage(app: FastifyInstance): Promise<void> {
  for (const [url, [file, mime]] of Object.entries(PAGE)) {
    const bytes = await readFile(new URL(`page/${file}`, import.meta.url))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    app.get(url, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag).header('content-security-policy', POLICY)
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(mime).send(bytes)
    })
  }
}
