import type { FastifyReply } from 'fastify'

/** On every answer; the page and the pictures replace what they need. */
export const SAFE_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
} as const

/** What a refused request is told; the page has a sentence for each code. */
const STATUS = {
  'web.bad_json': 400,
  'web.bad_event': 400,
  'web.no_session': 401,
  'web.wrong_host': 403,
  'web.not_found': 404,
  'web.too_large': 413,
  'web.too_fast': 429,
  'web.busy': 503,
} as const
type Refusal = keyof typeof STATUS

/** Answers with a coded error; `waitMs` says when to come again. */
export function refuse(reply: FastifyReply, code: Refusal, waitMs?: number): FastifyReply {
  const retryAfter = waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1000))
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply.code(STATUS[code]).send({ code, ...(retryAfter === undefined ? {} : { retryAfter }) })
}
