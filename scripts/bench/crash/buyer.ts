import type { FakeTelegram } from '../../../test/fakes/telegram/server.ts'
import type { Random } from './random.ts'

type Person = ReturnType<FakeTelegram['user']>
type Seen = Awaited<ReturnType<Person['see']>>

/** What buyers did, counted across all of them. */
export interface Deeds {
  orders: number
  payments: number
  cancelled: number
  lapsed: number
  refused: number
  reveals: number
  /** flows that a crash cut off, to be begun anew */
  interrupted: number
  /** charges whose update was lost: only the provider's book knows of them */
  readonly lost: string[]
  /** numbers of orders whose news of delivery was seen */
  readonly delivered: string[]
}

export const newDeeds = (): Deeds => ({
  orders: 0,
  payments: 0,
  cancelled: 0,
  lapsed: 0,
  refused: 0,
  reveals: 0,
  interrupted: 0,
  lost: [],
  delivered: [],
})

/** What becomes of an order once its invoice is here, and how often out of a hundred. */
const ENDINGS = [
  ['pay', 45],
  ['pay-twice', 12],
  ['lose-update', 13],
  ['lose-update-and-cancel', 6],
  ['cancel', 12],
  ['lapse', 12],
] as const
type Ending = (typeof ENDINGS)[number][0]

const ORDER_NO = /[A-Z0-9]{4}-[A-Z0-9]{4}/

/** One order by the shop's real buttons, from browsing to keys, or as far as the buyer's mood goes. */
export async function buyOnce(person: Person, random: Random, deeds: Deeds): Promise<void> {
  /** Presses a button and waits for what it leads to. */
  const press = async (on: Seen, label: RegExp, expected: Parameters<Person['see']>[0]): Promise<Seen> => {
    const since = person.mark()
    await person.press(on, label)
    return person.see(expected, { since })
  }

  const since = person.mark()
  await person.say('/shop')
  const list = await person.see(/^All products/, { since })
  const product = await press(list, new RegExp(`^Crash ${random.pick(['A', 'B', 'C'])} `), /^Stock: /m)
  if (!product.buttons.includes('Buy')) {
    deeds.refused++
    return
  }
  const quantity = await press(product, /^Buy$/, /^How many/)
  const basket = await press(quantity, new RegExp(`^${random.pick([1, 1, 2, 3])}$`), /^Basket/)
  const placed = await press(
    basket,
    /^Order and pay/,
    ({ invoice, text = '' }) => invoice !== undefined || /unpaid orders|sold out|left\. Please/.test(text),
  )
  if (!placed.invoice) {
    deeds.refused++
    // Too many unpaid ones: the oldest is on the screen, and goes.
    if (placed.buttons.includes('Cancel the order')) await press(placed, /^Cancel the order$/, /cancelled/)
    return
  }
  deeds.orders++
  await end(random.weighted(ENDINGS), placed)

  async function end(ending: Ending, invoice: Seen): Promise<void> {
    const no = ORDER_NO.exec(invoice.invoice?.title ?? '')?.[0] ?? ''
    const before = person.mark()
    switch (ending) {
      case 'lapse':
        deeds.lapsed++
        return
      case 'cancel':
        return cancel(no)
      case 'lose-update':
      case 'lose-update-and-cancel': {
        const { ok, chargeId } = await person.pay(invoice, { dropSuccessUpdate: true })
        if (!ok || chargeId === undefined) return
        deeds.payments++
        deeds.lost.push(chargeId)
        // The shop does not know of the money yet, so that it lets go of the order: the payment comes late.
        return ending === 'lose-update' ? undefined : cancel(no)
      }
      case 'pay-twice': {
        const paid = await Promise.all([person.pay(invoice), person.pay(invoice, { again: true })])
        deeds.payments += paid.filter(({ ok }) => ok).length
        return paid.some(({ ok }) => ok) ? collect(no, before) : undefined
      }
      case 'pay': {
        const { ok } = await person.pay(invoice)
        if (!ok) return
        deeds.payments++
        return collect(no, before)
      }
    }
  }

  async function cancel(no: string): Promise<void> {
    const card = await person.see(({ text = '', buttons }) => text.includes(no) && buttons.includes('Cancel the order'))
    await press(card, /^Cancel the order$/, /is cancelled|can no longer be cancelled/)
    deeds.cancelled++
  }

  /** Waits for the news and perhaps looks at the keys. */
  async function collect(no: string, before: number): Promise<void> {
    const news = await person.see(new RegExp(`Order ${no} is (delivered|delayed)`), { since: before })
    if (!news.text?.includes(`${no} is delivered`)) return
    deeds.delivered.push(no)
    if (!random.chance(0.6)) return
    await press(news, /Show keys/, /^Your keys/)
    deeds.reveals++
  }
}
