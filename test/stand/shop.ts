import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { ProductPage } from '../../core/catalog/model.ts'
import type { Customer } from '../../core/customers/model.ts'
import type { Order, Placement, Placing } from '../../core/orders/model.ts'
import type { PaymentNotice, Settlement } from '../../core/payments/model.ts'
import type { PaymentProvider } from '../../core/payments/provider.ts'
import type { Connection } from '../../core/platform/database/database.ts'
import { type Log, silentLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { createShop, type Shop } from '../../core/shop.ts'
import { type TestClock, testClock } from './clock.ts'
import { atEnd } from './closing.ts'
import { openOwnDatabase, openSecludedDatabase } from './database.ts'
import { createTestPay, type TestPay } from './pay.ts'
import { createTold, type Told } from './told.ts'

/** A product and the texts of the keys it was stocked with, in the order they are sold. */
export interface Stocked extends ProductPage {
  readonly codes: readonly string[]
}

export interface Buyer extends Customer {
  readonly channel: string
  readonly chat: string
}

export interface StandOptions {
  readonly clock?: TestClock
  /** further settings, as in the environment */
  readonly settings?: Readonly<Record<string, string>>
  /** besides `test-pay` */
  readonly providers?: readonly PaymentProvider[]
  /** as KEYTILL_OWNERS: `test:boss,telegram:1` */
  readonly owners?: string
  readonly log?: Log
  /** another process of that shop: the same database, vault, clock and provider */
  readonly beside?: Stand
  /** where what it writes to the audit log is sealed at once: see {@link openSecludedDatabase} */
  readonly secluded?: boolean
}

/** A real shop on a database of its own, with a clock, a payment provider and a messenger that the test holds in its hands. */
export interface Stand {
  readonly shop: Shop
  readonly clock: TestClock
  readonly pay: TestPay
  /** the messenger of the channel `test`, once {@link Stand.work} was called */
  readonly told: Told
  readonly connection: Connection
  readonly dataDir: string
  /** Begins to run jobs. Without it notices and refunds stay written and unsent. */
  work(): Promise<void>
  /** Looks straight into the database. int8 comes back as bigint. */
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** What waits under a key to be done, in the outbox or with the job library. */
  jobs(key: string): Promise<{ readonly payload: object }[]>
  /** Puts a product on the shelf at 990 minor units, with that many keys of its own; `fields` as `/product set` takes them. */
  product(keys: number, fields?: Readonly<Record<string, string>>): Promise<Stocked>
  /** Imports these lines (`key[,password][,expires][,cost]`) into a product. */
  stock(product: { readonly sku: string }, lines: readonly string[]): Promise<void>
  /** Someone new writes to the shop. */
  meet(who?: { readonly id?: string; readonly channel?: string; readonly language?: string }): Promise<Buyer>
  /** Asks for an order, priced as the shop shows it. */
  ask(buyer: Buyer, sku: string, quantity?: number, different?: Partial<Placing>): Promise<Placement>
  /** Places an order that is taken. */
  order(buyer: Buyer, sku: string, quantity?: number): Promise<Order>
  /** A payment by `test-pay` comes in: the whole price of the order, unless told otherwise. */
  receive(order: Pick<Order, 'no' | 'total'>, different?: Partial<PaymentNotice>): Promise<Settlement>
  /** Places an order and pays for it. */
  bought(buyer: Buyer, sku: string, quantity?: number): Promise<Order>
  /** Runs the job of a payment's refund once, as the worker would. */
  refund(paymentId: bigint): Promise<void>
  /** The order as it is now. */
  again(order: Pick<Order, 'no'>): Promise<Order>
  close(): Promise<void>
}

/** Opens a shop for a test; it is closed when the test file ends. */
export async function openShop(options: StandOptions = {}): Promise<Stand> {
  const { beside } = options
  const connection = beside?.connection ?? (await (options.secluded ? openSecludedDatabase() : openOwnDatabase()))
  const dataDir = beside?.dataDir ?? (await temporaryFolder())
  const clock = options.clock ?? beside?.clock ?? testClock()
  const pay = beside?.pay ?? createTestPay()
  const told = createTold('test')
  const settings = readSettings({
    KEYTILL_DATA: dataDir,
    ...(options.owners ? { KEYTILL_OWNERS: options.owners } : {}),
    ...options.settings,
  })
  const providers = [pay, ...(options.providers ?? [])]
  const shop = await createShop(settings, { log: options.log ?? silentLog, clock, providers, connection })
  const window = new pg.Pool({ ...connection, max: 2, types: { getTypeParser } })
  window.on('error', () => {})
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= shop.close().then(() => window.end())
    return closing
  }
  atEnd(close)

  const stand: Stand = {
    shop,
    clock,
    pay,
    told,
    connection,
    dataDir,
    close,
    work: () => shop.startWork([told]),
    rows: async (text, values = []) => (await window.query(text, [...values])).rows,
    jobs: (key) =>
      stand.rows(
        `SELECT payload FROM graphile_worker._private_jobs WHERE key = $1 UNION ALL SELECT payload::json FROM outbox WHERE key = $1`,
        [key],
      ),
    async product(keys, fields = {}) {
      const sku = `T${randomBytes(5).toString('hex').toUpperCase()}`
      await shop.catalog.add('operator', { sku, name: `Test ${sku}`, price: 990 })
      for (const [field, value] of Object.entries(fields)) await shop.catalog.set('operator', sku, field, value)
      const codes = Array.from({ length: keys }, (_, index) => `${sku}-${String(index + 1).padStart(4, '0')}`)
      if (keys > 0) await stand.stock({ sku }, codes)
      return { ...(await pageOf(shop, sku)), codes }
    },
    async stock({ sku }, lines) {
      const report = await shop.inventory.import('operator', await pageOf(shop, sku), 'shell', [
        Buffer.from(lines.join('\n')),
      ])
      if (report.added < lines.length) throw new Error(`not all lines were keys: ${JSON.stringify(report)}`)
    },
    async meet({ id = randomUUID(), channel = 'test', language = 'en' } = {}) {
      const customer = await shop.customers.meet({ channel, externalId: id, chat: `chat-${id}`, name: id, language })
      return { ...customer, channel, chat: `chat-${id}` }
    },
    async ask(buyer, sku, quantity = 1, different = {}) {
      const { price } = await pageOf(shop, sku)
      return shop.sale.place({
        customerId: buyer.id,
        pseudonym: buyer.pseudonym,
        channel: buyer.channel,
        chat: buyer.chat,
        language: buyer.language,
        wanted: [{ sku, quantity }],
        idempotencyKey: randomUUID(),
        expectedTotal: price * quantity,
        ...different,
      })
    },
    async order(buyer, sku, quantity) {
      const { placed, refused } = await stand.ask(buyer, sku, quantity)
      if (!placed) throw new Error(`the order was refused: ${JSON.stringify(refused)}`)
      return placed
    },
    receive: (order, different = {}) =>
      shop.payments.receive({
        provider: pay.name,
        reference: randomUUID(),
        orderNo: order.no,
        payer: `payer-of-${order.no}`,
        amount: order.total,
        currency: 'CNY',
        ...different,
      }),
    async bought(buyer, sku, quantity) {
      const order = await stand.order(buyer, sku, quantity)
      await stand.receive(order)
      return stand.again(order)
    },
    async refund(paymentId) {
      const [row] = await stand.rows<{ id: bigint }>('SELECT id FROM refund WHERE payment_id = $1', [paymentId])
      await shop.payments.tasks.refund?.({ refundId: String(row?.id) })
    },
    async again({ no }) {
      const order = await shop.orders.byNo(no)
      if (!order) throw new Error(`there is no order ${no}`)
      return order
    },
  }
  return stand
}

async function pageOf(shop: Shop, sku: string): Promise<ProductPage> {
  const page = await shop.catalog.product(sku, 'en')
  if (!page) throw new Error(`there is no product ${sku}`)
  return page
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keytill-shop-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const BIGINT = 20
const getTypeParser = ((oid: number) =>
  oid === BIGINT ? BigInt : pg.types.getTypeParser(oid)) as pg.CustomTypesConfig['getTypeParser']
