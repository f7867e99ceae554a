import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'
import { staffOf } from '../../stand/staff.ts'
import { expectSound } from '../sale/invariants.ts'

/** What `parts` was asked to give back, by refund. */
const asked = new Map<string, { reference: string; amount: number }>()
let stand: Stand
let staff: Buyer
beforeAll(async () => {
  stand = await openShop({
    owners: 'test:boss',
    providers: [
      {
        name: 'parts',
        refund: async () => {},
        refundPart: async ({ refundId, reference, amount }) => void asked.set(refundId, { reference, amount }),
      },
    ],
  })
  staff = await stand.meet({ id: 'boss' })
})

const said = (buyer: Buyer, event: string = randomUUID()) => ({ channel: buyer.channel, chat: buyer.chat, event })
/** A product of two batches: the first key of the first, all others of the second. Each key costs 4.00, then 5.00. */
async function twoBatches(second: number): Promise<Stocked> {
  const product = await stand.product(0)
  const codes = ['ONE', ...Array.from({ length: second }, (_, n) => `TWO-${n}`)].map((code) => `${product.sku}-${code}`)
  await stand.stock(product, [`${codes[0]},,,4.00`])
  if (second > 0)
    await stand.stock(
      product,
      codes.slice(1).map((code) => `${code},,,5.00`),
    )
  return { ...product, codes }
}
/** Somebody has bought so many, and looked at them. */
async function seen(product: Stocked, quantity = 1, provider?: string): Promise<{ buyer: Buyer; order: Order }> {
  const buyer = await stand.meet()
  const placed = await stand.order(buyer, product.sku, quantity)
  await stand.receive(placed, provider ? { provider } : {})
  const order = await stand.again(placed)
  await stand.shop.delivery.reveal(order, buyer, 'test')
  return { buyer, order: await stand.again(order) }
}
async function complain(buyer: Buyer, order: Order, which: readonly number[] = [0], event?: string): Promise<Ticket> {
  const units = (await stand.shop.complaints.units(order)).filter((_, index) => which.includes(index))
  const what = { orderNo: order.no, units: units.map(({ unitId }) => unitId), reason: 'invalid', text: 'no' } as const
  const id = await stand.shop.complaints.open(buyer, said(buyer, event), what)
  return (await stand.shop.support.ticket(id)) as Ticket
}
const idsOf = async (ticket: Ticket) => (await stand.shop.complaints.ofTicket(ticket.id)).map(({ id }) => id)
const codesOf = async (order: Order, buyer: Buyer) =>
  (await stand.shop.delivery.reveal(await stand.again(order), buyer, 'test')).map(({ key }) => key.code)
const stateOf = async (text: string) => (await stand.shop.inventory.find({ text }))?.state
const booked = (ref: string) =>
  stand.rows<{ debit: string; credit: string; amount: bigint }>(
    'SELECT debit, credit, amount FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.ref = $1',
    [ref],
  )

describe('a complaint', () => {
  it('freezes the key, for its buyer and for a link, and gives it back when it is withdrawn', async () => {
    const { buyer, order } = await seen(await twoBatches(1))
    const ticket = await complain(buyer, order)
    expect(ticket).toMatchObject({ kind: 'key', orderNo: order.no, state: 'open' })
    await expect(codesOf(order, buyer)).rejects.toMatchObject({ code: 'order.keys_withheld' })
    await expect(stand.shop.delivery.links.make(order, buyer)).rejects.toMatchObject({ code: 'order.keys_withheld' })
    expect((await stand.shop.complaints.units(order))[0]).toMatchObject({ state: 'complained', shown: 1 })
    expect(await stand.shop.complaints.close(buyer, ticket.id)).toBe(true)
    expect(await codesOf(order, buyer)).toHaveLength(1)
    expect((await stand.shop.support.ticket(ticket.id))?.state).toBe('closed')
    // Withdrawn is not judged: they may say so again.
    expect((await complain(buyer, order)).id).toBeGreaterThan(ticket.id)
  })

  it('is one per key, and one per event', async () => {
    const { buyer, order } = await seen(await twoBatches(1), 2)
    const ticket = await complain(buyer, order, [0], 'tapped')
    expect((await complain(buyer, order, [0], 'tapped')).id).toBe(ticket.id)
    expect(await idsOf(ticket)).toHaveLength(1)
    await expect(complain(buyer, order, [0])).rejects.toMatchObject({ code: 'complaint.none' })
    expect(await idsOf(await complain(buyer, order, [0, 1]))).toHaveLength(1)
    const mine = await stand.shop.support.ofCustomer(buyer.id, 0)
    expect(mine.total, 'a refused complaint has left a ticket').toBe(2)
  })

  it('is not taken of a key that was not shown, or by another', async () => {
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, (await twoBatches(0)).sku)
    await expect(complain(buyer, order)).rejects.toMatchObject({ code: 'complaint.none' })
    await expect(complain(await stand.meet(), order)).rejects.toMatchObject({ code: 'order.not_yours' })
  })

  it('made twice at once is one', async () => {
    const { buyer, order } = await seen(await twoBatches(0))
    const made = await Promise.allSettled([complain(buyer, order), complain(buyer, order)])
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expectSound(stand)
  })
})

