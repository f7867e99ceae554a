import { createHash, randomBytes } from 'node:crypto'
import { BlockList, isIPv4 } from 'node:net'

/** 128 random bits: whoever holds it is that buyer. It is kept by the page alone; we keep nothing of it. */
export const newToken = (): string => randomBytes(16).toString('base64url')

const TOKEN = /^Bearer ([A-Za-z0-9_-]{22})$/

/**
 * Who holds this `Authorization` header: the hex SHA-256 of the token, which is the person and their chat. Undefined when
 * it is not one of our tokens. Nothing is looked up: a token nobody was given is a chat with nothing in it.
 */
export function personOf(authorization: string | undefined): string | undefined {
  const token = TOKEN.exec(authorization ?? '')?.[1]
  return token === undefined ? undefined : createHash('sha256').update(token).digest('hex')
}

/** Networks whose addresses tell nothing of who calls: this machine, and whatever stands in front of it. */
const NEAR = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  NEAR.addSubnet(network, bits)
NEAR.addAddress('::1', 'ipv6')
NEAR.addSubnet('fc00::', 7, 'ipv6')
NEAR.addSubnet('fe80::', 10, 'ipv6')

/** An address as one of a caller; undefined for one of ours: a proxy that is not trusted would make all buyers one. */
export function callerOf(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return NEAR.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6') ? undefined : plain
}

const DEVICE = /(?:^|;\s*)keytill_device=([A-Za-z0-9_-]{22})(?:;|$)/
const YEAR = 365 * 24 * 3600

/** What a browser was given to be known again by; undefined when it has nothing, or something that we never give. */
export const deviceOf = (cookies: string | undefined): string | undefined => DEVICE.exec(cookies ?? '')?.[1]

/** The cookie that lets a browser be known again, whoever uses it: it opens nothing, and only the rules of risk ask for it. */
export function deviceCookie(device: string, publicUrl: string | undefined): string {
  // In the frame of another site it comes only over https, and is another one for each site.
  const where = publicUrl?.startsWith('https:') ? 'SameSite=None; Secure; Partitioned' : 'SameSite=Lax'
  return `keytill_device=${device}; Path=/; Max-Age=${YEAR}; HttpOnly; ${where}`
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** True for an address that only this machine can reach. */
const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/.test(host)

/**
 * Whether a request with this `Host` header may be answered by a server bound to `host`. On a loopback bind only the
 * machine's own names and the public address may: any other name is a foreign site whose DNS points at us (rebinding).
 */
export function allowsHost(host: string, publicUrl: string | undefined): (header: string | undefined) => boolean {
  if (!isLoopback(host)) return () => true
  const names = new Set([...LOOPBACK, host, ...(publicUrl ? [new URL(publicUrl).hostname] : [])])
  return (header) => {
    const url = `http://${header ?? ''}`
    return header !== undefined && URL.canParse(url) && names.has(new URL(url).hostname)
  }
}
