import { setTimeout } from 'node:timers/promises'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import type { PaymentProvider, RefundFact } from '../../../core/payments/provider.ts'
import type { Clock } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { hashOf, randomOf } from '../crash/random.ts'
import { BANK, BANK_PATIENCE } from './world.ts'

type Refunding = Parameters<NonNullable<PaymentProvider['refund']>>[0]

/** What the bank does when it is asked for a refund, and how often out of a hundred. */
const MOODS = [
  ['willing', 62],
  /** nothing happens, and the asker learns that it did not work */
  ['away', 10],
  /** done, and the answer says that something went wrong */
  ['unclear', 10],
  /** done, and the answer comes when nobody waits for it any more */
  ['late', 10],
  ['refusing', 8],
] as const

/**
 * The payment provider, which outlives everything: its books are the truth about money. Like a real one it gives a payment
 * back once, however often it is asked.
 */
export interface Bank {
  /** What was charged, by reference. */
  readonly charges: ReadonlyMap<string, PaymentNotice>
  /** References of what went back. */
  readonly returned: ReadonlySet<string>
  readonly count: { asked: number; ofItself: number; again: number }
  /** What no bank should ever be asked. */
  readonly problems: readonly string[]
  /** While it is calm it does what it is asked at once. */
  calm: boolean
  /** A payer pays. The shop does not know of it yet. */
  charge(money: Omit<PaymentNotice, 'provider'>): PaymentNotice
  /** It gives a payment back without having been asked by the shop. */
  giveBack(reference: string): void
  /** @throws KeytillError `payment.refund_refused`; Error */
  refund(what: Refunding): Promise<void>
  /** @throws Error */
  recent(since: Date): Promise<{ payments: PaymentNotice[]; refunds: RefundFact[] }>
}

export function openBank(seed: number, clock: Clock): Bank {
  const charges = new Map<string, PaymentNotice>()
  const returned = new Set<string>()
  const times = new Map<string, number>()
  const askedFor = new Map<string, number>()
  const problems: string[] = []
  const count = { asked: 0, ofItself: 0, again: 0 }
  let listed = 0

  /** The n-th answer to the same question is the same in every run. */
  function mood(reference: string): (typeof MOODS)[number][0] {
    const nth = (askedFor.get(reference) ?? 0) + 1
    askedFor.set(reference, nth)
    if (bank.calm) return 'willing'
    return randomOf(seed, hashOf(reference), nth).weighted(MOODS)
  }

  const bank: Bank = {
    charges,
    returned,
    count,
    problems,
    calm: false,
    charge(money) {
      const notice = { provider: BANK, ...money }
      charges.set(money.reference, notice)
      times.set(money.reference, clock().getTime())
      return notice
    },
    giveBack(reference) {
      if (returned.has(reference)) return
      returned.add(reference)
      count.ofItself++
    },
    async refund({ reference, payer, amount, currency }) {
      count.asked++
      const charge = charges.get(reference)
      if (!charge || charge.payer !== payer || charge.amount !== amount || charge.currency !== currency) {
        problems.push(`the bank was asked to return ${amount} ${currency}, which nobody had paid as ${reference}`)
        throw new KeytillError('payment.refund_refused', 'There is no such payment.')
      }
      const how = mood(reference)
      await setTimeout(how === 'late' ? 2 * BANK_PATIENCE : 5)
      if (returned.has(reference)) {
        count.again++
        return
      }
      if (how === 'away') throw new Error('the bank is away')
      if (how === 'refusing') throw new KeytillError('payment.refund_refused', 'The payment is too old.')
      returned.add(reference)
      if (how === 'unclear') throw new Error('something went wrong')
    },
    async recent(since) {
      if (!bank.calm && randomOf(seed, -7, ++listed).chance(0.15)) throw new Error('the bank is away')
      const seen = [...charges.values()].filter(({ reference }) => (times.get(reference) ?? 0) >= since.getTime())
      const refunds = seen.filter(({ reference }) => returned.has(reference))
      return { payments: seen, refunds: refunds.map(({ reference }) => ({ provider: BANK, reference })) }
    },
  }
  return bank
}
