import type { FastifyInstance, FastifyReply } from 'fastify'

/** Where another program calls us. It is given the body as it came, because signatures are over that. */
export interface Webhook {
  readonly path: string
  /** Takes one request of a caller (by address) and returns the status to answer with, once what it brought is committed. */
  handle(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    body: string,
    from: string,
  ): Promise<number>
}

/** One call of a program that reads what we answer. */
export interface Call {
  readonly query: URLSearchParams
  /** undefined for GET */
  readonly body?: string
  /** aborted when the caller no longer waits */
  readonly gone: AbortSignal
}

export interface CallAnswer {
  readonly status: number
  readonly body: string
  readonly type?: 'text/plain' | 'application/xml'
  /** Called once: whether the answer was handed to the network whole, while the caller was there. */
  written?(whole: boolean): void
}

/** Where another program calls us, by GET or POST, that makes something of our answer. */
export interface AnsweringWebhook {
  readonly path: string
  /** most bytes of one call */
  readonly limit: number
  answer(call: Call): Promise<CallAnswer>
}

export type AnyWebhook = Webhook | AnsweringWebhook

/** Most bytes of one call. */
const BODY_LIMIT = 1024 * 1024

/** Passes requests to `webhook.path` on to it, in a scope of its own: elsewhere bodies are JSON. */
export async function serveWebhook(app: FastifyInstance, webhook: AnyWebhook): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: unknown) => body)
    const { path } = webhook
    if ('handle' in webhook) {
      scope.post(path, { bodyLimit: BODY_LIMIT }, async (request, reply) =>
        reply.code(await webhook.handle(request.headers, textOf(request.body), request.ip)).send(),
      )
      return
    }
    scope.get(path, (request, reply) => answer(webhook, reply, queryOf(request.url)))
    scope.post(path, { bodyLimit: webhook.limit }, (request, reply) =>
      answer(webhook, reply, queryOf(request.url), textOf(request.body)),
    )
  })
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '')

const queryOf = (url: string): URLSearchParams => new URLSearchParams(url.split('?').slice(1).join('?'))

async function answer(
  webhook: AnsweringWebhook,
  reply: FastifyReply,
  query: URLSearchParams,
  body?: string,
): Promise<FastifyReply> {
  const gone = new AbortController()
  const { raw } = reply
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  const made = await webhook.answer({ query, ...(body === undefined ? {} : { body }), gone: gone.signal })
  const { written } = made
  if (gone.signal.aborted) written?.(false)
  else if (written) raw.once('close', () => written(raw.writableFinished))
  return reply
    .code(made.status)
    .type(`${made.type ?? 'text/plain'}; charset=utf-8`)
    .send(made.body)
}
