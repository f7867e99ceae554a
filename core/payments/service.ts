import type { Orders } from '../orders/service.ts'
import { after, type Clock, hours, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Lanes } from '../platform/database/lanes.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import { gather } from '../platform/gather.ts'
import { parseOrderNo } from '../platform/ids.ts'
import type { Task } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Profiles } from '../profile/service.ts'
import type { Risk } from '../risk/service.ts'
import { LANES, MOST } from '../sale/gathering.ts'
import { takeUpOurs, takeUpRefund } from '../sale/given-back.ts'
import { payFromWallet } from '../sale/pay-from-wallet.ts'
import {
  askAgain,
  creditee,
  creditRefund,
  failRefund,
  finishRefund,
  loadRefund,
  noteProblem,
  type RefundJob,
  refundByHand,
  retryRefund,
} from '../sale/refunds.ts'
import { extend } from '../sale/release.ts'
import { type SettleTerms, settle } from '../sale/settle.ts'
import { type Received, receiveMany, type SettleRequest } from '../sale/settle-gathered.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { bookFees } from './fees.ts'
import { createIntents, type Intents } from './intents.ts'
import type { CheckoutProblem, Payment, PaymentNotice, Settlement, WalletPayment } from './model.ts'
import { createPayPages, type PayPages } from './pages.ts'
import { checkout, keptUntil, lookBack, type TraitsOf } from './policy.ts'
import type { PaymentProvider, ProviderBook, RefundFact } from './provider.ts'
import { WALLET } from './providers/wallet.ts'
import * as store from './store.ts'

export interface Payments {
  /** A verified payment: kept first, then brought to its end. The same payment again changes nothing and gives the same answer. */
  receive(notice: PaymentNotice): Promise<Settlement>
  /**
   * Whether a payment may go ahead now; when it may, the reservation is extended so that the keys are there when the money
   * is, within a limit: money that comes after that follows the rule for late money. `orderNo` is as received.
   * Undefined means yes.
   */
  check(
    provider: string,
    orderNo: string,
    payer: { readonly customerId: number | undefined; readonly amount: number; readonly currency: string },
  ): Promise<CheckoutProblem | undefined>
  /**
   * A provider says that a payment is back with its payer, whoever wanted that. One that the shop had not asked for is a
   * refund all the same: the order it bought is refunded. A payment that is not known is asked for first. Saying it again
   * changes nothing.
   */
  refunded(provider: string, reference: string): Promise<void>
  /**
   * A provider says that money of a payment went back: one of our refunds, or the whole. A part that nobody here asked for changes
   * nothing: it stands in the comparison with the provider's book. Saying it again changes nothing.
   */
  wentBack(refund: RefundFact): Promise<void>
  /** Payments outside the chat. */
  readonly intents: Intents
  /** Who may open the page on which an order is paid. */
  readonly pages: PayPages
  /** Books the fees of payments and refunds that a provider tells of only in its book. Each once. */
  bookFees(provider: string, book: ProviderBook): Promise<void>
  /**
   * Pays for an order of this customer out of their wallet: of this currency, and only the whole price. Says why not, and has
   * then changed nothing.
   */
  payFromWallet(orderNo: string, customerId: number, currency: string): Promise<WalletPayment>
  /** Asks again for a payment's refund that the provider had refused; false when there is none. */
  retryRefund(actor: string, id: bigint): Promise<boolean>
  /** Whose wallet {@link creditRefund} would fill: a customer's id, undefined when it would do nothing. */
  creditee(id: bigint): Promise<number | undefined>
  /**
   * Ends a payment's refund that the provider had refused in the payer's wallet. False when there is no such refund, or nobody
   * knows whose money it is.
   */
  creditRefund(actor: string, id: bigint): Promise<boolean>
  /** Staff have given back by hand what the provider did not; false when no refund of this payment has failed. */
  refundedByHand(actor: string, id: bigint): Promise<boolean>
  byId(id: bigint): Promise<Payment | undefined>
  /** Settles what was received but not settled (a crash came between), and asks the providers for what a lost message told. */
  recover(): Promise<void>
  readonly tasks: Readonly<Record<string, Task>>
}

