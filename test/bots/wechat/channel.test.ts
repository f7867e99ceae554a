import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { FileBox } from 'file-box'
import { afterEach, describe, expect, it } from 'vitest'
import { types } from 'wechaty'
import type { ChatEvent, Incoming } from '../../../bots/dialogue/channel.ts'
import { bold, code, type Screen, spoiler } from '../../../bots/dialogue/screen.ts'
import { startWechat, type Wechat, type WechatOptions } from '../../../bots/wechat/channel.ts'
import { createPuppet } from '../../../bots/wechat/puppets.ts'
import { safeError, silentLog } from '../../../core/platform/log.ts'
import { startMockWechat } from './mock.ts'

const now = new Date('2026-11-02T03:04:05Z')
const opened: Wechat[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((wechat) => wechat.close()))
})

/** A bot on a pretend WeChat, and what it heard and logged, as events to wait for. */
async function shop(options: Partial<WechatOptions> = {}) {
  const wechat = startMockWechat()
  const heard: Incoming[] = []
  const logged: string[] = []
  const news = new EventEmitter()
  const note = (level: string) => (fields: object, message: string) => {
    const { err, ...rest } = fields as { err?: unknown }
    logged.push(JSON.stringify({ level, message, ...rest, ...(err === undefined ? {} : { err: safeError(err) }) }))
    news.emit('log')
  }
  const bot = await startWechat({
    puppet: wechat.puppet,
    accept: async (items) => {
      heard.push(...items)
      news.emit('heard')
    },
    log: { ...silentLog, warn: note('warn'), error: note('error') },
    now: () => now,
    ...options,
  })
  opened.push(bot)
  return {
    wechat,
    bot,
    heard,
    logged,
    until: async (what: 'heard' | 'log', count = 1) => {
      while ((what === 'heard' ? heard : logged).length < count) await once(news, what)
    },
    /** the event of the message heard at `index`, after the round through JSON that the inbox makes */
    event: (index = 0): ChatEvent | undefined => bot.decode(JSON.parse(JSON.stringify(heard[index]?.payload))),
  }
}

const screen = (text: Screen['text'], rest: Partial<Screen> = {}): Screen => ({ text, ...rest })

