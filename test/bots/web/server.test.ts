import { describe, expect, it } from 'vitest'
import { hasCode } from '../../../core/platform/errors.ts'
import { newClient, raw } from './client.ts'
import { openStand, personOf, testStands } from './stand.ts'

const stand = testStands()

describe('who is talking', () => {
  it('gives everybody a token of 128 bits and no cookie', async () => {
    const web = await stand()
    const answer = await fetch(`${web.url}/chat/session`, { method: 'POST' })
    const { token } = (await answer.json()) as { token: string }
    expect(Buffer.from(token, 'base64url')).toHaveLength(16)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect((await newClient(web.url)).token).not.toBe(token)
  })

  it('refuses what is not one of our tokens', async () => {
    const web = await stand()
    for (const authorization of ['', 'Bearer', 'Bearer short', `Bearer ${'a'.repeat(23)}`]) {
      const answer = await fetch(`${web.url}/chat/stream`, { headers: { authorization } })
      expect([answer.status, await answer.json()]).toEqual([401, { code: 'web.no_session' }])
    }
  })

  it('shows nobody the chat of another', async () => {
    const web = await stand()
    const [alice, bob] = [await newClient(web.url), await newClient(web.url)]
    await web.channel.send(personOf(alice.token), { text: ['for Alice'] }, 'reply')
    const [hers, his] = [await alice.listen(), await bob.listen()]
    expect((await hers.next('transcript')).messages).toHaveLength(1)
    expect((await his.next('transcript')).messages).toEqual([])
    await Promise.all([hers.close(), his.close()])
  })
})

describe('pictures and files', () => {
  it('serves a picture to anybody for good, and cannot be made to serve a page', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const stream = await alice.listen()
    const bytes = Buffer.from('not really a png')
    await web.channel.send(
      personOf(alice.token),
      { text: ['p'], picture: { id: 'x', mime: 'image/png', bytes } },
      'reply',
    )
    const { picture } = await stream.next('message')
    if (!picture || !('src' in picture)) throw new Error('no picture')
    const answer = await fetch(`${web.url}/${picture.src}`)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect(answer.headers.get('cache-control')).toContain('immutable')

    const html = { id: 'y', mime: 'text/html', bytes: Buffer.from('<script>') }
    await web.channel.send(personOf(alice.token), { text: ['p'], picture: html }, 'reply')
    const page = (await stream.next('message')).picture
    if (!page || !('src' in page)) throw new Error('no picture')
    const served = await fetch(`${web.url}/${page.src}`)
    expect(served.headers.get('content-type')).toBe('application/octet-stream')
    expect(served.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await fetch(`${web.url}/chat/picture/none`)).status).toBe(404)
    await stream.close()
  })

  it('serves a file to the one it was sent to', async () => {
    const web = await stand()
    const [alice, bob] = [await newClient(web.url), await newClient(web.url)]
    const stream = await alice.listen()
    const file = { name: 'orders.csv', mime: 'text/csv', bytes: Buffer.from('a,b') }
    await web.channel.send(personOf(alice.token), { text: [], file }, 'reply')
    const { id } = (await stream.next('message')).file ?? {}
    const url = `${web.url}/chat/file/${id}`
    const answer = await fetch(url, { headers: alice.headers })
    expect(await answer.text()).toBe('a,b')
    expect(answer.headers.get('content-disposition')).toBe('attachment')
    expect((await fetch(url, { headers: bob.headers })).status).toBe(404)
    expect((await fetch(url)).status).toBe(401)
    await stream.close()
  })
})

