import type { Orders } from '../orders/service.ts'
import { after, type Clock, hours, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import type { Task } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import type { Profiles } from '../profile/service.ts'
import { extend } from '../sale/release.ts'
import { askAgain, failRefund, finishRefund, loadRefund } from '../sale/review.ts'
import { settle } from '../sale/settle.ts'
import type { CheckoutProblem, Payment, PaymentNotice, Settlement } from './model.ts'
import { checkout } from './policy.ts'
import type { PaymentProvider } from './provider.ts'
import * as store from './store.ts'

export interface Payments {
  /** A verified payment: kept first, then brought to its end. The same payment again changes nothing and gives the same answer. */
  receive(notice: PaymentNotice): Promise<Settlement>
  /**
   * Whether a payment may go ahead now; when it may, the reservation is extended so that the keys are there when the money is.
   * Undefined means yes.
   */
  check(
    orderNo: string,
    payer: { readonly customerId: number | undefined; readonly amount: number; readonly currency: string },
  ): Promise<CheckoutProblem | undefined>
  /** A provider says that it gave a payment back. */
  refunded(provider: string, reference: string): Promise<void>
  byId(id: bigint): Promise<Payment | undefined>
  /** Settles what was received but not settled (a crash came between), and asks the providers for what a lost message told. */
  recover(): Promise<void>
  readonly tasks: Readonly<Record<string, Task>>
}

/** How much longer a reservation holds once the buyer has confirmed a payment, in ms. */
const EXTENSION = minutes(10)
/** How far back providers are asked, in ms. */
const LOOK_BACK = hours(48)

export interface PaymentParts {
  readonly db: Database
  readonly orders: Orders
  readonly profiles: Profiles
  readonly providers: readonly PaymentProvider[]
  readonly clock: Clock
  readonly log: Log
}

export function createPayments({ db, orders, profiles, providers, clock, log }: PaymentParts): Payments {
  async function settleNow(paymentId: bigint): Promise<Settlement> {
    const { promise } = await profiles.read()
    return settle(db, paymentId, { now: clock(), promisedAt: after(clock(), hours(promise)) })
  }

  async function receive(notice: PaymentNotice): Promise<Settlement> {
    // Committed by itself: whatever goes wrong after this, the money is on record and `recover` takes it up again.
    return settleNow(await store.receive(db, notice, clock()))
  }

  async function refunded(provider: string, reference: string): Promise<void> {
    const refundId = await store.openRefund(db, provider, reference)
    if (refundId !== undefined) await finishRefund(db, refundId, clock())
  }

  /** One fact that cannot be taken up must not keep the others waiting. */
  async function apart(provider: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((err: unknown) =>
      log.error({ err, provider }, 'a found payment could not be taken up; it will be tried again'),
    )
  }

  async function refund(payload: unknown): Promise<void> {
    const refundId = BigInt((payload as { refundId: string }).refundId)
    const row = await loadRefund(db, refundId)
    if (row?.state !== 'requested') return
    const provider = providers.find((candidate) => candidate.name === row.provider)
    if (!provider)
      throw new KeytillError('payment.provider_unknown', `The payment provider ${row.provider} is not configured here.`)
    try {
      await provider.refund(row)
    } catch (error) {
      if (!hasCode(error, 'payment.refund_refused')) throw error
      return failRefund(db, refundId, error.message)
    }
    await finishRefund(db, refundId, clock())
  }

  return {
    receive,
    refunded,
    byId: (id) => store.byId(db, id),
    async check(orderNo, payer) {
      const order = await orders.byNo(orderNo)
      const problem = checkout(order, payer, clock())
      if (problem || !order) return problem
      if (await extend(db, order.id, after(clock(), EXTENSION))) return undefined
      // Released, cancelled or paid between the two: what it is now says why not.
      return checkout(await orders.byNo(orderNo), payer, clock()) ?? 'expired'
    },
    async recover() {
      await askAgain(db, after(clock(), -hours(1)))
      for (const id of await store.unsettled(db)) {
        // One that cannot be settled must not keep the others waiting.
        await settleNow(id).catch((err: unknown) =>
          log.error({ err, payment: String(id) }, 'a received payment could not be settled; it will be tried again'),
        )
      }
      for (const provider of providers) {
        if (!provider.recent) continue
        try {
          const { payments, refunds } = await provider.recent(after(clock(), -LOOK_BACK))
          for (const payment of payments) {
            if (await store.known(db, payment.provider, payment.reference)) continue
            log.warn({ provider: provider.name }, 'a payment whose message was lost was found by asking the provider')
            await apart(provider.name, () => receive(payment))
          }
          for (const fact of refunds) await apart(provider.name, () => refunded(fact.provider, fact.reference))
        } catch (err) {
          log.warn({ err, provider: provider.name }, 'a payment provider could not be asked; it will be asked again')
        }
      }
    },
    tasks: { refund },
  }
}
