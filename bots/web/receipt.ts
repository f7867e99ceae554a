import type { FastifyInstance } from 'fastify'
import { type Files, serveFiles } from './assets.ts'

const JS = 'text/javascript; charset=utf-8'
const PAGE: Files = {
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
export const serveReceiptPage = (app: FastifyInstance): Promise<void> => serveFiles(app, PAGE, POLICY)
