import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { traitsOf } from '../../../core/payments/policy.ts'
import { after, hours, minutes } from '../../../core/platform/clock.ts'
import { type Database, openDatabase } from '../../../core/platform/database/database.ts'
import { type Lanes, openLanes } from '../../../core/platform/database/lanes.ts'
import { statement } from '../../../core/platform/database/sql.ts'
import { silentLog } from '../../../core/platform/log.ts'
import { createHints } from '../../../core/sale/hint.ts'
import { place } from '../../../core/sale/place.ts'
import { placeMany } from '../../../core/sale/place-gathered.ts'
import type { PlaceRequest } from '../../../core/sale/placing.ts'
import { settle } from '../../../core/sale/settle.ts'
import { receiveMany } from '../../../core/sale/settle-gathered.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'
import { expectSound } from './invariants.ts'

/** The same shop twice, with enough of everything: in one every order and payment is handled by itself, in the other all of them in one batch. */
interface World {
  readonly stand: Stand
  readonly db: Database
  readonly lanes: Lanes
  readonly products: readonly Stocked[]
}

const LEVEL = {
  name: 'test',
  rank: 1,
  minPaid: 0,
  maxExpired: 1_000_000,
  openOrders: 3,
  openUnits: 100,
  productUnits: 100,
  stockPercent: 100,
  alwaysUnits: 6,
}

async function openWorld(): Promise<World> {
  const stand = await openShop()
  // One buyer's orders, one payer's, and those of all who share a payer.
  for (const rule of ['hourly-orders', 'payer-orders', 'group-orders'])
    await stand.shop.risk.setLimit('operator', rule, '1')
  // All keys of a product alike: which of them an order gets may differ.
  const products = [await stand.product(0), await stand.product(2000, { stars: '50' })]
  const lines = Array.from({ length: 2000 }, (_, n) => `COSTLY-${products[0]?.sku}-${n},,2099-01-01,3.50`)
  await stand.stock(products[0] as Stocked, lines)
  const db = openDatabase(stand.connection, silentLog)
  const lanes = openLanes(stand.connection, 2, silentLog)
  atEnd(async () => {
    await lanes.close()
    await db.close()
  })
  return { stand, db, lanes, products }
}

let single: World
let gathered: World
beforeAll(async () => {
  ;[single, gathered] = [await openWorld(), await openWorld()]
})

/** What a buyer wants, by places in the world; some of it cannot be had. */
interface Wish {
  readonly lines: readonly { readonly product: number; readonly quantity: number }[]
  readonly error: 'none' | 'price' | 'unknown' | 'empty'
}

const wishes = fc.array(
  fc.record({
    lines: fc.uniqueArray(fc.record({ product: fc.nat({ max: 1 }), quantity: fc.integer({ min: 1, max: 8 }) }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ product }) => product,
    }),
    error: fc.constantFrom<Wish['error']>('none', 'none', 'none', 'none', 'price', 'unknown', 'empty'),
  }),
  { minLength: 1, maxLength: 12 },
)
/** Whether somebody pays with an account of their own, or with one that others use too. */
const payers = fc.array(fc.constantFrom('', '', 'shared-a', 'shared-b'), { minLength: 12, maxLength: 12 })
const pays = fc.array(fc.constantFrom('price', 'price', 'price', 'stars', 'wrong', 'nothing'), {
  minLength: 12,
  maxLength: 12,
})

function requestOf(world: World, buyer: Buyer, wish: Wish, key: string, ip: string | undefined): PlaceRequest {
  const total = wish.lines.reduce((sum, { quantity }) => sum + quantity * 990, 0)
  const wanted = wish.lines.map(({ product, quantity }) => ({ sku: world.products[product]?.sku ?? '', quantity }))
  const now = world.stand.clock()
  return {
    placing: {
      customerId: buyer.id,
      pseudonym: buyer.pseudonym,
      channel: buyer.channel,
      chat: buyer.chat,
      language: buyer.language,
      wanted:
        wish.error === 'empty' ? [] : wish.error === 'unknown' ? [...wanted, { sku: 'NONE', quantity: 1 }] : wanted,
      idempotencyKey: key,
      expectedTotal: total + (wish.error === 'price' ? 1 : 0),
    },
    terms: { currency: 'CNY', now, reservedUntil: after(now, minutes(15)), demo: false },
    origin: world.stand.shop.risk.originOf(ip === undefined ? undefined : { ip, device: key }),
  }
}

