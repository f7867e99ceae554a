import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Screen } from '../../../../bots/dialogue/screen.ts'
import { createCodes } from '../../../../bots/wechat/official-account/codes.ts'
import { createHolding } from '../../../../bots/wechat/official-account/holding.ts'
import { hours, minutes, seconds } from '../../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { gate, openAccount, screen } from './stand.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop({ settings: { HTTP_PORT: '0' } })
})
beforeEach(() => stand.clock.advance(minutes(10)))

const SEND = 'cgi-bin/message/custom/send'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const closed = { code: 'chat.window_closed' }
const menu: Screen = {
  text: ['Pick one'],
  options: [
    { number: 1, label: '商店', stamp: 7 },
    { number: 12, label: 'Orders', stamp: 19_999_999 },
  ],
}
let people = 0
/** Somebody whom no other test knows. */
const someone = () => `person${++people}`

describe('an answer', () => {
  it('goes as the answer to the push, and costs nothing', async () => {
    const account = await openAccount(stand, {
      handle: async ({ chat }) => void (await account.channel.send(chat, screen('hello'), 'reply')),
    })
    const ann = account.fake.person(someone())
    expect(await ann.say('hi')).toEqual({ times: 1, status: 200, text: 'hello' })
    expect(account.fake.calls()).toEqual([])
    expect(ann.seen).toEqual([{ text: 'hello', by: 'answer' }])
  })

  it('goes on by customer service when it is longer', async () => {
    const account = await openAccount(stand, {
      handle: async ({ chat }) => {
        for (const text of ['one', 'two', 'three']) await account.channel.send(chat, screen(text), 'reply')
      },
    })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await ann.see(/three/)
    expect(ann.seen.map(({ text, by }) => `${text} ${by}`)).toEqual(['one answer', 'two service', 'three service'])
  })

  it('comes by customer service when it takes longer than WeChat waits', async () => {
    const slow = gate()
    const account = await openAccount(stand, {
      holdFor: 20,
      handle: async ({ chat }) => {
        await slow.opened
        await account.channel.send(chat, screen('at last'), 'reply')
      },
    })
    const ann = account.fake.person(someone())
    expect(await ann.say('hi')).toEqual({ times: 1, status: 200, text: '' })
    slow.open()
    expect(await ann.see(/at last/)).toMatchObject({ by: 'service' })
    expect(account.heard).toHaveLength(1)
  })

  it('goes to the repeat of a push whose connection broke', async () => {
    const second = gate()
    let pushes = 0
    const account = await openAccount(stand, {
      accept: async () => {
        if (++pushes === 2) second.open()
      },
      handle: async ({ chat }) => {
        await second.opened
        await account.channel.send(chat, screen('once'), 'reply')
      },
    })
    const ann = account.fake.person(someone())
    account.fake.pushFault('dropped')
    expect(await ann.say('hi')).toMatchObject({ times: 2, text: 'once' })
    expect(ann.seen).toEqual([{ text: 'once', by: 'answer' }])
    expect(account.heard).toHaveLength(1)
  })

  it.each(['before', 'while'])(
    'goes to the push that waits when its repeat cannot be committed, %s it is given',
    async (when) => {
      const commit = gate()
      let pushes = 0
      const account = await openAccount(stand, {
        accept: async () => {
          if (++pushes === 1) return
          await commit.opened
          throw new Error('the database is away')
        },
      })
      const ann = account.fake.person(someone())
      const push = async () => {
        const { url, body } = account.fake.pushOf({
          MsgType: 'text',
          Content: 'hi',
          MsgId: '4711',
          FromUserName: ann.openid,
        })
        const answer = await fetch(url, { method: 'POST', body })
        return { status: answer.status, text: await answer.text() }
      }
      const first = push()
      await vi.waitUntil(() => account.heard.length === 1)
      const repeat = push()
      await vi.waitUntil(() => pushes === 2)
      const send = () => account.channel.send(ann.openid, screen('the keys'), 'reply')
      if (when === 'while') void send().catch(() => {})
      commit.open()
      expect(await repeat).toEqual({ status: 503, text: '' })
      if (when === 'before') await send()
      expect(await first).toMatchObject({ status: 200, text: expect.stringContaining('the keys') })
      expect(account.fake.calls()).toEqual([])
    },
  )

  it('is not waited for longer than WeChat would wait', async () => {
    vi.useFakeTimers()
    try {
      const holding = createHolding()
      const held = holding.hold('event', 'chat', Promise.resolve(), new AbortController().signal)
      const given = holding.give('chat', 'hello')
      expect(await held).toMatchObject({ text: 'hello' })
      await vi.advanceTimersByTimeAsync(seconds(5))
      expect(await given).toBe(false)
      holding.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it('goes by customer service when nobody waits for it any more', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await account.channel.send(ann.openid, screen('later'), 'notice')
    expect(ann.seen).toEqual([{ text: 'later', by: 'service' }])
  })

  it('is given again to a repeat, and nothing else happens', async () => {
    const account = await openAccount(stand, {
      handle: async ({ chat }) => void (await account.channel.send(chat, screen('the same'), 'reply')),
    })
    const ann = account.fake.person(someone())
    account.fake.pushFault('twice')
    expect(await ann.say('hi')).toEqual({ times: 2, status: 200, text: 'the same' })
    expect(account.heard).toHaveLength(1)
    expect(account.fake.calls()).toEqual([])
  })

  it('never makes links of what a person typed', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await account.channel.send(ann.openid, screen('<a href="https://evil.example">free</a> a<b'), 'reply')
    expect(ann.seen[0]?.text).not.toMatch(/<\/?a/)
    expect(ann.seen[0]?.text.replaceAll('\u200b', '')).toBe('<a href="https://evil.example">free</a> a<b')
  })

  it('is cut where it is too long for WeChat, between characters', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    const long = `${'卡'.repeat(700)}🔑\n${'x'.repeat(2000)}`
    await account.channel.send(ann.openid, screen(long), 'reply')
    expect(ann.seen.length).toBeGreaterThan(2)
    expect(
      ann.seen
        .map(({ text }) => text)
        .join('')
        .replaceAll('\n', ''),
    ).toBe(long.replaceAll('\n', ''))
  })
})