describe('a replacement', () => {
  it('is of another batch, is masked until it is shown, and the old key is history', async () => {
    const product = await twoBatches(2)
    const { buyer, order } = await seen(product)
    await stand.stock(product, [`${product.sku}-LAST`])
    const ticket = await complain(buyer, order)
    await stand.shop.complaints.replace(staff, ticket, await idsOf(ticket))
    expect(await stateOf(product.codes[0] ?? '')).toBe('replaced')
    expect((await stand.shop.complaints.units(order))[0]).toMatchObject({
      state: 'unseen',
      shown: 0,
      isReplacement: true,
    })
    expect(await codesOf(order, buyer)).toEqual([product.codes[1]])
    expect(await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })).toMatchObject({ state: 'sold' })
    const old = await stand.shop.inventory.find({ text: product.codes[0] ?? '' })
    expect(await booked(`key-lost:${old?.cardId}`)).toMatchObject([
      { debit: 'expenses:losses', credit: 'expenses:goods', amount: 400n },
    ])
    await expectSound(stand)
    // And what came in its place can be complained of too.
    const again = await complain(buyer, order)
    await stand.shop.complaints.replace(staff, again, await idsOf(again))
    expect(await codesOf(order, buyer)).toHaveLength(1)
    const what = (await stand.shop.inventory.history(old?.cardId ?? 0n)).map((event) => event.what)
    expect(what).toEqual(['imported', 'ordered', 'paid', 'revealed', 'complained', 'replaced', 'replaced_by'])
    await expectSound(stand)
  })

  it('keeps the places of the others, and shows all keys there are', async () => {
    const product = await twoBatches(4)
    const { buyer, order } = await seen(product, 3)
    const ticket = await complain(buyer, order, [1])
    await stand.shop.complaints.replace(staff, ticket, await idsOf(ticket))
    expect(await codesOf(order, buyer)).toEqual([product.codes[0], product.codes[3], product.codes[2]])
    expect((await stand.shop.complaints.byId((await idsOf(ticket))[0] ?? 0))?.unit).toBe(2)
  })

  it('ends links that were opened: nobody sees the new key by an old one', async () => {
    const { buyer, order } = await seen(await twoBatches(2))
    const { token } = await stand.shop.delivery.links.make(order, buyer)
    await stand.shop.delivery.links.open(token, 'browser')
    const ticket = await complain(buyer, order)
    await stand.shop.complaints.replace(staff, ticket, await idsOf(ticket))
    expect(await stand.shop.delivery.links.look(token, 'browser')).toMatchObject({ state: 'opened' })
  })

  it('says that there is no stock, and changes nothing', async () => {
    const { buyer, order } = await seen(await twoBatches(0))
    const ticket = await complain(buyer, order)
    const ids = await idsOf(ticket)
    await expect(stand.shop.complaints.replace(staff, ticket, ids)).rejects.toMatchObject({
      code: 'complaint.no_stock',
    })
    expect((await stand.shop.complaints.ofTicket(ticket.id))[0]?.state).toBe('open')
    await stand.shop.complaints.refund(staff, ticket, ids, false)
    expect((await stand.again(order)).state, 'nothing was left of it').toBe('refunding')
  })

  it('never takes a key that is sold at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const product = await twoBatches(1)
      const { buyer, order } = await seen(product)
      const ticket = await complain(buyer, order)
      const ids = await idsOf(ticket)
      const other = await stand.meet()
      const [replaced, bought] = await Promise.allSettled([
        stand.shop.complaints.replace(staff, ticket, ids),
        stand.ask(other, product.sku),
      ])
      const isBought = bought.status === 'fulfilled' && bought.value.placed !== undefined
      expect([replaced.status === 'fulfilled', isBought].filter(Boolean)).toHaveLength(1)
      await expectSound(stand)
    }
  })
})

