import type { PaymentNotice } from '../../core/payments/model.ts'
import type { PaymentProvider, RefundFact } from '../../core/payments/provider.ts'
import { KeytillError } from '../../core/platform/errors.ts'

/** What the provider does when it is asked for a refund. `unknown`: the money goes back, and its answer is lost. */
type Mood = 'willing' | 'refusing' | 'unknown' | 'away'

/** A payment provider in memory that, like a real one, gives the same payment back once however often it is asked. */
export interface TestPay extends PaymentProvider {
  readonly name: 'test-pay'
  mood: Mood
  /** how often each payment was asked back, by reference */
  readonly asked: ReadonlyMap<string, number>
  /** what went back, by reference: each once */
  readonly returned: ReadonlyMap<string, { readonly payer: string; readonly amount: number; readonly currency: string }>
  /** what it tells when asked for what it has seen lately */
  readonly seen: { payments: PaymentNotice[]; refunds: RefundFact[] }
}

export function createTestPay(): TestPay {
  const asked = new Map<string, number>()
  const returned = new Map<string, { payer: string; amount: number; currency: string }>()
  const seen: TestPay['seen'] = { payments: [], refunds: [] }
  const pay: TestPay = {
    name: 'test-pay',
    mood: 'willing',
    asked,
    returned,
    seen,
    async refund({ reference, payer, amount, currency }) {
      asked.set(reference, (asked.get(reference) ?? 0) + 1)
      if (pay.mood === 'away') throw new Error('ECONNREFUSED')
      if (pay.mood === 'refusing') throw new KeytillError('payment.refund_refused', 'The payment is too old.')
      returned.set(reference, { payer, amount, currency })
      if (pay.mood === 'unknown') throw new Error('timeout')
    },
    async recent() {
      if (pay.mood === 'away') throw new Error('ECONNREFUSED')
      return seen
    },
  }
  return pay
}
