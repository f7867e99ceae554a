import { randomBytes, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { beforeAll, expect, it } from 'vitest'
import { forge, latest, type Outside, polled, press, purchase, say } from './stand.ts'

// The web server, by whoever can reach its port. One file has few requests: there are limits for each address, and they are tried last.

let at: Outside
let keys: readonly string[]

beforeAll(async () => {
  at = await polled()
  keys = at.keys
})

const session = async (): Promise<string> =>
  ((await (await fetch(`${at.address}/chat/session`, { method: 'POST' })).json()) as { token: string }).token

/** Posts an event, or a body as it is. */
async function post(token: string, event: object | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${at.address}/chat/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof event === 'string' ? event : JSON.stringify({ id: randomUUID(), language: 'en', ...event }),
  })
}

/** What the page of a session shows once something fits. */
async function see(token: string, match: RegExp): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(`${at.address}/chat/stream`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  })
  let all = ''
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    all += Buffer.from(part).toString()
    if (match.test(all)) break
  }
  stop.abort()
  return all
}

/** Sends bytes as they are and returns the answer. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(at.address)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let all = ''
    socket.on('data', (part) => {
      all += part.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(all))
    socket.setTimeout(1500, () => socket.destroy())
  })

const statusIn = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)
const get = (path: string, more = '') =>
  raw(`GET ${path} HTTP/1.1\r\nHost: ${new URL(at.address).host}\r\nConnection: close\r\n${more}\r\n`)

it('no path leads out of the page’s own files', async () => {
  const paths = [
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/chat.js/../../vault.key',
    '/.keytill/vault.key',
    '/chat.js%00.css',
    '//evil.example/',
    '/package.json',
    '/.env',
  ]
  for (const path of paths) expect([path, statusIn(await get(path))]).toEqual([path, 404])
})

it('a path that cannot be read is refused without the words of the server’s parts', async () => {
  for (const path of ['/%', '/%zz', `/chat/file/${'a'.repeat(5000)}`]) {
    const answer = await get(path)
    expect([path.slice(0, 9), statusIn(answer)]).toEqual([
      path.slice(0, 9),
      expect.toSatisfy((n) => n >= 400 && n < 500),
    ])
    // What the frame calls its own errors is of use only to whoever looks for a hole in it.
    expect(answer).not.toMatch(/FST_|at \/|node_modules/)
  }
})

it('another name of the host is refused, so that no other page can be this one', async () => {
  for (const host of ['evil.example', 'evil.example:80', `${new URL(at.address).host}.evil.example`])
    expect(statusIn(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))).toBe(403)
  expect(statusIn(await get('/health', 'X-Forwarded-Host: evil.example\r\n'))).toBe(200)
})

it('requests of two lengths, or chunked and measured at once, are refused', async () => {
  const head = `POST /chat/session HTTP/1.1\r\nHost: ${new URL(at.address).host}\r\n`
  const smuggled = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
  expect(
    statusIn(await raw(`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`)),
  ).toBe(400)
  expect(statusIn(await raw(`${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde`))).toBe(400)
})

it('huge headers and very many of them are refused', async () => {
  expect(statusIn(await get('/', `X-A: ${'a'.repeat(70_000)}\r\n`))).toBe(431)
  expect(statusIn(await get('/', Array.from({ length: 3000 }, (_, n) => `X${n}: 1\r\n`).join('')))).toBe(431)
})

it('other methods than the page uses are not there', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'GET'])
    expect([method, (await fetch(`${at.address}/chat/events`, { method })).status]).toEqual([method, 404])
})

it('no other origin may read an answer', async () => {
  const headers = { origin: 'https://evil.example' }
  for (const path of ['/', '/health', '/embed.js', '/chat/stream'])
    expect((await fetch(at.address + path, { headers })).headers.get('access-control-allow-origin')).toBe(null)
  const made = await fetch(`${at.address}/chat/session`, { method: 'POST', headers })
  expect(made.headers.get('access-control-allow-origin')).toBe(null)
})

it('no cookie and no address stands for the token of a chat', async () => {
  const token = await session()
  const by = [
    fetch(`${at.address}/chat/stream?token=${token}`),
    fetch(`${at.address}/chat/stream`, { headers: { cookie: `token=${token}; session=${token}` } }),
    fetch(`${at.address}/chat/stream`, { headers: { authorization: `Basic ${token}` } }),
  ]
  for (const answer of await Promise.all(by)) expect(answer.status).toBe(401)
})

it('a changed token shows nothing of the chat', async () => {
  const token = await session()
  await post(token, { kind: 'text', text: 'my private words' })
  await see(token, /my private words/)
  const other = `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`
  await post(other, { kind: 'text', text: '/start' })
  expect(await see(other, /Welcome/)).not.toMatch(/my private words/)
  for (const bad of ['', 'x', 'null', 'a'.repeat(5000)])
    expect((await post(bad, { kind: 'text', text: 'x' })).status).toBe(401)
})

it('a token that somebody made up opens an empty chat, whose limits are those of their address', async () => {
  const token = randomBytes(16).toString('base64url')
  await post(token, { kind: 'text', text: '/orders' })
  expect(await see(token, /no orders yet|"code"/)).toMatch(/no orders yet/)
})

it('bodies that are no event are refused', async () => {
  const token = await session()
  const event = { id: randomUUID(), kind: 'text', language: 'en', text: 'x' }
  const bodies = [
    '{',
    '[]',
    'null',
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    `{"__proto__":{"x":1},"id":"${randomUUID()}","kind":"text","text":"x","language":"en"}`,
    JSON.stringify({ ...event, id: '../../x' }),
    JSON.stringify({ ...event, kind: 'payment' }),
    JSON.stringify({ ...event, text: 'a'.repeat(20_001) }),
    JSON.stringify({ ...event, text: 'a'.repeat(3_000_000) }),
    JSON.stringify({ ...event, kind: 'file', name: '../../x', mime: 'text/html', caption: '', data: '!!!' }),
  ]
  for (const body of bodies)
    expect([body.slice(0, 20), (await post(token, body)).status]).toEqual([
      body.slice(0, 20),
      expect.toSatisfy((n) => n === 400 || n === 413),
    ])
})

it('an event with the same number is done once, however often it is posted', async () => {
  const token = await session()
  const event = JSON.stringify({ id: randomUUID(), language: 'en', kind: 'text', text: '/support only once' })
  await Promise.all([post(token, event), post(token, event), post(token, event)])
  await post(token, { kind: 'text', text: '/tickets' })
  await post(token, { kind: 'text', text: '/nothing-of-that' })
  const shown = await see(token, /Nothing found/)
  expect(shown.match(/Passed on/g)?.length).toBe(1)
})

it('a web visitor presses no staff button and no button of another chat', async () => {
  const bob = at.buyer(5001)
  const no = await purchase(bob, 'CARD')
  const token = await session()
  for (const action of ['s-menu', 's-team:0', 's-invite-make:owner', `reveal:${no}`, `order:${no}`, `link-make:${no}`])
    await post(token, { kind: 'press', action, messageId: randomUUID() })
  await post(token, { kind: 'text', text: '/nothing-of-that' })
  const shown = await see(token, /Nothing found/)
  expect(shown).not.toMatch(/join_|Team \(|HIDDEN|\*\*\*\*|delivered/)
})

it('a one-time link is opened once, by a press, and by nobody from another site', async () => {
  const cleo = at.buyer(5002)
  const no = await purchase(cleo, 'CARD')
  await forge(cleo, `link:${no}`)
  const about = await cleo.see(/Whoever opens it/)
  const made = await press(cleo, about, 'Make a link', /Copy it now/)
  const url = /http:\S+\/k\/[\w-]+/.exec(made.text ?? '')?.[0] ?? ''
  const open = (site: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'sec-fetch-site': site, origin: site === 'cross-site' ? 'https://evil.example' : at.address },
    })
  const has = (text: string) => keys.some((key) => text.includes(key))
  expect(has(await (await fetch(url)).text())).toBe(false)
  expect(has(await (await fetch(url, { method: 'HEAD' })).text())).toBe(false)
  expect(has(await (await open('cross-site')).text())).toBe(false)
  expect(
    has(await (await fetch(`${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`, { method: 'POST' })).text()),
  ).toBe(false)
  const opened = await Promise.all(Array.from({ length: 8 }, async () => has(await (await open('same-origin')).text())))
  expect(opened.filter(Boolean).length).toBe(1)
})

it('a link that its buyer revoked shows nothing', async () => {
  const dan = at.buyer(5003)
  const no = await purchase(dan, 'CARD')
  await forge(dan, `link:${no}`)
  const made = await press(dan, await dan.see(/Whoever opens it/), 'Make a link', /Copy it now/)
  const url = /http:\S+\/k\/[\w-]+/.exec(made.text ?? '')?.[0] ?? ''
  const revoke = latest(dan).buttons.find((label) => /revoke/i.test(label))
  await press(dan, latest(dan), revoke ?? '', () => true)
  await say(dan, '/start', /Welcome/)
  const answer = await fetch(url, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin', origin: at.address } })
  expect(keys.some((key) => key.length > 0) && /HIDDEN/.test(await answer.text())).toBe(false)
})

it('figures are for this machine: not through a proxy, whatever it says', async () => {
  for (const header of ['X-Forwarded-For: 8.8.8.8', 'Forwarded: for=8.8.8.8', 'X-Real-IP: 8.8.8.8', 'Via: 1.1 x'])
    expect([header, statusIn(await get('/metrics', `${header}\r\n`))]).toEqual([header, 404])
  expect(await get('/health')).not.toMatch(/"level"|version|node|postgres/i)
})

it('there is no WebSocket to be opened from another site', async () => {
  const answer = await get(
    '/chat/stream',
    'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example\r\n',
  )
  expect(statusIn(answer)).not.toBe(101)
})

it('half a request keeps nobody else waiting', async () => {
  const { hostname, port } = new URL(at.address)
  const slow = Array.from({ length: 150 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nX-'))
    socket.on('error', () => {})
    return socket
  })
  await new Promise((resolve) => slow.at(-1)?.once('connect', resolve))
  const start = performance.now()
  expect((await fetch(`${at.address}/health`)).status).toBe(200)
  expect(performance.now() - start).toBeLessThan(3000)
  for (const socket of slow) socket.destroy()
})

it('floods of sessions, events and links end with “too fast”, also with made-up addresses', async () => {
  const times = async (count: number, ask: (n: number) => Promise<Response>) => {
    const answers = await Promise.all(Array.from({ length: count }, async (_, n) => (await ask(n)).status))
    return answers.filter((status) => status === 429).length
  }
  const token = await session()
  expect(await times(45, () => post(token, { kind: 'press', action: 'none' }))).toBeGreaterThan(0)
  const faked = (n: number) => ({ 'x-forwarded-for': `1.2.3.${n}` })
  expect(
    await times(120, (n) => fetch(`${at.address}/chat/session`, { method: 'POST', headers: faked(n) })),
  ).toBeGreaterThan(0)
  expect(
    await times(200, () => post(randomBytes(16).toString('base64url'), { kind: 'text', text: '/join AAAA' })),
  ).toBeGreaterThan(0)
  expect(
    await times(120, () =>
      fetch(`${at.address}/k/${'A'.repeat(43)}`, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }),
    ),
  ).toBeGreaterThan(0)
})
