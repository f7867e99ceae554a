import type { FastifyInstance } from 'fastify'

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

/** Most bytes of one call. */
const BODY_LIMIT = 1024 * 1024

/** Passes POST requests to `webhook.path` on to it, in a scope of its own: elsewhere bodies are JSON. */
export async function serveWebhook(app: FastifyInstance, webhook: Webhook): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: unknown) => body)
    scope.post(webhook.path, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const { headers, body, ip } = request
      return reply.code(await webhook.handle(headers, typeof body === 'string' ? body : '', ip)).send()
    })
  })
}
