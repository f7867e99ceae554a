import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ChatEvent } from '../../../bots/dialogue/channel.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { newClient, raw } from './client.ts'
import { personOf, type Stand, testStands } from './stand.ts'

const stand = testStands()

/** The events a handler is given. */
async function recording(): Promise<{ web: Stand; events: ChatEvent[] }> {
  const events: ChatEvent[] = []
  return { web: await stand(async (event) => void events.push(event)), events }
}

describe('an event', () => {
  it('is committed, answered with 202 and handed on as the person meant it', async () => {
    const { web, events } = await recording()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const id = randomUUID()
    expect((await alice.post({ id, kind: 'text', text: '你好', language: 'zh-CN' })).status).toBe(202)
    await web.settled()
    expect(web.accepted).toMatchObject([{ externalId: `${chat}:${id}`, chat }])
    expect(events).toMatchObject([
      {
        id: `${chat}:${id}`,
        chat,
        private: true,
        person: { id: chat, language: 'zh-CN' },
        messageId: id,
        content: { kind: 'text', text: '你好' },
      },
    ])
    expect(events[0]?.at).toBeInstanceOf(Date)
  })

  it('is handled and shown once, however often it is sent', async () => {
    const { web, events } = await recording()
    const alice = await newClient(web.url)
    const event = { id: randomUUID(), kind: 'text', text: 'once' }
    for (let time = 0; time < 3; time++) expect((await alice.post(event)).status).toBe(202)
    await web.settled()
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages).toMatchObject([{ from: 'me', text: ['once'] }])
    expect(events).toHaveLength(1)
    await stream.close()
  })

  it('whose message was taken away (it held keys) does not come back when it is sent again', async () => {
    const { web } = await recording()
    const alice = await newClient(web.url)
    const event = { id: randomUUID(), kind: 'text', text: 'AAAA-BBBB' }
    await alice.post(event)
    expect(await web.channel.remove(personOf(alice.token), event.id)).toBe(true)
    await alice.post(event)
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages).toEqual([])
    await stream.close()
  })

  it('can be a pressed button, of which no bubble is shown', async () => {
    const { web, events } = await recording()
    const alice = await newClient(web.url)
    await alice.post({ kind: 'press', action: 'buy:7', messageId: 'm1' })
    await web.settled()
    expect(events[0]?.content).toEqual({ kind: 'press', action: 'buy:7', messageId: 'm1' })
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages).toEqual([])
    await stream.close()
  })

  it('sent by the page itself shows no bubble', async () => {
    const { web, events } = await recording()
    const alice = await newClient(web.url)
    await alice.post({ kind: 'text', text: '/claim SECRET', quiet: true })
    await web.settled()
    expect(events[0]?.content).toEqual({ kind: 'text', text: '/claim SECRET' })
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages).toEqual([])
    await stream.close()
  })

  it('can bring a file or a picture, loaded within the limit only', async () => {
    const { web, events } = await recording()
    const alice = await newClient(web.url)
    const data = Buffer.from('a,b\n1,2\n').toString('base64')
    await alice.post({ kind: 'file', name: '../keys.csv', mime: 'text/csv', caption: 'here', data })
    await alice.post({ kind: 'file', name: 'shot.png', mime: 'image/png', caption: '', data })
    await web.settled()
    const [file, picture] = events.map(({ content }) => content)
    expect(file).toMatchObject({ kind: 'file', caption: 'here', file: { name: '.._keys.csv', size: 8 } })
    expect(picture).toMatchObject({ kind: 'picture', picture: { name: 'shot.png', mime: 'image/png' } })
    if (file?.kind !== 'file') throw new Error('no file')
    expect(String(await file.file.load(8))).toBe('a,b\n1,2\n')
    await expect(file.file.load(7)).rejects.toSatisfy((error) => hasCode(error, 'chat.file_too_large'))
  })

  it.each([
    ['not JSON', '{', 'web.bad_json'],
    ['nothing', 'null', 'web.bad_event'],
    ['an unknown kind', JSON.stringify({ id: randomUUID(), kind: 'dance' }), 'web.bad_event'],
    ['an id of the wrong shape', JSON.stringify({ id: '7', kind: 'text', text: 'x' }), 'web.bad_event'],
    ['an empty text', JSON.stringify({ id: randomUUID(), kind: 'text', text: '' }), 'web.bad_event'],
    ['a long text', JSON.stringify({ id: randomUUID(), kind: 'text', text: 'x'.repeat(20_001) }), 'web.bad_event'],
    [
      'a file that is not base64',
      JSON.stringify({ id: randomUUID(), kind: 'file', name: 'a', mime: '', caption: '', data: '<>' }),
      'web.bad_event',
    ],
  ])('is refused when it is %s', async (_what, body, code) => {
    const web = await stand()
    const { headers } = await newClient(web.url)
    const answer = await fetch(`${web.url}/chat/events`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    expect([answer.status, await answer.json()]).toEqual([400, { code }])
    expect(web.accepted).toEqual([])
  })

  it('is refused unread when it is too large', async () => {
    const web = await stand()
    const { headers } = await newClient(web.url)
    const length = String(28 * 1024 * 1024 + 1)
    const large = { ...headers, 'content-type': 'application/json', 'content-length': length }
    expect(await raw(`${web.url}/chat/events`, large, 'POST')).toMatchObject({
      status: 413,
      body: '{"code":"web.too_large"}',
    })
  })

  it('that could not be committed is withdrawn, and may be sent again', async () => {
    let isDown = true
    const web = await stand(async () => {}, {
      accept: async () => {
        if (isDown) throw new Error('the database is away')
      },
    })
    const alice = await newClient(web.url)
    const stream = await alice.listen()
    const event = { id: randomUUID(), kind: 'text', text: 'hello' }
    const refused = await alice.post(event)
    expect([refused.status, await refused.json()]).toEqual([503, { code: 'web.busy', retryAfter: 2 }])
    expect(await stream.next('removed')).toEqual({ id: event.id })
    expect(web.complaints).toHaveLength(1)
    isDown = false
    expect((await alice.post(event)).status).toBe(202)
    expect(await stream.next('message')).toMatchObject({ id: event.id, from: 'me' })
    await stream.close()
  })

  it('is told to wait after 30 in ten seconds, alone', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const press = () => alice.post({ kind: 'press', action: 'x' })
    for (let time = 0; time < 30; time++) expect((await press()).status).toBe(202)
    const refused = await press()
    const { code, retryAfter } = (await refused.json()) as { code: string; retryAfter: number }
    expect([refused.status, code]).toEqual([429, 'web.too_fast'])
    expect(retryAfter).toBeGreaterThanOrEqual(1)
    expect(retryAfter).toBeLessThanOrEqual(10)
    expect(refused.headers.get('retry-after')).toBe(String(retryAfter))
    expect((await (await newClient(web.url)).post({ kind: 'press', action: 'x' })).status).toBe(202)
  })
})