describe('a menu', () => {
  it('can be tapped, and says which line of which menu', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await account.channel.send(ann.openid, menu, 'reply')
    expect(ann.seen).toMatchObject([{ text: 'Pick one\n\n1 商店\n12 Orders', by: 'service' }])
    await ann.tap('1 商店')
    await ann.tap('12 Orders')
    await ann.say('12')
    expect(account.heard.slice(1).map(({ content }) => content)).toEqual([
      { kind: 'text', text: '1', stamp: 7 },
      { kind: 'text', text: '12', stamp: 19_999_999 },
      { kind: 'text', text: '12' },
    ])
  })

  it('is printed where the account may send none, and that is asked once an hour', async () => {
    const account = await openAccount(stand, { menus: false, holdFor: 0 })
    const ann = account.fake.person(someone())
    const send = async () => {
      await ann.say('hi')
      await account.channel.send(ann.openid, menu, 'reply')
      return account.fake.calls(SEND).length
    }
    expect(await send()).toBe(2)
    expect(ann.seen[0]?.options).toBeUndefined()
    expect(ann.seen[0]?.text).toBe('Pick one\n\n1 商店\n12 Orders')
    expect(await send()).toBe(3)
    stand.clock.advance(hours(1))
    expect(await send()).toBe(5)
  })

  it('is printed into the answer when only one message is left', async () => {
    const account = await openAccount(stand, {
      handle: async ({ chat }) => {
        for (let n = 0; n < 6; n++) await account.channel.send(chat, { ...menu, text: [`menu ${n}`] }, 'reply')
      },
    })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await ann.see(/menu 5/)
    expect(ann.seen.map(({ by, options }) => (options ? 'tapped' : by))).toEqual([
      ...Array(4).fill('tapped'),
      'answer',
      'tapped',
    ])
  })
})

