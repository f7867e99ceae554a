import { BlockList, isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from './answers.ts'

/** Gives the metrics as text, with its media type. */
export type ReadMetrics = () => Promise<{ readonly type: string; readonly body: string }>

const near = new BlockList()
near.addSubnet('127.0.0.0', 8)
near.addSubnet('10.0.0.0', 8)
near.addSubnet('172.16.0.0', 12)
near.addSubnet('192.168.0.0', 16)
near.addAddress('::1', 'ipv6')
near.addSubnet('fc00::', 7, 'ipv6')
near.addSubnet('fe80::', 10, 'ipv6')

/** True for an address of this machine or of a private network, also when IPv6 wraps it. */
export function isNear(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && near.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** What a proxy puts on a request that it passes on, besides `X-Forwarded-…`. */
const FORWARDING = new Set(['forwarded', 'via', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'])

const isForwarded = ({ headers }: FastifyRequest): boolean =>
  Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || FORWARDING.has(name))

/**
 * `GET /metrics` (X4), for this machine and private networks; for anyone else there is no such page. A proxy that tells us of no other
 * address than its own, or that nobody said to believe, hides who asks: what it forwards counts as asked from afar.
 */
export function serveMetrics(app: FastifyInstance, metrics: ReadMetrics): void {
  app.get('/metrics', async (request, reply) => {
    const isHidden = isForwarded(request) && request.ip === request.socket.remoteAddress
    if (isHidden || !isNear(request.ip)) return refuse(reply, 'web.not_found')
    const { type, body } = await metrics()
    return reply.type(type).send(body)
  })
}
