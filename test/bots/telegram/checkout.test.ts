import { describe, expect, it, vi } from 'vitest'
import type { BotApi } from '../../../bots/telegram/api.ts'
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
  const call = vi.fn(async (..._args: unknown[]) => true)
  const { log, lines } = keepLog()
  const port: CheckoutPort = { decide, undecided: ({ language }) => `later (${language})` }
  return {
    ...createCashier({ call } as unknown as BotApi, port, log, 30),
    answers: () => call.mock.calls,
    lines,
  }
}

const refused = (error_message: string) => [
  'answerPreCheckoutQuery',
  { pre_checkout_query_id: '57', ok: false, error_message },
]

describe('a pre-checkout query', () => {
  it('is answered as decided, once', async () => {
    const decide = vi.fn(async (): Promise<CheckoutAnswer> => ({ ok: true }))
    const { answer, settled, answers } = cashier(decide)
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
    expect(answers()).toEqual([['answerPreCheckoutQuery', { pre_checkout_query_id: '57', ok: true }]])
  })

  it('is refused in the words of whoever decides', async () => {
    const { answer, settled, answers } = cashier(async () => ({ ok: false, message: 'expired' }))
    answer(query)
    await settled()
    expect(answers()).toEqual([refused('expired')])
  })

  it.each([
    ['late', () => new Promise<never>(() => {})],
    ['failing', () => Promise.reject(new Error('the database is away'))],
  ])('is refused when the decision is %s', async (_what, decide) => {
    const { answer, settled, answers, lines } = cashier(decide)
    answer(query)
    await settled()
    expect(answers()).toEqual([refused('later (zh)')])
    expect(lines[0]).toContain('a payment was stopped')
  })
})
