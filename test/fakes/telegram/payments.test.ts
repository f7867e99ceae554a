import { describe, expect, it } from 'vitest'
import type { BotOptions } from './bot.ts'
import { inline, start } from './testing.ts'

const INVOICE = {
  chat_id: 7,
  title: 'Card',
  description: 'One card',
  payload: 'order-1',
  provider_token: '',
  currency: 'XTR',
  prices: [{ label: 'Card', amount: 50 }],
  start_parameter: 'order-1',
}

async function shop(options: Partial<BotOptions> = {}, userStars?: number) {
  const all = await start({ limits: false, ...options })
  const alice = all.fake.user({ id: 7, first_name: 'Alice', ...(userStars !== undefined && { stars: userStars }) })
  await alice.say('/buy')
  /** The bot's side of one payment. */
  const checkout = (verdict: Record<string, unknown>) =>
    all.call('answerPreCheckoutQuery', {
      pre_checkout_query_id: all.fake.unconfirmed().at(-1)?.pre_checkout_query?.id,
      ...verdict,
    })
  return { ...all, alice, checkout }
}

describe('invoices', () => {
  it.each<[string, Record<string, unknown>]>([
    ['STARS_INVOICE_INVALID', { prices: [] }],
    ['STARS_INVOICE_INVALID', { prices: [...INVOICE.prices, ...INVOICE.prices] }],
    ['STARS_INVOICE_INVALID', { provider_token: 'live:1' }],
    ['STARS_INVOICE_INVALID', { need_email: true }],
    ['PAYMENT_PROVIDER_INVALID', { currency: 'CNY' }],
    ['INVOICE_TITLE_INVALID', { title: 'x'.repeat(33) }],
    ['INVOICE_DESCRIPTION_INVALID', { description: 'x'.repeat(256) }],
    ['INVOICE_PAYLOAD_INVALID', { payload: '密'.repeat(43) }],
    ['CURRENCY_TOTAL_AMOUNT_INVALID', { prices: [{ label: 'Card', amount: 0 }] }],
    ['START_PARAM_INVALID', { start_parameter: 'a b' }],
    ['REPLY_MARKUP_BUY_EMPTY', { reply_markup: inline({ text: 'Back', callback_data: 'b' }) }],
  ])('%s', async (description, wrong) => {
    const { call } = await shop()
    expect(await call('sendInvoice', { ...INVOICE, ...wrong })).toMatchObject({
      status: 400,
      description: `Bad Request: ${description}`,
    })
  })

  it('cannot be turned into text', async () => {
    const { call, alice } = await shop()
    await call('sendInvoice', INVOICE)
    const { message_id, buttons, invoice } = await alice.see('Card')
    expect(buttons).toEqual(['Pay ⭐️50'])
    expect(invoice).toMatchObject({ currency: 'XTR', total_amount: 50, start_parameter: 'order-1' })
    expect(await call('editMessageText', { chat_id: 7, message_id, text: 'paid' })).toMatchObject({
      description: 'Bad Request: there is no text in the message to edit',
    })
    const media = { type: 'photo', media: 'x' }
    expect(await call('editMessageMedia', { chat_id: 7, message_id, media })).toMatchObject({
      description: 'Bad Request: there is no media in the message to edit',
    })
  })
})

