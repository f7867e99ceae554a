import fc from 'fast-check'
import pg from 'pg'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { NAMING } from '../../../core/linking/merging.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { expectSound } from '../sale/invariants.ts'

let stand: Stand
let boss: Buyer
beforeEach(async () => {
  stand = await openShop({ owners: 'test:boss' })
  boss = await stand.meet({ id: 'boss' })
})

const placeOf = ({ channel, chat }: Buyer) => ({ channel, chat })
const count = async (query: string, values: readonly unknown[] = []) =>
  Number((await stand.rows<{ count: bigint }>(`SELECT count(*) FROM ${query}`, values))[0]?.count)

/** Has one account type the other's code, and confirm. */
async function link(owner: Buyer, typist: Buyer): Promise<boolean> {
  const { linking } = stand.shop
  const { code } = await linking.code(owner, placeOf(owner))
  await linking.type(typist, code)
  return linking.confirm(typist, placeOf(typist))
}

/** The customer that somebody is now, as their next message finds them. */
const again = async (buyer: Buyer): Promise<Buyer> => stand.meet({ id: buyer.name as string, channel: buyer.channel })

/** Puts so much into somebody's wallet. */
async function give(buyer: Buyer, amount: number): Promise<void> {
  const product = await stand.product(1)
  const order = await stand.order(buyer, product.sku)
  await stand.receive(order, { amount: order.total + amount })
}

/** Somebody with a row in every table that names a customer. */
async function wellKnown(id: string, channel: string): Promise<Buyer> {
  const { shop } = stand
  const buyer = await stand.meet({ id, channel })
  const product = await stand.product(4)
  await shop.sources.add(boss, `blog-${id}`)
  await shop.sources.touch(buyer, `blog-${id}`)
  const order = await stand.bought(buyer, product.sku)
  await shop.delivery.reveal(order, buyer, channel)
  await shop.feedback.rate(buyer, order, 4)
  const ticket = await shop.support.ask(buyer, { channel, chat: buyer.chat, event: `a-${id}` }, 'Hello', 'support')
  await give(buyer, 1500)
  const second = await stand.order(buyer, product.sku)
  const third = await stand.order(buyer, product.sku)
  await shop.payments.payFromWallet(second.no, buyer.id, 'CNY')
  await shop.sale.cancel(third.no, buyer.id)
  await give(buyer, 700)
  await shop.risk.challenges.picture(buyer.id, `p-${id}`)
  await shop.risk.passes.give(boss.pseudonym, buyer)
  await shop.risk.note({ customerId: buyer.id, kind: 'probe', subject: 'x', event: `s-${id}` })
  await stand.shop.linking.code(buyer, placeOf(buyer))
  const block = await shop.risk.blocklist.block(boss.pseudonym, { kind: 'customer', value: String(buyer.id) }, 'fraud')
  await expect(stand.ask(buyer, product.sku)).resolves.toHaveProperty('refused')
  await shop.risk.blocklist.unblock(boss.pseudonym, block, 'mistake')
  await stand.rows(`INSERT INTO risk_vouch (customer_id, rule, up_to, by, at) VALUES ($1, 'r', 5, 'x', now())`, [
    buyer.id,
  ])
  await stand.rows(`INSERT INTO second_factor (customer_id, sealed, recovery) VALUES ($1, '', '{}')`, [buyer.id])
  await stand.rows(`INSERT INTO import_draft (product_id, staff_id, source, created_at) VALUES ($2, $1, 'x', now())`, [
    buyer.id,
    product.id,
  ])
  await stand.rows(
    `INSERT INTO invitation (hash, role, issued_by, created_at, expires_at, used_by) VALUES (sha256($2::bytea), 'support', 'x', now(), now(), $1)`,
    [buyer.id, Buffer.from(id)],
  )
  await stand.rows(`UPDATE ticket SET assignee_id = $1 WHERE id = $2`, [buyer.id, ticket])
  await stand.rows(`INSERT INTO customer (merged_into) VALUES ($1)`, [buyer.id])
  await stand.rows(`INSERT INTO customer_trait VALUES ('phone', sha256('shared'), $1, now())`, [buyer.id])
  const mailing = await shop.marketing.draft(boss, `News ${id}`)
  await shop.marketing.send(boss, mailing)
  await shop.marketing.tick()
  return buyer
}

