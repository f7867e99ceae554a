import { Api, Bot, InlineKeyboard, InputFile } from 'grammy'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PNG, start, TOKEN } from './telegram/testing.ts'

describe('the fake Telegram, through grammY', () => {
  it('serves a whole purchase to a polling bot', async () => {
    const { fake } = await start({ limits: false })
    const bot = new Bot(TOKEN, { client: { apiRoot: fake.url } })
    bot.command('start', (ctx) =>
      ctx.reply('Welcome', { reply_markup: new InlineKeyboard().text('Buy', 'buy'), protect_content: true }),
    )
    bot.callbackQuery('buy', async (ctx) => {
      await ctx.answerCallbackQuery({ text: 'one moment' })
      await ctx.editMessageText('Your order', { reply_markup: new InlineKeyboard().copyText('Copy', 'order-1') })
      await ctx.replyWithInvoice('Card', 'One card', 'order-1', 'XTR', [{ label: 'Card', amount: 50 }])
    })
    bot.on('pre_checkout_query', (ctx) => ctx.answerPreCheckoutQuery(true))
    bot.on(':successful_payment', async (ctx) => {
      await ctx.replyWithDocument(new InputFile(Buffer.from('密码-1'), 'keys.txt'), { caption: 'your key' })
      await ctx.refundStarPayment()
    })
    bot.on(':refunded_payment', (ctx) => ctx.reply('refunded'))
    void bot.start()
    onTestFinished(() => bot.stop())

    const alice = fake.user({ id: 7, first_name: 'Alice', language_code: 'zh' })
    await alice.say('/start')
    const welcome = await alice.see('Welcome')
    expect(welcome.protect_content).toBe(true)
    expect(await alice.press(welcome, 'Buy')).toEqual({ text: 'one moment' })
    expect((await alice.see('Your order', { since: welcome })).message_id).toBe(welcome.message_id)
    expect(await alice.pay(await alice.see('Card'))).toMatchObject({ ok: true })
    const delivered = await alice.see('your key')
    expect(delivered.document?.bytes.toString()).toBe('密码-1')
    await alice.see('refunded')
    expect(alice.stars().moves.map(({ amount }) => amount)).toEqual([-50, 50])
  })

  it('takes uploads, hands files out up to 20 MB, and answers what a shop asks at start', async () => {
    const { fake, clock } = await start({ limits: false })
    const api = new Api(TOKEN, { apiRoot: fake.url })
    expect(await api.getMe()).toMatchObject({ id: 4242, is_bot: true, username: fake.username })
    await api.setMyCommands([{ command: 'buy', description: 'Buy a card' }], { language_code: 'en' })
    expect(fake.commands('default', 'en')).toEqual([{ command: 'buy', description: 'Buy a card' }])
    await expect(api.setMyCommands([{ command: 'Buy!', description: 'x' }])).rejects.toThrow(/BOT_COMMAND_INVALID/)

    const alice = fake.user({ id: 7, first_name: 'Alice' })
    const messageId = await alice.sendFile({ name: 'stock.csv', bytes: Buffer.from('a,b'), caption: '/import' })
    const { document } = alice.history().find(({ message_id }) => message_id === messageId) ?? {}
    const file = await api.getFile(document?.file_id ?? '')
    const download = () => fetch(`${fake.url}/file/bot${TOKEN}/${file.file_path}`)
    expect(await (await download()).text()).toBe('a,b')
    clock.ms += 3_600_000
    expect((await download()).status).toBe(404)
    await alice.sendFile({ name: 'big.csv', bytes: Buffer.alloc(1), size: 20 * 1024 * 1024 + 1 })
    await expect(api.getFile(alice.screen()?.document?.file_id ?? '')).rejects.toThrow('Bad Request: file is too big')
    await expect(api.getFile('nope')).rejects.toThrow('Bad Request: invalid file_id')

    await api.sendChatAction(7, 'upload_photo')
    const sent = await api.sendPhoto(7, new InputFile(PNG, 'chart.png'), { caption: 'today' })
    await api.editMessageMedia(7, sent.message_id, {
      type: 'document',
      media: new InputFile(PNG, 'c.png'),
      caption: 'c',
    })
    expect(await api.sendPhoto(7, sent.photo[0]?.file_id ?? '')).toMatchObject({ photo: sent.photo })
    expect(await api.getChat(7)).toMatchObject({ id: 7, type: 'private', first_name: 'Alice' })
    expect(
      fake
        .recording()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toContainEqual({
      method: 'editMessageMedia',
      params: expect.objectContaining({ media: expect.objectContaining({ type: 'document', caption: 'c' }) }),
      files: ['media'],
    })
  })

  it('shows a bot only what is meant for it in a group, and splits long pastes', async () => {
    const { fake } = await start()
    const alice = fake.user({ id: 7, first_name: 'Alice' })
    fake.group({ id: -5, addedBy: alice })
    const inGroup = alice.inGroup(-5)
    for (const text of ['chatter', '/menu', '/menu@other_bot', `hi @${fake.username}`]) await inGroup.say(text)
    expect(fake.unconfirmed().map(({ message }) => message?.text)).toEqual([undefined, '/menu', `hi @${fake.username}`])
    expect(fake.unconfirmed()[0]?.my_chat_member).toMatchObject({
      chat: { id: -5 },
      new_chat_member: { status: 'member' },
    })
    await alice.say('x'.repeat(5000))
    expect(alice.history().map(({ text }) => text?.length)).toEqual([4096, 904])
    alice.edit(alice.screen()?.message_id ?? 0, 'changed')
    expect(fake.unconfirmed().at(-1)?.edited_message).toMatchObject({ text: 'changed' })
    await alice.shareContact({ phone_number: '+100' })
    expect(fake.unconfirmed().at(-1)?.message?.contact).toMatchObject({ phone_number: '+100', user_id: 7 })
  })

  it('serves a second bot under the same address, with chats of its own', async () => {
    const { fake } = await start()
    const staff = fake.addBot({ token: '99:staff', username: 'staff_bot' })
    await staff.user({ id: 7 }).say('hi')
    const api = new Api('99:staff', { apiRoot: fake.url })
    expect(await api.getMe()).toMatchObject({ username: 'staff_bot' })
    expect(await api.getUpdates()).toHaveLength(1)
    expect(fake.unconfirmed()).toEqual([])
    expect(staff.calls().map(({ method }) => method)).toEqual(['getMe', 'getUpdates'])
  })

  it('lets unknown parameters pass when it is told to be as lenient as Telegram', async () => {
    const { fake, call } = await start({ strict: false })
    await fake.user({ id: 7 }).say('hi')
    const sent = await call('sendMessage', { chat_id: 7, text: 'x', disable_web_page_preview: true })
    expect(sent.ok).toBe(true)
  })
})
