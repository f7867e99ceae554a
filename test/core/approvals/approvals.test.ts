import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import type { SecurityChange } from '../../../core/security/model.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'
import { staffOf } from '../../stand/staff.ts'

let stand: Stand
let boss: Buyer
let second: Buyer
let finance: Buyer
let product: Stocked
let buyer: Buyer
beforeEach(async () => {
  stand = await openShop()
  ;[boss, second, finance] = [
    await staffOf(stand, 'owner'),
    await staffOf(stand, 'owner'),
    await staffOf(stand, 'finance'),
  ]
  product = await stand.product(5)
  buyer = await stand.meet()
  await protect({ refund: { CNY: 1000 }, wallet: { CNY: 0 } })
})

const approvals = () => stand.shop.approvals
async function protect(change: SecurityChange): Promise<void> {
  await approvals().submit(boss, 'security', { change }, randomUUID())
}
async function askRefund(by: Buyer, no: string, amount: number, key: string = randomUUID()) {
  return approvals().submit(by, 'refund', { orderNo: no, reason: 'faulty' }, key, { amount, currency: 'CNY' })
}
/** Orders of one unit, by a buyer each. */
const sold = (orders: number) =>
  Promise.all(Array.from({ length: orders }, async () => stand.bought(await stand.meet(), product.sku, 1)))
/** Has the other owner agree. */
const decided = async (outcome: Awaited<ReturnType<typeof askRefund>>): Promise<void> =>
  'waiting' in outcome ? approvals().grant(second, outcome.waiting) : undefined
const waitingId = (outcome: Awaited<ReturnType<typeof askRefund>>): number => {
  if ('done' in outcome) throw new Error('it did not wait')
  return outcome.waiting
}
const actions = async (about: string) =>
  (
    await stand.rows<{ action: string; actor: string }>(
      'SELECT action, actor FROM audit_entry WHERE subject = $1 ORDER BY id',
      [about],
    )
  ).map(({ action, actor }) => [action, actor])

describe('an act', () => {
  it('below the limit is done at once, by one person', async () => {
    const order = await stand.bought(buyer, product.sku, 1)
    expect(await askRefund(finance, order.no, 990)).toEqual({ done: true })
    expect((await stand.again(order)).state).toBe('refunding')
  })

  it('adds up with what the same person did alone that day, however small the parts', async () => {
    const [one, two, three] = await sold(3)
    await approvals()
      .submit(boss, 'security', { change: { refund: { CNY: 2000 } } }, randomUUID())
      .then(decided)
    expect(await askRefund(finance, one?.no ?? '', 990)).toEqual({ done: true })
    expect(await askRefund(finance, two?.no ?? '', 990)).toEqual({ done: true })
    expect(await askRefund(finance, three?.no ?? '', 990)).toHaveProperty('waiting')
    expect(await askRefund(boss, three?.no ?? '', 990)).toEqual({ done: true })
    stand.clock.advance(hours(24))
    const [later] = await sold(1)
    expect(await askRefund(finance, later?.no ?? '', 990)).toEqual({ done: true })
  })

  it('adds up exactly when much is asked for at once', async () => {
    await approvals()
      .submit(boss, 'security', { change: { refund: { CNY: 2000 } } }, randomUUID())
      .then(decided)
    const outcomes = await Promise.all((await sold(5)).map(({ no }) => askRefund(finance, no, 990)))
    expect(outcomes.filter((outcome) => 'done' in outcome)).toHaveLength(2)
  })

  it('from the limit on waits for somebody else, and is done by their word, in the name of who asked', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const id = waitingId(await askRefund(finance, order.no, 1980))
    expect((await stand.again(order)).state).toBe('delivered')
    await approvals().grant(second, id)
    expect((await stand.again(order)).state).toBe('refunding')
    expect(await approvals().get(id)).toMatchObject({ state: 'granted', decidedBy: second.pseudonym })
    expect(await actions(`approval:${id}`)).toEqual([
      ['approval.asked', finance.pseudonym],
      ['approval.granted', second.pseudonym],
    ])
    expect(await actions(`order:${order.no}`)).toContainEqual(['order.refunding', finance.pseudonym])
  })

  it('is never decided by who asked, nor by who may not do it', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const id = waitingId(await askRefund(boss, order.no, 1980))
    await expect(approvals().grant(boss, id)).rejects.toMatchObject({ code: 'approval.yourself' })
    for (const role of ['finance', 'support', 'stock', 'auditor'])
      await expect(approvals().grant(await staffOf(stand, role), id)).rejects.toMatchObject({
        code: 'approval.not_allowed',
      })
    await expect(approvals().withdraw(second, id)).rejects.toMatchObject({ code: 'approval.not_yours' })
    expect((await approvals().get(id))?.state).toBe('waiting')
  })

  it('is not asked for by who may not do it', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    for (const role of ['support', 'auditor'])
      await expect(askRefund(await staffOf(stand, role), order.no, 1980)).rejects.toMatchObject({
        code: 'approval.not_allowed',
      })
  })

  it('is not done for somebody who has left meanwhile', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const id = waitingId(await askRefund(finance, order.no, 1980))
    await stand.shop.staff.suspend(boss, finance.id)
    await expect(approvals().grant(second, id)).rejects.toMatchObject({ code: 'approval.not_allowed' })
    await approvals().refuse(second, id)
    expect((await stand.again(order)).state).toBe('delivered')
  })

  it('is decided once, when two decide at the same moment', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const third = await staffOf(stand, 'manager')
    const id = waitingId(await askRefund(finance, order.no, 1980))
    const both = await Promise.allSettled([
      approvals().grant(second, id),
      approvals().grant(third, id),
      approvals().refuse(boss, id),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of both)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'approval.over' })
    const refunds = await stand.rows('SELECT id FROM refund')
    expect(refunds).toHaveLength((await approvals().get(id))?.state === 'granted' ? 1 : 0)
  })

  it('that cannot be done any more stays undecided', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const id = waitingId(await askRefund(finance, order.no, 1980))
    await stand.shop.sale.refund(boss.pseudonym, order.no, 'otherwise')
    await expect(approvals().grant(second, id)).rejects.toMatchObject({ code: 'order.state' })
    expect((await approvals().get(id))?.state).toBe('waiting')
    await approvals().withdraw(finance, id)
    expect((await approvals().get(id))?.state).toBe('withdrawn')
  })

  it('asked for twice under one key waits once', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const key = randomUUID()
    const ids = await Promise.all([askRefund(finance, order.no, 1980, key), askRefund(finance, order.no, 1980, key)])
    expect(new Set(ids.map(waitingId)).size).toBe(1)
    expect((await approvals().waiting(0)).total).toBe(1)
  })

  it('expires after a day, once, and can no longer be granted', async () => {
    const order = await stand.bought(buyer, product.sku, 2)
    const id = waitingId(await askRefund(finance, order.no, 1980))
    stand.clock.advance(hours(24))
    await expect(approvals().grant(second, id)).rejects.toMatchObject({ code: 'approval.over' })
    await Promise.all([approvals().expire(), approvals().expire()])
    expect((await approvals().get(id))?.state).toBe('expired')
    expect((await actions(`approval:${id}`)).map(([action]) => action)).toEqual(['approval.asked', 'approval.expired'])
  })
})

