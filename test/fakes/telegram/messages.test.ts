import { describe, expect, it } from 'vitest'
import { inline, PNG, upload, withAlice } from './testing.ts'

describe('what Telegram refuses to send', () => {
  const long = 'x'.repeat(4097)
  it.each<[string, string, Record<string, unknown>]>([
    ['chat_id is empty', 'sendMessage', { chat_id: undefined }],
    ['chat not found', 'sendMessage', { chat_id: 99 }],
    ['message text is empty', 'sendMessage', { text: '' }],
    ['text must be non-empty', 'sendMessage', { text: ' \n ' }],
    ['message is too long', 'sendMessage', { text: long }],
    ['message to be replied not found', 'sendMessage', { reply_parameters: { message_id: 999 } }],
    [
      'entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4',
      'sendMessage',
      { text: '😀x', entities: [{ type: 'spoiler', offset: 1, length: 3 }] },
    ],
    [
      'entity begins after the end of the text at UTF-16 offset 3',
      'sendMessage',
      { text: '😀x', entities: [{ type: 'spoiler', offset: 3, length: 1 }] },
    ],
    [
      'entity beginning at UTF-16 offset 1 ends in a middle of a UTF-16 symbol',
      'sendMessage',
      { text: '😀x', entities: [{ type: 'spoiler', offset: 1, length: 2 }] },
    ],
    [
      'entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 3',
      'sendMessage',
      {
        text: 'abcd',
        entities: [
          { type: 'bold', offset: 0, length: 2 },
          { type: 'italic', offset: 1, length: 2 },
        ],
      },
    ],
    [
      "can't parse MessageEntity: Unsupported type specified",
      'sendMessage',
      { entities: [{ type: 'glow', offset: 0, length: 1 }] },
    ],
    [
      'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
      'sendMessage',
      { text: '<b>x', parse_mode: 'HTML' },
    ],
    [
      'can\'t parse entities: Unsupported start tag "h1" at byte offset 0',
      'sendMessage',
      { text: '<h1>x</h1>', parse_mode: 'HTML' },
    ],
    ['BUTTON_DATA_INVALID', 'sendMessage', { reply_markup: inline({ text: 'a', callback_data: '密'.repeat(22) }) }],
    [
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
      'sendMessage',
      { reply_markup: inline({ text: 'a', callback_data: '' }) },
    ],
    [
      'fake: button "a" is of more than one kind',
      'sendMessage',
      { reply_markup: inline({ text: 'a', callback_data: 'x', url: 'https://a.example' }) },
    ],
    [
      'BUTTON_COPY_TEXT_INVALID',
      'sendMessage',
      { reply_markup: inline({ text: 'a', copy_text: { text: 'x'.repeat(257) } }) },
    ],
    ['BUTTON_TYPE_INVALID', 'sendMessage', { reply_markup: inline({ text: 'a', pay: true }) }],
    [
      "inline keyboard button URL 'http://localhost:1/x' is invalid: Wrong HTTP URL",
      'sendMessage',
      { reply_markup: inline({ text: 'a', url: 'http://localhost:1/x' }) },
    ],
    [
      "inline keyboard button Web App URL 'http://shop.example' is invalid: Only HTTPS links are allowed",
      'sendMessage',
      { reply_markup: inline({ text: 'a', web_app: { url: 'http://shop.example' } }) },
    ],
    [
      'REPLY_MARKUP_TOO_LONG',
      'sendMessage',
      { reply_markup: inline(...Array.from({ length: 101 }, (_, i) => ({ text: 'a', callback_data: `${i}` }))) },
    ],
    ['fake: unknown parameter disable_web_page_preview', 'sendMessage', { disable_web_page_preview: true }],
    [
      'fake: unknown parameter reply_markup.inline_keyboard.0.0.colour',
      'sendMessage',
      { reply_markup: inline({ text: 'a', callback_data: 'x', colour: 'red' }) },
    ],
    ['there is no document in the request', 'sendDocument', { text: undefined }],
    [
      'wrong remote file identifier specified: Wrong string length',
      'sendDocument',
      { text: undefined, document: 'nope' },
    ],
    ['failed to get HTTP URL content', 'sendPhoto', { text: undefined, photo: 'https://a.example/x.png' }],
    ['message caption is too long', 'sendPhoto', { text: undefined, caption: 'x'.repeat(1025) }],
  ])('%s', async (description, method, params) => {
    const { call } = await withAlice()
    expect(await call(method, { chat_id: 7, text: 'abc', ...params })).toMatchObject({
      status: 400,
      ok: false,
      error_code: 400,
      description: `Bad Request: ${description}`,
    })
  })

  it('a person who blocked the bot, a person known from a group only, a group that threw the bot out', async () => {
    const { fake, call, alice } = await withAlice()
    alice.block()
    const blocked = { status: 403, description: 'Forbidden: bot was blocked by the user' }
    expect(await call('sendMessage', { chat_id: 7, text: 'x' })).toMatchObject(blocked)
    await alice.say('/start')
    expect(await call('sendMessage', { chat_id: 7, text: 'x' })).toMatchObject({ ok: true })

    fake.group({ id: -5, addedBy: alice })
    const bob = fake.user({ id: 8 }).inGroup(-5)
    await bob.say('/help')
    const unstarted = { status: 403, description: "Forbidden: bot can't initiate conversation with a user" }
    expect(await call('sendMessage', { chat_id: 8, text: 'x' })).toMatchObject(unstarted)

    expect(await call('leaveChat', { chat_id: -5 })).toMatchObject({ ok: true, result: true })
    const left = { status: 403, description: 'Forbidden: bot is not a member of the supergroup chat' }
    expect(await call('sendMessage', { chat_id: -5, text: 'x' })).toMatchObject(left)
    fake.group({ id: -5 })
    fake.kick(-5, alice)
    const kicked = { status: 403, description: 'Forbidden: bot was kicked from the supergroup chat' }
    expect(await call('sendMessage', { chat_id: -5, text: 'x' })).toMatchObject(kicked)
  })

  it('an unknown method, a wrong token, a body that is no JSON', async () => {
    const { fake, call } = await withAlice()
    expect(await call('sendTelepathy')).toEqual({ status: 404, ok: false, error_code: 404, description: 'Not Found' })
    const wrong = await fetch(`${fake.url}/bot1:wrong/getMe`)
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      { ok: false, error_code: 401, description: 'Unauthorized' },
    ])
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }
    const broken = await fetch(`${fake.url}/bot4242:test-token/sendMessage`, body)
    expect([broken.status, await broken.json()]).toMatchObject([
      400,
      { description: "Bad Request: can't parse request JSON object" },
    ])
  })
})