describe('what is heard', () => {
  it('hands in a private text', async () => {
    const { wechat, heard, until, event } = await shop()
    const id = wechat.user('alice').say('你好')
    await until('heard')
    expect(heard).toEqual([{ externalId: id, chat: 'wx_alice', payload: expect.anything() }])
    expect(event()).toEqual({
      id,
      chat: 'wx_alice',
      private: true,
      person: { id: 'wx_alice', name: 'alice', language: 'zh' },
      at: expect.any(Date),
      messageId: id,
      content: { kind: 'text', text: '你好' },
    })
  })

  it('keeps the order of a chat while a file is still coming', async () => {
    const { wechat, until, event } = await shop()
    const slow = new PassThrough()
    wechat.handOver(FileBox.fromStream(slow, 'keys.csv') as never)
    const alice = wechat.user('alice')
    alice.sendFile('keys.csv', Buffer.from('-'))
    alice.say('/import GAME')
    wechat.user('bob').say('hi')
    await until('heard')
    expect(event(0)?.chat).toBe('wx_bob')
    slow.end('a,b\n')
    await until('heard', 3)
    expect([event(1)?.content.kind, event(2)?.content.kind]).toEqual(['file', 'text'])
  })

  it('names a second delivery by the same id', async () => {
    const { wechat, heard, until } = await shop()
    const id = wechat.user('alice').say('1')
    await until('heard')
    wechat.redeliver(id)
    await until('heard', 2)
    expect(heard.map((item) => item.externalId)).toEqual([id, id])
  })

  it('takes an old message, with its own time, and dates one without a time', async () => {
    const { wechat, until, event } = await shop()
    const id = wechat.user('alice').say('1')
    await until('heard')
    wechat.alter(id, { timestamp: 1_700_000_000 })
    wechat.redeliver(id)
    await until('heard', 2)
    expect(event(1)?.at).toEqual(new Date(1_700_000_000_000))
    wechat.alter(id, { timestamp: 0 })
    wechat.redeliver(id)
    await until('heard', 3)
    expect(event(2)?.at).toEqual(now)
  })

  it('does not hear itself, nor what is no message for a shop', async () => {
    const { wechat, heard, until } = await shop()
    const alice = wechat.user('alice')
    wechat.sayAsBot(alice, 'from the phone')
    wechat.user('shop news', 'official').say('buy now')
    const id = alice.say('a sticker')
    await until('heard')
    wechat.alter(id, { type: types.Message.Emoticon })
    wechat.redeliver(id)
    alice.say('after')
    await until('heard', 2)
    expect(heard.map((item) => item.payload)).toMatchObject([
      { content: { text: 'a sticker' } },
      { content: { text: 'after' } },
    ])
  })

  it('hears a room only when it is mentioned, and says that the room is not private', async () => {
    const { wechat, heard, until, event } = await shop()
    const alice = wechat.user('alice')
    const room = wechat.inRoom('family', alice, wechat.user('bob'))
    room.say(alice, 'dinner?', 'nobody')
    room.say(alice, '/start', 'bot')
    await until('heard')
    expect(heard).toHaveLength(1)
    expect(event()).toMatchObject({
      chat: room.id,
      private: false,
      person: { id: 'wx_alice' },
      content: { kind: 'text', text: '/start' },
    })
  })

  it('brings a file and a picture with their bytes', async () => {
    const { wechat, until, event } = await shop()
    const alice = wechat.user('alice')
    alice.sendFile('keys.csv', Buffer.from('A-1\nA-2\n'))
    alice.sendFile('shot.png', Buffer.from([0x89, 0x50]))
    await until('heard', 2)
    const [file, picture] = [event(0)?.content, event(1)?.content]
    if (file?.kind !== 'file' || picture?.kind !== 'picture') throw new Error('not a file and a picture')
    expect(file.file).toMatchObject({ name: 'keys.csv', mime: 'text/csv', size: 8 })
    expect((await file.file.load(8)).toString()).toBe('A-1\nA-2\n')
    expect([...(await picture.picture.load(100))]).toEqual([0x89, 0x50])
    await expect(file.file.load(7)).rejects.toMatchObject({ code: 'chat.file_too_large' })
  })

  it.each([
    ['that grows past 20 MB', () => endless()],
    ['that breaks off', () => broken()],
  ])('takes the message of a file %s without its bytes', async (_name, stream) => {
    const { wechat, heard, until, event } = await shop()
    wechat.handOver(FileBox.fromStream(stream(), 'keys.csv') as never)
    wechat.user('alice').sendFile('keys.csv', Buffer.from('-'))
    await until('heard')
    expect(JSON.stringify(heard[0]).length).toBeLessThan(1000)
    const content = event()?.content
    if (content?.kind !== 'file') throw new Error('not a file')
    expect(content.file.name).toBe('keys.csv')
    await expect(content.file.load(1e9)).rejects.toMatchObject({ code: 'chat.file_too_large' })
  })

  it('outlives a failing inbox and logs it without the text', async () => {
    const kept: string[] = []
    const again = new EventEmitter()
    const { wechat, logged, until } = await shop({
      accept: async ([item]) => {
        if (kept.length === 0 && logged.length === 0) throw new Error('insert failed: SECRET-KEY-1')
        kept.push(item?.externalId ?? '')
        again.emit('kept')
      },
    })
    const alice = wechat.user('alice')
    const id = alice.say('SECRET-KEY-1')
    await until('log')
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'A WeChat message could not be taken in',
      messageId: id,
      err: { kind: 'Error' },
    })
    expect(logged[0]).not.toContain('SECRET')
    const next = alice.say('again')
    await once(again, 'kept')
    expect(kept).toEqual([next])
  })

  it('makes nothing of a payload that is none of its own', async () => {
    const { bot } = await shop()
    expect(bot.decode({ update_id: 1 })).toBeUndefined()
  })
})

const endless = () => {
  let left = 25
  return new PassThrough({
    read() {
      this.push(left-- > 0 ? Buffer.alloc(1024 * 1024) : null)
    },
  })
}
const broken = () =>
  new PassThrough({
    read() {
      this.destroy(new Error('connection lost'))
    },
  })

