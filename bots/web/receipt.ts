import type { FastifyInstance } from 'fastify'
import { CSS, type Files, HTML, JS, serveFiles } from './assets.ts'

const PAGE: Files = {
  '/receipt': ['receipt.html', HTML],
  '/receipt.css': ['receipt.css', CSS],
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
export const serveReceiptPage = (app: FastifyInstance): Promise<void> => serveFiles(app, PAGE, POLICY)