/** Every column that refers to a customer, or is called as if it did. */
const naming = async (): Promise<string[]> =>
  (
    await stand.rows<{ name: string }>(
      `SELECT c.relname || '.' || a.attname AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
       WHERE k.contype = 'f' AND k.confrelid = 'customer'::regclass
       UNION SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
         AND data_type IN ('integer', 'bigint') AND (column_name ~ 'customer|buyer|staff|member|person|assignee|_by$' OR table_name = 'customer_group')
       UNION SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'payer'
       ORDER BY 1`,
    )
  ).map(({ name }) => name)

describe('what names a customer', () => {
  it('is all in the list of what a link does with it', async () => {
    expect((await naming()).filter((name) => !(name in NAMING))).toEqual([])
    expect(Object.keys(NAMING).filter((name) => name !== 'payment.payer')).toEqual(
      expect.arrayContaining((await naming()).filter((name) => name !== 'payment.payer')),
    )
  })

  it('names the one that is left, wherever the list does not say why not', async () => {
    const alice = await wellKnown('alice', 'test')
    const web = await wellKnown('web-alice', 'web')
    const names = Object.entries(NAMING).map(([name, way]) => ({ name, way, at: name.split('.') }))
    const rowsOf = async ([table, column]: readonly string[], id: number) =>
      count(`${table} WHERE ${column}::text = $1`, [String(id)])
    for (const { name, way, at } of names) {
      // Neither is in a group, nor has typed a code.
      if (!('moved' in way) || ['customer_group.customer_id', 'link_code.typed_by'].includes(name)) continue
      expect({ name, rows: await rowsOf(at, web.id) }).not.toEqual({ name, rows: 0 })
    }
    const orders = await count('orders WHERE customer_id IN ($1, $2)', [alice.id, web.id])
    expect(await link(alice, web)).toBe(true)
    for (const { name, way, at } of names)
      if ('moved' in way) expect({ name, rows: await rowsOf(at, web.id) }).toEqual({ name, rows: 0 })
    const one = await again(web)
    expect(one.id).toBe(alice.id)
    expect(await count('orders WHERE customer_id = $1', [one.id])).toBe(orders)
    // Of each: 700, and what 1500 leave when 990 are paid out of them.
    const [balance] = await stand.shop.wallets.balances(one.id)
    expect(balance).toEqual({ currency: 'CNY', amount: 2420 })
    expect(
      await stand.rows('SELECT paid, open_orders FROM customer_standing WHERE customer_id = $1', [one.id]),
    ).toEqual([
      {
        paid: await count('orders WHERE customer_id = $1 AND paid_at IS NOT NULL', [one.id]),
        open_orders: await count(`orders WHERE customer_id = $1 AND state = 'awaiting_payment'`, [one.id]),
      },
    ])
    await expectSound(stand)
    const { differences } = await stand.shop.reconciliation.compare(stand.clock().toISOString().slice(0, 10))
    expect(differences.filter(({ kind }) => /ledger|wallet/.test(kind))).toEqual([])
    // Both pseudonyms still name a person, and the log says that they are one.
    expect(
      await stand.rows(`SELECT subject, data->>'with' AS with FROM audit_entry WHERE action = 'customer.linked'`),
    ).toEqual([{ subject: `customer:${alice.pseudonym}`, with: web.pseudonym }])
    // What was asked for under the old number is of the one that is left.
    expect((await stand.shop.customers.get(web.id))?.id).toBe(alice.id)
    expect((await stand.shop.privacy.collect(one, one.id)).orders).toHaveLength(orders)
  }, 30_000)
})