/** Everything that a run wrote, in words that do not depend on ids. */
async function written({ stand }: World, keys: readonly string[], references: readonly string[]) {
  const orders = await stand.rows<{ no: string; key: string }>(
    `SELECT o.no, o.idempotency_key AS key, o.channel, o.chat, o.language, o.state, o.currency, o.total, o.stars, o.demo, o.units, o.cost, o.keys_expire_at,
       o.placed_at, o.reserved_until, o.paid_at, o.delivered_at, o.closed_at, o.hold_reasons, o.promised_at,
       (SELECT json_agg(json_build_array(l.position, l.name = p.name, l.quantity, l.unit_price, l.unit_stars,
          (SELECT json_agg(u.ordinal ORDER BY u.ordinal) FROM order_unit u WHERE u.line_id = l.id AND u.card_id IS NOT NULL)) ORDER BY l.position)
        FROM order_line l JOIN product_text p ON p.product_id = l.product_id AND p.language = '' WHERE l.order_id = o.id) AS lines,
       (SELECT json_agg(json_build_array(d.stage, d.outcome, d.rules, d.facts - 'age', d.at) ORDER BY d.id) FROM risk_decision d WHERE d.order_id = o.id) AS decisions,
       (SELECT json_agg(json_build_array(a.action, a.actor = c.pseudonym::text, a.data - 'items', jsonb_array_length(a.data -> 'items'), a.at) ORDER BY a.id)
        FROM audit_entry a WHERE a.subject = 'order:' || o.no) AS audit,
       o.ip IS NOT NULL AS has_ip, (SELECT json_agg(t.kind ORDER BY t.kind) FROM customer_trait t WHERE t.customer_id = c.id) AS traits,
       (SELECT count(*) FROM customer_group g JOIN customer_group m ON m.group_id = g.group_id WHERE g.customer_id = c.id) AS linked,
       json_build_array(s.open_orders, s.open_units, s.paid, s.expired) AS standing
     FROM orders o JOIN customer c ON c.id = o.customer_id JOIN customer_standing s ON s.customer_id = c.id
     WHERE o.idempotency_key = ANY($1) ORDER BY o.idempotency_key`,
    [keys],
  )
  const payments = await stand.rows(
    `SELECT p.reference, p.payer, p.amount, p.currency, p.received_at, p.outcome, p.rule, p.resolved_at, o.idempotency_key,
       (SELECT json_agg(json_build_array(e.position, e.debit, e.credit, e.amount, e.currency) ORDER BY e.position)
        FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id WHERE t.ref = 'payment:' || p.id) AS booked
     FROM payment p LEFT JOIN orders o ON o.id = p.order_id WHERE p.reference = ANY($1) ORDER BY p.reference`,
    [references],
  )
  const notices: unknown[] = []
  for (const { no, key } of orders)
    for (const event of ['delivered', 'delayed'])
      for (const { payload } of await stand.jobs(`order:${no}:${event}`)) {
        const { kind, to } = payload as { kind: string; to: { channel: string; chat: string } }
        notices.push([key, event, kind, to.channel, to.chat])
      }
  return { orders: orders.map((order) => ({ ...order, no: '' })), payments, notices }
}

it('writes the same for orders and payments, handled together or each by itself', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(wishes, pays, payers, async (wanted, money, accounts) => {
      run++
      const results: unknown[] = []
      for (const world of [single, gathered]) {
        const { stand, db, lanes } = world
        const now = stand.clock()
        const buyers: Buyer[] = []
        for (const n of wanted.keys()) buyers.push(await stand.meet({ id: `buyer-${run}-${n}` }))
        const requests = wanted.map((wish, n) =>
          requestOf(world, buyers[n] as Buyer, wish, `wish-${run}-${n}`, n % 2 === 0 ? `198.51.100.${n}` : undefined),
        )
        const memory = { hints: createHints(), productIds: new Map(world.products.map(({ sku, id }) => [sku, id])) }
        const [placing, judging] = [await stand.shop.risk.judging('order'), await stand.shop.risk.judging('payment')]
        const together = world === gathered ? await placeMany(lanes, memory, [LEVEL], placing, requests) : []
        const orders: (Order | undefined)[] = []
        for (const [n, request] of requests.entries()) {
          const order = together[n] ?? (await place(db, memory.hints, [LEVEL], placing, request)).order
          orders.push(order)
          // What is handed out is what was written.
          if (order) expect({ ...(await stand.again(order)) }).toEqual({ ...order })
        }
        const notices = orders.flatMap((order, n) => {
          if (!order || money[n] === 'nothing') return []
          const stars = money[n] === 'stars'
          const amount = money[n] === 'wrong' ? order.total + 1 : stars ? (order.stars ?? 1) : order.total
          const reference = `${run}-${n}`
          return [
            {
              provider: 'test-pay',
              reference,
              orderNo: order.no,
              // One that is not plain comes after the others: whose count differs then is not what this is about.
              payer: accounts[n] && money[n] !== 'wrong' ? `${accounts[n]}-${run}` : `payer-${run}-${n}`,
              amount,
              currency: stars ? 'XTR' : 'CNY',
            },
          ]
        })
        const terms = { now, promisedAt: after(now, hours(12)), traits: traitsOf([stand.pay]), judging }
        const batch = notices.map((notice) => ({ notice, terms }))
        const answers = world === gathered && batch.length > 0 ? await receiveMany(lanes, judging, batch) : []
        for (const [n, notice] of notices.entries()) {
          if (answers[n]?.settlement) continue
          const id = answers[n]?.paymentId ?? (await receivedAlone(db, notice, now))
          await settle(db, id, terms)
        }
        results.push(
          await written(
            world,
            requests.map(({ placing }) => placing.idempotencyKey),
            notices.map(({ reference }) => reference),
          ),
        )
      }
      expect(results[1]).toEqual(results[0])
    }),
    { numRuns: 20, endOnFailure: true },
  )
  await expectSound(single.stand)
  await expectSound(gathered.stand)
})

async function receivedAlone(
  db: Database,
  notice: { provider: string; reference: string; orderNo: string; payer: string; amount: number; currency: string },
  now: Date,
): Promise<bigint> {
  const insert = `INSERT INTO payment (provider, reference, order_no, payer, amount, currency, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`
  const values = [notice.provider, notice.reference, notice.orderNo, notice.payer, notice.amount, notice.currency, now]
  const [row] = await db.rows<{ id: bigint }>(statement('forms-receive', insert), values)
  return (row as { id: bigint }).id
}
