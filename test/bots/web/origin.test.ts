import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ChatEvent } from '../../../bots/dialogue/channel.ts'
import { callerOf } from '../../../bots/web/identity.ts'
import { newClient } from './client.ts'
import { testStands } from './stand.ts'

const stand = testStands()

const COOKIE = /^keytill_device=([A-Za-z0-9_-]{22}); Path=\/; Max-Age=31536000; HttpOnly; /

/** Posts an event with these headers; tells where the dialogue saw it come from, and the cookie that was given. */
async function postedFrom(headers: Record<string, string>, options: Parameters<typeof stand>[1] = {}) {
  const events: ChatEvent[] = []
  const web = await stand(async (event) => void events.push(event), options)
  const client = await newClient(web.local)
  const answer = await fetch(`${web.local}/chat/events`, {
    method: 'POST',
    headers: { ...client.headers, ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ id: randomUUID(), kind: 'text', text: 'hello' }),
  })
  expect(answer.status).toBe(202)
  await web.settled()
  return { origin: events[0]?.origin, cookie: answer.headers.get('set-cookie') }
}

describe('where an event comes from', () => {
  it('is the address that a trusted proxy tells', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.7' }
    expect((await postedFrom(forwarded, { trustProxy: 'loopback' })).origin).toEqual({ ip: '203.0.113.7' })
  })

  it('is not what anybody says of themselves, nor this machine', async () => {
    expect((await postedFrom({ 'x-forwarded-for': '203.0.113.7' })).origin).toEqual({})
  })

  it('is the browser, from its second event on', async () => {
    const first = await postedFrom({})
    const [, device] = COOKIE.exec(first.cookie ?? '') ?? []
    expect(first.cookie).toContain('SameSite=Lax')
    expect(first.origin).toEqual({})
    const second = await postedFrom({ cookie: `other=1; keytill_device=${device}` })
    expect(second).toEqual({ origin: { device }, cookie: null })
  })

  it('is not a browser that calls itself what we never call one', async () => {
    const { origin, cookie } = await postedFrom({ cookie: 'keytill_device=me' })
    expect(origin).toEqual({})
    expect(cookie).toMatch(COOKIE)
  })

  it('is known in a frame of another site over https', async () => {
    const { cookie } = await postedFrom({}, { publicUrl: 'https://shop.example' })
    expect(cookie).toContain('SameSite=None; Secure; Partitioned')
  })
})

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['127.0.0.1', undefined],
  ['::ffff:10.1.2.3', undefined],
  ['172.20.0.1', undefined],
  ['192.168.1.1', undefined],
  ['::1', undefined],
  ['fd00::1', undefined],
  ['fe80::1', undefined],
])('takes %s for the caller %s', (address, caller) => {
  expect(callerOf(address)).toBe(caller)
})
