import { randomUUID } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { Pushed } from '../../../bots/web/message.ts'

/** What the page does, without a page. */
export interface Client {
  readonly token: string
  readonly headers: Readonly<Record<string, string>>
  post(event: object): Promise<Response>
  listen(lastEventId?: string): Promise<Listener>
}

export interface Listener {
  /** the next thing of this kind that the stream tells; whatever comes before it is passed over */
  next<T extends keyof Pushed>(type: T): Promise<Pushed[T]>
  /** the id of the last event that was read */
  readonly lastEventId: string
  /** all that came so far, as it came */
  readonly raw: string
  close(): Promise<void>
}

/** A new person at the server under `url`. */
export async function newClient(url: string): Promise<Client> {
  const response = await fetch(`${url}/chat/session`, { method: 'POST' })
  const body = (await response.json()) as { token: string }
  const headers = { authorization: `Bearer ${body.token}` }
  return {
    token: body.token,
    headers,
    post: (event) =>
      fetch(`${url}/chat/events`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ id: randomUUID(), ...event }),
      }),
    listen: (lastEventId) => listen(url, { ...headers, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) }),
  }
}

async function listen(url: string, headers: Record<string, string>): Promise<Listener> {
  const response = await fetch(`${url}/chat/stream`, { headers })
  if (!response.body || !response.ok) throw new Error(`The stream answered ${response.status}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let raw = ''
  let read = 0
  let lastEventId = ''
  return {
    get raw() {
      return raw
    },
    get lastEventId() {
      return lastEventId
    },
    async next(type) {
      for (;;) {
        const end = raw.indexOf('\n\n', read)
        if (end < 0) {
          const { done, value } = await reader.read()
          if (done) throw new Error(`The stream ended before ${type}`)
          raw += value
          continue
        }
        const block = raw.slice(read, end)
        read = end + 2
        const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
        if (id === undefined || data === undefined) continue
        lastEventId = id
        if (event === type) return JSON.parse(data)
      }
    },
    close: () => reader.cancel(),
  }
}

/** A request as no browser would make it. */
export function raw(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let body = ''
      response.on('data', (part) => {
        body += part
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
        sent.destroy()
      })
    })
    sent.on('error', reject)
    sent.flushHeaders()
    if (method === 'GET') sent.end()
  })
}
