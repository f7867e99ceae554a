import { describe, expect, it } from 'vitest'
import { createStars } from '../../../bots/telegram/stars.ts'
import { withApi } from './stand.ts'

/** Alice can pay as often as she likes: every payment is let through. */
async function withStars() {
  const all = await withApi()
  await all.alice.say('hi')
  let asked = 0
  const approve = async () => {
    const queries = all.fake.unconfirmed().flatMap(({ pre_checkout_query: query }) => query ?? [])
    for (const { id } of queries.slice(asked))
      await all.api.call('answerPreCheckoutQuery', { pre_checkout_query_id: id, ok: true })
    asked = queries.length
  }
  const pay = async (payload: string) => {
    const invoice = { title: 't', description: 'd', payload, currency: 'XTR', prices: [{ label: 'l', amount: 5 }] }
    await all.api.call('sendInvoice', { chat_id: 7, ...invoice })
    const message = all.alice.screen()
    if (!message) throw new Error('no invoice')
    const paying = all.alice.pay(message)
    await approve()
    const { chargeId } = await paying
    return { reference: chargeId ?? '', payer: '7', amount: 5, currency: 'XTR' }
  }
  return { ...all, pay, stars: createStars(all.api) }
}

describe('refunds in Stars', () => {
  it('go back to the payer once, however often they are asked for', async () => {
    const { alice, pay, stars } = await withStars()
    const payment = await pay('a')
    await stars.refund(payment)
    await stars.refund(payment)
    expect(alice.stars().moves.map(({ amount }) => amount)).toEqual([-5, 5])
  })

  it('are refused for good when there is no such payment of that person', async () => {
    const { fake, pay, stars } = await withStars()
    const payment = await pay('a')
    const refused = { code: 'payment.refund_refused' }
    await expect(stars.refund({ ...payment, reference: 'stxNONE' })).rejects.toMatchObject(refused)
    fake.user({ id: 8 })
    await expect(stars.refund({ ...payment, payer: '8' })).rejects.toMatchObject(refused)
    await expect(stars.refund({ ...payment, payer: '404' })).rejects.toMatchObject(refused)
  })

  it.each(['500', 'drop', '429', 'reply-lost'] as const)('are of unknown outcome after %s', async (kind) => {
    const { fake, pay, stars } = await withStars()
    const payment = await pay('a')
    fake.fault({ method: 'refundStarPayment', kind })
    await expect(stars.refund(payment)).rejects.not.toMatchObject({ code: 'payment.refund_refused' })
    await stars.refund(payment)
  })

  it('come when Telegram says, when it wants fewer at a time', async () => {
    const { fake, pay, stars } = await withStars()
    const payment = await pay('a')
    fake.fault({ method: 'refundStarPayment', kind: '429', retryAfter: 30 })
    await expect(stars.refund(payment)).rejects.toMatchObject({ code: 'telegram.paused', wait: 30_000 })
  })
})

describe('the book of Stars', () => {
  it('tells of payments and refunds since a time, over many pages, as it grows', async () => {
    const { fake, clock, pay, stars } = await withStars()
    for (let i = 0; i < 40; i++) await pay(`old-${i}`)
    clock.ms += 3_600_000
    const since = new Date(clock.ms)
    const first = await pay('new-0')
    for (let i = 1; i < 105; i++) await pay(`new-${i}`)
    await stars.refund(first)
    const book = await stars.recent?.(since)
    expect(book?.payments.map(({ orderNo }) => orderNo)).toEqual(Array.from({ length: 105 }, (_, i) => `new-${i}`))
    expect(book?.payments[0]).toEqual({ ...first, provider: 'telegram-stars', orderNo: 'new-0' })
    expect(book?.refunds).toEqual([{ provider: 'telegram-stars', reference: first.reference }])

    const before = fake.calls('getStarTransactions').length
    clock.ms += 1000
    await pay('last')
    const later = await stars.recent?.(new Date(clock.ms))
    expect(later?.payments.map(({ orderNo }) => orderNo)).toEqual(['last'])
    expect((await stars.recent?.(new Date(clock.ms + 1000)))?.payments).toEqual([])
    expect(fake.calls('getStarTransactions').length - before).toBeLessThan(25)
    expect((await stars.recent?.(since))?.payments, 'further back than before').toHaveLength(106)
  })

  it('is empty at first', async () => {
    const { stars } = await withStars()
    expect(await stars.recent?.(new Date(0))).toEqual({ payments: [], refunds: [] })
  })
})