describe('a refund of some of the keys', () => {
  it('goes to the wallet where only the whole can go back; the order and its other keys stay', async () => {
    const product = await twoBatches(2)
    const { buyer, order } = await seen(product, 3)
    const ticket = await complain(buyer, order, [0, 2])
    await stand.shop.complaints.refund(staff, ticket, await idsOf(ticket), false)
    expect(await stand.again(order)).toMatchObject({ state: 'delivered', paid: { parted: 1980 } })
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([{ amount: 1980, currency: 'CNY' }])
    expect(await codesOf(order, buyer)).toEqual([product.codes[1]])
    expect(await stateOf(product.codes[0] ?? '')).toBe('returned')
    expect((await stand.shop.complaints.units(order)).map(({ state }) => state)).toEqual([
      'refunded',
      'shown',
      'refunded',
    ])
    await expectSound(stand)
    // The rest goes the same way, once.
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect(await stand.again(order)).toMatchObject({ state: 'refunded', paid: { credited: true } })
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([{ amount: 2970, currency: 'CNY' }])
    await expectSound(stand)
  })

  it('goes to where it came from where a part can, and stands among the differences until it has', async () => {
    const { buyer, order } = await seen(await twoBatches(2), 2, 'parts')
    const ticket = await complain(buyer, order, [1])
    await stand.shop.complaints.refund(staff, ticket, await idsOf(ticket), false)
    const [refund] = await stand.rows<{ id: bigint }>(
      'SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.order_id = $1',
      [order.id],
    )
    const day = stand.clock().toISOString().slice(0, 10)
    const open = async () =>
      (await stand.shop.reconciliation.compare(day)).differences.filter(({ orderNo }) => orderNo === order.no)
    expect((await open()).map(({ kind }) => kind)).toEqual(['refund_open'])
    await expectSound(stand)
    for (let n = 0; n < 2; n++) await stand.shop.payments.tasks.refund?.({ refundId: String(refund?.id) })
    expect(asked.get(String(refund?.id))).toMatchObject({ amount: 990 })
    expect(await open()).toEqual([])
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([])
    await expectSound(stand)
  })

  it('takes what is in the wallet back when the provider gives the whole payment back after all', async () => {
    const { buyer, order } = await seen(await twoBatches(2), 2)
    const ticket = await complain(buyer, order)
    await stand.shop.complaints.refund(staff, ticket, await idsOf(ticket), false)
    const [payment] = await stand.rows<{ reference: string }>('SELECT reference FROM payment WHERE order_id = $1', [
      order.id,
    ])
    await stand.shop.payments.refunded('test-pay', payment?.reference ?? '')
    expect((await stand.again(order)).state).toBe('refunded')
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([])
    await expectSound(stand)
  })

  it('of all of them, or the whole at wish, is a refund of the order', async () => {
    const { buyer, order } = await seen(await twoBatches(2), 2)
    const ticket = await complain(buyer, order)
    await stand.shop.complaints.refund(staff, ticket, await idsOf(ticket), true)
    expect((await stand.again(order)).state).toBe('refunding')
    const [payment] = await stand.rows<{ id: bigint; reference: string }>(
      'SELECT id, reference FROM payment WHERE order_id = $1',
      [order.id],
    )
    await stand.refund(payment?.id ?? 0n)
    expect((await stand.again(order)).state).toBe('refunded')
    expect(stand.pay.returned.get(payment?.reference ?? '')).toMatchObject({ amount: 1980 })
    await expectSound(stand)
  })
})

