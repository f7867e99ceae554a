import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'
import { expectSound } from './invariants.ts'

interface World {
  readonly stand: Stand
  readonly buyers: readonly Buyer[]
  readonly products: readonly Stocked[]
  readonly orders: Order[]
  readonly payments: {
    readonly order: Order
    readonly reference: string
    readonly provider: string
    readonly id: bigint
  }[]
}

const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)]

async function pay(
  world: World,
  order: Pick<Order, 'no' | 'total'> | undefined,
  different: Partial<PaymentNotice> = {},
): Promise<void> {
  if (!order) return
  const reference = `payment-${world.payments.length}-${Math.random()}`
  const { paymentId } = await world.stand.receive(order, { reference, ...different })
  const { provider = 'test-pay' } = different
  world.payments.push({ order: order as Order, reference, provider, id: paymentId })
}

/** Somebody of the staff decides about some of the complaints in a ticket. */
async function judge(
  { stand, buyers }: World,
  n: number,
  m: number,
  decide: (staff: Buyer, ticket: Ticket, ids: readonly number[]) => Promise<void>,
): Promise<void> {
  const tickets = await stand.rows<{ id: number }>(`SELECT id FROM ticket WHERE kind = 'key' ORDER BY id DESC`)
  const ticket = await stand.shop.support.ticket(pick(tickets, n)?.id ?? 0)
  if (!ticket) return
  const all = (await stand.shop.complaints.ofTicket(ticket.id)).map(({ id }) => id)
  const some = all.filter((_, index) => (m >> index) % 2)
  await decide(buyers[0] as Buyer, ticket, some.length > 0 ? some : all)
}

