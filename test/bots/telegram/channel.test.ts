import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Picture, Screen } from '../../../bots/dialogue/screen.ts'
import { createApi } from '../../../bots/telegram/client.ts'
import { createDecode } from '../../../bots/telegram/decode.ts'
import { startFakeTelegram } from '../../fakes/telegram/server.ts'
import { PNG, TOKEN } from '../../fakes/telegram/testing.ts'
import { withChannel } from './stand.ts'

const picture: Picture = { id: 'chart-1', mime: 'image/png', bytes: PNG }
const broken: Picture = { url: 'https://shop.example/gone.png' }
const menu: Screen = { text: ['menu'], buttons: [[{ label: 'Buy', action: 'buy:1' }]] }
const long = 'x'.repeat(2000)

describe('sending', () => {
  it('shows styles where they belong, whatever the script, and no preview', async () => {
    const { fake, alice, channel } = await withChannel()
    const text = ['🎮 ', { text: '密码', style: 'code' }, ' ‏مفتاح ', { text: '👾', style: 'spoiler' }, ' <b>'] as const
    const id = await channel.send('7', { ...menu, text, protect: true }, 'key')
    const seen = await alice.see('密码')
    expect(`${seen.message_id}`).toBe(id)
    expect(seen.entities?.map((e) => [e.type, seen.text?.slice(e.offset, e.offset + e.length)])).toEqual([
      ['code', '密码'],
      ['spoiler', '👾'],
    ])
    expect(seen).toMatchObject({ text: '🎮 密码 ‏مفتاح 👾 <b>', buttons: ['Buy'], protect_content: true })
    expect(fake.calls('sendMessage')[0]?.params).toMatchObject({ link_preview_options: { is_disabled: true } })
    expect(fake.calls('sendMessage')[0]?.params).not.toHaveProperty('parse_mode')
  })

  it('uploads a picture once, and again when Telegram has lost it', async () => {
    const { fake, alice, channel } = await withChannel()
    await channel.send('7', { text: ['one'], picture }, 'reply')
    await channel.send('7', { text: ['two'], picture }, 'reply')
    expect((await alice.see('two')).photo?.bytes).toEqual(PNG)
    expect(fake.calls('sendPhoto').map(({ files }) => files.length)).toEqual([1, 0])
    await fake.close()
    const other = await startFakeTelegram({ token: TOKEN, port: Number(new URL(fake.url).port) })
    await other.user({ id: 7 }).say('hi')
    await channel.send('7', { text: ['three'], picture }, 'reply')
    expect(other.messages(7).at(-1)).toMatchObject({ caption: 'three' })
    await other.close()
  })

  it('covers a picture that is secret, and does not remember it', async () => {
    const { fake, alice, channel } = await withChannel()
    for (const text of ['one', 'two']) await channel.send('7', { text: [text], picture, secret: true }, 'key')
    expect(await alice.see('two')).toMatchObject({ photo: { bytes: PNG }, has_media_spoiler: true })
    expect(fake.calls('sendPhoto').map(({ files }) => files.length)).toEqual([1, 1])
    await channel.edit('7', `${alice.screen()?.message_id}`, { text: ['three'], picture, secret: true }, 'key')
    expect(fake.calls('editMessageMedia')[0]?.params).toMatchObject({ media: { has_spoiler: true } })
    await channel.send('7', { text: ['four'], picture }, 'reply')
    expect(fake.calls('sendPhoto')[2]).toMatchObject({ files: [{}] })
    expect(fake.calls('sendPhoto')[2]?.params).not.toHaveProperty('has_spoiler')
  })

  it('goes without a picture that Telegram does not take, and puts one above a text too long for a caption', async () => {
    const { alice, channel, lines } = await withChannel()
    const id = await channel.send('7', { ...menu, picture: broken }, 'reply')
    expect(alice.screen()).toMatchObject({ message_id: Number(id), text: 'menu', buttons: ['Buy'] })
    expect(lines).toEqual(['Telegram did not take a picture; its text goes without it'])
    const below = await channel.send('7', { ...menu, text: [long], picture }, 'reply')
    const [above, text] = alice.history().slice(-2)
    expect(above).toMatchObject({ photo: { bytes: PNG }, buttons: [] })
    expect(text).toMatchObject({ text: long, buttons: ['Buy'], message_id: Number(below) })
    expect(await channel.remove('7', below)).toBe(true)
    expect(alice.screen()?.text).toBe('menu')
  })

  it('sends files with their names, and their text beside or above them', async () => {
    const { alice, channel } = await withChannel()
    const file = { name: '卡密 2; "a".txt', mime: 'text/plain', bytes: Buffer.from('key') }
    await channel.send('7', { text: ['your keys'], file, protect: true }, 'key')
    expect(await alice.see('your keys')).toMatchObject({
      document: { file_name: '卡密 2; _a_.txt', bytes: Buffer.from('key') },
      protect_content: false,
    })
    await channel.send('7', { ...menu, text: [long], file }, 'key')
    expect(alice.history().slice(-2)).toMatchObject([{ text: long }, { document: {}, buttons: ['Buy'] }])
  })

  it('sends invoices in Stars that only this person can pay', async () => {
    const { fake, alice, channel } = await withChannel()
    const invoice = {
      title: '订'.repeat(40),
      description: 'd'.repeat(300),
      payload: 'K7MQ4XD2',
      currency: 'XTR',
      amount: 50,
      label: 'Order',
    } as const
    await channel.send('7', { ...menu, text: [invoice.title], invoice }, 'reply')
    const seen = alice.screen()
    expect(seen?.invoice).toMatchObject({ title: `${'订'.repeat(31)}…`, currency: 'XTR', total_amount: 50 })
    expect(seen?.buttons).toEqual(['⭐️ 50', 'Buy'])
    const [call, ...more] = fake.calls('sendInvoice')
    expect(call?.params).toMatchObject({ provider_token: '', prices: [{ amount: 50 }], start_parameter: 'K7MQ4XD2' })
    expect(more).toEqual([])
    await channel.send('7', { text: [''], invoice }, 'reply')
    expect(alice.screen()?.buttons).toEqual(['Pay ⭐️50'])
  })
})