export interface PaymentParts {
  readonly db: Database
  readonly keyring: SealingKeyring
  readonly lanes: Lanes
  /** called after jobs were left in the outbox */
  readonly onLeft: () => void
  readonly orders: Orders
  readonly profiles: Profiles
  readonly risk: Pick<Risk, 'judging'>
  readonly traits: TraitsOf
  readonly providers: readonly PaymentProvider[]
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'payment' | 'count' | 'time'>
}

export function createPayments(parts: PaymentParts): Payments {
  const { db, keyring, lanes, onLeft, orders, profiles, risk, traits, providers, clock, log, metrics } = parts
  const receiving = gather<SettleRequest, Received>({
    lanes: LANES,
    most: MOST,
    key: ({ notice }) => notice.orderNo,
    run: async (batch) => receiveMany(lanes, await risk.judging('payment'), batch),
  })

  async function terms(): Promise<SettleTerms> {
    const { promise } = await profiles.read()
    const now = clock()
    return { now, promisedAt: after(now, hours(promise)), traits, judging: await risk.judging('payment') }
  }

  async function settleNow(paymentId: bigint): Promise<Settlement> {
    return settle(db, paymentId, await terms())
  }

  async function receive(notice: PaymentNotice): Promise<Settlement> {
    const start = performance.now()
    const settlement = await receiveNow(notice)
    metrics.time('settle', performance.now() - start)
    count(notice.provider, settlement)
    return settlement
  }

  function count(provider: string, { order }: Settlement): void {
    metrics.payment(provider, order ?? 'returned')
    if (order) metrics.count(order)
  }

  /** With the others that come at this moment. Whatever goes wrong after it is on record, `recover` takes it up again. */
  async function receiveNow(notice: PaymentNotice): Promise<Settlement> {
    // Together only what is plain: a fee is not.
    if (notice.fee) return settleNow(await store.receive(db, notice, clock()))
    const received = await receiving.ask({ notice, terms: await terms() }).catch((err: unknown) => {
      log.debug({ err }, 'a batch of payments failed; each is received by itself')
      return undefined
    })
    if (received?.settlement) {
      onLeft()
      return received.settlement
    }
    return settleNow(received?.paymentId ?? (await store.receive(db, notice, clock())))
  }

  /** Takes up that a payment is back with its payer; false when it is not known. */
  async function takeUp(provider: string, reference: string): Promise<boolean> {
    const payment = await store.known(db, provider, reference)
    if (payment && payment.outcome !== 'refunded') await db.transaction((sql) => takeUpRefund(sql, payment.id, clock()))
    return payment !== undefined
  }

  async function refunded(name: string, reference: string): Promise<void> {
    if (await takeUp(name, reference)) return
    const provider = providers.find((candidate) => candidate.name === name)
    // The message of the payment itself may have been lost, or is still to come: whoever sends it knows both.
    if (provider) await ask(provider)
  }

  /** Takes a found payment into the inbox. Money that went back meanwhile buys nothing: its refund ends it at once. */
  async function takeUpFound(notice: PaymentNotice, isBack: boolean): Promise<void> {
    const known = await store.known(db, notice.provider, notice.reference)
    if (!known)
      log.warn({ provider: notice.provider }, 'a payment whose message was lost was found by asking the provider')
    // One that had its end is told of its refunds otherwise: a part of it may be all that went back.
    else if (!isBack || known.outcome !== 'received') return
    if (!isBack) await receive(notice)
    else
      await db.transaction(async (sql) => {
        const now = clock()
        await takeUpRefund(sql, await store.receive(sql, notice, now), now)
      })
  }

  /** One fact that cannot be taken up must not keep the others waiting; false when it could not be. */
  async function apart(provider: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (err) {
      log.error({ err, provider }, 'a found payment could not be taken up; it will be tried again')
      return false
    }
  }

  /** Takes up what a provider has seen since it was last asked with success. @throws whatever its asking throws */
  async function ask(provider: PaymentProvider): Promise<void> {
    if (!provider.recent) return
    const { name } = provider
    const now = clock()
    const { payments, refunds } = await provider.recent(lookBack(await store.lastAsked(db, name), now))
    const back = new Set(refunds.map(({ reference }) => reference))
    // Nearly all that a provider tells is known: that is found out in one question.
    const known = await store.returned(db, name, [...new Set([...payments.map(({ reference }) => reference), ...back])])
    const taken: boolean[] = []
    for (const notice of payments)
      if (!known.has(notice.reference))
        taken.push(await apart(name, () => takeUpFound(notice, back.has(notice.reference))))
    for (const reference of back)
      if (!known.get(reference)) taken.push(await apart(name, () => takeUp(name, reference)))
    if (taken.every(Boolean)) await store.keepAsked(db, name, now)
  }

  async function refund(payload: unknown): Promise<void> {
    const refundId = BigInt((payload as { refundId: string }).refundId)
    const row = await loadRefund(db, refundId)
    if (row?.state !== 'requested') return
    try {
      await giveBack(row)
    } catch (error) {
      if (hasCode(error, 'payment.refund_refused')) return failRefund(db, refundId, error.message)
      await noteProblem(db, refundId, saidOf(error))
      throw error
    }
    await finishRefund(db, refundId, clock())
    metrics.count('refunded')
  }

  async function giveBack(row: RefundJob): Promise<void> {
    const provider = providers.find((candidate) => candidate.name === row.provider)
    if (!provider)
      throw new KeytillError('payment.provider_unknown', `The payment provider ${row.provider} is not configured here.`)
    const asked = { ...row, refundId: String(row.id) }
    if (row.partial && provider.refundPart) return provider.refundPart(asked)
    if (row.partial || !provider.refund)
      throw new KeytillError('payment.refund_refused', `The payment provider ${row.provider} gives nothing back.`)
    await provider.refund(asked)
  }

  async function check(
    provider: string,
    received: string,
    payer: { readonly customerId: number | undefined; readonly amount: number; readonly currency: string },
  ): Promise<CheckoutProblem | undefined> {
    const orderNo = parseOrderNo(received)
    if (orderNo === undefined) return 'unknown_order'
    const { currency } = traits(provider)
    const order = await orders.byNo(orderNo)
    const problem = checkout(order, payer, clock(), currency)
    if (problem || !order) return problem
    const { reservation } = await profiles.read()
    if (await extend(db, order.id, keptUntil(order, minutes(reservation), clock()))) return undefined
    // Released, cancelled or paid between the two: what it is now says why not.
    return checkout(await orders.byNo(orderNo), payer, clock(), currency) ?? 'expired'
  }

  const intents = createIntents({ db, providers, check, receive, found: takeUpFound, clock, log })

  return {
    receive,
    refunded,
    intents,
    pages: createPayPages(keyring),
    async wentBack({ provider, reference, tradeNo, refundId, amount }) {
      const ours = refundId && (await store.refundOf(db, provider, reference, BigInt(refundId)))
      if (ours) return db.transaction((sql) => takeUpOurs(sql, ours, clock()))
      if (amount !== undefined)
        return log.warn({ provider }, 'a part of a payment went back that nobody here had asked for')
      // It may be told before the payment, of which we know no more than that it was begun.
      if (tradeNo !== undefined) await intents.lookAt(provider, tradeNo)
      await refunded(provider, reference)
    },
    bookFees: (provider, book) => bookFees(db, provider, book, clock()),
    retryRefund: (actor, id) => db.transaction((sql) => retryRefund(sql, id, actor, clock())),
    creditee: (id) => creditee(db, id, traits),
    creditRefund: (actor, id) => creditRefund(db, id, actor, clock(), traits),
    refundedByHand: (actor, id) => refundByHand(db, id, actor, clock()),
    async payFromWallet(no, customerId, currency) {
      const paid = await payFromWallet(db, { no, customerId, currency }, await terms())
      if (paid.settled) count(WALLET, paid.settled)
      return paid
    },
    byId: (id) => store.byId(db, id),
    check,
    async recover() {
      await askAgain(db, clock())
      for (const id of await store.unsettled(db)) {
        // One that cannot be settled must not keep the others waiting.
        await settleNow(id).catch((err: unknown) =>
          log.error({ err, payment: String(id) }, 'a received payment could not be settled; it will be tried again'),
        )
      }
      await intents.watch()
      for (const provider of providers) {
        await ask(provider).catch((err: unknown) =>
          log.warn({ err, provider: provider.name }, 'a payment provider could not be asked; it will be asked again'),
        )
      }
    },
    tasks: { refund },
  }
}

/** What staff may read of an error: only what we wrote ourselves, because a library repeats what it was given. */
const saidOf = (error: unknown): string =>
  error instanceof KeytillError ? error.message : 'The payment provider gave no answer that could be understood.'