/** What can happen to a shop. `n` and `m` choose among what there is. */
const ACTS: Readonly<Record<string, (world: World, n: number, m: number) => Promise<unknown>>> = {
  async place({ stand, buyers, products, orders }, n, m) {
    const [buyer, product] = [pick(buyers, n), pick(products, m)]
    if (!buyer || !product) return
    const { placed } = await stand.ask(buyer, product.sku, 1 + ((n + m) % 3))
    if (placed) orders.push(placed)
  },
  async basket({ stand, buyers, products, orders }, n, m) {
    const buyer = pick(buyers, n)
    if (!buyer) return
    const quantities = [1 + (n % 2), 1 + (m % 2)]
    const wanted = products.slice(0, 2).map(({ sku }, index) => ({ sku, quantity: quantities[index] ?? 1 }))
    if (m % 2) wanted.reverse()
    const expectedTotal = quantities.reduce((sum, quantity) => sum + quantity * 990, 0)
    const { placed } = await stand.ask(buyer, products[0]?.sku ?? '', 1, { wanted, expectedTotal })
    if (placed) orders.push(placed)
  },
  async cancel({ stand, orders }, n) {
    const order = pick(orders, n)
    if (order) await stand.shop.sale.cancel(order.no, order.customerId)
  },
  async wait({ stand }, n) {
    stand.clock.advance(minutes(n % 12))
  },
  release: ({ stand }) => stand.shop.sale.releaseDue(),
  pay: (world, n) => pay(world, pick(world.orders, n)),
  payLatest: (world) => pay(world, world.orders.at(-1)),
  payWrongAmount: (world, n, m) => pay(world, pick(world.orders, n), { amount: 1 + m }),
  payWrongCurrency: (world, n) => pay(world, pick(world.orders, n), { currency: 'USD' }),
  payStars: (world, n) => pay(world, pick(world.orders, n), { amount: 50, currency: 'XTR' }),
  payUnknown: (world, n) => pay(world, { no: `UNKNOWN${n % 10}`, total: 990 }),
  payTooMuch: (world, n, m) => pay(world, pick(world.orders, n), { amount: 991 + 20 * m }),
  payForGood: (world, n, m) =>
    pay(world, pick(world.orders, n), { provider: 'vouchers', ...(m % 2 ? {} : { fee: 3 }) }),
  payInParts: (world, n) => pay(world, pick(world.orders, n), { provider: 'parts' }),
  payForGoodUnknown: (world, n, m) =>
    pay(world, { no: `UNKNOWN${n % 10}`, total: 1500 }, { provider: 'vouchers', payer: `buyer-${m % 4}` }),
  async payFromWallet({ stand, orders }, n, m) {
    const order = pick(orders, n)
    if (order) await stand.shop.payments.payFromWallet(order.no, order.customerId, m % 5 ? 'CNY' : 'XTR')
  },
  async payLatestFromWallet({ stand, orders }) {
    const order = orders.at(-1)
    if (order) await stand.shop.payments.payFromWallet(order.no, order.customerId, 'CNY')
  },
  async creditFailed({ stand, payments }, n) {
    const payment = pick(payments, n)
    if (payment) await stand.shop.payments.creditRefund('staff', payment.id)
  },
  async byHand({ stand, payments }, n) {
    const payment = pick(payments, n)
    if (payment) await stand.shop.payments.refundedByHand('staff', payment.id)
  },
  async payAgain({ stand, payments }, n) {
    const payment = pick(payments, n)
    if (payment) await stand.receive(payment.order, { reference: payment.reference, provider: payment.provider })
  },
  async check({ stand, orders }, n) {
    const order = pick(orders, n)
    if (order)
      await stand.shop.payments.check(stand.pay.name, order.no, {
        customerId: order.customerId,
        amount: order.total,
        currency: 'CNY',
      })
  },
  async refund({ stand, orders }, n) {
    const order = pick(orders, n)
    if (order) await stand.shop.sale.refund('staff', order.no, 'goodwill')
  },
  async approve({ stand, orders }, n) {
    const order = pick(orders, n)
    if (order) await stand.shop.sale.approve('staff', order.no)
  },
  async reject({ stand, orders }, n) {
    const order = pick(orders, n)
    if (order) await stand.shop.sale.reject('staff', order.no, 'no')
  },
  async sendRefunds({ stand, payments }, n, m) {
    stand.pay.mood = pick(['willing', 'willing', 'refusing', 'unknown', 'away'] as const, m) ?? 'willing'
    const payment = pick(payments, n)
    if (!payment) return
    const refunds = await stand.rows<{ id: bigint }>(`SELECT id FROM refund WHERE payment_id = $1`, [payment.id])
    const task = stand.shop.payments.tasks.refund
    for (const { id } of refunds)
      await task?.({ refundId: String(id) }).catch((error) => expect(error.message).toMatch(/timeout|ECONNREFUSED/))
  },
  async providerTells({ stand, payments }, n) {
    const payment = pick(payments, n)
    if (payment) await stand.shop.payments.refunded(payment.provider, payment.reference)
  },
  async reveal({ stand, orders, buyers }, n) {
    const order = pick(orders, n)
    const buyer = buyers.find(({ id }) => id === order?.customerId)
    if (order && buyer) await stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')
  },
  async freeze({ stand, products }, n, m) {
    const key = await stand.shop.inventory.find({ text: pick(pick(products, n)?.codes ?? [], m) ?? '' })
    if (key) await stand.shop.inventory.freeze('staff', key, 'complaint')
  },
  async unfreeze({ stand, products }, n, m) {
    const key = await stand.shop.inventory.find({ text: pick(pick(products, n)?.codes ?? [], m) ?? '' })
    if (key) await stand.shop.inventory.unfreeze('staff', key)
  },
  async void({ stand, products }, n, m) {
    const key = await stand.shop.inventory.find({ text: pick(pick(products, n)?.codes ?? [], m) ?? '' })
    if (key) await stand.shop.inventory.void('staff', key, 'used')
  },
  /** Bought and looked at, so that there is something to complain of. */
  async sell(world, n, m) {
    const { stand, buyers, products, orders } = world
    const [buyer, product] = [pick(buyers, n), pick(products, m)]
    if (!buyer || !product) return
    const { placed } = await stand.ask(buyer, product.sku, 1 + (n % 3))
    if (!placed) return
    orders.push(placed)
    await pay(world, placed, { provider: pick(['test-pay', 'parts', 'vouchers'], m) ?? 'parts' })
    await stand.shop.delivery.reveal(await stand.again(placed), buyer, 'test')
  },
  async complain({ stand, buyers }, n, m) {
    const shown = await stand.rows<{ no: string; customer_id: number }>(
      `SELECT no, customer_id FROM orders o WHERE state = 'delivered' AND EXISTS (SELECT FROM reveal r WHERE r.order_id = o.id) ORDER BY id DESC`,
    )
    const order = pick(shown, n % 3)
    const buyer = buyers.find(({ id }) => id === order?.customer_id)
    if (!order || !buyer) return
    const all = await stand.shop.complaints.units(await stand.again(order))
    const some = all.filter((_, index) => (m >> index) % 2)
    const units = (some.length > 0 ? some : all).map(({ unitId }) => unitId)
    const what = { orderNo: order.no, units, reason: 'invalid', text: '' } as const
    await stand.shop.complaints.open(buyer, { channel: 'test', chat: buyer.chat, event: `${Math.random()}` }, what)
  },
  replace: (world, n, m) =>
    judge(world, n, m, (staff, ticket, ids) => world.stand.shop.complaints.replace(staff, ticket, ids)),
  refundKeys: (world, n, m) =>
    judge(world, n, m, (staff, ticket, ids) => world.stand.shop.complaints.refund(staff, ticket, ids, false)),
  refundAll: (world, n, m) =>
    judge(world, n, m, (staff, ticket, ids) => world.stand.shop.complaints.refund(staff, ticket, ids, true)),
  rejectKeys: (world, n, m) =>
    judge(world, n, m, (staff, ticket, ids) =>
      world.stand.shop.complaints.reject(staff, { channel: 'test', event: `${Math.random()}` }, ticket, ids, 'no'),
    ),
  async withdraw({ stand, buyers }, n, m) {
    const buyer = pick(buyers, n)
    const ticket = buyer && pick((await stand.shop.support.ofCustomer(buyer.id, 0)).items, m)
    if (ticket) await stand.shop.complaints.close(buyer, ticket.id)
  },
  async claim({ stand, buyers }, n, m) {
    const staff = buyers[0] as Buyer
    const { claims } = stand.shop
    const one = pick(await claims.all(Number((await claims.suppliers(0)).items[0]?.id)), n)
    if (!one) return
    if (m % 3 === 0) await claims.refuse(staff, one.id)
    else if (m % 3 === 1) await claims.settle(staff, one.id, 1 + m)
    else await claims.move(staff, one.id, 'accepted')
  },
  async used({ stand, products }, n, m) {
    const key = await stand.shop.inventory.find({ text: pick(pick(products, n)?.codes ?? [], m) ?? '' })
    if (!key) return
    if (m % 3) await stand.shop.inventory.markUsed('staff', key.cardId)
    else await stand.shop.inventory.unmarkUsed('staff', key.cardId)
  },
  async restock({ stand, products }, n, m) {
    const product = pick(products, n)
    const page = product && (await stand.shop.catalog.product(product.sku, 'en'))
    const expires = new Date(stand.clock().getTime() + minutes(1 + (m % 30))).toISOString()
    // Time may pass at the same moment: then the key has expired before it is there, and is not taken.
    const line = Buffer.from(`${product?.sku}-MORE-${Math.random()},,${expires},${m % 4 ? `4.${10 + (m % 80)}` : ''}`)
    if (page) await stand.shop.inventory.import('operator', page, 'shell', [line])
  },
}

