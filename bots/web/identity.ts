import { createHash, randomBytes } from 'node:crypto'

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
