import { describe, expect, it } from 'vitest'
import { inline, PNG, upload, withAlice } from './testing.ts'

describe('what Telegram refuses to change', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['message to edit not found', 'editMessageText', { message_id: 999, text: 'x' }],
    ['message identifier is not specified', 'editMessageText', { message_id: undefined, text: 'x' }],
    ['MESSAGE_TOO_LONG', 'editMessageText', { text: 'x'.repeat(4097) }],
    ['there is no caption in the message to edit', 'editMessageCaption', { caption: 'x' }],
    ['message to delete not found', 'deleteMessage', { message_id: 999 }],
    ['message identifiers are not specified', 'deleteMessages', { message_id: undefined, message_ids: [] }],
    [
      'too many message identifiers specified',
      'deleteMessages',
      { message_id: undefined, message_ids: Array.from({ length: 101 }, (_, i) => i) },
    ],
    [
      'message is not modified: specified new message content and reply markup are exactly the same as a current ' +
        'content and reply markup of the message',
      'editMessageText',
      { text: ' same', reply_markup: inline({ text: 'b', callback_data: 'b', hide: false }) },
    ],
  ])('%s', async (description, method, params) => {
    const { call } = await withAlice()
    const sent = await call('sendMessage', {
      chat_id: 7,
      text: 'same',
      reply_markup: inline({ text: 'b', callback_data: 'b' }),
    })
    const { message_id } = sent.result as { message_id: number }
    expect(await call(method, { chat_id: 7, message_id, ...params })).toMatchObject({
      status: 400,
      description: `Bad Request: ${description}`,
    })
  })

  it("other people's messages, messages with a reply keyboard, and the text of what has none", async () => {
    const { fake, call, incoming } = await withAlice()
    const cannot = { description: "Bad Request: message can't be edited" }
    expect(await call('editMessageText', { chat_id: 7, message_id: incoming, text: 'x' })).toMatchObject(cannot)
    const reply_markup = { keyboard: [[{ text: 'Share', request_contact: true }]] }
    const ask = (await call('sendMessage', { chat_id: 7, text: 'who?', reply_markup })).result as { message_id: number }
    expect(await call('editMessageText', { chat_id: 7, message_id: ask.message_id, text: 'x' })).toMatchObject(cannot)

    const sent = await upload(fake.url, 'sendPhoto', { chat_id: '7' }, { field: 'photo', bytes: PNG })
    const { result } = (await sent.json()) as { result: { message_id: number; photo: { file_id: string }[] } }
    const { message_id } = result
    expect(await call('editMessageText', { chat_id: 7, message_id, text: 'x' })).toMatchObject({
      description: 'Bad Request: there is no text in the message to edit',
    })
    const media = { type: 'photo', media: result.photo[0]?.file_id }
    expect(await call('editMessageMedia', { chat_id: 7, message_id, media })).toMatchObject({
      description: expect.stringContaining('message is not modified'),
    })
    expect(await call('editMessageMedia', { chat_id: 7, message_id, media: { ...media, caption: 'c' } })).toMatchObject(
      {
        ok: true,
        result: { caption: 'c' },
      },
    )
    expect(await call('editMessageCaption', { chat_id: 7, message_id, caption: 'd' })).toMatchObject({ ok: true })
  })

  it('replaces text by media, and keyboards alone', async () => {
    const { fake, call, alice } = await withAlice()
    const sent = (await call('sendMessage', { chat_id: 7, text: 'soon' })).result as { message_id: number }
    const media = JSON.stringify({ type: 'photo', media: 'attach://pic', caption: 'chart' })
    const fields = { chat_id: '7', message_id: `${sent.message_id}`, media }
    await upload(fake.url, 'editMessageMedia', fields, { field: 'pic', bytes: PNG })
    const shown = await alice.see('chart')
    expect(shown.text).toBeUndefined()
    expect(shown.photo?.bytes.equals(PNG)).toBe(true)
    const reply_markup = inline({ text: 'b', callback_data: 'b' })
    const edit = { chat_id: 7, message_id: sent.message_id, reply_markup }
    expect(await call('editMessageReplyMarkup', edit)).toMatchObject({ ok: true, result: { caption: 'chart' } })
    expect(await call('editMessageReplyMarkup', edit)).toMatchObject({ status: 400 })
  })

  it('messages older than 48 hours, and what others wrote in a group', async () => {
    const { fake, clock, call, alice, incoming } = await withAlice()
    expect(await call('deleteMessage', { chat_id: 7, message_id: incoming })).toMatchObject({ ok: true })
    const second = await alice.say('again')
    clock.ms += 48 * 3_600_000
    expect(await call('deleteMessage', { chat_id: 7, message_id: second })).toMatchObject({
      description: "Bad Request: message can't be deleted for everyone",
    })
    fake.group({ id: -5 })
    const foreign = await alice.inGroup(-5).say('/menu')
    expect(await call('deleteMessage', { chat_id: -5, message_id: foreign })).toMatchObject({
      description: "Bad Request: message can't be deleted",
    })
    fake.group({ id: -5, botIsAdmin: true })
    expect(await call('deleteMessages', { chat_id: -5, message_ids: [foreign, 999] })).toMatchObject({ result: true })
    expect(fake.messages(-5)).toEqual([])
  })
})
