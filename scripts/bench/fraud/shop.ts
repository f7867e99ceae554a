import type { Customer } from '../../../core/customers/model.ts'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import { after } from '../../../core/platform/clock.ts'
import { type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { statement } from '../../../core/platform/database/sql.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { readSettings } from '../../../core/platform/settings.ts'
import type { Challenge, Reason } from '../../../core/risk/model.ts'
import { passed } from '../../../core/risk/service.ts'
import { createShop, type Shop } from '../../../core/shop.ts'
import { openServer } from '../sales/shop.ts'
import type { Agenda } from './agenda.ts'
import { type Door, type Person, START, WARES } from './world.ts'

export const PAY = 'pretend-pay'
export const OPERATOR = 'operator'

/** A real shop in a temporary folder. Only its clock, which shows the agenda's time, and its payment provider are pretended. */
export interface World {
  readonly shop: Shop
  /** The customer behind a person, made at first sight with the past that they have. */
  meet(person: Person, door: Door | undefined): Promise<Customer>
  /** They have shown what they were asked for. */
  pass(customer: Customer, person: Person, challenge: Challenge): Promise<void>
  /** Why an order was not taken. */
  reasonsFor(key: string): Promise<readonly Reason[]>
  /** Sends the refunds that the shop has asked for, as its worker would. */
  sendRefunds(): Promise<void>
  close(): Promise<void>
}

const PAST = statement('bench-past', 'UPDATE customer SET created_at = $2 WHERE id = $1')
const PAID = statement('bench-paid', 'UPDATE customer_standing SET paid = $2 WHERE customer_id = $1')
const REASONS = statement('bench-reasons', 'SELECT reasons FROM risk_refusal WHERE key = $1')
const ASKED = statement('bench-refunds', `SELECT id FROM refund WHERE state = 'requested' ORDER BY id`)

export const channelOf = (door: Door | undefined): string => (door ? 'web' : 'chat')

export async function openWorld(agenda: Agenda): Promise<World> {
  // What survives a crash is not what is asked here.
  const server = await openServer({ fsync: 'off', synchronous_commit: 'off' })
  const settings = readSettings({ KEYTILL_DATA: server.dataDir, KEYTILL_ROLES: 'web' })
  const clock = () => after(START, agenda.now)
  const pay: PaymentProvider = { name: PAY, async refund() {} }
  const shop = await createShop(settings, { log: silentLog, clock, providers: [pay], connection: server.connection })
  const db = openDatabase(server.connection, silentLog)
  await stock(shop)
  await db.pool.query('ANALYZE')
  const known = new Map<string, Customer>()
  return {
    shop,
    async meet(person, door) {
      const met = known.get(person.id)
      if (met) return met
      const customer = await meetFirst(shop, db, person, channelOf(door))
      known.set(person.id, customer)
      return customer
    },
    pass: (customer, { phone }, challenge) =>
      db.transaction(async (sql) => {
        if (challenge !== 'captcha') await shop.risk.knowPhone(sql, customer.id, phone)
        await passed(sql, customer.id, challenge, clock())
      }),
    async reasonsFor(key) {
      const [row] = await db.rows<{ reasons: readonly Reason[] }>(REASONS, [key])
      return row?.reasons ?? []
    },
    async sendRefunds() {
      for (const { id } of await db.rows<{ id: bigint }>(ASKED)) await shop.payments.tasks.refund?.({ refundId: id })
    },
    async close() {
      await db.close()
      await shop.close()
      await server.stop()
    },
  }
}

async function meetFirst(shop: Shop, db: Database, person: Person, channel: string): Promise<Customer> {
  const customer = await shop.customers.meet({ channel, externalId: person.id, chat: person.id, language: 'zh' })
  await db.rows(PAST, [customer.id, after(START, person.since)])
  if (person.before > 0) await db.rows(PAID, [customer.id, person.before])
  return customer
}

async function stock({ catalog, inventory }: Shop): Promise<void> {
  for (const { sku, price, keys } of WARES) {
    await catalog.add(OPERATOR, { sku, name: sku, price })
    const product = await catalog.product(sku, 'zh')
    if (!product) throw new Error(`${sku} was added and cannot be found`)
    const lines = Array.from({ length: keys }, (_, n) => `${sku}-${String(n).padStart(6, '0')}`)
    await inventory.import(OPERATOR, product, 'shell', [Buffer.from(lines.join('\n'))])
  }
}
