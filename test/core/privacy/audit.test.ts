import { expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'
import { openLog } from '../audit/stand.ts'

it('leaves the log of what was done whole when a person is forgotten', async () => {
  const stand = await openShop({ secluded: true })
  const log = await openLog({ connection: stand.connection, clock: stand.clock })
  const buyer = await stand.meet({ id: 'alice' })
  const order = await stand.bought(buyer, (await stand.product(1)).sku)
  await stand.shop.delivery.reveal(order, buyer, 'test')
  await stand.shop.feedback.rate(buyer, order, 5)
  await log.sealAll()
  const before = await log.verify()
  expect(before.findings).toEqual([])
  expect(await stand.shop.privacy.erase(buyer, buyer.id)).toEqual([])
  expect((await log.verify()).findings).toEqual([])
  await log.sealAll()
  const after = await log.verify()
  expect(after.findings).toEqual([])
  expect(after.rows).toBeGreaterThan(before.rows)
  // It still tells what became of the order, and of whom it tells is a number.
  const told = await stand.rows<{ actor: string }>(`SELECT actor FROM audit_entry WHERE action = 'order.revealed'`)
  expect(told).toEqual([{ actor: buyer.pseudonym }])
})

it('is told of people by their pseudonyms alone, whatever they do and whatever is done to them', async () => {
  const stand = await openShop({ owners: 'test:boss-account' })
  const { shop, clock } = stand
  const boss = await stand.meet({ id: 'boss-account' })
  const buyer = await stand.meet({ id: 'buyer-account' })
  const clerk = await stand.meet({ id: 'clerk-account' })
  const product = await stand.product(20)
  const actor = boss.pseudonym

  await shop.staff.join(clerk, (await shop.staff.invite('operator', 'support', hours(1))).code)
  await shop.profiles.set(actor, 'name', 'The shop')
  await shop.quotas.trust(actor, buyer.id, 'trusted')
  await shop.risk.setLimit(actor, 'hourly-orders', '1')
  const cancelled = await stand.order(buyer, product.sku)
  await shop.sale.cancel(cancelled.no, buyer.id)
  await stand.order(buyer, product.sku)
  clock.advance(minutes(16))
  await shop.sale.releaseDue()
  const order = await stand.order(buyer, product.sku)
  await stand.receive(order, { payer: 'payer-account', amount: order.total + 2000 })
  await shop.delivery.reveal(await stand.again(order), buyer, 'test')
  await shop.delivery.links.make(await stand.again(order), buyer)
  await shop.feedback.rate(buyer, await stand.again(order), 1)
  const fromWallet = await stand.order(buyer, product.sku)
  await shop.payments.payFromWallet(fromWallet.no, buyer.id, 'CNY')
  const held = await stand.order(buyer, product.sku)
  await stand.receive(held, { payer: 'payer-account' })
  for (const { no, state } of [await stand.again(fromWallet), await stand.again(held)])
    if (state === 'held') await shop.sale.approve(actor, no)
  await shop.sale.resend(actor, order.no)
  await shop.sale.refund(actor, order.no, 'does not work')
  await stand.receive({ no: 'ZZZZZZZZ', total: 5 }, { payer: 'payer-account' })
  const ticket = await shop.support.ask(buyer, { channel: 'test', chat: buyer.chat, event: '1' }, 'Help', 'support')
  await shop.support.answer(boss, { channel: 'test', event: '2' }, ticket, 'Yes')
  await shop.support.close(boss, ticket)
  await shop.marketing.setQuiet(buyer, true)
  const mailing = await shop.marketing.draft(boss, 'News')
  await shop.marketing.send(boss, mailing)
  await shop.marketing.stop(boss, mailing)
  await shop.sources.add(boss, 'blog')
  await shop.sources.touch(buyer, 'blog')
  await shop.privacy.setRetention(boss, 'tickets', 30)
  await shop.privacy.collect(boss, buyer.id)

  const actions = await stand.rows<{ action: string }>('SELECT DISTINCT action FROM audit_entry')
  expect(actions.length).toBeGreaterThan(20)
  for (const text of ['buyer-account', 'boss-account', 'clerk-account', 'payer-account', 'chat-'])
    expect(await stand.rows(`SELECT action, subject, data FROM audit_entry a WHERE a::text LIKE '%${text}%'`)).toEqual(
      [],
    )
})
