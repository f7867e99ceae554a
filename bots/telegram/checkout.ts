import type { PreCheckoutQuery } from 'grammy/types'
import type { Log } from '../../core/platform/log.ts'
import { type BotApi, isRefusal } from './api.ts'
import { Bounded } from './bounded.ts'
import { insist } from './sending.ts'

/** A payment that a person has confirmed and Telegram is about to make. */
export interface Checkout {
  /** the order number the invoice names */
  readonly orderNo: string
  /** the Telegram user who pays */
  readonly payerId: string
  /** in units of `currency` */
  readonly amount: number
  readonly currency: string
  /** an IETF language tag as the client sent it */
  readonly language?: string
}

/** `message` is shown to the person, in their language. */
export type CheckoutAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string }

/** Whoever decides whether a payment may go ahead. */
export interface CheckoutPort {
  /** must be quick: after 8 s the payment is stopped */
  decide(checkout: Checkout): Promise<CheckoutAnswer>
  /** what to say when no decision came: nothing was paid, and it may be tried again */
  undecided(checkout: Checkout): string
}

/** How long a decision may take, in ms: Telegram cancels the payment after 10 s. */
const DECIDE_WITHIN = 8000
const QUERIES_REMEMBERED = 1000

export interface Cashier {
  /** Answers a pre-checkout query, once however often it comes. Never throws: without an answer Telegram takes no money. */
  answer(query: PreCheckoutQuery): void
  /** Resolves when every query so far has its answer. */
  settled(): Promise<void>
}

/** Answers pre-checkout queries as they are received, beside and before everything else. */
export function createCashier(api: BotApi, port: CheckoutPort, log: Log, within = DECIDE_WITHIN): Cashier {
  const known = new Bounded<true>(QUERIES_REMEMBERED)
  const open = new Set<Promise<void>>()

  const decide = async (checkout: Checkout): Promise<CheckoutAnswer> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), within)
    })
    try {
      const answer = await Promise.race([port.decide(checkout), late])
      if (answer) return answer
      log.error({ orderNo: checkout.orderNo }, 'a payment was stopped: it could not be decided about in time')
    } catch (err) {
      log.error({ err, orderNo: checkout.orderNo }, 'a payment was stopped: it could not be decided about')
    } finally {
      clearTimeout(timer)
    }
    return { ok: false, message: port.undecided(checkout) }
  }

  const process = async (query: PreCheckoutQuery): Promise<void> => {
    try {
      const answer = await decide(checkoutOf(query))
      const rest = answer.ok ? {} : { error_message: answer.message }
      await insist(() =>
        api.call('answerPreCheckoutQuery', { pre_checkout_query_id: query.id, ok: answer.ok, ...rest }),
      )
    } catch (err) {
      if (isRefusal(err, 400, /query is too old/)) log.warn({}, 'a pre-checkout query was too old to be answered')
      else log.error({ err }, 'a pre-checkout query could not be answered')
    }
  }

  return {
    answer(query) {
      if (!known.add(query.id, true)) return
      const answered = process(query)
      open.add(answered)
      void answered.then(() => open.delete(answered))
    },
    async settled() {
      await Promise.all(open)
    },
  }
}

function checkoutOf({ from, invoice_payload, total_amount, currency }: PreCheckoutQuery): Checkout {
  return {
    orderNo: invoice_payload,
    payerId: `${from.id}`,
    amount: total_amount,
    currency,
    ...(from.language_code ? { language: from.language_code } : {}),
  }
}