describe('when something is wrong', () => {
  it('says that a person cannot be reached, and tells nothing of the message', async () => {
    const { alice, channel } = await withChannel()
    alice.block()
    const secret = { text: ['SECRET-KEY-1'], buttons: [[{ label: 'Copy', copy: 'SECRET-KEY-1' }]] }
    const error: unknown = await channel.send('7', secret, 'key').catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'chat.unreachable' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/SECRET-KEY-1|test-token/)
    await expect(channel.send('999', menu, 'reply')).rejects.toMatchObject({ code: 'chat.unreachable' })
    await expect(channel.edit('7', '1', menu, 'reply')).rejects.toMatchObject({ code: 'chat.unreachable' })
  })

  it('keeps the address, which holds the token, out of errors of the network', async () => {
    const api = createApi(TOKEN, 'http://127.0.0.1:9')
    const error: unknown = await api.call('sendMessage', { chat_id: 7, text: 'SECRET-KEY-1' }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'telegram.no_answer', method: 'sendMessage', passing: true })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/SECRET-KEY-1|test-token/)
  })

  it('sends again after a lost request or answer: rather twice than never', async () => {
    const { fake, alice, channel } = await withChannel()
    const drop = fake.fault({ method: 'sendMessage', kind: 'drop' })
    await channel.send('7', { text: ['dropped'] }, 'key')
    expect(drop.hits()).toBe(1)
    expect(alice.history().filter(({ text }) => text === 'dropped')).toHaveLength(1)
    fake.fault({ method: 'sendMessage', kind: 'reply-lost' })
    await channel.send('7', { text: ['twice'] }, 'key')
    expect(alice.history().filter(({ text }) => text === 'twice')).toHaveLength(2)
    fake.fault({ method: 'editMessageText', kind: '500' })
    await channel.edit('7', `${alice.screen()?.message_id}`, { text: ['edited'] }, 'reply')
    expect(alice.screen()?.text).toBe('edited')
  })

  it('waits as long as Telegram says', async () => {
    const { fake, channel } = await withChannel()
    fake.fault({ method: 'sendMessage', kind: '429', retryAfter: 1 })
    const before = Date.now()
    await channel.send('7', menu, 'key')
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000)
    expect(fake.calls('sendMessage')).toHaveLength(2)
  })

  it('stays below the limits that Telegram enforces', async () => {
    const { fake, channel } = await withChannel({ limits: {}, now: Date.now })
    const others = Array.from({ length: 40 }, (_, i) => fake.user({ id: 100 + i }))
    for (const person of others) await person.say('hi')
    const sends = others.map(({ id }) => channel.send(`${id}`, menu, 'marketing'))
    const texts = ['1', '2', '3', '4', '5']
    sends.push(...texts.map((text) => channel.send('7', { text: [text] }, 'key')))
    await Promise.all(sends)
    const calls = fake.calls('sendMessage')
    const taken = calls.filter(({ answer }) => (answer as { ok: boolean }).ok)
    expect(taken).toHaveLength(45)
    // All at once would be refused more than fifteen times; on a busy machine a call may be under way for too long.
    expect(calls.length - taken.length).toBeLessThan(5)
    const alices = taken.filter(({ params }) => params.chat_id === 7)
    expect(alices.map(({ params }) => params.text)).toEqual(texts)
  })
})