describe('a decision', () => {
  it('is made once, whoever decides at the same moment', async () => {
    const { buyer, order } = await seen(await twoBatches(3), 2)
    const ticket = await complain(buyer, order, [0, 1])
    const ids = await idsOf(ticket)
    const { complaints } = stand.shop
    const all = await Promise.allSettled([
      complaints.replace(staff, ticket, ids),
      complaints.refund(staff, ticket, ids, false),
      complaints.replace(staff, ticket, ids.slice(0, 1)),
      complaints.close(buyer, ticket.id),
    ])
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    for (const one of all)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: expect.stringMatching(/decided|order.state/) })
    await expectSound(stand)
  })

  it('against the buyer gives the key back with the words, and can be taken back', async () => {
    const product = await twoBatches(1)
    const { buyer, order } = await seen(product)
    const ticket = await complain(buyer, order)
    const ids = await idsOf(ticket)
    for (let n = 0; n < 2; n++) {
      const again = stand.shop.complaints.reject(
        staff,
        { channel: 'test', event: 'rejected' },
        ticket,
        ids,
        'It was redeemed by you.',
      )
      if (n === 0) await again
      else await expect(again).rejects.toMatchObject({ code: 'complaint.decided' })
    }
    expect((await stand.shop.support.ticket(ticket.id))?.messages.map(({ text }) => text)).toEqual([
      'no',
      'It was redeemed by you.',
    ])
    expect(await codesOf(order, buyer)).toEqual([product.codes[0]])
    await expect(complain(buyer, order)).rejects.toMatchObject({ code: 'complaint.none' })
    await stand.shop.complaints.replace(staff, ticket, ids)
    expect(await codesOf(order, buyer)).toEqual([product.codes[1]])
    await expectSound(stand)
  })

  it('is not asked for any more when the order is refunded', async () => {
    const { buyer, order } = await seen(await twoBatches(0))
    const ticket = await complain(buyer, order)
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect((await stand.shop.complaints.ofTicket(ticket.id))[0]?.state).toBe('refunded')
    await expect(stand.shop.complaints.replace(staff, ticket, await idsOf(ticket))).rejects.toMatchObject({
      code: 'order.state',
    })
  })
})

describe('what is lost', () => {
  it('is booked when a key is voided: free, reserved, and of a held order once it is swapped', async () => {
    const product = await twoBatches(3)
    const [free, reserved] = [product.codes[3] ?? '', product.codes[0] ?? '']
    await stand.order(await stand.meet(), product.sku)
    for (const text of [free, reserved]) {
      const key = await stand.shop.inventory.find({ text })
      if (!key) throw new Error('no key')
      await stand.shop.inventory.void('staff', key, 'faulty')
      expect(await booked(`key-lost:${key.cardId}`)).toMatchObject([
        { debit: 'expenses:losses', credit: 'assets:stock' },
      ])
    }
    await expectSound(stand)
  })

  it('is claimed from the supplier of the batch, and settled, refused or accepted', async () => {
    const { claims, complaints } = stand.shop
    const tickets: Ticket[] = []
    for (let n = 0; n < 3; n++) {
      const product = await twoBatches(1)
      const { buyer, order } = await seen(product)
      const key = await stand.shop.inventory.find({ text: product.codes[0] ?? '' })
      await claims.setSupplier(staff, key?.batchId ?? 0, 'Good Keys')
      const ticket = await complain(buyer, order)
      await complaints.replace(staff, ticket, await idsOf(ticket))
      expect(await booked(`key-lost:${key?.cardId}`)).toMatchObject([
        { debit: 'assets:claims', credit: 'expenses:goods', amount: 400n },
      ])
      expect(await complaints.batchRate(key?.batchId ?? 0)).toEqual({ sold: 1, upheld: 1 })
      expect(await claims.setSupplier(staff, key?.batchId ?? 0, 'Another'), 'claimed already').toBe(false)
      tickets.push(ticket)
    }
    const supplier = (await claims.suppliers(0)).items.find(({ name }) => name === 'Good Keys')
    expect(supplier).toMatchObject({ waiting: 3, owed: [{ currency: 'CNY', amount: 1200 }] })
    const [a, b, c] = await claims.all(supplier?.id ?? 0)
    if (!a || !b || !c) throw new Error('no claims')
    expect(await claims.move(staff, a.id, 'accepted')).toBe(true)
    expect(await claims.settle(staff, a.id, 300)).toBe(true)
    expect(await claims.settle(staff, a.id, 300)).toBe(false)
    expect(await claims.refuse(staff, b.id)).toBe(true)
    expect(await claims.settle(staff, c.id, 450)).toBe(true)
    expect(await booked(`claim:${a.id}`)).toMatchObject([
      { debit: 'liabilities:suppliers', credit: 'assets:claims', amount: 300n },
      { debit: 'expenses:losses', credit: 'assets:claims', amount: 100n },
    ])
    expect(await complaints.supplierRate(supplier?.id ?? 0)).toEqual({ sold: 3, upheld: 3 })
    await expectSound(stand)
    const day = stand.clock().toISOString().slice(0, 10)
    expect(
      (await stand.shop.reconciliation.compare(day)).differences.filter(({ kind }) => kind.startsWith('key_')),
    ).toEqual([])
  })

  it('is missed by the books when it is not booked', async () => {
    const product = await twoBatches(0)
    const key = await stand.shop.inventory.find({ text: product.codes[0] ?? '' })
    const values = [key?.cardId, stand.clock()]
    await stand.rows(`DELETE FROM stock WHERE card_id = $1`, values.slice(0, 1))
    await stand.rows(`INSERT INTO card_mark (card_id, kind, reason, by, at) VALUES ($1, 'void', 'x', 'x', $2)`, values)
    const day = stand.clock().toISOString().slice(0, 10)
    const found = (await stand.shop.reconciliation.compare(day)).differences
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'key_loss', subject: String(key?.cardId), expected: '400 CNY' }),
    )
    await stand.rows(`DELETE FROM card_mark WHERE card_id = $1`, values.slice(0, 1))
  })
})

