import { setTimeout } from 'node:timers/promises'
import type { Customer } from '../../../core/customers/model.ts'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import type { Random } from '../crash/random.ts'
import type { Window } from './checks.ts'
import { insist, insistUnless } from './insist.ts'
import type { World } from './truth.ts'
import { CHANNEL, RESERVATION, WARES } from './world.ts'

export interface Buyer extends Pick<Customer, 'id' | 'pseudonym'> {
  /** in their chat, and at the bank */
  readonly name: string
}

/** What becomes of an order, and how often out of a hundred. */
const ENDINGS = [
  ['paid on time', 33],
  ['told of in two processes at once', 9],
  ['paid with too little', 4],
  ['paid with too much', 5],
  ['paid from the wallet', 6],
  ['paid in another currency', 3],
  ['paid for an unknown order', 3],
  ['paid in Stars', 5],
  ['paid twice', 5],
  ['paid, and the news was lost', 8],
  ['paid late', 8],
  ['cancelled', 6],
  ['cancelled, and paid', 4],
  ['left to lapse', 6],
  ['given back before the news', 4],
  ['given back after the news', 2],
  ['an old one given back', 2],
] as const
type Ending = (typeof ENDINGS)[number][0]

interface Order {
  readonly no: string
  readonly total: number
  readonly stars: number | undefined
}