describe('a code', () => {
  it('is good once, for ten minutes, and only the last one is', async () => {
    const { linking } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const web = await stand.meet({ id: 'w', channel: 'web' })
    const first = await linking.code(alice, placeOf(alice))
    const second = await linking.code(alice, placeOf(alice))
    await expect(linking.type(web, first.code)).rejects.toMatchObject({ code: 'linking.code' })
    await expect(linking.type(alice, second.code)).rejects.toMatchObject({ code: 'linking.same' })
    stand.clock.advance(minutes(10))
    await expect(linking.type(web, second.code)).rejects.toMatchObject({ code: 'linking.code' })
    const third = await linking.code(alice, placeOf(alice))
    expect(await count('link_code WHERE hash = $1', [Buffer.from(third.code)])).toBe(0)
    expect((await linking.type(web, ` ${third.code.toLowerCase().replace(/^..../, '$&-')} `)).other.channel).toBe(
      'test',
    )
    expect(await linking.confirm(web, placeOf(web))).toBe(true)
    expect(await linking.confirm(web, placeOf(web))).toBe(false)
    await expect(linking.type(await stand.meet({ id: 'x' }), third.code)).rejects.toMatchObject({
      code: 'linking.code',
    })
  })

  it('is void when two accounts type it, and cannot be guessed at', async () => {
    const { linking } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const [web, thief] = [await stand.meet({ id: 'w', channel: 'web' }), await stand.meet({ id: 'thief' })]
    const { code } = await linking.code(alice, placeOf(alice))
    await linking.type(web, code)
    await expect(linking.type(thief, code)).rejects.toMatchObject({ code: 'linking.twice' })
    expect(await linking.confirm(web, placeOf(web))).toBe(false)
    for (let n = 1; n < 10; n++)
      await expect(linking.type(thief, `AAAA${n}`)).rejects.toMatchObject({ code: 'linking.code' })
    await expect(linking.type(thief, 'AAAA')).rejects.toMatchObject({ code: 'linking.too_often' })
  })

  it('is not for staff, for whoever is blocked, or while an order is looked at', async () => {
    const { linking, staff, risk } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const web = await stand.meet({ id: 'w', channel: 'web' })
    await expect(linking.code(boss, placeOf(boss))).rejects.toMatchObject({ code: 'linking.staff' })
    const { code } = await linking.code(alice, placeOf(alice))
    await expect(linking.type(boss, code)).rejects.toMatchObject({ code: 'linking.staff' })
    await linking.type(web, code)
    // What has changed meanwhile counts.
    const block = await risk.blocklist.block(boss.pseudonym, { kind: 'account', value: 'test:alice' }, 'fraud')
    await expect(linking.confirm(web, placeOf(web))).rejects.toMatchObject({ code: 'linking.other' })
    await expect(linking.code(alice, placeOf(alice))).rejects.toMatchObject({ code: 'linking.blocked' })
    await risk.blocklist.unblock(boss.pseudonym, block, 'mistake')
    await staff.join(alice, (await staff.invite('operator', 'support', hours(1))).code)
    await expect(linking.confirm(web, placeOf(web))).rejects.toMatchObject({ code: 'linking.other' })
    const held = await stand.bought(web, (await stand.product(1)).sku)
    await stand.rows(`UPDATE orders SET state = 'held' WHERE no = $1`, [held.no])
    await expect(linking.code(web, placeOf(web))).rejects.toMatchObject({ code: 'linking.review' })
  })
})

