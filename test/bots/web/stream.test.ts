import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newClient } from './client.ts'
import { personOf, testStands } from './stand.ts'

const stand = testStands()

describe('the stream', () => {
  it('tells of messages, their changes and their removal', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const stream = await alice.listen()
    await stream.next('transcript')
    const buttons = [[{ label: 'Go', action: 'go', style: 'primary' as const }]]
    const id = await web.channel.send(chat, { text: ['one'], buttons }, 'reply')
    const first = await stream.next('message')
    expect(first).toMatchObject({ id, from: 'shop', text: ['one'], buttons })
    expect(await web.channel.edit(chat, id, { text: ['two'] }, 'reply')).toBe(id)
    const second = await stream.next('message')
    expect(second).toMatchObject({ id, text: ['two'], at: first.at })
    expect(second.rev).toBeGreaterThan(first.rev)
    expect(await web.channel.remove(chat, id)).toBe(true)
    expect(await stream.next('removed')).toEqual({ id })
    await stream.close()
  })

  it('keeps a changed message in its place', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const first = await web.channel.send(chat, { text: ['a'] }, 'reply')
    await web.channel.send(chat, { text: ['b'] }, 'reply')
    await web.channel.edit(chat, first, { text: ['A'] }, 'reply')
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages.map(({ text }) => text)).toEqual([['A'], ['b']])
    await stream.close()
  })

  it('answers a press with what is to be shown over the chat', async () => {
    const web = await stand((event, { channel }) => channel.acknowledge(event, { text: 'Saved', alert: true }))
    const alice = await newClient(web.url)
    const stream = await alice.listen()
    const id = randomUUID()
    await alice.post({ id, kind: 'press', action: 'x' })
    expect(await stream.next('acknowledged')).toEqual({ id, toast: { text: 'Saved', alert: true } })
    await stream.close()
  })

  it('says that an event is being worked on until it is answered', async () => {
    const web = await stand(async ({ chat }, { channel }) => void (await channel.send(chat, { text: ['hi'] }, 'reply')))
    const alice = await newClient(web.url)
    const stream = await alice.listen()
    await alice.post({ kind: 'text', text: 'hello' })
    expect(await stream.next('typing')).toEqual({ typing: true })
    expect(await stream.next('typing')).toEqual({ typing: false })
    expect(await stream.next('message')).toMatchObject({ text: ['hi'] })
    await stream.close()
  })

  it('resumes where nothing was missed and tells everything where something was', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const before = await alice.listen()
    await web.channel.send(chat, { text: ['a'] }, 'reply')
    await before.next('message')
    await before.close()

    const resumed = await alice.listen(before.lastEventId)
    expect(await resumed.next('resumed')).toEqual({ typing: false })
    await resumed.close()

    await web.channel.send(chat, { text: ['b'] }, 'reply')
    const late = await alice.listen(before.lastEventId)
    expect((await late.next('transcript')).messages.map(({ text }) => text)).toEqual([['a'], ['b']])
    await late.close()
  })

  it('names the shop', async () => {
    const web = await stand(undefined, { name: async () => '小松数码' })
    const stream = await (await newClient(web.url)).listen()
    expect((await stream.next('transcript')).name).toBe('小松数码')
    await stream.close()
  })
})

describe('a secret', () => {
  const KEY = 'AAAA-BBBB-CCCC'
  const screen = {
    secret: true,
    text: ['Key ', { text: KEY, style: 'spoiler' as const }],
    buttons: [
      [
        { label: 'Copy', copy: KEY },
        { label: 'Redeem', url: `https://example.com/${KEY}` },
      ],
      [{ label: 'Hide', action: 'hide' }],
    ],
    file: { name: 'keys.txt', mime: 'text/plain', bytes: Buffer.from(KEY) },
    picture: { id: 'qr', mime: 'image/png', bytes: Buffer.from(KEY) },
  }

  it('reaches the open pages whole, and is not there for the next', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const first = await alice.listen()
    await web.channel.send(chat, screen, 'key')
    const shown = await first.next('message')
    const inline = Buffer.from(KEY).toString('base64')
    expect(shown).toMatchObject({ text: screen.text, buttons: screen.buttons })
    expect(shown).toMatchObject({ file: { name: 'keys.txt', size: 14, data: inline }, picture: { data: inline } })

    const second = await alice.listen()
    const [kept, ...others] = (await second.next('transcript')).messages
    expect(others).toEqual([])
    expect(kept).toEqual({
      id: shown.id,
      rev: shown.rev,
      at: shown.at,
      from: 'shop',
      text: [],
      gone: true,
      buttons: [[{ label: 'Hide', action: 'hide' }]],
    })
    expect(second.raw).not.toContain(KEY)
    expect(second.raw).not.toContain(inline)
    await Promise.all([first.close(), second.close()])
  })

  it('put in the place of a message leaves only the place', async () => {
    const web = await stand()
    const alice = await newClient(web.url)
    const chat = personOf(alice.token)
    const id = await web.channel.send(chat, { text: ['masked'] }, 'reply')
    await web.channel.edit(chat, id, screen, 'key')
    const stream = await alice.listen()
    expect((await stream.next('transcript')).messages).toMatchObject([{ id, gone: true, text: [] }])
    expect(stream.raw).not.toContain(KEY)
    await stream.close()
  })
})
