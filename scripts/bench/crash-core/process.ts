/**
 * One process of the shop, started and killed by the crash test: all roles, no channel. What a channel would ask comes from
 * the parent over the wire; the bank and the buyers' chats are there as well.
 */
import { setTimeout } from 'node:timers/promises'
import type { ImportSource, KeyFacts } from '../../../core/inventory/model.ts'
import type { Notice } from '../../../core/notifications/model.ts'
import type { Placing } from '../../../core/orders/model.ts'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import { seconds } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { createLog } from '../../../core/platform/log.ts'
import { readSettings } from '../../../core/platform/settings.ts'
import { createShop, type Shop } from '../../../core/shop.ts'
import type { Outside } from './outside.ts'
import { wire } from './wire.ts'
import { BANK, BANK_PATIENCE, CHANNEL, fastClock, type Opening, OWNER, WARES } from './world.ts'

const ACTOR = 'operator'

/** What the parent can ask of a process, once it has been asked to begin. */
export type Commands = ReturnType<typeof commandsOf> & { begin(opening: Opening): Promise<void> }

function commandsOf(shop: Shop) {
  const { catalog, customers, delivery, inventory, orders, payments, profiles, quotas, risk, sale } = shop
  const limit = shop.limiter('crash', 1_000_000, seconds(60))

  const known = async (no: string) => {
    const order = await orders.byNo(no)
    if (!order) throw new KeytillError('order.unknown', 'There is no such order.')
    return order
  }
  const meet = (id: string) => customers.meet({ channel: CHANNEL, externalId: id, chat: id, name: id, language: 'en' })
  const mark = async (text: string, how: (key: KeyFacts) => Promise<boolean>) => {
    const key = await inventory.find({ text })
    return key ? how(key) : false
  }

  return {
    meet,
    async setUp() {
      await meet(OWNER)
      for (const { sku, price, stars } of WARES) await catalog.add(ACTOR, { sku, name: sku, price, stars })
      await profiles.set(ACTOR, 'reservation', '1')
      await risk.setLimit(ACTOR, 'hourly-orders', '5')
      for (const level of await quotas.levels()) await quotas.set(ACTOR, level.name, 'openOrders', '20')
    },
    async place(placing: Placing) {
      // As a channel does first: whether Redis is there or not, it is answered at once.
      const wait = await limit.take(placing.chat)
      if (wait > 0) throw new KeytillError('failed', 'A limit that is never reached was reached.')
      return sale.place(placing)
    },
    payFromWallet: (no: string, customerId: number) => payments.payFromWallet(no, customerId, 'CNY'),
    cancel: (no: string, customerId: number) => sale.cancel(no, customerId),
    receive: (notice: PaymentNotice) => payments.receive(notice),
    refunded: (reference: string) => payments.refunded(BANK, reference),
    check: (no: string, payer: Parameters<Shop['payments']['check']>[2]) => payments.check(BANK, no, payer),
    refund: (no: string) => sale.refund(ACTOR, no, 'it does not work'),
    retryRefund: (paymentId: bigint) => payments.retryRefund(ACTOR, paymentId),
    creditRefund: (paymentId: bigint) => payments.creditRefund(ACTOR, paymentId),
    held: async () => (await orders.inState('held', 0)).items.map(({ no }) => no),
    approve: (no: string) => sale.approve(ACTOR, no),
    reject: (no: string) => sale.reject(ACTOR, no, 'looks like a stolen card'),
    async reveal(no: string, id: string) {
      const keys = await delivery.reveal(await known(no), await meet(id), CHANNEL)
      return keys.map(({ key }) => key.code)
    },
    async import(sku: string, source: ImportSource, lines: string) {
      const product = await catalog.product(sku, 'en')
      if (!product) throw new KeytillError('product.unknown', 'There is no such product.')
      return inventory.import(ACTOR, product, source, [Buffer.from(lines)])
    },
    freeze: (text: string) => mark(text, (key) => inventory.freeze(ACTOR, key, 'looks odd')),
    unfreeze: (text: string) => mark(text, (key) => inventory.unfreeze(ACTOR, key)),
    void: (text: string) => mark(text, (key) => inventory.void(ACTOR, key, 'does not work')),
    recover: () => payments.recover(),
    lag: () => shop.audit.lag(),
    compare: (date: string) => shop.reconciliation.compare(date),
    close: () => shop.close(),
  }
}

/** Answers that take too long are as good as none, as with every real provider. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new AbortController()
  const timeout = setTimeout(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error('the bank did not answer in time')
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    late.abort()
    timeout.catch(() => {})
  }
}

// Whoever has lost its parent has nobody left to serve.
process.once('disconnect', () => process.exit(1))
const handlers: Record<string, Commands[keyof Commands]> = { begin }
const parent = wire<Outside>(
  {
    send: (message) => process.send?.(message, undefined, undefined, () => {}),
    listen: (hear) => process.on('message', hear),
  },
  handlers,
)

/** Opens the shop and begins to work. Until then this process only waits: what is loaded need not be loaded when it is needed. */
async function begin({ dataDir, connection, origin, redis }: Opening): Promise<void> {
  const bank: PaymentProvider = {
    name: BANK,
    channel: CHANNEL,
    refund: (payment) => within(BANK_PATIENCE, parent.ask('refund', payment)),
    recent: (since) => within(10 * BANK_PATIENCE, parent.ask('recent', since)),
  }
  const messenger = { channel: CHANNEL, deliver: (notice: Notice) => parent.ask('tell', notice) }
  const settings = readSettings({
    KEYTILL_DATA: dataDir,
    KEYTILL_OWNERS: `${CHANNEL}:${OWNER}`,
    KEYTILL_SANDBOX: '0',
    REDIS_URL: redis,
  })
  const log = createLog(settings.LOG_LEVEL)
  try {
    const shop = await createShop(settings, { log, clock: fastClock(origin), connection, providers: [bank] })
    await shop.startWork([messenger])
    Object.assign(handlers, commandsOf(shop))
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}