describe('at the same moment', () => {
  it('two who link each other are linked once, and a chain is one customer', async () => {
    const { linking } = stand.shop
    const [a, b, c] = [
      await stand.meet({ id: 'a' }),
      await stand.meet({ id: 'b', channel: 'web' }),
      await stand.meet({ id: 'c', channel: 'wechat' }),
    ]
    await linking.type(b, (await linking.code(a, placeOf(a))).code)
    await linking.type(a, (await linking.code(b, placeOf(b))).code)
    const done = await Promise.allSettled([linking.confirm(a, placeOf(a)), linking.confirm(b, placeOf(b))])
    expect(done.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(1)
    expect(await link(c, await again(b))).toBe(true)
    for (const one of [a, b, c]) expect((await again(one)).id).toBe(a.id)
    expect(await count('customer WHERE merged_into = $1', [a.id])).toBe(2)
    expect(await linking.accounts(a.id)).toHaveLength(3)
  })

  it('two who type one code are both turned away', async () => {
    const { linking } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const typists = [
      await stand.meet({ id: 'web', channel: 'web' }),
      await stand.meet({ id: 'thief', channel: 'wechat' }),
    ]
    const { code } = await linking.code(alice, placeOf(alice))
    const typed = await Promise.allSettled(typists.map((one) => linking.type(one, code)))
    expect(typed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(typed.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'linking.twice' } })
    for (const one of typists) expect(await linking.confirm(one, placeOf(one))).toBe(false)
    expect(await linking.accounts(alice.id)).toHaveLength(1)
  })

  it('a link that is cut off in its middle has done nothing, and can be done again', async () => {
    const { linking } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const web = await stand.meet({ id: 'web', channel: 'web' })
    await give(web, 5000)
    const ordersOf = async (id: number) => (await stand.shop.orders.ofCustomer(id, 0)).items.map(({ no }) => no)
    const before = await ordersOf(web.id)
    expect(before).not.toEqual([])
    await linking.type(web, (await linking.code(alice, placeOf(alice))).code)
    // The money and the orders have gone over by the time that ratings do.
    const holder = new pg.Client(stand.connection)
    await holder.connect()
    try {
      await holder.query('BEGIN')
      await holder.query('LOCK TABLE feedback IN SHARE MODE')
      const confirming = linking.confirm(web, placeOf(web))
      const cut = expect(confirming).rejects.toThrow()
      await vi.waitFor(
        async () =>
          expect(
            await stand.rows(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE feedback%'`,
            ),
          ).toHaveLength(1),
        { timeout: 20_000 },
      )
      await cut
    } finally {
      await holder.end()
    }
    expect((await again(web)).id).toBe(web.id)
    expect(await stand.shop.wallets.balances(web.id)).toEqual([{ amount: 5000, currency: 'CNY' }])
    expect(await ordersOf(web.id)).toEqual(before)
    await expectSound(stand)
    expect(await linking.confirm(web, placeOf(web))).toBe(true)
    expect(await stand.shop.wallets.balances(alice.id)).toEqual([{ amount: 5000, currency: 'CNY' }])
    expect(await ordersOf(alice.id)).toEqual(before)
    await expectSound(stand)
  })

  it('what is ordered, paid, shown and asked is all of the one that is left', async () => {
    const { shop } = stand
    for (let round = 0; round < 4; round++) {
      const alice = await stand.meet({ id: `alice${round}` })
      const web = await stand.meet({ id: `web${round}`, channel: 'web' })
      const product = await stand.product(6)
      await give(web, 5000)
      const [unpaid, other, open] = [
        await stand.order(web, product.sku),
        await stand.order(web, product.sku),
        await stand.bought(web, product.sku),
      ]
      await shop.linking.type(web, (await shop.linking.code(alice, placeOf(alice))).code)
      const said = { channel: 'web', chat: web.chat, event: `q${round}` }
      const done = await Promise.allSettled([
        shop.linking.confirm(web, placeOf(web)),
        stand.ask(web, product.sku),
        stand.receive(unpaid, { amount: unpaid.total + 100 }),
        shop.payments.payFromWallet(other.no, web.id, 'CNY'),
        shop.delivery.reveal(open, web, 'web'),
        shop.support.ask(web, said, 'Hello', 'support'),
        shop.risk.note({ customerId: web.id, kind: 'probe', subject: 'x', event: `n${round}` }),
      ])
      expect(done[0]).toEqual({ status: 'fulfilled', value: true })
      for (const one of done)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'customer.moved' })
      expect((await again(web)).id).toBe(alice.id)
      for (const [name, way] of Object.entries(NAMING)) {
        const [table, column] = name.split('.')
        if ('moved' in way)
          expect({ name, rows: await count(`${table} WHERE ${column}::text = $1`, [String(web.id)]) }).toEqual({
            name,
            rows: 0,
          })
      }
    }
    await expectSound(stand)
  }, 60_000)
})

