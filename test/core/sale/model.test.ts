import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
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
  payWrongAmount: (world, n, m) => pay(world, pick(world.orders, n), { amount: m }),
  payWrongCurrency: (world, n) => pay(world, pick(world.orders, n), { currency: 'USD' }),
  payStars: (world, n) => pay(world, pick(world.orders, n), { amount: 50, currency: 'XTR' }),
  payUnknown: (world, n) => pay(world, { no: `UNKNOWN${n % 10}`, total: 990 }),
  payTooMuch: (world, n, m) => pay(world, pick(world.orders, n), { amount: 991 + 20 * m }),
  payForGood: (world, n, m) =>
    pay(world, pick(world.orders, n), { provider: 'vouchers', ...(m % 2 ? {} : { fee: 3 }) }),
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
      await stand.shop.payments.check(order.no, { customerId: order.customerId, amount: order.total, currency: 'CNY' })
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
    const isOpen = payment && (await stand.rows(`SELECT FROM refund WHERE payment_id = $1`, [payment.id])).length > 0
    if (isOpen) await stand.refund(payment.id).catch((error) => expect(error.message).toMatch(/timeout|ECONNREFUSED/))
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
  async restock({ stand, products }, n, m) {
    const product = pick(products, n)
    const page = product && (await stand.shop.catalog.product(product.sku, 'en'))
    const expires = new Date(stand.clock().getTime() + minutes(1 + (m % 30))).toISOString()
    // Time may pass at the same moment: then the key has expired before it is there, and is not taken.
    const line = Buffer.from(`${product?.sku}-MORE-${Math.random()},,${expires}`)
    if (page) await stand.shop.inventory.import('operator', page, 'shell', [line])
  },
}

/** What a use case may answer when the world has changed under it. */
const EXPECTED = ['order.state', 'order.no_stock', 'order.not_yours', 'order.keys_withheld']

async function act(world: World, [name, n, m]: readonly [string, number, number]): Promise<void> {
  try {
    await ACTS[name]?.(world, n, m)
  } catch (error) {
    if (!(error instanceof KeytillError && EXPECTED.includes(error.code))) throw error
  }
}

async function openWorld(): Promise<World> {
  // Vouchers are never taken back, and who has paid with one is known by the chat.
  const stand = await openShop({ providers: [{ name: 'vouchers', channel: 'test' }] })
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '2')
  const products = [await stand.product(4, { stars: '50' }), await stand.product(3)]
  const buyers = await Promise.all([1, 2, 3].map((n) => stand.meet({ id: `buyer-${n}` })))
  return { stand, buyers, products, orders: [], payments: [] }
}

const names = Object.keys(ACTS)
/** Selling and paying are what a shop does most. */
const name = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...names) },
  fc.constantFrom('place', 'basket', 'pay', 'payLatest', 'payLatestFromWallet'),
)
const step = fc.tuple(name, fc.nat(100), fc.nat(100))

it('keeps every key and every cent in its place, whatever happens one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const world = await openWorld()
      for (const one of steps) await act(world, one)
      await expectSound(world.stand)
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
