import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { minutes } from '../../../../core/platform/clock.ts'
import { encrypt, signature, toXml } from '../../../fakes/wechat/wire.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { AES_KEY, openAccount } from './stand.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop({ settings: { HTTP_PORT: '0' } })
})
/** Another moment for each test: what was said in the last is not said again. */
beforeEach(() => stand.clock.advance(minutes(1)))

const post = async (url: URL, body: string) => (await fetch(url, { method: 'POST', body })).status
const TEXT = { MsgType: 'text', Content: 'hello', MsgId: '1' }

describe('the question whether we are there', () => {
  it('is answered to WeChat, and to nobody else', async () => {
    const { fake } = await openAccount(stand)
    const { url } = fake.pushOf(TEXT)
    url.searchParams.set('echostr', '8012345678')
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, '8012345678'])
    url.searchParams.set('echostr', '<script>')
    expect((await fetch(url)).status).toBe(400)
    url.searchParams.set('nonce', 'another')
    expect((await fetch(url)).status).toBe(401)
  })
})

describe('a push', () => {
  it('is taken with the signature of WeChat', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const { url, body } = fake.pushOf(TEXT)
    expect(await post(url, body)).toBe(200)
    expect(heard).toMatchObject([
      {
        id: '1',
        chat: 'openid',
        private: true,
        person: { id: 'openid', language: 'zh' },
        content: { kind: 'text', text: 'hello' },
      },
    ])
  })

  it.each(['signature', 'timestamp', 'nonce'])('is refused without its %s, or with another', async (name) => {
    const { fake, heard, logged } = await openAccount(stand)
    for (const value of [undefined, '1', 'f'.repeat(40)]) {
      const { url, body } = fake.pushOf({ ...TEXT, Content: 'SECRET-WORDS' })
      if (value === undefined) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
      expect(await post(url, body)).toBe(401)
    }
    expect(heard).toEqual([])
    expect(logged).toHaveLength(3)
    expect(logged.join()).not.toContain('SECRET-WORDS')
  })

  it('is refused when it was signed more than five minutes ago', async () => {
    const { fake, heard } = await openAccount(stand)
    const { url, body } = fake.pushOf(TEXT)
    stand.clock.advance(minutes(5) + 1000)
    expect(await post(url, body)).toBe(401)
    expect(heard).toEqual([])
  })

  it('is taken once, however often it is replayed, and nothing else with its signature', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const { url, body } = fake.pushOf(TEXT)
    expect(await post(url, body)).toBe(200)
    expect(await post(url, body)).toBe(200)
    expect(await post(url, fake.pushOf({ ...TEXT, MsgId: '2' }).body)).toBe(401)
    expect(heard).toHaveLength(1)
  })

  it.each([undefined, AES_KEY])(
    'is taken without the characters that XML cannot hold, with the key %s',
    async (aesKey) => {
      const { fake, heard } = await openAccount(stand, { holdFor: 0, ...(aesKey ? { aesKey } : {}) })
      const { url, body } = fake.pushOf({ ...TEXT, Content: 'a\0b\bc\u001bd\ufffee\uffff\tf' })
      expect(await post(url, body)).toBe(200)
      expect(heard).toMatchObject([{ content: { kind: 'text', text: 'abcde\tf' } }])
    },
  )

  it.each([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['a document type', '<!DOCTYPE xml [<!ENTITY a "b">]><xml></xml>'],
    ['no sender', '<xml><MsgType>text</MsgType></xml>'],
    ['no id', toXml({ FromUserName: 'a', ToUserName: 'b', CreateTime: 1, MsgType: 'text', Content: 'x' })],
    [
      'a strange sender',
      toXml({ FromUserName: 'a b', ToUserName: 'b', CreateTime: 1, MsgType: 'event', Event: 'SCAN' }),
    ],
  ])('is refused with %s', async (_what, body) => {
    const { fake, heard } = await openAccount(stand)
    expect(await post(fake.pushOf(TEXT).url, body)).toBe(400)
    expect(heard).toEqual([])
  })

  it('is refused when it is too large', async () => {
    const { fake } = await openAccount(stand)
    expect(await post(fake.pushOf(TEXT).url, 'x'.repeat(70_000))).toBe(413)
  })

  it('is asked for again until it can be committed', async () => {
    let tries = 0
    const { fake, heard, logged } = await openAccount(stand, {
      holdFor: 0,
      accept: async () => {
        if (++tries < 3) throw new Error('the database is away')
      },
    })
    expect(await fake.person('ann').say('hello')).toMatchObject({ times: 3, status: 200 })
    expect(heard).toHaveLength(1)
    expect(logged.filter((line) => line.includes('WeChat will push it again'))).toHaveLength(2)
  })

  it('is not taken once the account is closed', async () => {
    const account = await openAccount(stand)
    const { url, body } = account.fake.pushOf(TEXT)
    await account.wechat.close()
    expect(await post(url, body)).toBe(503)
  })
})