describe('what a person sees', () => {
  it('text with entities, keyboard and protection, trimmed as Telegram does', async () => {
    const { call, alice } = await withAlice()
    const entities = [{ type: 'spoiler', offset: 5, length: 4 }]
    const reply_markup = inline({ text: 'Copy', copy_text: { text: 'K-1' }, style: 'primary', hide: false })
    await call('sendMessage', { chat_id: 7, text: 'Key: K-1 \n', entities, protect_content: true, reply_markup })
    expect(await alice.see(/Key/)).toMatchObject({
      text: 'Key: K-1',
      entities: [{ type: 'spoiler', offset: 5, length: 3 }],
      protect_content: true,
      buttons: ['Copy'],
    })
    expect(await alice.press(await alice.see('Key'), 'Copy')).toEqual({ copied: 'K-1' })
  })

  it('HTML as entities', async () => {
    const { call, alice } = await withAlice()
    await call('sendMessage', { chat_id: 7, text: '<b>a &lt; <tg-spoiler>b</tg-spoiler></b>', parse_mode: 'HTML' })
    expect(await alice.see('a < b')).toMatchObject({
      entities: [
        { type: 'bold', offset: 0, length: 5 },
        { type: 'spoiler', offset: 4, length: 1 },
      ],
    })
  })

  it('edits and deletions, as they happen, also to someone who waits for them', async () => {
    const { call, alice } = await withAlice()
    const sent = await call('sendMessage', {
      chat_id: 7,
      text: 'one',
      reply_markup: inline({ text: 'b', callback_data: 'b' }),
    })
    const { message_id } = sent.result as { message_id: number }
    const waiting = alice.see('two', { since: await alice.see('one') })
    await call('editMessageText', { chat_id: 7, message_id, text: 'two' })
    const now = await waiting
    expect(now.text).toBe('two')
    expect(now.reply_markup).toBeUndefined()
    expect(now.edit_date).toBeDefined()
    await expect(alice.see('two', { since: now, timeout: 5 })).rejects.toThrow(/did not see two within 5 ms/)
    const gone = alice.seeGone('two')
    await call('deleteMessage', { chat_id: 7, message_id })
    await gone
    expect(alice.history().map(({ text }) => text)).toEqual(['hi'])
  })

  it('documents and photos with their bytes, urlencoded and multipart calls', async () => {
    const { fake, alice } = await withAlice()
    const markup = JSON.stringify(inline({ text: 'b', callback_data: 'b' }))
    const fields = { chat_id: '7', caption: 'keys', reply_markup: markup, method: 'sendDocument' }
    await upload(fake.url, 'sendDocument', fields, { field: 'document', bytes: Buffer.from('K-1\nK-2') })
    const seen = await alice.see('keys')
    expect(seen.document).toMatchObject({ file_name: 'key.txt', mime_type: 'text/plain', file_size: 7 })
    expect(seen.document?.bytes.toString()).toBe('K-1\nK-2')
    expect(seen.buttons).toEqual(['b'])
    await upload(fake.url, 'sendPhoto', { chat_id: '7', photo: 'attach://pic' }, { field: 'pic', bytes: PNG })
    expect(alice.screen()?.photo?.bytes.equals(PNG)).toBe(true)
    const notPicture = await upload(
      fake.url,
      'sendPhoto',
      { chat_id: '7' },
      { field: 'photo', bytes: Buffer.from('GIF?') },
    )
    expect(await notPicture.json()).toMatchObject({ description: 'Bad Request: IMAGE_PROCESS_FAILED' })
    const empty = await upload(
      fake.url,
      'sendDocument',
      { chat_id: '7' },
      { field: 'document', bytes: Buffer.alloc(0) },
    )
    expect(await empty.json()).toMatchObject({ description: 'Bad Request: file must be non-empty' })
    const form = new URLSearchParams({ chat_id: '7', text: 'plain' })
    await fetch(`${fake.url}/bot4242:test-token/SENDMESSAGE`, { method: 'POST', body: form })
    expect(alice.screen()?.text).toBe('plain')
    const lines = fake
      .recording()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ method, files }) => [method, files])).toEqual([
      ['sendDocument', ['document']],
      ['sendPhoto', ['photo']],
      ['sendPhoto', ['photo']],
      ['sendDocument', ['document']],
      ['sendMessage', []],
    ])
    expect(lines[0].params.reply_markup).toEqual(inline({ text: 'b', callback_data: 'b' }))
  })
})