describe('editing', () => {
  it('changes a text in place, also when nothing changes', async () => {
    const { alice, channel } = await withChannel()
    const id = await channel.send('7', menu, 'reply')
    expect(await channel.edit('7', id, menu, 'reply')).toBe(id)
    expect(await channel.edit('7', id, { text: ['second'] }, 'reply')).toBe(id)
    expect(alice.history().slice(1)).toMatchObject([{ text: 'second', buttons: [] }])
  })

  it('turns a text into a picture in place, and a picture into a text by a new message', async () => {
    const { alice, channel } = await withChannel()
    const id = await channel.send('7', menu, 'reply')
    expect(await channel.edit('7', id, { ...menu, picture }, 'reply')).toBe(id)
    expect(await channel.edit('7', id, { ...menu, picture }, 'reply')).toBe(id)
    expect(alice.screen()).toMatchObject({ caption: 'menu', photo: { bytes: PNG }, buttons: ['Buy'] })
    const text = await channel.edit('7', id, menu, 'reply')
    expect(alice.history().slice(1)).toMatchObject([{ message_id: Number(text), text: 'menu' }])
    expect(await channel.edit('7', text, { text: ['plain'], picture: broken }, 'reply')).toBe(text)
    expect(alice.screen()).toMatchObject({ text: 'plain' })
  })

  it('turns a message into a file and an invoice into a text', async () => {
    const { alice, channel } = await withChannel()
    const file = { name: 'a.txt', mime: 'text/plain', bytes: Buffer.from('a') }
    const id = await channel.send('7', menu, 'reply')
    expect(await channel.edit('7', id, { text: ['file'], file }, 'reply')).toBe(id)
    expect(alice.screen()?.document?.file_name).toBe('a.txt')
    const invoice = { title: 't', description: 'd', payload: 'p', currency: 'XTR', amount: 1, label: 'l' } as const
    const bill = await channel.edit('7', id, { text: [], invoice }, 'reply')
    expect(bill).not.toBe(id)
    const paid = await channel.edit('7', bill, { text: ['paid'] }, 'reply')
    expect(alice.history().slice(1)).toMatchObject([{ message_id: Number(paid), text: 'paid' }])
  })

  it('clears what stood above, and sends anew what is gone', async () => {
    const { alice, channel } = await withChannel()
    const id = await channel.send('7', { ...menu, text: [long], picture }, 'reply')
    expect(await channel.edit('7', id, menu, 'reply')).toBe(id)
    expect(alice.history().slice(1)).toMatchObject([{ text: 'menu' }])
    await channel.remove('7', id)
    const anew = await channel.edit('7', id, { text: ['anew'], picture }, 'reply')
    expect(anew).not.toBe(id)
    expect(alice.screen()).toMatchObject({ caption: 'anew' })
  })

  it('protects what must be by a new message, and then in place', async () => {
    const { alice, channel } = await withChannel()
    const id = await channel.send('7', menu, 'reply')
    const shown = { text: ['KEY'], protect: true, secret: true }
    const revealed = await channel.edit('7', id, shown, 'reply')
    expect(alice.history().slice(1)).toMatchObject([{ text: 'KEY', protect_content: true }])
    expect(await channel.edit('7', revealed, { ...shown, text: ['KEY 2'] }, 'reply')).toBe(revealed)
    const file = { name: 'a.txt', mime: 'text/plain', bytes: Buffer.from('a') }
    await channel.edit('7', revealed, { text: [], file }, 'reply')
    expect(alice.history().slice(1)).toMatchObject([{ protect_content: false, document: {} }])
  })
})

describe('deleting', () => {
  it('is true when the message is gone, and false when Telegram keeps it', async () => {
    const { alice, channel, clock } = await withChannel()
    const own = await alice.say('SKU,key')
    expect(await channel.remove('7', `${own}`)).toBe(true)
    expect(await channel.remove('7', `${own}`)).toBe(true)
    const id = await channel.send('7', menu, 'reply')
    clock.ms += 49 * 3_600_000
    expect(await channel.remove('7', id)).toBe(false)
    alice.block()
    expect(await channel.remove('7', id)).toBe(false)
  })
})

describe('answering a press', () => {
  const decode = createDecode({
    botId: '4242',
    username: () => undefined,
    load: () => Promise.reject(),
    now: () => new Date(),
  })

  it('happens once, with a short text, and not too late', async () => {
    const { fake, alice, channel, clock } = await withChannel()
    const id = await channel.send('7', menu, 'reply')
    const message = await alice.see('menu')
    const event = () => {
      const found = decode(fake.unconfirmed().at(-1))
      if (!found) throw new Error('no event')
      return found
    }
    const pressed = alice.press(message, 'Buy')
    await Promise.all([1, 2].map(() => channel.acknowledge(event(), { text: 'x'.repeat(300), alert: true })))
    expect(await pressed).toEqual({ text: `${'x'.repeat(199)}…`, show_alert: true })
    expect(fake.calls('answerCallbackQuery')).toHaveLength(1)
    const late = expect(alice.press(message, 'Buy', { timeout: 200 })).rejects.toThrow('did not answer')
    clock.ms += 60_000
    await channel.acknowledge(event())
    expect(fake.calls('answerCallbackQuery')).toHaveLength(2)
    await late
    await alice.say('text')
    await channel.acknowledge(event(), { text: 'for nothing' })
    expect(fake.calls('answerCallbackQuery')).toHaveLength(2)
    expect(event().messageId).not.toBe(id)
  })
})