/** One order of a buyer, from its placing to its end; `name` tells it from all others. Everything is decided by `random`. */
export async function buyOnce(world: World, random: Random, buyer: Buyer, name: string): Promise<void> {
  const { bank, truth } = world
  const { deeds } = truth
  const order = await place()
  if (!order) return
  const ending = random.weighted(ENDINGS)
  deeds.endings[ending] = (deeds.endings[ending] ?? 0) + 1
  await end(ending, order)

  async function place(): Promise<Order | undefined> {
    const wares = new Set(Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => random.pick(WARES)))
    const lines = [...wares].map((ware) => ({ ware, quantity: random.pick([1, 1, 1, 2, 3, 5]) }))
    const wanted = lines.map(({ ware: { sku }, quantity }) => ({ sku, quantity }))
    const total = lines.reduce((sum, { ware, quantity }) => sum + ware.price * quantity, 0)
    const { id: customerId, pseudonym, name: chat } = buyer
    const placing = { customerId, pseudonym, channel: CHANNEL, chat, language: 'en' as const, wanted }
    const ask = () =>
      insist(world, (shop) => shop.ask('place', { ...placing, idempotencyKey: name, expectedTotal: total }))
    const isTwice = random.chance(0.12)
    if (isTwice) deeds.placedTwice++
    const answers = await Promise.all(isTwice ? [ask(), ask()] : [ask()])
    const placed = answers.flatMap((answer) => answer.placed ?? [])
    for (const { refused } of answers)
      if (refused) deeds.refused[refused.reason] = (deeds.refused[refused.reason] ?? 0) + 1
    const [first] = placed
    if (!first) return undefined
    if (placed.some(({ no }) => no !== first.no))
      truth.problems.push(`two orders of one key of idempotency: ${first.no}`)
    if (first.total !== total) truth.problems.push(`an order at another price than was asked: ${first.no}`)
    truth.orders.set(first.no, { customerId, wanted, total })
    deeds.orders++
    return first
  }

  async function end(how: Ending, { no, total, stars }: Order): Promise<void> {
    const charge = (different: Partial<PaymentNotice> = {}, nth = 1) =>
      bank.charge({
        reference: `${name}-${nth}`,
        orderNo: no,
        payer: buyer.name,
        amount: total,
        currency: 'CNY',
        ...different,
      })
    switch (how) {
      case 'paid on time': {
        const { id: customerId } = buyer
        if (random.chance(0.3))
          await insist(world, (shop) => shop.ask('check', no, { customerId, amount: total, currency: 'CNY' }))
        return after(no, await news(charge()))
      }
      case 'told of in two processes at once': {
        const notice = charge()
        const [told] = await Promise.all([news(notice), news(notice)])
        return after(no, told)
      }
      case 'paid with too little':
        return expecting('wrong_amount', charge({ amount: total - random.between(1, Math.min(90, total - 1)) }))
      case 'paid with too much':
        return after(no, await news(charge({ amount: total + random.between(1, 9000) })))
      case 'paid from the wallet': {
        const { settled } = await insist(world, (shop) => shop.ask('payFromWallet', no, buyer.id))
        if (!settled) return
        truth.fromWallet.add(no)
        return after(no, settled.order)
      }
      case 'paid in another currency':
        return expecting('wrong_currency', charge({ currency: 'USD' }))
      case 'paid for an unknown order':
        return expecting('unknown_order', charge({ orderNo: `X${no.slice(1, 5)}-NOT` }))
      case 'paid in Stars':
        return after(no, await news(charge({ amount: stars ?? 0, currency: 'XTR' })))
      case 'paid twice': {
        const both = [charge(), charge({}, 2)]
        const [told] = await Promise.all(both.map(news))
        return after(no, told)
      }
      case 'paid, and the news was lost':
        charge()
        return
      case 'paid late':
        await setTimeout(RESERVATION + random.between(100, 1500))
        return after(no, await news(charge()))
      case 'cancelled':
        return cancel(no)
      case 'cancelled, and paid':
        await cancel(no)
        return after(no, await news(charge()))
      case 'left to lapse':
        return
      case 'given back before the news': {
        const notice = charge()
        bank.giveBack(notice.reference)
        const { reference } = notice
        // The two may also come at once, in two processes.
        const fact = insist(world, (shop) => shop.ask('refunded', reference))
        if (random.chance(0.6)) await fact
        await Promise.all([fact, news(notice)])
        return
      }
      case 'given back after the news': {
        const { reference } = charge()
        await news(bank.charges.get(reference) as PaymentNotice)
        bank.giveBack(reference)
        if (random.chance(0.5)) await insist(world, (shop) => shop.ask('refunded', reference))
        return
      }
      case 'an old one given back': {
        // Whatever became of it since; the shop has to find out by itself.
        const [reference] = [...bank.charges.keys()].slice(random.between(-200, -1))
        if (reference !== undefined) bank.giveBack(reference)
      }
    }
  }

  async function expecting(rule: string, notice: PaymentNotice): Promise<void> {
    truth.rules.set(notice.reference, rule)
    await news(notice)
  }

  /** Tells the shop of a payment until it says what became of it, which has to be the same whenever it is asked. */
  async function news(notice: PaymentNotice): Promise<'delivered' | 'held' | undefined> {
    const settlement = await insist(world, (shop) => shop.ask('receive', notice))
    const { reference } = notice
    const before = truth.settlements.get(reference) ?? settlement
    if (before.paymentId !== settlement.paymentId || before.rule !== settlement.rule)
      truth.problems.push(`${reference} ended as ${before.rule}, then as ${settlement.rule}`)
    truth.settlements.set(reference, before)
    return settlement.order
  }

  async function cancel(no: string): Promise<void> {
    if (await insist(world, (shop) => shop.ask('cancel', no, buyer.id))) truth.cancelled.add(no)
  }

  /** What a buyer does with what they have, and staff with a buyer who complains. */
  async function after(no: string, became: 'delivered' | 'held' | undefined): Promise<void> {
    if (became !== 'delivered') return
    if (random.chance(0.4)) await reveal(no)
    if (random.chance(0.12)) {
      await setTimeout(random.between(0, 300))
      await insistUnless(world, ['order.state'], (shop) => shop.ask('refund', no))
    }
  }

  async function reveal(no: string): Promise<void> {
    const texts = await insistUnless(world, ['order.state', 'order.keys_withheld'], (shop) =>
      shop.ask('reveal', no, buyer.name),
    )
    if (!texts) return
    deeds.reveals++
    show(world, no, texts)
  }
}

/** Every buyer looks at everything they have bought: a key that two orders share shows itself at last. */
export async function revealAll(world: World, window: Window): Promise<void> {
  const orders = await window.rows<{ no: string; chat: string }>(
    `SELECT no, chat FROM orders WHERE state = 'delivered'`,
  )
  const look = async () => {
    for (let order = orders.pop(); order; order = orders.pop()) {
      const { no, chat } = order
      const texts = await insistUnless(world, ['order.keys_withheld'], (shop) => shop.ask('reveal', no, chat))
      show(world, no, texts ?? [])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, look))
}

const AT_ONCE = 10

/** Keeps in mind who has seen which key. */
function show({ truth }: World, no: string, texts: readonly string[]): void {
  for (const text of texts) {
    const orders = truth.shown.get(text) ?? new Set()
    truth.shown.set(text, orders.add(no))
    if (orders.size > 1) truth.problems.push(`a key shown in the orders ${[...orders].join(' and ')}`)
  }
}
