import type { StarTransaction } from 'grammy/types'
import type { PaymentNotice } from '../../core/payments/model.ts'
import type { PaymentProvider, RefundFact } from '../../core/payments/provider.ts'
import { KeytillError, Postponed } from '../../core/platform/errors.ts'
import { STARS as CURRENCY } from '../../core/platform/money.ts'
import { type BotApi, isRefusal, TelegramError } from './api.ts'
import { STARS } from './payments.ts'

/** Refusals that no later try will change. A balance that is too low or a limit is none of them. */
const NEVER =
  /CHARGE_NOT_FOUND|CHARGE_ID_(INVALID|EMPTY)|USER_ID_INVALID|PEER_ID_INVALID|USER_DEACTIVATED|user not found/i
const PAGE = 100

interface Stars extends Required<Pick<PaymentProvider, 'name' | 'channel' | 'currency' | 'recent'>> {
  refund(payment: { readonly reference: string; readonly payer: string }): Promise<void>
}

/** Telegram Stars (P1): refunds, and the bot's book of transactions. Telegram itself tells of payments: see payments.ts. */
export function createStars(api: BotApi): Stars {
  /** how many of the book's transactions are known to be from before a time: what is asked for is mostly later */
  let old = { place: 0, before: new Date(0) }

  const page = async (offset: number, limit: number) =>
    (await api.call('getStarTransactions', { offset, limit })).transactions

  /** The place of the first transaction since then, `from` or behind it. The book is in order of time and only grows. */
  async function placeOf(since: Date, from: number): Promise<number> {
    const isPast = async (place: number): Promise<boolean> => {
      const [transaction] = await page(place, 1)
      return transaction === undefined || dateOf(transaction) >= since
    }
    let low = from
    let high = from
    for (let step = 1; !(await isPast(high)); step *= 2) {
      low = high + 1
      high += step
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (await isPast(middle)) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    name: STARS,
    channel: 'telegram',
    currency: CURRENCY,
    async refund({ reference, payer }) {
      try {
        await api.call('refundStarPayment', { user_id: Number(payer), telegram_payment_charge_id: reference })
      } catch (error) {
        if (isRefusal(error, 400, /CHARGE_ALREADY_REFUNDED/)) return
        if (error instanceof TelegramError && error.retryAfter !== undefined)
          throw new Postponed('telegram.paused', 'Telegram wants fewer refunds at a time.', error.retryAfter * 1000)
        if (!isRefusal(error, 400, NEVER)) throw error
        throw new KeytillError('payment.refund_refused', `Telegram will not refund this: ${error.description}`)
      }
    },
    async recent(since) {
      // to the second, as the book is kept
      const from = new Date(Math.floor(since.getTime() / 1000) * 1000)
      const place = await placeOf(from, from >= old.before ? old.place : 0)
      if (from >= old.before) old = { place, before: from }
      const found: StarTransaction[] = []
      for (let more = true; more; ) {
        const transactions = await page(place + found.length, PAGE)
        found.push(...transactions)
        more = transactions.length === PAGE
      }
      return {
        payments: found.flatMap((transaction) => paid(transaction) ?? []),
        refunds: found.flatMap((transaction) => refunded(transaction) ?? []),
      }
    },
  }
}

const dateOf = (transaction: StarTransaction): Date => new Date(transaction.date * 1000)

function paid({ id, amount, source }: StarTransaction): PaymentNotice | undefined {
  if (source?.type !== 'user' || source.transaction_type !== 'invoice_payment') return undefined
  const orderNo = source.invoice_payload ?? ''
  return { provider: STARS, reference: id, orderNo, payer: `${source.user.id}`, amount, currency: CURRENCY }
}

function refunded({ id, receiver }: StarTransaction): RefundFact | undefined {
  return receiver?.type === 'user' ? { provider: STARS, reference: id } : undefined
}
