import type { Order } from '../orders/model.ts'
import { after, type Clock, minutes } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { hasCode, KeytillError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import * as store from './intent-store.ts'
import type { CheckoutProblem, Intent, IntentForm, IntentNotice, PaymentNotice, Settlement } from './model.ts'
import type { PaymentDesk, PaymentProvider } from './provider.ts'

/** A payment that was prepared at its provider. */
export interface Prepared {
  /** the text of the code, or the name of what was prepared for the page */
  readonly handle: string
  /** from then on it cannot be paid any more */
  readonly expiresAt: Date
}

/** How somebody wants to pay an order outside the chat. */
export interface Wish {
  readonly provider: string
  readonly form: IntentForm
  /** the only account that will be able to pay, for a page */
  readonly payer?: string
}

/** Payments outside the chat: begun with a provider's desk, then watched until they are paid or never can be. */
export interface Intents {
  /** Whether orders in this currency can be paid at a desk by whoever reads this channel. */
  areOffered(currency: string, channel: string): boolean
  /** The providers at whose desks this order can be paid by whoever reads this channel, with the form that fits there. */
  offered(order: Order, channel: string): readonly { readonly provider: string; readonly form: IntentForm }[]
  /**
   * Prepares a payment of an order, for whoever was seen to be allowed to; while it can be paid, asking again gives the same. Keeps the
   * order's goods for it.
   * @throws whatever the desk throws: nothing was charged, and it may be asked again
   */
  begin(order: Order, wish: Wish): Promise<{ readonly prepared: Prepared } | { readonly problem: CheckoutProblem }>
  /**
   * A desk tells of a payment, verified: it is kept and brought to its end.
   * @throws KeytillError `payment.intent_unknown`, `payment.intent_amount`, `payment.intent_currency` when it is none of ours
   */
  told(notice: IntentNotice): Promise<Settlement>
  /**
   * Takes up how a payment stands that is still open here and should be over, as its desk tells it.
   * @throws KeytillError `payment.intent_open` when the desk does not say so yet; whatever the desk throws
   */
  lookAt(provider: string, tradeNo: string): Promise<void>
  /** Asks the desks about what is due: finds payments whose message was lost, and closes what must not be paid any more. */
  watch(): Promise<void>
}

interface IntentParts {
  readonly db: Database
  readonly providers: readonly PaymentProvider[]
  /** see payments/service */
  check(
    provider: string,
    orderNo: string,
    payer: { readonly customerId: number; readonly amount: number; readonly currency: string },
  ): Promise<CheckoutProblem | undefined>
  receive(notice: PaymentNotice): Promise<Settlement>
  /** takes up a payment that was found by asking */
  found(notice: PaymentNotice, isBack: boolean): Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** What is paid needs so long to be paid, in ms: below it a desk is not asked, and WeChat Pay would refuse. */
const LEAST_TIME = minutes(1)
/** How long what was prepared can be paid at any desk, in ms: WeChat Pay forgets it after two hours. */
const PREPARED = minutes(100)
/** How long a desk may not know of what was just begun with it, in ms. */
const ON_ITS_WAY = minutes(2)
/** Most intents looked at in one go. */
const AT_ONCE = 50
/** So many in a row that cannot be looked at end it. */
const ENOUGH = 3

export function createIntents({ db, providers, check, receive, found, clock, log }: IntentParts): Intents {
  const desks = providers.flatMap((provider) => (provider.desk ? [{ ...provider, desk: provider.desk }] : []))

  function deskOf(name: string): PaymentDesk {
    const desk = desks.find((candidate) => candidate.name === name)?.desk
    if (!desk)
      throw new KeytillError('payment.provider_unknown', `The payment provider ${name} is not configured here.`)
    return desk
  }

  const desksFor = (currency: string, channel: string) =>
    desks.filter((provider) => provider.currency === currency && provider.desk.channels.includes(channel))

  /** The intent that is open, or the next attempt; a problem when the order can no longer be paid. */
  function writeDown(order: Order, { provider, form, payer }: Wish) {
    return db.transaction(async (sql): Promise<{ intent: store.KeptIntent; isNew: boolean } | CheckoutProblem> => {
      const now = clock()
      const until = after(now, LEAST_TIME)
      const locked = await store.lockOrder(sql, order.no)
      if (locked?.state === 'cancelled') return 'cancelled'
      if (!locked || locked.state === 'expired' || locked.reserved_until <= until) return 'expired'
      if (locked.state !== 'awaiting_payment') return 'already_paid'
      const known = await store.usable(sql, locked.id, { provider, form, payer, until, since: after(now, -PREPARED) })
      if (known) return { intent: known, isNew: false }
      const { no: orderNo, total: amount, currency } = order
      const intent = {
        provider,
        orderNo,
        form,
        payer,
        amount,
        currency,
        createdAt: now,
        expiresAt: locked.reserved_until,
      }
      return { intent: await store.add(sql, locked.id, intent), isNew: true }
    })
  }

  /** Takes up how a desk says that an intent stands. Returns whether it may still be paid. */
  async function takeUp({ provider, tradeNo, orderNo }: store.KeptIntent): Promise<'open' | 'over' | 'missing'> {
    const view = await deskOf(provider).look(tradeNo)
    if (view.state === 'paid') {
      const { tradeNo: _, ...notice } = view.notice
      await found({ ...notice, orderNo }, view.isBack)
    }
    if (view.state === 'open' || view.state === 'missing') return view.state
    await store.end(db, provider, tradeNo, view.state)
    return 'over'
  }

  /** Looks at one that is due, and closes it when its order is over or its time is up. */
  async function attend(intent: store.KeptIntent): Promise<void> {
    const now = clock()
    const mustEnd = intent.orderState !== 'awaiting_payment' || intent.expiresAt <= now
    const stands = await takeUp(intent)
    if (!mustEnd || stands === 'over') return
    if (stands === 'missing') {
      // What we began may only now be on its way there.
      if (after(intent.createdAt, ON_ITS_WAY) <= now) await store.end(db, intent.provider, intent.tradeNo, 'closed')
      return
    }
    try {
      await deskOf(intent.provider).close(intent.tradeNo)
      await store.end(db, intent.provider, intent.tradeNo, 'closed')
    } catch (error) {
      if (!hasCode(error, 'payment.intent_over')) throw error
      await takeUp(intent)
    }
  }

  const intents: Intents = {
    areOffered: (currency, channel) => desksFor(currency, channel).length > 0,

    offered(order, channel) {
      if (order.state !== 'awaiting_payment' || order.demo || order.reservedUntil <= clock()) return []
      return desksFor(order.currency, channel).map(({ name, desk }) => ({
        provider: name,
        form: desk.pageOn === channel ? 'page' : 'code',
      }))
    },

    async begin(order, wish) {
      const desk = deskOf(wish.provider)
      const { no, customerId, total: amount, currency } = order
      if (order.demo) return { problem: 'wrong_amount' }
      const problem = await check(wish.provider, no, { customerId, amount, currency })
      if (problem) return { problem }
      const written = await writeDown(order, wish)
      if (typeof written === 'string') return { problem: written }
      const { intent, isNew } = written
      const { handle, expiresAt } = intent
      if (handle !== undefined) return { prepared: { handle, expiresAt } }
      // Somebody began it and heard nothing: it may have been paid meanwhile, or be over.
      if (!isNew && (await takeUp(intent)) === 'over') return intents.begin(order, wish)
      try {
        const made = await desk.begin({ ...intent, goods: goodsOf(order) })
        await store.keepHandle(db, intent.id, made)
        return { prepared: { handle: made, expiresAt } }
      } catch (error) {
        if (!hasCode(error, 'payment.intent_over')) throw error
        if ((await takeUp(intent)) !== 'over') throw error
        return intents.begin(order, wish)
      }
    },

    async told({ tradeNo, ...notice }) {
      const intent = await store.byTradeNo(db, notice.provider, tradeNo)
      if (!intent) throw new KeytillError('payment.intent_unknown', 'A payment names an attempt that we never began.')
      if (notice.currency !== intent.currency)
        throw new KeytillError('payment.intent_currency', 'A payment is in another currency than was asked for.')
      if (notice.amount !== intent.amount)
        throw new KeytillError('payment.intent_amount', 'A payment is of another amount than was asked for.')
      const settlement = await receive({ ...notice, orderNo: intent.orderNo })
      await store.end(db, notice.provider, tradeNo, 'paid')
      return settlement
    },

    async lookAt(provider, tradeNo) {
      const intent = await store.byTradeNo(db, provider, tradeNo)
      if (intent?.state === 'open' && (await takeUp(intent)) !== 'over')
        throw new KeytillError('payment.intent_open', 'A payment that went back is not paid by the word of its desk.')
    },

    async watch() {
      if (desks.length === 0) return
      const names = desks.map(({ name }) => name)
      let failed = 0
      for (const intent of await store.takeDue(db, names, clock(), AT_ONCE)) {
        // Each that waits for a desk which is away would hold up all that comes after: the others have their turn again soon.
        if (failed === ENOUGH) return
        try {
          await attend(intent)
          failed = 0
        } catch (err) {
          failed++
          const { provider } = intent
          log.warn({ err, provider }, 'a payment that was begun could not be looked at; it will be tried again')
        }
      }
    },
  }
  return intents
}

const goodsOf = (order: Order): Intent['goods'] =>
  order.lines.map(({ name, quantity }) => `${name} × ${quantity}`).join(', ')
