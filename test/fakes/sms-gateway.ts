import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from '../stand/closing.ts'

/** What the gateway does with the next text. Whatever it says, it may have sent it. */
type Mood = 'takes' | 'refuses' | 'fails' | 'drops' | 'is late'

export interface FakeSmsGateway {
  readonly url: string
  readonly token: string
  /** the texts it has taken in, the newest last */
  readonly taken: { readonly to: string; readonly text: string }[]
  mood: Mood
}

/** An SMS gateway on loopback that takes only what the contract says: see core/risk/providers/http-sms.ts. */
export async function startSmsGateway(): Promise<FakeSmsGateway> {
  const token = 'sms-gateway-token'
  const server = createServer(async (request, response) => {
    const body = await read(request)
    if (gateway.mood === 'drops') return void request.socket.destroy()
    if (gateway.mood === 'is late') return
    if (gateway.mood === 'fails') return void response.writeHead(500).end('{"error":"try later"}')
    const isRight =
      request.method === 'POST' &&
      request.url === '/send?from=shop' &&
      request.headers.authorization === `Bearer ${token}` &&
      request.headers['content-type'] === 'application/json' &&
      Object.keys(body).toSorted().join() === 'text,to' &&
      /^\+[1-9]\d{6,14}$/.test(body.to ?? '') &&
      (body.text ?? '') !== ''
    if (!isRight || gateway.mood === 'refuses') return void response.writeHead(isRight ? 403 : 400).end()
    gateway.taken.push({ to: body.to ?? '', text: body.text ?? '' })
    response.writeHead(202).end('{"id":"1"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const gateway: FakeSmsGateway = { url: `http://127.0.0.1:${port}/send?from=shop`, token, taken: [], mood: 'takes' }
  return gateway
}

async function read(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
  } catch {
    return {}
  }
}
