import { beforeEach, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../../core/platform/clock.ts'
import { fakeKeys } from '../../../fakes/wechat-pay/fake.ts'
import { expectSound } from '../../sale/invariants.ts'
import { openPayStand, type PayStand } from './stand.ts'

const keys = fakeKeys()
let pay: PayStand
beforeEach(async () => {
  pay = await openPayStand(keys)
})

/** A bought order whose money was asked back. */
async function asked() {
  const bought = await pay.bought()
  await pay.stand.shop.sale.refund('staff', bought.order.no, 'goodwill')
  return bought
}
const stateOf = async (no: string) => (await pay.stand.again({ no })).state
const refundsOf = () =>
  pay.stand.rows<{ state: string; problem: string | null }>(
    'SELECT state::text AS state, problem FROM refund ORDER BY id',
  )
const only = () => [...pay.fake.refunds.values()][0] as NonNullable<ReturnType<typeof pay.fake.refunds.get>>

describe('a refund of a whole payment', () => {
  it('is done when WeChat Pay says so, and asking again gives nothing twice', async () => {
    const { order, paymentId } = await asked()
    await pay.stand.refund(paymentId)
    await pay.stand.refund(paymentId)
    expect(await stateOf(order.no)).toBe('refunded')
    expect([...pay.fake.refunds.values()].map(({ refund }) => refund)).toEqual([990])
  })

  it('that is being worked on is done by its call, which may come twice', async () => {
    pay.fake.refundsEnd = 'PROCESSING'
    const { order, paymentId } = await asked()
    await expect(pay.stand.refund(paymentId)).rejects.toMatchObject({ code: 'payment.refund_under_way', wait: 600_000 })
    expect(await stateOf(order.no)).toBe('refunding')
    pay.fake.finish(only().out_refund_no, 'SUCCESS')
    const call = pay.fake.draft(only())
    expect([await pay.take(call), await pay.take(call)]).toEqual([204, 204])
    expect(await stateOf(order.no)).toBe('refunded')
    expect(await refundsOf()).toMatchObject([{ state: 'done' }])
  })

  it('that is being worked on is done by asking, when its call was lost', async () => {
    pay.fake.refundsEnd = 'PROCESSING'
    const { order, paymentId } = await asked()
    await expect(pay.stand.refund(paymentId)).rejects.toMatchObject({ code: 'payment.refund_under_way' })
    pay.fake.finish(only().out_refund_no, 'SUCCESS')
    await pay.stand.refund(paymentId)
    expect(await stateOf(order.no)).toBe('refunded')
    expect(pay.fake.refunds.size).toBe(1)
  })

  it.each(['drop', 'drop-after', 'system-error', 'unsigned', 'stale', 'wrong-key'] as const)(
    'of which nobody knows after %s is asked about before it is asked for again',
    async (kind) => {
      const { order, paymentId } = await asked()
      pay.fake.fault(/POST .*refunds/, kind)
      await expect(pay.stand.refund(paymentId)).rejects.toMatchObject({ code: 'wechat_pay.unknown' })
      expect(await stateOf(order.no)).toBe('refunding')
      await pay.stand.refund(paymentId)
      expect(await stateOf(order.no)).toBe('refunded')
      expect(pay.fake.balance).toBe(10_000_000 - 990)
    },
  )

  it('for which there is no money waits, says so, and is not lost', async () => {
    pay.fake.balance = 0
    const { order, paymentId } = await asked()
    await expect(pay.stand.refund(paymentId)).rejects.toMatchObject({ code: 'payment.refund_no_money', wait: hours(1) })
    expect(await refundsOf()).toMatchObject([{ state: 'requested', problem: expect.stringContaining('Top it up') }])
    pay.fake.balance = 990
    await pay.stand.refund(paymentId)
    expect(await stateOf(order.no)).toBe('refunded')
  })

  it('waits when WeChat Pay wants fewer at a time', async () => {
    const { paymentId } = await asked()
    pay.fake.fault(/POST .*refunds/, '429')
    await expect(pay.stand.refund(paymentId)).rejects.toMatchObject({ code: 'payment.refund_slower', wait: 60_000 })
    await pay.stand.refund(paymentId)
  })

  it.each(['USER_ACCOUNT_ABNORMAL', 'INVALID_REQUEST', 'RESOURCE_NOT_EXISTS'])(
    'that WeChat Pay refuses for good (%s) is left to staff',
    async (reason) => {
      const { paymentId } = await asked()
      pay.fake.fault(/POST .*refunds/, 'refuse', { reason })
      await pay.stand.refund(paymentId)
      expect(await refundsOf()).toMatchObject([
        { state: 'failed', problem: expect.stringContaining('will not refund') },
      ])
    },
  )

  it('that was closed is begun again under another number only when staff ask', async () => {
    pay.fake.refundsEnd = 'CLOSED'
    const { order, paymentId } = await asked()
    await pay.stand.refund(paymentId)
    expect(await refundsOf()).toMatchObject([{ state: 'failed' }])
    pay.fake.refundsEnd = 'SUCCESS'
    expect(await pay.stand.shop.payments.retryRefund('staff', paymentId)).toBe(true)
    await pay.stand.refund(paymentId)
    expect(await stateOf(order.no)).toBe('refunded')
    expect([...pay.fake.refunds.values()].map(({ status }) => status)).toEqual(['CLOSED', 'SUCCESS'])
    expect([...pay.fake.refunds.keys()][1]).toMatch(/_\d+_2$/)
  })

  it('that could not be put on the payer’s card is finished by staff at WeChat Pay, under the same number', async () => {
    pay.fake.refundsEnd = 'ABNORMAL'
    const { order, paymentId } = await asked()
    await pay.stand.refund(paymentId)
    expect(await refundsOf()).toMatchObject([{ state: 'failed', problem: expect.stringContaining('退款异常') }])
    pay.fake.finish(only().out_refund_no, 'SUCCESS')
    await pay.stand.shop.payments.retryRefund('staff', paymentId)
    await pay.stand.refund(paymentId)
    expect(await stateOf(order.no)).toBe('refunded')
    expect(pay.fake.refunds.size).toBe(1)
  })
})

describe('a part of a payment', () => {
  it('goes back under a number of its own, and the order stays', async () => {
    const { transaction } = await pay.bought()
    const reference = transaction.transaction_id ?? ''
    const part = { reference, payer: '', amount: 300, total: 990, currency: 'CNY', attempt: 1 }
    const { provider } = pay.wechatPay
    await provider.refundPart?.({ ...part, refundId: '71' })
    await provider.refundPart?.({ ...part, refundId: '71' })
    await provider.refundPart?.({ ...part, refundId: '72' })
    expect([...pay.fake.refunds.keys()]).toEqual([`${reference}_71`, `${reference}_72`])
    await expect(provider.refundPart?.({ ...part, refundId: '73', amount: 391 })).rejects.toMatchObject({
      code: 'payment.refund_refused',
    })
  })

  it('that went into a wallet, and then to the payer after all, is taken out of the wallet again, once', async () => {
    pay.fake.refundsEnd = 'ABNORMAL'
    const { order, paymentId } = await pay.bought()
    const { sale, payments, wallets } = pay.stand.shop
    await sale.refund('staff', order.no, 'goodwill')
    await pay.stand.refund(paymentId)
    expect(await payments.creditRefund('staff', paymentId)).toBe(true)
    expect(await wallets.balances(order.customerId)).toEqual([{ amount: 990, currency: 'CNY' }])
    const [refund] = [...pay.fake.refunds.values()]
    pay.fake.finish(refund?.out_refund_no ?? '', 'SUCCESS')
    const call = pay.fake.draft(refund as NonNullable<typeof refund>)
    expect([await pay.take(call), await pay.take(call)]).toEqual([204, 204])
    expect(await wallets.balances(order.customerId)).toEqual([])
    expect(await pay.stand.rows('SELECT outcome::text FROM payment')).toEqual([{ outcome: 'refunded' }])
    expect(await pay.stand.rows(`SELECT FROM audit_entry WHERE action = 'payment.given_back'`)).toHaveLength(1)
    await expectSound(pay.stand)
  })

  it('that is told before its payment leaves nothing to deliver', async () => {
    const order = await pay.order()
    const transaction = await pay.paid(order)
    const paidCall = pay.fake.draft(transaction)
    const refund = {
      out_refund_no: 'by-hand',
      transaction_id: transaction.transaction_id ?? '',
      refund_id: '503',
      refund: 990,
      total: 990,
      createdAt: pay.clock(),
      status: 'SUCCESS' as const,
    }
    // Its own desk may not say so yet: then it is to be told again.
    transaction.state = 'NOTPAY'
    expect(await pay.take(pay.fake.draft(refund))).toBe(503)
    transaction.state = 'REFUND'
    expect(await pay.take(pay.fake.draft(refund))).toBe(204)
    expect(await pay.take(paidCall)).toBe(204)
    pay.clock.advance(minutes(5))
    await pay.stand.shop.payments.recover()
    expect(await stateOf(order.no)).not.toBe('delivered')
    expect(await pay.stand.rows('SELECT rule::text, outcome::text FROM payment')).toEqual([
      { rule: 'given_back', outcome: 'refunded' },
    ])
    await expectSound(pay.stand)
  })

  it('that nobody here asked for changes nothing, and stands in the log', async () => {
    const { order, transaction } = await pay.bought()
    const refund = {
      out_refund_no: 'by-hand',
      transaction_id: transaction.transaction_id ?? '',
      refund_id: '503',
      refund: 100,
      total: 990,
      createdAt: pay.clock(),
      status: 'SUCCESS' as const,
    }
    expect(await pay.take(pay.fake.draft(refund))).toBe(204)
    expect(await stateOf(order.no)).toBe('delivered')
    expect(pay.logged).toEqual(['a part of a payment went back that nobody here had asked for'])
    expect(await pay.take(pay.fake.draft({ ...refund, refund: 990 })), 'the whole').toBe(204)
    expect(await stateOf(order.no)).toBe('refunded')
  })
})