describe('what is sent', () => {
  it('shows the text without styles, links with their address', async () => {
    const { wechat, bot } = await shop()
    const alice = wechat.user('alice')
    const link = { text: 'How to redeem', link: 'https://example.org/how' }
    const same = { text: 'https://example.org', link: 'https://example.org' }
    const text = [bold('Game'), '\n', code('AB-12'), ' ', spoiler('CD-34'), '\n', link, '\n', same, '\n\n1 Buy']
    const id = await bot.channel.send('wx_alice', screen(text), 'reply')
    expect(id).not.toBe('')
    expect(await alice.see(/Game/)).toEqual({
      text: 'Game\nAB-12 CD-34\nHow to redeem: https://example.org/how\nhttps://example.org\n\n1 Buy',
    })
  })

  it('sends the picture, the text, then the file', async () => {
    const { wechat, bot } = await shop()
    const alice = wechat.user('alice')
    const picture = { id: 'p1', mime: 'image/png', bytes: Buffer.from('png') }
    const file = { name: 'keys.txt', mime: 'text/plain', bytes: Buffer.from('K-1\n') }
    await bot.channel.send('wx_alice', screen(['Here'], { picture, file }), 'key')
    await bot.channel.send('wx_alice', screen([], { file }), 'key')
    await bot.channel.send('wx_alice', screen(['Web'], { picture: { url: 'https://example.org/a.png' } }), 'reply')
    await alice.see(/Web/)
    expect(alice.history()).toEqual([
      { text: '', file: { name: 'picture.png', bytes: Buffer.from('png') } },
      { text: 'Here' },
      { text: '', file: { name: 'keys.txt', bytes: Buffer.from('K-1\n') } },
      { text: '', file: { name: 'keys.txt', bytes: Buffer.from('K-1\n') } },
      { text: '', file: { name: 'a.png', url: 'https://example.org/a.png' } },
      { text: 'Web' },
    ])
  })

  it('sends the text when the picture fails', async () => {
    const { wechat, bot, logged } = await shop()
    const alice = wechat.user('alice')
    await bot.channel.send('wx_alice', screen(['Game'], { picture: { url: 'not an address' } }), 'reply')
    expect(await alice.see(() => true)).toEqual({ text: 'Game' })
    expect(logged).toHaveLength(1)
  })

  it('edits by a new message, deletes nothing, and shows a toast as a message', async () => {
    const { wechat, bot, until, event } = await shop()
    const alice = wechat.user('alice')
    const first = await bot.channel.send('wx_alice', screen(['one']), 'reply')
    expect(await bot.channel.edit('wx_alice', first, screen(['two']), 'reply')).not.toBe(first)
    expect(await bot.channel.remove('wx_alice', first)).toBe(false)
    const own = alice.say('1')
    expect(await bot.channel.remove('wx_alice', own)).toBe(false)
    await until('heard')
    const pressed = event()
    if (!pressed) throw new Error('no event')
    await bot.channel.acknowledge(pressed)
    await bot.channel.acknowledge(pressed, { text: 'Copied' })
    await alice.see(/Copied/)
    expect(alice.history().map((message) => message.text)).toEqual(['one', 'two', 'Copied'])
  })

  it('answers in the room it was asked in', async () => {
    const { wechat, bot } = await shop()
    const alice = wechat.user('alice')
    const room = wechat.inRoom('family', alice)
    await bot.channel.send(room.id, screen(['Write to me in private']), 'reply')
    await room.see(/in private/)
    expect(alice.history()).toEqual([])
  })

  it('tells a person who is gone from a send that failed and from an account that is logged out', async () => {
    const { wechat, bot } = await shop()
    const alice = wechat.user('alice')
    await bot.channel.send('wx_alice', screen(['hi']), 'reply')
    wechat.refuse(Object.assign(new Error('hi: 14 UNAVAILABLE'), { code: 14 }))
    const failed = bot.channel.send('wx_alice', screen(['hi']), 'reply')
    await expect(failed).rejects.toMatchObject({
      code: 'wechat.send_failed',
      message: expect.not.stringContaining('hi:'),
    })
    wechat.refuse(undefined)
    alice.leave()
    await expect(bot.channel.send('wx_alice', screen(['hi']), 'reply')).rejects.toMatchObject({
      code: 'chat.unreachable',
    })
    await expect(bot.channel.send('wx_nobody', screen(['hi']), 'reply')).rejects.toMatchObject({
      code: 'chat.unreachable',
    })
    await wechat.puppet.logout()
    await expect(bot.channel.send('wx_alice', screen(['hi']), 'notice')).rejects.toMatchObject({
      code: 'wechat.logged_out',
    })
  })
})

describe('logging in', () => {
  it('rejects when no account logs in, with what to do', async () => {
    const { puppet } = startMockWechat({ login: false })
    const started = startWechat({ puppet, accept: async () => {}, log: silentLog, now: () => now, loginWithin: 50 })
    await expect(started).rejects.toMatchObject({
      code: 'wechat.no_login',
      message: expect.stringMatching(/WECHAT_.*token/),
    })
  })

  it('names what WeChat reported as the cause', async () => {
    const { puppet } = startMockWechat({ login: false })
    puppet.start = () => Promise.reject(new Error('bad token'))
    const started = startWechat({ puppet, accept: async () => {}, log: silentLog, now: () => now, loginWithin: 50 })
    await expect(started).rejects.toMatchObject({ cause: { message: 'bad token' } })
  })

  it('finishes what it heard before it closes', async () => {
    let committed = 0
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { wechat, bot } = await shop({
      accept: async () => {
        arrived()
        await gate
        committed++
      },
    })
    wechat.user('alice').say('1')
    await arrival
    const closed = bot.close()
    go()
    await closed
    expect(committed).toBe(1)
  })

  it('makes the puppet the settings name, and says which there are', async () => {
    const puppet = await createPuppet({ WECHAT_PUPPET: 'mock' }, silentLog)
    opened.push(await startWechat({ puppet, accept: async () => {}, log: silentLog, now: () => now }))
    await expect(createPuppet({ WECHAT_PUPPET: undefined }, silentLog)).rejects.toThrow(/must be `mock`/)
  })
})
