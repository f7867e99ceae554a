import { describe, expect, it, vi } from 'vitest'
import { createDecode } from '../../../bots/telegram/decode.ts'
import { callbackOf } from '../../../bots/telegram/ids.ts'
import { paymentOf, refundOf } from '../../../bots/telegram/payments.ts'

const NOW = new Date('2026-11-22T00:00:00Z')
const alice = { id: 7, is_bot: false, first_name: 'Alice', last_name: 'Li', language_code: 'zh-hans' }
const dm = { id: 7, type: 'private', first_name: 'Alice' }
const group = { id: -5, type: 'supergroup', title: 'G' }
const load = vi.fn(async () => Buffer.from('bytes'))
const decode = createDecode({ botId: '42', username: () => 'Shop_Bot', load, now: () => NOW })

const message = (fields: object) => ({
  update_id: 100,
  message: { message_id: 3, from: alice, chat: dm, date: 1_700_000_000, ...fields },
})
const press = (fields: object) => ({
  update_id: 101,
  callback_query: { id: '555', from: alice, chat_instance: 'i', data: 'buy:1', ...fields },
})

describe('what a person writes', () => {
  it('becomes an event', () => {
    expect(decode(message({ text: '/start p_SKU' }))).toEqual({
      id: '42:100',
      chat: '7',
      private: true,
      person: { id: '7', name: 'Alice Li', language: 'zh-hans' },
      at: new Date(1_700_000_000_000),
      messageId: '3',
      content: { kind: 'text', text: '/start p_SKU' },
    })
  })

  it.each([
    ['/menu@shop_bot  2', '/menu  2'],
    ['/menu@SHOP_BOT', '/menu'],
    ['/menu@other_bot', undefined],
    ['/menu@shop_bot_2', undefined],
    ['/Menu', '/Menu'],
    ['mail me@shop_bot', 'mail me@shop_bot'],
  ])('%s is %s to us, in a group and in private', (text, expected) => {
    for (const chat of [group, dm]) {
      const event = decode(message({ text, chat }))
      expect(event?.content).toEqual(expected === undefined ? undefined : { kind: 'text', text: expected })
      if (event) expect(event).toMatchObject({ private: chat === dm, chat: `${chat.id}` })
    }
  })

  it('is for nobody we know of with a name behind it, before Telegram has told us ours', () => {
    const early = createDecode({ botId: '42', username: () => undefined, load, now: () => NOW })
    expect(early(message({ text: '/menu@shop_bot' }))).toBeUndefined()
    expect(early(message({ text: '/menu' }))?.content).toEqual({ kind: 'text', text: '/menu' })
  })

  it('comes with its file, or the largest of its pictures, which are not fetched yet', async () => {
    const document = { file_id: 'd', file_unique_id: 'u', file_name: 'keys.csv', mime_type: 'text/csv', file_size: 9 }
    expect(decode(message({ document, caption: '/import@Shop_Bot x' }))?.content).toMatchObject({
      kind: 'file',
      caption: '/import x',
      file: { name: 'keys.csv', mime: 'text/csv', size: 9 },
    })
    const photo = [
      { file_id: 'big', file_unique_id: 'b', width: 800, height: 600, file_size: 2 },
      { file_id: 'small', file_unique_id: 's', width: 90, height: 60 },
    ]
    const content = decode(message({ photo }))?.content
    expect(content).toMatchObject({ kind: 'picture', caption: '', picture: { mime: 'image/jpeg', size: 2 } })
    expect(load).not.toHaveBeenCalled()
    if (content?.kind === 'picture') await content.picture.load(10)
    expect(load).toHaveBeenCalledWith('big', 2, 10)
  })

  it('tells a phone number only when it is the sender’s own', () => {
    const contact = { phone_number: '+86 139 0000 0000', first_name: 'Alice', user_id: alice.id }
    const shared = (different: object) => decode(message({ contact: { ...contact, ...different } }))?.content
    expect(shared({})).toEqual({ kind: 'contact', phone: '8613900000000' })
    expect(shared({ user_id: alice.id + 1 })).toEqual({ kind: 'contact' })
    expect(shared({ user_id: undefined })).toEqual({ kind: 'contact' })
    expect(shared({ phone_number: '' })).toEqual({ kind: 'contact' })
    const forward_origin = { type: 'user', date: 1, sender_user: alice }
    expect(decode(message({ contact, forward_origin }))).toBeUndefined()
  })

  it.each([
    ['a forward', message({ text: 'x', forward_origin: { type: 'user', date: 1, sender_user: alice } })],
    ['an anonymous administrator', message({ text: 'x', chat: group, sender_chat: group })],
    ['a bot', message({ text: 'x', from: { ...alice, is_bot: true } })],
    ['made by another bot', message({ text: 'x', via_bot: { id: 9, is_bot: true, first_name: 'B' } })],
    ['said to a business', message({ text: 'x', business_connection_id: 'b' })],
    ['a caption for another bot', message({ caption: '/import@other_bot x', document: { file_id: 'd' } })],
    ['an edit', { update_id: 1, edited_message: message({ text: 'x' }).message }],
    ['a channel post', { update_id: 1, channel_post: message({ text: 'x' }).message }],
    ['a sticker', message({ sticker: {} })],
    ['a block', { update_id: 1, my_chat_member: { chat: dm, from: alice, date: 1 } }],
  ])('is nothing to us when it is %s', (_what, update) => {
    expect(decode(update)).toBeUndefined()
  })
})