describe('an encrypted push', () => {
  it('is taken, and answered encrypted', async () => {
    const { fake, channel, heard } = await openAccount(stand, {
      aesKey: AES_KEY,
      handle: async ({ chat }) => void (await channel.send(chat, { text: ['欢迎 <&]]>'] }, 'reply')),
    })
    expect(await fake.person('safe').say('你好')).toMatchObject({ times: 1, text: '欢迎 <&]]>' })
    expect(heard).toMatchObject([{ content: { text: '你好' } }])
    expect(fake.complaints).toEqual([])
  })

  it('is refused when it is not encrypted, not signed, changed, or for another account', async () => {
    const { fake, heard } = await openAccount(stand, { aesKey: AES_KEY })
    const plain = toXml({ FromUserName: 'a', ToUserName: 'b', CreateTime: 1, ...TEXT })
    expect(await post(fake.pushOf(TEXT).url, plain)).toBe(400)
    const { url, body } = fake.pushOf(TEXT)
    url.searchParams.set('msg_signature', 'f'.repeat(40))
    expect(await post(url, body)).toBe(400)
    const changed = fake.pushOf(TEXT)
    expect(await post(changed.url, changed.body.replace(/.(?=\]\]><\/Encrypt>)/, 'A'))).toBe(400)
    const other = fake.pushOf(TEXT)
    const foreign = encrypt(AES_KEY, 'wx0000000000000000', plain)
    const { searchParams } = other.url
    searchParams.set(
      'msg_signature',
      signature('signs', searchParams.get('timestamp') ?? '', searchParams.get('nonce') ?? '', foreign),
    )
    expect(await post(other.url, toXml({ ToUserName: 'b', Encrypt: foreign }))).toBe(400)
    expect(heard).toEqual([])
  })

  it('is refused by an account that has no key', async () => {
    const { fake } = await openAccount(stand)
    const { url, body } = fake.pushOf(TEXT)
    url.searchParams.set('encrypt_type', 'aes')
    expect(await post(url, body)).toBe(400)
  })
})

describe('what people do', () => {
  it('comes as what they would have typed', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const bea = fake.person('bea')
    await bea.follow()
    stand.clock.advance(1000)
    await bea.follow('p_GAME_src_poster')
    await bea.scan('src_shelf')
    await bea.click('/orders')
    expect(heard.map(({ content }) => content)).toEqual(
      ['/start', '/start p_GAME_src_poster', '/start src_shelf', '/orders'].map((text) => ({ kind: 'text', text })),
    )
  })

  it('comes once when an event is pushed twice, by two of its kind', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const cem = fake.person('cem')
    fake.pushFault('twice')
    expect((await cem.scan('a')).times).toBe(2)
    await cem.scan('b')
    expect(heard).toHaveLength(2)
  })

  it('leaves voices and the like alone, and answers at once', async () => {
    const { fake, heard } = await openAccount(stand)
    expect(await fake.person('dan').sendVoice()).toMatchObject({ times: 1, status: 200, text: '' })
    expect(heard).toEqual([])
  })

  it('keeps the order of what one person says', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const eve = fake.person('eve')
    await Promise.all(['1', '2', '3', '4', '5'].map((text) => eve.say(text)))
    expect(heard).toHaveLength(5)
  })

  const isGone = async (chat: string) =>
    (await stand.rows<{ gone: boolean }>('SELECT gone_at IS NOT NULL AS gone FROM identity WHERE chat = $1', [chat]))[0]
      ?.gone

  it('makes whoever leaves unreachable until they come back', async () => {
    const { fake, channel } = await openAccount(stand, { holdFor: 0 })
    const fay = fake.person('fay')
    await stand.shop.customers.meet({ channel: 'wechat', externalId: 'fay', chat: 'fay' })
    await fay.say('hi')
    expect(await isGone('fay')).toBe(false)
    await fay.leave()
    expect(await isGone('fay')).toBe(true)
    await expect(channel.send('fay', { text: ['hello'] }, 'notice')).rejects.toMatchObject({ code: 'chat.unreachable' })
    await fay.follow()
    await channel.send('fay', { text: ['hello'] }, 'notice')
    expect(fay.seen).toMatchObject([{ text: 'hello' }])
  })

  it('keeps whoever has come back when it is pushed again that they left', async () => {
    const { fake, channel } = await openAccount(stand, { holdFor: 0 })
    const meet = () => stand.shop.customers.meet({ channel: 'wechat', externalId: 'hal', chat: 'hal' })
    const hal = fake.person('hal')
    await hal.follow()
    await meet()
    stand.clock.advance(1000)
    const left = fake.pushOf({ MsgType: 'event', Event: 'unsubscribe', EventKey: '', FromUserName: 'hal' })
    const repeat = () => post(fake.pushOf({}).url, left.body)
    expect(await repeat()).toBe(200)
    expect(await isGone('hal')).toBe(true)
    stand.clock.advance(1000)
    await hal.follow()
    await meet()
    expect(await repeat()).toBe(200)
    expect(await isGone('hal')).toBe(false)
    await channel.send('hal', { text: ['hello'] }, 'notice')
    expect(hal.seen).toMatchObject([{ text: 'hello' }])
  })

  it('brings pictures, fetched when they are wanted', async () => {
    const { fake, heard } = await openAccount(stand, { holdFor: 0 })
    const gus = fake.person('gus')
    await gus.sendPicture(Buffer.from('PICTURE'))
    const [event] = heard
    if (event?.content.kind !== 'picture') throw new Error('no picture')
    expect(fake.calls('cgi-bin/media/get')).toEqual([])
    expect((await event.content.picture.load(100)).toString()).toBe('PICTURE')
    await expect(event.content.picture.load(3)).rejects.toMatchObject({ code: 'chat.file_too_large' })
    stand.clock.advance(minutes(60 * 72))
    await expect(event.content.picture.load(100)).rejects.toMatchObject({ code: 'chat.file_too_large' })
  })
})