describe('what WeChat allows', () => {
  it('is five messages after one of theirs, and WeChat is not asked for more', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    for (let n = 0; n < 5; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
    await expect(account.channel.send(ann.openid, screen('more'), 'notice')).rejects.toMatchObject(closed)
    expect(account.fake.calls(SEND)).toHaveLength(5)
    await ann.say('and?')
    await account.channel.send(ann.openid, screen('more'), 'notice')
    expect(ann.seen).toHaveLength(6)
  })

  it('ends after 48 hours', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    stand.clock.advance(hours(48) - 1000)
    await account.channel.send(ann.openid, screen('in time'), 'notice')
    stand.clock.advance(1000)
    await expect(account.channel.send(ann.openid, screen('late'), 'notice')).rejects.toMatchObject(closed)
    expect(ann.seen).toHaveLength(1)
  })

  it('is three messages in a minute after a scan, used first', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await ann.scan('x')
    for (let n = 0; n < 8; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
    await expect(account.channel.send(ann.openid, screen('more'), 'notice')).rejects.toMatchObject(closed)
    const bob = account.fake.person(someone())
    await bob.follow()
    stand.clock.advance(minutes(1))
    await expect(account.channel.send(bob.openid, screen('late'), 'notice')).rejects.toMatchObject(closed)
  })

  it('is counted by all processes together', async () => {
    const first = await openAccount(stand, { holdFor: 0 })
    const other = await openShop({ beside: stand, settings: { HTTP_PORT: '0' } })
    const second = await openAccount(other, { beside: first, holdFor: 0 })
    const ann = first.fake.person(someone())
    await ann.say('hi')
    for (const { channel } of [first, second, first, second, first])
      await channel.send(ann.openid, screen('x'), 'notice')
    await expect(second.channel.send(ann.openid, screen('more'), 'notice')).rejects.toMatchObject(closed)
    expect(ann.seen).toHaveLength(5)
    expect(first.fake.calls('cgi-bin/stable_token')).toHaveLength(1)
  })

  it('is not more for a push that comes twice', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    const push = account.fake.pushOf({ MsgType: 'text', Content: 'hi', MsgId: '99', FromUserName: ann.openid })
    await ann.say('hi')
    const post = () => fetch(push.url, { method: 'POST', body: push.body })
    await post()
    for (let n = 0; n < 5; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
    await post()
    await expect(account.channel.send(ann.openid, screen('more'), 'notice')).rejects.toMatchObject(closed)
    expect(account.fake.calls(SEND)).toHaveLength(5)
  })

  it('is what WeChat says, where we counted otherwise or know nothing', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: SEND, kind: 45047 })
    for (let n = 0; n < 2; n++)
      await expect(account.channel.send(ann.openid, screen('x'), 'notice')).rejects.toMatchObject(closed)
    expect(account.fake.calls(SEND)).toHaveLength(1)
    const stranger = account.fake.person(someone())
    for (let n = 0; n < 2; n++)
      await expect(account.channel.send(stranger.openid, screen('x'), 'notice')).rejects.toMatchObject(closed)
    expect(account.fake.calls(SEND)).toHaveLength(2)
  })

  it.each([45047, 45011])(
    'is what they may have since they wrote again, when %i comes late for one before',
    async (errcode) => {
      const account = await openAccount(stand, { holdFor: 0 })
      const ann = account.fake.person(someone())
      await ann.say('hi')
      const answer = gate()
      account.fake.fault({ path: SEND, kind: 'late', until: answer.opened, refuses: errcode })
      const refused = account.channel.send(ann.openid, screen('before'), 'notice')
      await vi.waitUntil(() => account.fake.calls(SEND).length === 1)
      await ann.say('and?')
      answer.open()
      await expect(refused).rejects.toThrow()
      for (let n = 0; n < 5; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
      expect(await stand.shop.allowances.left('wechat', ann.openid, ['message', 'event'])).toBe(0)
      expect(ann.seen).toHaveLength(5)
    },
  )

  it('is not asked about before a picture is uploaded for nothing', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    for (let n = 0; n < 5; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
    const shown = { ...screen('with'), picture: { id: 'p', mime: 'image/png', bytes: PNG } }
    await expect(account.channel.send(ann.openid, shown, 'notice')).rejects.toMatchObject(closed)
    expect(account.fake.calls('cgi-bin/media/upload')).toEqual([])
  })
})

