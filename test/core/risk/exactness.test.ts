import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Order, Placing } from '../../../core/orders/model.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

/** The same shop in two processes: what one has locked, the other waits for or passes over. */
let stand: Stand
let other: Stand
let product: Stocked
beforeAll(async () => {
  stand = await openShop()
  other = await openShop({ beside: stand })
  product = await stand.product(400)
})
beforeEach(async () => {
  for (const { name, enabled } of await stand.shop.risk.rules())
    if (enabled) await stand.shop.risk.setLimit('operator', name, 'off')
})

const LIMIT = 3
const AT_ONCE = 12

async function rule(text: string): Promise<void> {
  await stand.shop.risk.set('ann', 'tested', stand.shop.risk.read(text))
  // The other process remembers the rules for a second.
  const isKnown = async () => (await other.shop.risk.judging('payment')).rules.some(({ name }) => name === 'tested')
  while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 50))
  const { rules } = await other.shop.risk.judging('payment')
  while (stand.shop.risk.print(rules[0]?.definition as never) !== text) return rule(text)
}

/** Orders of these buyers, not paid yet. */
async function orders(buyers: readonly Buyer[], from: Partial<Placing> = {}): Promise<Order[]> {
  const placed: Order[] = []
  for (const buyer of buyers) {
    const answer = await stand.ask(buyer, product.sku, 1, from)
    if (!answer.placed) throw new Error(JSON.stringify(answer.refused))
    placed.push(answer.placed)
  }
  return placed
}
const people = (count: number) => Promise.all(Array.from({ length: count }, () => stand.meet()))

/** Pays for all of them at once, through both processes; says how many were held. */
async function payAll(all: readonly Order[], payer: (n: number) => string): Promise<number> {
  const settled = await Promise.all(
    all.map((order, n) => (n % 2 === 0 ? stand : other).receive(order, { payer: payer(n), reference: randomUUID() })),
  )
  expect(settled.every(({ rule: how }) => how === 'on_time')).toBe(true)
  return settled.filter(({ order }) => order === 'held').length
}

describe(`of ${AT_ONCE} payments at one moment, all but ${LIMIT} are held`, () => {
  it('of one payer, whoever they pay for', async () => {
    await rule(`payment if orders by payer in 1h > ${LIMIT} then hold`)
    expect(await payAll(await orders(await people(AT_ONCE)), () => 'at once')).toBe(AT_ONCE - LIMIT)
  })

  it('of one group, each with another payer', async () => {
    await rule(`payment if orders by group in 1h > ${LIMIT} then hold`)
    const members = await people(AT_ONCE)
    // They become a group by a device, and then pay by cards of their own.
    const all = await orders(members, { origin: { device: `shared-${randomUUID()}` } })
    expect(await payAll(all, (n) => `card-${n}-${randomUUID()}`)).toBe(AT_ONCE - LIMIT)
  })

  it('of one group that only comes to be by these payments', async () => {
    await rule(`payment if orders by group in 1h > ${LIMIT} then hold`)
    const payer = `card-${randomUUID()}`
    expect(await payAll(await orders(await people(AT_ONCE)), () => payer)).toBe(AT_ONCE - LIMIT)
  })

  it.each(['ip', 'device'] as const)('of one %s', async (by) => {
    await rule(`payment if orders by ${by} in 1h > ${LIMIT} then hold`)
    const all = await orders(await people(AT_ONCE), {
      origin: by === 'ip' ? { ip: '203.0.113.200' } : { device: randomUUID() },
    })
    expect(await payAll(all, () => randomUUID())).toBe(AT_ONCE - LIMIT)
  })

  it('of one buyer', async () => {
    await rule(`payment if orders by buyer in 1h > ${LIMIT} then hold`)
    const buyer = await stand.meet()
    await stand.shop.quotas.trust('ann', buyer.id, 'trusted')
    const all = await orders(Array.from({ length: 5 }, () => buyer))
    expect(await payAll(all, () => randomUUID())).toBe(5 - LIMIT)
  })
})