describe('paying', () => {
  it('asks, moves Stars, tells the bot, and can be refunded once', async () => {
    const { fake, call, alice, checkout } = await shop({}, 60)
    await call('sendInvoice', INVOICE)
    const invoice = await alice.see('Card')
    const paying = alice.pay(invoice)
    expect(fake.unconfirmed().at(-1)?.pre_checkout_query).toMatchObject({
      from: { id: 7 },
      currency: 'XTR',
      total_amount: 50,
      invoice_payload: 'order-1',
    })
    expect(await checkout({ ok: true })).toMatchObject({ result: true })
    const { chargeId, updateId, ok } = await paying
    expect(ok).toBe(true)
    const paid = fake.unconfirmed().at(-1)
    expect(paid?.update_id).toBe(updateId)
    expect(paid?.message?.successful_payment).toMatchObject({
      total_amount: 50,
      invoice_payload: 'order-1',
      telegram_payment_charge_id: chargeId,
    })
    expect(alice.stars().balance).toBe(10)
    await expect(alice.pay(invoice)).rejects.toThrow('shows a receipt')
    await expect(alice.pay(invoice, { again: true })).rejects.toThrow('not enough Stars')

    const refund = { user_id: 7, telegram_payment_charge_id: chargeId }
    expect(await call('refundStarPayment', { ...refund, telegram_payment_charge_id: 'no' })).toMatchObject({
      description: 'Bad Request: CHARGE_NOT_FOUND',
    })
    fake.user({ id: 8 })
    expect(await call('refundStarPayment', { ...refund, user_id: 8 })).toMatchObject({
      description: 'Bad Request: CHARGE_NOT_FOUND',
    })
    expect(await call('refundStarPayment', refund)).toMatchObject({ result: true })
    expect(fake.unconfirmed().at(-1)?.message?.refunded_payment).toMatchObject({ telegram_payment_charge_id: chargeId })
    expect(await call('refundStarPayment', refund)).toMatchObject({
      description: 'Bad Request: CHARGE_ALREADY_REFUNDED',
    })
    expect(alice.stars()).toMatchObject({ balance: 60, moves: [{ amount: -50 }, { amount: 50 }] })
    expect((await call('getStarTransactions')).result).toMatchObject({
      transactions: [
        { id: chargeId, amount: 50, source: { user: { id: 7 }, invoice_payload: 'order-1' } },
        { id: chargeId, amount: 50, receiver: { user: { id: 7 } } },
      ],
    })
    const second = (await call('getStarTransactions', { offset: 1, limit: 1 })).result as { transactions: object[] }
    expect(second.transactions).toMatchObject([{ receiver: {} }])
    expect(await call('getStarTransactions', { limit: 101 })).toMatchObject({
      description: 'Bad Request: LIMIT_INVALID',
    })
  })

  it('ends with what the bot says against it, which must be said', async () => {
    const { fake, call, alice, checkout } = await shop()
    await call('sendInvoice', INVOICE)
    const paying = alice.pay(await alice.see('Card'))
    expect(await checkout({ ok: false })).toMatchObject({ description: 'Bad Request: ERROR_TEXT_EMPTY' })
    await checkout({ ok: false, error_message: 'sold out' })
    expect(await paying).toEqual({ ok: false, error_message: 'sold out' })
    expect(fake.transactions()).toEqual([])
  })

  it('ends when the bot is silent, and an answer after 10 s is refused', async () => {
    const { clock, call, alice, checkout } = await shop()
    await call('sendInvoice', INVOICE)
    void alice.pay(await alice.see('Card'))
    clock.ms += 10_001
    expect(await checkout({ ok: true })).toMatchObject({ description: expect.stringContaining('query is too old') })
    const quick = await shop({ preCheckoutMs: 5 })
    await quick.call('sendInvoice', INVOICE)
    expect(await quick.alice.pay(await quick.alice.see('Card'))).toEqual({ ok: false, error_message: 'timeout' })
  })

  it('can lose the news of a payment, which the transactions and a redelivery still know', async () => {
    const { fake, call, alice, checkout } = await shop()
    await call('sendInvoice', INVOICE)
    const paying = alice.pay(await alice.see('Card'), { dropSuccessUpdate: true })
    await checkout({ ok: true })
    const { chargeId, updateId } = await paying
    expect(fake.unconfirmed().some(({ message }) => message?.successful_payment)).toBe(false)
    expect((await call('getStarTransactions')).result).toMatchObject({ transactions: [{ id: chargeId }] })
    fake.redeliver(updateId ?? 0)
    expect((await call('getUpdates')).result).toMatchObject([{ update_id: updateId }, {}, {}])
  })

  it('lets others pay a forwarded copy only when there is no start_parameter', async () => {
    const { fake, call, alice, checkout } = await shop()
    const bob = fake.user({ id: 8 })
    await call('sendInvoice', INVOICE)
    await expect(bob.pay(await alice.see('Card'))).rejects.toThrow('no Pay button')
    await call('sendInvoice', { ...INVOICE, title: 'Open', start_parameter: undefined })
    const paying = bob.pay(await alice.see('Open'))
    await checkout({ ok: true })
    expect(await paying).toMatchObject({ ok: true })
    expect(fake.unconfirmed().at(-1)?.message).toMatchObject({ chat: { id: 8 }, successful_payment: {} })
  })
})