describe('a word that something waits', () => {
  const templates = [{ template_id: 'T1', content: '{{thing1.DATA}}\n{{time2.DATA}}' }]

  it('comes once until they write again, and not for marketing', async () => {
    const account = await openAccount(stand, { holdFor: 0, templateId: 'T1', templates })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    stand.clock.advance(hours(49))
    const fails = (priority: 'notice' | 'marketing') =>
      expect(account.channel.send(ann.openid, screen('x'), priority)).rejects.toMatchObject(closed)
    await fails('marketing')
    expect(ann.seen).toEqual([])
    await fails('notice')
    await fails('notice')
    expect(ann.seen).toMatchObject([
      { by: 'template', text: expect.stringMatching(/新消息[\s\S]*\n20\d\d-\d\d-\d\d \d\d:\d\d$/) },
    ])
    await ann.say('what?')
    stand.clock.advance(hours(49))
    await fails('notice')
    expect(ann.seen).toHaveLength(2)
  })

  it('comes for what was put behind something that waits, too, and never fails', async () => {
    const account = await openAccount(stand, { holdFor: 0, templateId: 'T1', templates })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: 'cgi-bin/message/template/send', kind: 45009 })
    await account.channel.remind?.(ann.openid)
    expect(ann.seen).toEqual([])
    await account.channel.remind?.(ann.openid)
    await account.channel.remind?.(ann.openid)
    expect(ann.seen).toMatchObject([{ by: 'template' }])
  })

  it('comes with the next notice when WeChat refused it', async () => {
    const account = await openAccount(stand, { holdFor: 0, templateId: 'T1', templates })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    stand.clock.advance(hours(49))
    account.fake.fault({ path: 'cgi-bin/message/template/send', kind: 45009 })
    const fails = () => expect(account.channel.send(ann.openid, screen('x'), 'notice')).rejects.toMatchObject(closed)
    await fails()
    expect(ann.seen).toEqual([])
    await fails()
    await fails()
    expect(ann.seen).toMatchObject([{ by: 'template' }])
  })

  it('comes once the template is there, and nothing is missed before', async () => {
    const later: { template_id: string; content: string }[] = []
    const account = await openAccount(stand, { holdFor: 0, templateId: 'T1', templates: later })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    stand.clock.advance(hours(49))
    await expect(account.channel.send(ann.openid, screen('x'), 'notice')).rejects.toMatchObject(closed)
    expect(account.logged.join()).toContain('WECHAT_TEMPLATE_ID')
    later.push(...templates)
    await expect(account.channel.send(ann.openid, screen('x'), 'notice')).rejects.toMatchObject(closed)
    expect(ann.seen).toMatchObject([{ by: 'template' }])
  })
})

describe('the access token', () => {
  it('is asked for once, and again before it ends', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    const send = async () => {
      await ann.say('hi')
      await account.channel.send(ann.openid, screen('x'), 'notice')
      return account.fake.calls('cgi-bin/stable_token').length
    }
    expect(await send()).toBe(1)
    stand.clock.advance(seconds(7200 - 250))
    expect(await send()).toBe(1)
    stand.clock.advance(seconds(15))
    expect(await send()).toBe(2)
    expect(account.fake.calls(SEND)).toHaveLength(3)
  })

  it('is replaced when WeChat does not take it any more, and nothing is lost', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.expireTokens()
    await Promise.all(['a', 'b', 'c'].map((text) => account.channel.send(ann.openid, screen(text), 'notice')))
    expect(ann.seen.map(({ text }) => text).sort()).toEqual(['a', 'b', 'c'])
    expect(account.fake.calls('cgi-bin/stable_token')).toHaveLength(2)
  })

  it.each([40001, 40014, 42001])('is asked for anew when WeChat insists on %i', async (errcode) => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    stand.clock.advance(seconds(31))
    account.fake.fault({ path: SEND, kind: errcode })
    await account.channel.send(ann.openid, screen('x'), 'notice')
    expect(ann.seen).toHaveLength(1)
    const asked = account.fake.calls('cgi-bin/stable_token').map(({ body }) => body)
    expect(asked).toMatchObject([{ force_refresh: false }, { force_refresh: false }, { force_refresh: true }])
  })

  it('stands nowhere in plain text', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    await account.channel.send(ann.openid, screen('x'), 'notice')
    const token = account.fake.calls(SEND)[0]?.query.access_token ?? ''
    expect(token).toMatch(/.{36}/)
    const rows = await stand.rows<{ sealed: Buffer }>('SELECT sealed FROM access_token')
    expect(rows.some(({ sealed }) => sealed.includes(token))).toBe(false)
    expect(account.logged.join()).not.toContain(token)
  })
})