describe('a pressed button', () => {
  it('names the message it stands under, and the query to answer', () => {
    const event = decode(press({ message: { message_id: 9, chat: dm, date: 1, text: 'menu' } }))
    expect(event).toMatchObject({
      chat: '7',
      private: true,
      at: NOW,
      content: { kind: 'press', action: 'buy:1', messageId: '9' },
    })
    expect(callbackOf(event?.id ?? '')).toBe('555')
    expect(callbackOf(decode(message({ text: 'x' }))?.id ?? '')).toBeUndefined()
  })

  it('counts under a message that is too old, and is not private in a group or under what was sent elsewhere through the bot', () => {
    expect(decode(press({ message: { message_id: 9, chat: group, date: 0 } }))).toMatchObject({
      chat: '-5',
      private: false,
      content: { messageId: '9' },
    })
    expect(decode(press({ message: { message_id: 9, chat: dm, date: 0 } }))).toMatchObject({ private: true })
    const elsewhere = { chat: '7', private: false, content: { kind: 'press', action: 'buy:1' } }
    expect(decode(press({ inline_message_id: 'x' }))).toMatchObject(elsewhere)
    const business = { message_id: 9, chat: dm, date: 1, business_connection_id: 'b' }
    expect(decode(press({ message: business }))).toMatchObject({ private: false })
    expect(decode(press({ data: undefined, game_short_name: 'g' }))).toBeUndefined()
  })
})

describe('money', () => {
  const paid = { currency: 'XTR', total_amount: 50, invoice_payload: 'K7MQ4XD2', telegram_payment_charge_id: 'stx1' }

  it('is a payment or a refund and no event', () => {
    const payment = message({ successful_payment: { ...paid, provider_payment_charge_id: 'p' } })
    expect(paymentOf(payment)).toEqual({
      provider: 'telegram-stars',
      reference: 'stx1',
      orderNo: 'K7MQ4XD2',
      payer: '7',
      amount: 50,
      currency: 'XTR',
    })
    expect(refundOf(payment)).toBeUndefined()
    expect(decode(payment)).toBeUndefined()
    const refund = message({ refunded_payment: paid })
    expect(refundOf(refund)).toEqual({ provider: 'telegram-stars', reference: 'stx1' })
    expect(paymentOf(refund)).toBeUndefined()
    expect(paymentOf(press({}))).toBeUndefined()
  })
})