it('knows that a key was used when its buyer says so, and shows it all the same', async () => {
  const product = await twoBatches(0)
  const key = async () => stand.shop.inventory.find({ text: product.codes[0] ?? '' })
  expect(await stand.shop.inventory.markUsed('staff', (await key())?.cardId ?? 0n), 'it is not sold').toBe(false)
  const other = await twoBatches(0)
  await stand.bought(await stand.meet(), other.sku)
  const unseen = await stand.shop.inventory.find({ text: other.codes[0] ?? '' })
  expect(await stand.shop.inventory.markUsed('staff', unseen?.cardId ?? 0n), 'nobody saw it').toBe(false)
  const { buyer, order } = await seen(product)
  expect(await stand.shop.inventory.markUsed(buyer.pseudonym, (await key())?.cardId ?? 0n)).toBe(true)
  expect((await key())?.state).toBe('used')
  expect(await codesOf(order, buyer)).toEqual([product.codes[0]])
  expect((await stand.shop.inventory.levels(product.sku, 0)).items[0]).toMatchObject({ sold: 1 })
  expect(await stand.shop.inventory.unmarkUsed(buyer.pseudonym, (await key())?.cardId ?? 0n)).toBe(true)
  expect((await key())?.state).toBe('sold')
})

it('tells of a batch: where it is from and how its keys stand', async () => {
  const product = await twoBatches(3)
  await seen(product, 2)
  const { batchId = 0 } = (await stand.shop.inventory.find({ text: product.codes[1] ?? '' })) ?? {}
  expect(await stand.shop.inventory.batch(batchId)).toMatchObject({
    sku: product.sku,
    source: 'shell',
    importedBy: 'operator',
    states: [
      { state: 'available', keys: 2 },
      { state: 'sold', keys: 1 },
    ],
  })
  expect((await stand.shop.inventory.batchKeys(batchId, 0)).items.map(({ state }) => state)).toEqual([
    'sold',
    'available',
    'available',
  ])
})

it('does not go round the second person: more than the limit is left to them', async () => {
  const product = await twoBatches(4)
  const { buyer, order } = await seen(product, 2)
  const ticket = await complain(buyer, order, [0])
  const change = { refund: { CNY: 1500 } }
  await stand.shop.approvals.submit(staff, 'security', { change }, randomUUID())
  // Who gave nothing back before: what is small adds up as well.
  const other = await staffOf(stand, 'owner')
  await expect(stand.shop.complaints.refund(other, ticket, await idsOf(ticket), true)).rejects.toMatchObject({
    code: 'approval.needed',
  })
  expect((await stand.again(order)).state).toBe('delivered')
  await stand.shop.complaints.refund(other, ticket, await idsOf(ticket), false)
  expect(await stand.rows('SELECT amount FROM refund ORDER BY id DESC LIMIT 1')).toEqual([{ amount: 990 }])
})