describe('what goes wrong', () => {
  it.each([-1, '500', 'dropped'] as const)('is tried again after %s', async (kind) => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: SEND, kind })
    await account.channel.send(ann.openid, screen('x'), 'notice')
    expect(ann.seen).toHaveLength(1)
  })

  it('comes twice rather than never when the answer is lost', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: SEND, kind: 'lost' })
    await account.channel.send(ann.openid, screen('x'), 'notice')
    expect(ann.seen).toHaveLength(2)
  })

  it.each([
    [45009, { code: 'wechat.busy', wait: hours(1) }],
    [45011, { code: 'wechat.busy', wait: minutes(1) }],
    [43004, { code: 'chat.unreachable' }],
    [40003, { code: 'chat.unreachable' }],
    [45015, closed],
    [45048, closed],
    [48004, { code: 'wechat.refused', errcode: 48004 }],
    [47001, { code: 'wechat.refused', errcode: 47001 }],
  ])('is told apart: %i', async (kind, error) => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: SEND, kind })
    await expect(account.channel.send(ann.openid, screen('SECRET'), 'notice')).rejects.toMatchObject(error)
    expect(account.logged.join()).not.toContain('SECRET')
  })

  it('does not count against what may be sent when WeChat refused it', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    account.fake.fault({ path: SEND, kind: 45011 })
    await expect(account.channel.send(ann.openid, screen('x'), 'notice')).rejects.toMatchObject({ code: 'wechat.busy' })
    for (let n = 0; n < 5; n++) await account.channel.send(ann.openid, screen(`${n}`), 'notice')
    expect(ann.seen).toHaveLength(5)
  })

  it('stops the start when WeChat does not take the account', async () => {
    const { fake } = await openAccount(stand)
    const wrong = openAccount(stand, { beside: { fake, appId: 'wxffffffffffffffff' } })
    await expect(wrong).rejects.toMatchObject({
      code: 'wechat.no_login',
      message: expect.stringContaining('WECHAT_APP_SECRET'),
    })
  })
})

describe('the rest', () => {
  it('sends pictures, and the text without one that WeChat does not take', async () => {
    const account = await openAccount(stand, { holdFor: 0 })
    const ann = account.fake.person(someone())
    await ann.say('hi')
    const shown = (bytes: Buffer) => ({ ...screen('text'), picture: { id: 'p', mime: 'image/png', bytes } })
    await account.channel.send(ann.openid, shown(PNG), 'reply')
    expect(ann.seen).toMatchObject([{ picture: PNG }, { text: 'text' }])
    await account.channel.send(ann.openid, shown(Buffer.from('no picture')), 'reply')
    expect(ann.seen.slice(2)).toMatchObject([{ text: 'text' }])
  })

  it('makes codes that lead to the account', async () => {
    const { settings, fake, heard } = await openAccount(stand, { holdFor: 0 })
    const { sources } = stand.shop
    sources.codesBy('wechat', createCodes(settings, stand.shop.accessTokens))
    const start = { sku: 'GAME', source: 'fair' }
    const [code, again] = [await sources.code('wechat', start), await sources.code('wechat', start)]
    expect(fake.sceneOf(code ?? '')).toBe('p_GAME_src_fair')
    expect(again).toBe(code)
    await fake.person(someone()).scan(fake.sceneOf(code ?? '') ?? '')
    expect(heard.at(-1)?.content).toEqual({ kind: 'text', text: '/start p_GAME_src_fair' })
    expect(fake.calls('cgi-bin/qrcode/create').length).toBe(1)
  })
})