describe('what Telegram refuses to do', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["chat member status can't be changed in private chats", 'leaveChat', { chat_id: 7 }],
    ['chat not found', 'getChat', { chat_id: '@nobody' }],
    ['USER_ID_INVALID', 'refundStarPayment', { user_id: 99, telegram_payment_charge_id: 'x' }],
    ['OFFSET_INVALID', 'getStarTransactions', { offset: -1 }],
    ['URL_INVALID', 'answerCallbackQuery', { callback_query_id: '1', url: 'https://shop.example' }],
    ['BOT_COMMANDS_TOO_MUCH', 'setMyCommands', { commands: Array(101).fill({ command: 'a', description: 'a' }) }],
    ['BOT_COMMAND_DESCRIPTION_INVALID', 'setMyCommands', { commands: [{ command: 'a', description: '' }] }],
    ['LANG_CODE_INVALID', 'setMyCommands', { commands: [], language_code: 'zh-CN' }],
    ['there is no photo in the request', 'sendPhoto', { chat_id: 7, photo: 'attach://missing' }],
  ])('%s', async (description, method, params) => {
    const { call } = await withAlice()
    expect(await call(method, params)).toMatchObject({ status: 400, description: `Bad Request: ${description}` })
  })

  it('files too large, pictures of odd shape, a document as a photo', async () => {
    const { fake, alice, call } = await withAlice()
    const refused = async (method: string, bytes: Uint8Array<ArrayBuffer>) => {
      const field = method === 'sendPhoto' ? 'photo' : 'document'
      const reply = await upload(fake.url, method, { chat_id: '7' }, { field, bytes })
      return ((await reply.json()) as { description: string }).description
    }
    const thin = Buffer.from(PNG)
    thin.writeUInt32BE(21, 16)
    expect(await refused('sendPhoto', thin)).toBe('Bad Request: PHOTO_INVALID_DIMENSIONS')
    const mb = 1024 * 1024
    expect(await refused('sendPhoto', Buffer.alloc(10 * mb + 1))).toMatch(/is too big for a photo/)
    expect(await refused('sendDocument', Buffer.alloc(50 * mb + 1))).toBe('Request Entity Too Large')
    await alice.sendFile({ name: 'a.txt', bytes: Buffer.from('x') })
    const photo = alice.screen()?.document?.file_id
    expect(await call('sendPhoto', { chat_id: 7, photo })).toMatchObject({
      description: "Bad Request: can't use file of type document as photo",
    })
  })
})