it('counts a payment once, however often it is told', async () => {
  await rule(`payment if orders by payer in 1h > ${LIMIT} then hold`)
  const payer = randomUUID()
  const states: (string | undefined)[] = []
  for (const order of await orders(await people(LIMIT + 1))) {
    const notice = { payer, reference: `told-${order.no}` }
    const told = await Promise.all([stand, other, stand, other].map((one) => one.receive(order, notice)))
    expect(new Set(told.map((one) => one.order)).size).toBe(1)
    states.push(told[0]?.order)
  }
  expect(states).toEqual([...Array(LIMIT).fill('delivered'), 'held'])
  const decisions = await stand.rows(
    `SELECT order_id FROM risk_decision WHERE stage = 'payment' GROUP BY order_id HAVING count(*) > 1`,
  )
  expect(decisions).toEqual([])
})

it('waits for whoever judges a payment of the same payer', async () => {
  await rule('payment if orders by payer in 1h > 1 then hold')
  const [first, second] = await orders(await people(2))
  const payer = randomUUID()
  const client = new pg.Client({ ...stand.connection })
  await client.connect()
  await client.query('BEGIN')
  // As the sale does for a payment that it judges at this moment.
  await client.query(`SELECT pg_advisory_xact_lock(${0x6b7472}, hashtext($1))`, [`payer test-pay ${payer}`])
  await client.query(
    `INSERT INTO payment (provider, reference, order_no, order_id, payer, amount, currency, received_at, outcome, rule, resolved_at)
     SELECT 'test-pay', $2, no, id, $3, total, currency, $4, 'settled', 'on_time', $4 FROM orders WHERE no = $1`,
    [first?.no, randomUUID(), payer, stand.clock()],
  )
  await client.query(`UPDATE orders SET state = 'delivered', paid_at = $2 WHERE no = $1`, [first?.no, stand.clock()])
  let isSettled = false
  const settled = stand.receive(second as Order, { payer }).finally(() => {
    isSettled = true
  })
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
  while (!isSettled && (await stand.rows(waiting)).length === 0);
  expect(isSettled).toBe(false)
  await client.query('COMMIT')
  await client.end()
  expect(await settled).toMatchObject({ order: 'held' })
})

it('denies exactly those past the limit when many order from one address at once', async () => {
  await stand.shop.risk.set(
    'ann',
    'flood',
    stand.shop.risk.read(`order if unpaid by ip in 1h > ${LIMIT - 1} then deny`),
  )
  const isKnown = async () => (await other.shop.risk.judging('order')).rules.some(({ name }) => name === 'flood')
  while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 50))
  const answers = await Promise.all(
    (await people(AT_ONCE)).map((buyer, n) =>
      (n % 2 === 0 ? stand : other).ask(buyer, product.sku, 1, { origin: { ip: '203.0.113.201' } }),
    ),
  )
  expect(answers.filter(({ placed }) => placed)).toHaveLength(LIMIT)
  expect(answers.filter(({ refused }) => refused?.reason === 'denied')).toHaveLength(AT_ONCE - LIMIT)
})

it('makes one group of all who share cards, however they come together', async () => {
  const members = await people(8)
  const all = await orders([...members, ...members])
  const cards = Array.from({ length: 4 }, () => randomUUID())
  // Card n is of buyers n and n + 4; then of n and n + 1: in the end all are linked.
  await payAll(all, (n) => cards[n < 8 ? n % 4 : (n + 1) % 4] as string)
  const groups = await stand.rows('SELECT DISTINCT group_id FROM customer_group WHERE customer_id = ANY($1)', [
    members.map(({ id }) => id),
  ])
  expect(groups).toEqual([{ group_id: Math.min(...members.map(({ id }) => id)) }])
})
