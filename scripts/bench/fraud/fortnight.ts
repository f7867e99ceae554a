import type { Customer } from '../../../core/customers/model.ts'
import type { Order, Refusal } from '../../../core/orders/model.ts'
import { hours, minutes, seconds } from '../../../core/platform/clock.ts'
import type { Challenge } from '../../../core/risk/model.ts'
import { hashOf, randomOf } from '../crash/random.ts'
import type { Agenda } from './agenda.ts'
import type { Attempt } from './attempt.ts'
import { channelOf, PAY, type World } from './shop.ts'
import { createStaff, type Purchase } from './staff.ts'
import { DAYS, day, isHostile, type Person, priceOf, stakeOf, type Wish } from './world.ts'

/** Hostile ones leave an account that was refused so often. */
const PATIENCE = 3

interface Ask {
  /** the same in every run */
  readonly name: string
  readonly person: Person
  readonly wish: Wish
  readonly attempt: Attempt
}

/** Lets these people do what they want, and tells what became of it. */
export async function liveThrough(
  seed: number,
  people: readonly Person[],
  world: World,
  agenda: Agenda,
  onDay: (day: number, attempts: number) => void,
): Promise<readonly Attempt[]> {
  const { shop } = world
  const staff = createStaff(seed, world, agenda)
  const attempts: Attempt[] = []
  const refused = new Map<Person, number>()

  function begin(person: Person, wish: Wish, n: number): void {
    agenda.at(wish.at, async () => {
      if (isHostile(wish.group) && (refused.get(person) ?? 0) >= PATIENCE) return
      const attempt = {
        group: wish.group,
        value: stakeOf(wish),
        end: undefined,
        isChallenged: false,
        held: undefined,
        rules: new Set<string>(),
      }
      attempts.push(attempt)
      await ask({ name: `${person.id}-${n}`, person, wish, attempt }, 0)
    })
  }

  async function ask(asked: Ask, before: number): Promise<void> {
    const { name, person, wish } = asked
    const customer = await world.meet(person, wish.door)
    const key = `${name}-${before}`
    const placement = await shop.sale.place({
      customerId: customer.id,
      pseudonym: customer.pseudonym,
      channel: channelOf(wish.door),
      chat: person.id,
      language: 'zh',
      wanted: [{ sku: wish.sku, quantity: wish.quantity }],
      idempotencyKey: key,
      expectedTotal: priceOf(wish.sku) * wish.quantity,
      ...(wish.door ? { origin: wish.door } : {}),
    })
    if (placement.refused) return refuse(asked, customer, placement.refused, key, before)
    wait(asked, customer, placement.placed)
  }

  async function refuse(asked: Ask, customer: Customer, refusal: Refusal, key: string, before: number): Promise<void> {
    const { person, attempt } = asked
    const giveUp = (end: 'denied' | 'gave_up') => {
      attempt.end = end
      refused.set(person, (refused.get(person) ?? 0) + 1)
    }
    for (const { rule } of await world.reasonsFor(key)) attempt.rules.add(rule)
    if (refusal.reason === 'challenge') {
      attempt.isChallenged = true
      if (!person.passes[refusal.challenge]) return giveUp('gave_up')
      const delay = delayOf(asked.name, refusal.challenge)
      agenda.at(agenda.now + delay, async () => {
        await world.pass(customer, person, refusal.challenge)
        await ask(asked, before + 1)
      })
    } else if (refusal.reason === 'denied') giveUp('denied')
    else if (refusal.reason === 'too_many_open' || refusal.reason === 'over_quota') attempt.end = 'quota'
    else if (refusal.reason === 'sold_out') attempt.end = 'sold_out'
    else throw new Error(`an order was refused as ${refusal.reason}, which nobody here provokes`)
  }

  /** How long somebody takes who shows what they are asked for. */
  function delayOf(name: string, challenge: Challenge): number {
    const random = randomOf(seed, 6, hashOf(name))
    return challenge === 'captcha' ? seconds(random.between(10, 60)) : minutes(random.between(1, 10))
  }

  function wait(asked: Ask, customer: Customer, order: Order): void {
    const { name, wish, attempt } = asked
    attempt.end = 'unpaid'
    const deadline = order.reservedUntil.getTime() - order.placedAt.getTime()
    if (wish.paysAfter === undefined || wish.paysAfter > deadline)
      agenda.at(agenda.now + deadline + 1, async () => void (await shop.sale.releaseDue()))
    if (wish.paysAfter !== undefined)
      agenda.at(agenda.now + wish.paysAfter, () => pay({ name, wish, attempt, customer, order }))
  }

  async function pay(purchase: Purchase): Promise<void> {
    const { name, wish, attempt, order } = purchase
    const money = { amount: order.total, currency: order.currency, payer: wish.payer }
    const settlement = await shop.payments.receive({ provider: PAY, reference: name, orderNo: order.no, ...money })
    if (settlement.order === 'held') await staff.review(purchase, () => deliver(purchase))
    else if (settlement.order === 'delivered') deliver(purchase)
    else attempt.end = 'returned'
  }

  function deliver(purchase: Purchase): void {
    const { attempt, wish } = purchase
    attempt.end = 'bought'
    if (wish.later)
      agenda.at(
        agenda.now + wish.later.after,
        wish.later.what === 'claim' ? () => claim(purchase) : () => chargeBack(purchase),
      )
  }

  async function look({ customer, order }: Purchase): Promise<void> {
    const delivered = await shop.orders.byNo(order.no)
    if (delivered) await shop.delivery.reveal(delivered, customer, order.channel)
  }

  async function claim(purchase: Purchase): Promise<void> {
    const { name, customer, order } = purchase
    await look(purchase)
    await shop.risk.note({ kind: 'complaint', customerId: customer.id, subject: order.no, event: name })
    staff.answer(purchase)
  }

  async function chargeBack(purchase: Purchase): Promise<void> {
    await look(purchase)
    await shop.payments.refunded(PAY, purchase.name)
    purchase.attempt.end = 'charged_back'
    await staff.block(purchase)
  }

  for (const person of people) for (const [n, wish] of person.wishes.entries()) begin(person, wish, n)
  for (let n = 1; n <= DAYS; n++) agenda.at(day(n), async () => onDay(n, attempts.length))
  for (let at = 0; at < day(DAYS); at += hours(1)) agenda.at(at, world.sendRefunds)
  await agenda.run()
  return attempts
}