/** What a use case may answer when the world has changed under it. */
const EXPECTED = [
  'order.state',
  'order.no_stock',
  'order.not_yours',
  'order.keys_withheld',
  'complaint.none',
  'complaint.decided',
  'complaint.no_stock',
]

async function act(world: World, [name, n, m]: readonly [string, number, number]): Promise<void> {
  try {
    await ACTS[name]?.(world, n, m)
  } catch (error) {
    if (!(error instanceof KeytillError && EXPECTED.includes(error.code))) throw error
  }
}

/** The books of the day differ in nothing but what is still under way, and what the provider in memory does not tell. */
async function expectNoDifferences({ shop, clock }: Stand): Promise<void> {
  const { differences } = await shop.reconciliation.compare(clock().toISOString().slice(0, 10))
  const odd = differences.filter(({ kind }) => kind !== 'refund_open' && !kind.startsWith('book_'))
  expect(odd).toEqual([])
}

async function openWorld(): Promise<World> {
  // Vouchers are never taken back, and who has paid with one is known by the chat.
  const parts: PaymentProvider = { name: 'parts', refund: async () => {}, refundPart: async () => {} }
  const stand = await openShop({ providers: [{ name: 'vouchers', channel: 'test' }, parts] })
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '2')
  const [first, second] = [await stand.product(1, { stars: '50' }), await stand.product(1)]
  const more = async (product: Stocked, count: number): Promise<Stocked> => {
    const codes = Array.from({ length: count }, (_, index) => `${product.sku}-COSTS-${index}`)
    await stand.stock(
      product,
      codes.map((code, index) => `${code},,,${3 + index}.50`),
    )
    return { ...product, codes: [...product.codes, ...codes] }
  }
  const products = [await more(first, 5), await more(second, 4)]
  const staff = await stand.meet({ id: 'buyer-1' })
  const batches = await stand.rows<{ id: number }>('SELECT max(id)::int AS id FROM batch')
  await stand.shop.claims.setSupplier(staff, batches[0]?.id ?? 0, 'Supplier')
  const buyers = await Promise.all([1, 2, 3].map((n) => stand.meet({ id: `buyer-${n}` })))
  return { stand, buyers, products, orders: [], payments: [] }
}

const names = Object.keys(ACTS)
/** Selling and paying are what a shop does most; complaints are only about what was sold. */
const name = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...names) },
  fc.constantFrom('place', 'basket', 'pay', 'payLatest', 'payLatestFromWallet', 'payInParts', 'reveal'),
  fc.constantFrom('sell', 'complain', 'complain', 'replace', 'refundKeys', 'rejectKeys'),
)
const step = fc.tuple(name, fc.nat(100), fc.nat(100))

it('keeps every key and every cent in its place, whatever happens one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const world = await openWorld()
      for (const one of steps) await act(world, one)
      await expectSound(world.stand)
      await expectNoDifferences(world.stand)
      await world.stand.close()
    }),
    { numRuns: 10, interruptAfterTimeLimit: 60_000 },
  )
}, 120_000)

it('and whatever happens at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { minLength: 5, maxLength: 12 }), async (batches) => {
      const world = await openWorld()
      for (const batch of batches) {
        await Promise.all(batch.map((one) => act(world, one)))
        await expectSound(world.stand)
      }
      await world.stand.close()
    }),
    { numRuns: 8, interruptAfterTimeLimit: 60_000 },
  )
}, 120_000)