describe('an account that is unlinked', () => {
  it('begins anew; what was bought stays, and rules go on counting them together', async () => {
    const { linking, wallets, orders } = stand.shop
    const alice = await stand.meet({ id: 'alice' })
    const web = await stand.meet({ id: 'w', channel: 'web' })
    const order = await stand.bought(web, (await stand.product(1)).sku)
    await give(web, 300)
    await link(alice, web)
    const [first, second] = await linking.accounts(alice.id)
    expect(first?.linkedAt).toEqual(stand.clock())
    expect(await linking.unlink(alice, 'nothing', placeOf(alice))).toBeUndefined()
    expect(await linking.unlink(alice, second?.key ?? '', placeOf(alice))).toMatchObject({ channel: 'web' })
    expect(await linking.unlink(alice, first?.key ?? '', placeOf(alice))).toBeUndefined()
    const anew = await again(web)
    expect(anew.id).not.toBe(alice.id)
    expect((await orders.ofCustomer(anew.id, 0)).total).toBe(0)
    expect(await wallets.balances(anew.id)).toEqual([])
    expect((await stand.again(order)).customerId).toBe(alice.id)
    expect(await wallets.balances(alice.id)).toEqual([{ currency: 'CNY', amount: 300 }])
    expect(
      await stand.rows('SELECT DISTINCT group_id FROM customer_group WHERE customer_id IN ($1, $2)', [
        alice.id,
        anew.id,
      ]),
    ).toHaveLength(1)
    // News of what was bought there does not go there any more.
    expect(await linking.isOthers({ customerId: alice.id, ...placeOf(web) })).toBe(true)
    expect(await linking.isOthers({ customerId: alice.id, ...placeOf(alice) })).toBe(false)
    // It is undone by linking it again.
    expect(await link(alice, anew)).toBe(true)
    expect((await again(web)).id).toBe(alice.id)
    await expectSound(stand)
  })
})

describe('whatever was done', () => {
  it('loses no money and no key, and counts nothing twice', async () => {
    const product = await stand.product(400)
    let run = 0
    const deed = fc.record({
      who: fc.nat(2),
      other: fc.nat(2),
      what: fc.constantFrom('buy', 'give', 'wallet', 'open', 'link', 'link', 'unlink'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 6, maxLength: 14 }), async (deeds) => {
        const { linking, wallets, orders, payments } = stand.shop
        const accounts: Buyer[] = []
        for (const channel of ['test', 'web', 'wechat'])
          accounts.push(await stand.meet({ id: `${channel}-${++run}`, channel }))
        const now = (n: number) => again(accounts[n] as Buyer)
        let [money, bought] = [0, 0]
        for (const { who, other, what } of deeds) {
          const me = await now(who)
          if (what === 'buy' || what === 'give') {
            const order = await stand.order(me, product.sku).catch(() => undefined)
            if (!order) continue
            const extra = what === 'give' ? 1000 : 0
            await stand.receive(order, { amount: order.total + extra })
            if ((await stand.again(order)).state === 'held') await stand.shop.sale.approve(boss.pseudonym, order.no)
            money += extra
            bought += 1
          } else if (what === 'wallet' || what === 'open') {
            const order = await stand.order(me, product.sku).catch(() => undefined)
            if (!order) continue
            bought += 1
            const paid = what === 'wallet' && (await payments.payFromWallet(order.no, me.id, 'CNY'))
            if (paid && 'settled' in paid) money -= order.total
            if ((await stand.again(order)).state === 'held') await stand.shop.sale.approve(boss.pseudonym, order.no)
          } else if (what === 'link') {
            const them = await now(other)
            if (them.id !== me.id) expect(await link(them, me)).toBe(true)
          } else {
            const mine = await linking.accounts(me.id)
            await linking.unlink(me, mine.at(other % mine.length)?.key ?? '', placeOf(me))
          }
        }
        // Who was left with nothing but history is nobody's account any more; what they had is with somebody who has one.
        const people = new Map((await Promise.all([0, 1, 2].map(now))).map((one) => [one.id, one]))
        let [left, owned] = [0, 0]
        for (const { id } of people.values()) {
          left += (await wallets.balances(id)).reduce((sum, { amount }) => sum + amount, 0)
          owned += (await orders.ofCustomer(id, 0)).total
        }
        expect({ left, owned }).toEqual({ left: money, owned: bought })
      }),
      { numRuns: 8 },
    )
    await expectSound(stand)
  }, 120_000)
})
