import type { Api } from 'grammy'
import { describe, expect, it, vi } from 'vitest'
import { type CheckoutAnswer, type CheckoutPort, createCashier } from '../../../bots/telegram/checkout.ts'
import { keepLog } from './stand.ts'

const query = {
  id: '57',
  from: { id: 7, is_bot: false, first_name: 'Alice', language_code: 'zh' },
  currency: 'XTR',
  total_amount: 50,
  invoice_payload: 'K7MQ4XD2',
}

function cashier(decide: CheckoutPort['decide']) {
  const answerPreCheckoutQuery = vi.fn(async () => true)
  const { log, lines } = keepLog()
  const port: CheckoutPort = { decide, undecided: ({ language }) => `later (${language})` }
  return {
    ...createCashier({ answerPreCheckoutQuery } as unknown as Api, port, log, 30),
    answerPreCheckoutQuery,
    lines,
  }
}

describe('a pre-checkout query', () => {
  it('is answered as decided, once', async () => {
    const decide = vi.fn(async (): Promise<CheckoutAnswer> => ({ ok: true }))
    const { answer, settled, answerPreCheckoutQuery } = cashier(decide)
    answer(query)
    answer(query)
    await settled()
    expect(decide).toHaveBeenCalledExactlyOnceWith({
      orderNo: 'K7MQ4XD2',
      payerId: '7',
      amount: 50,
      currency: 'XTR',
      language: 'zh',
    })
    expect(answerPreCheckoutQuery).toHaveBeenCalledExactlyOnceWith('57', true, {})
  })

  it('is refused in the words of whoever decides', async () => {
    const { answer, settled, answerPreCheckoutQuery } = cashier(async () => ({ ok: false, message: 'expired' }))
    answer(query)
    await settled()
    expect(answerPreCheckoutQuery).toHaveBeenCalledExactlyOnceWith('57', false, { error_message: 'expired' })
  })

  it.each([
    ['late', () => new Promise<never>(() => {})],
    ['failing', () => Promise.reject(new Error('the database is away'))],
  ])('is refused when the decision is %s', async (_what, decide) => {
    const { answer, settled, answerPreCheckoutQuery, lines } = cashier(decide)
    answer(query)
    await settled()
    expect(answerPreCheckoutQuery).toHaveBeenCalledExactlyOnceWith('57', false, { error_message: 'later (zh)' })
    expect(lines[0]).toContain('a payment was stopped')
  })
})