describe('the server', () => {
  it('serves the page under a policy without inline scripts or styles, framed by nobody else', async () => {
    const web = await stand()
    const answer = await fetch(web.url)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'self'")
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const session = await fetch(`${web.url}/chat/session`, { method: 'POST' })
    expect(session.headers.get('cache-control')).toBe('no-store')
    expect((await fetch(`${web.url}/embed.js`)).status).toBe(404)
    const etag = answer.headers.get('etag') ?? ''
    expect((await fetch(web.url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('serves every part that the page asks for', async () => {
    const web = await stand()
    const asked = new Set<string>()
    const follow = async (path: string): Promise<void> => {
      if (asked.has(path)) return
      asked.add(path)
      const answer = await fetch(new URL(path, `${web.url}/`))
      expect([path, answer.status]).toEqual([path, 200])
      for (const [, next] of (await answer.text()).matchAll(
        /(?:href|src|from)(?:=| )["'](\.?\/?[a-z]+\.[a-z]+)["']/g,
      )) {
        await follow(new URL(next ?? '', 'http://x/').pathname.slice(1))
      }
    }
    await follow('')
    expect([...asked]).toEqual(expect.arrayContaining(['chat.js', 'draw.js', 'words.js', 'chat.css', 'icon.svg']))
  })

  it('can be embedded by other sites once it has a public address', async () => {
    const web = await stand(undefined, { publicUrl: 'https://shop.example/' })
    expect(web.url).toBe('https://shop.example')
    const page = await fetch(web.local)
    expect(page.headers.get('content-security-policy')).toMatch(/frame-ancestors \*$/)
    const bubble = await fetch(`${web.local}/embed.js`)
    expect(bubble.headers.get('content-type')).toContain('text/javascript')
    expect(bubble.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })

  it('on the loopback answers to its own names and its public one only', async () => {
    const web = await stand(undefined, { publicUrl: 'https://shop.example' })
    const hidden = await stand()
    for (const [host, status] of [
      ['localhost:1', 200],
      ['127.0.0.1', 200],
      ['[::1]:1', 200],
      ['shop.example', 200],
      ['evil.example', 403],
      ['127.0.0.1.evil.example', 403],
      ['not a host', 403],
    ] as const) {
      expect([host, (await raw(web.local, { host })).status]).toEqual([host, status])
    }
    expect((await raw(hidden.local, { host: 'shop.example' })).body).toBe('{"code":"web.wrong_host"}')
  })

  it('answers a path that cannot be read, or is too long, as one that leads nowhere', async () => {
    const web = await stand()
    for (const path of ['/%', '/%zz', '/chat/picture/%c3', `/chat/picture/${'a'.repeat(5000)}`]) {
      const { status, headers, body } = await raw(`${web.local}${path}`)
      expect([path.slice(0, 20), status, body]).toEqual([path.slice(0, 20), 404, '{"code":"web.not_found"}'])
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  })

  it('hands a call for a webhook on as it came, and answers as it says', async () => {
    const calls: unknown[] = []
    const web = await stand(undefined, {
      webhooks: [
        { path: '/telegram/6', handle: async () => 401 },
        {
          path: '/telegram/7',
          handle: async (headers, body) => {
            calls.push([headers['x-secret'], body])
            return calls.length === 1 ? 200 : 503
          },
        },
      ],
    })
    const call = (body: string, type: string) =>
      fetch(`${web.local}/telegram/7`, { method: 'POST', headers: { 'x-secret': 's', 'content-type': type }, body })
    expect((await call('{"a": 1 }', 'application/json')).status).toBe(200)
    expect((await call('{', 'text/xml')).status).toBe(503)
    expect(calls).toEqual([
      ['s', '{"a": 1 }'],
      ['s', '{'],
    ])
    // the chat beside it still reads JSON
    expect((await (await newClient(web.url)).post({ kind: 'press', action: 'x' })).status).toBe(202)
  })

  it('shows WeChat the file that says whose domain it is, and nobody else’s', async () => {
    const web = await stand(undefined, { domainProof: 'AbCdEf0123456789' })
    const answer = await fetch(`${web.local}/MP_verify_AbCdEf0123456789.txt`)
    expect([answer.status, await answer.text()]).toEqual([200, 'AbCdEf0123456789'])
    expect((await fetch(`${web.local}/MP_verify_0123456789AbCdEf.txt`)).status).toBe(404)
  })

  it('says whether the shop is well', async () => {
    const well = await stand()
    const answer = await fetch(`${well.url}/health`)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true, checks: { database: 'ok' } }])
    const ill = await stand(undefined, { health: async () => ({ ok: false, checks: { database: 'unreachable' } }) })
    const bad = await fetch(`${ill.url}/health`)
    expect([bad.status, await bad.json()]).toEqual([503, { ok: false, checks: { database: 'unreachable' } }])
  })

  it('names the setting when its port is taken', async () => {
    const web = await stand()
    const port = Number(new URL(web.url).port)
    const second = openStand(async () => {}, { port })
    await expect(second).rejects.toSatisfy((error) => hasCode(error, 'web.port_in_use'))
    await expect(second).rejects.toThrow(/HTTP_PORT/)
  })

  it('closes while pages are open', async () => {
    const web = await openStand(async () => {})
    const stream = await (await newClient(web.url)).listen()
    await stream.next('transcript')
    await web.close()
    await expect(stream.next('message')).rejects.toThrow(/ended|terminated/)
  })
})
