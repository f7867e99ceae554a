import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Language } from '../../core/customers/model.ts'
import type { Limiter } from '../../core/platform/limits.ts'
import { type Html, html } from './html.ts'
import type { WebLog } from './server.ts'

const ROBOTS = 'noindex, nofollow, noarchive, nosnippet'

/** What a private page may load, besides `more`. `data:` is for pictures that are kept nowhere. */
export const policyOf = (...more: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...more,
  ].join('; ')

export interface PrivatePages {
  /** where their addresses begin: `/k` */
  readonly at: string
  readonly policy: string
  readonly byAddress: Limiter
  readonly log: WebLog
  /** Says that there is no answer now. */
  busy(request: FastifyRequest, reply: FastifyReply, status?: number): FastifyReply
}

/**
 * Serves pages behind an address that nobody guesses: not for search engines, not within other sites, and only so often for one
 * caller. Whatever goes wrong is told on a page, and logged without the address.
 */
export async function servePrivatePages(
  app: FastifyInstance,
  { at, policy, byAddress, log, busy }: PrivatePages,
  routes: (scope: FastifyInstance) => void,
): Promise<void> {
  await app.register(async (scope) => {
    // A form without fields has nothing to be read.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 1024 }, async () => undefined)
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'content-security-policy': policy, 'x-robots-tag': ROBOTS })
      const wait = await byAddress.take(request.ip)
      if (wait === 0) return
      reply.header('retry-after', String(Math.ceil(wait / 1000)))
      return busy(request, reply, 429)
    })
    scope.setErrorHandler((err: { statusCode?: number }, request, reply) => {
      if ((err.statusCode ?? 500) >= 500) log.error({ err, route: at }, 'a private page could not be answered')
      return busy(request, reply.header('retry-after', '2'))
    })
    routes(scope)
  })
}

interface Frame {
  readonly language: Language
  readonly title: string
  /** files, besides those of every page */
  readonly styles: readonly string[]
  readonly script: string
}

/** The document around a private page, one level below the shop's address. */
export const privatePage = ({ language, title, styles, script }: Frame, body: Html): string =>
  html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="${ROBOTS}">
<title>${title}</title>
<link rel="icon" href="../icon.svg" type="image/svg+xml">
${['paper.css', ...styles].map((file) => html`<link rel="stylesheet" href="../${file}">`)}
<script type="module" src="../${script}"></script>
</head>
${body}
</html>
`.text