describe('the security settings', () => {
  it('need a second person as soon as anything does, even to need none', async () => {
    await approvals().submit(boss, 'security', { change: { refund: {}, wallet: {} } }, randomUUID())
    expect((await stand.shop.security.read()).refund).toEqual({ CNY: 1000 })
    const [request] = (await approvals().waiting(0)).items
    await approvals().grant(second, request?.id ?? 0)
    expect(await stand.shop.security.read()).toMatchObject({ refund: {}, wallet: {} })
  })

  it('change only what is to be changed', async () => {
    const other = await openShop()
    const owner = await staffOf(other, 'owner')
    for (const change of [{ idleLock: 5 }, { secondFactor: 'required' as const }])
      await other.shop.approvals.submit(owner, 'security', { change }, randomUUID())
    expect(await other.shop.security.read()).toMatchObject({
      idleLock: 5,
      secondFactor: 'required',
      refund: {},
      export: null,
    })
  })
})

describe('a wallet', () => {
  const adjust = (by: Buyer, orderNo: string, amount: number, key: string = randomUUID()) =>
    approvals().submit(by, 'wallet', { orderNo, amount, currency: 'CNY', reason: 'sorry' }, key, {
      amount: Math.abs(amount),
      currency: 'CNY',
    })

  it('is adjusted by two, told to its owner, booked, and never below zero', async () => {
    const order = await stand.bought(buyer, product.sku)
    await approvals().grant(second, waitingId(await adjust(finance, order.no, 500)))
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([{ amount: 500, currency: 'CNY' }])
    const [entry] = (await stand.shop.wallets.history(buyer.id, 0)).items
    expect(entry).toMatchObject({ move: 'adjusted', amount: 500, note: 'sorry', orderNo: undefined })
    const out = waitingId(await adjust(finance, order.no, -501))
    await expect(approvals().grant(second, out)).rejects.toMatchObject({ code: 'wallet.too_little' })
    await approvals().refuse(second, out)
    await approvals().grant(second, waitingId(await adjust(finance, order.no, -500)))
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([])
    const { differences } = await stand.shop.reconciliation.compare(stand.clock().toISOString().slice(0, 10))
    expect(differences.filter(({ kind }) => kind !== 'book_missing')).toEqual([])
  })

  it('is adjusted once under one key, where one person is enough', async () => {
    const other = await openShop()
    const owner = await staffOf(other, 'owner')
    const goods = await other.product(1)
    const someone = await other.meet()
    const order = await other.bought(someone, goods.sku)
    const request = { orderNo: order.no, amount: 300, currency: 'CNY', reason: 'sorry' }
    const twice = [1, 2].map(() =>
      other.shop.approvals.submit(owner, 'wallet', request, 'event-1', { amount: 300, currency: 'CNY' }),
    )
    expect(await Promise.all(twice)).toEqual([{ done: true }, { done: true }])
    expect(await other.shop.wallets.balances(someone.id)).toEqual([{ amount: 300, currency: 'CNY' }])
    expect(await other.jobs('wallet:wallet-adjusted:event-1')).toHaveLength(1)
  })
})
