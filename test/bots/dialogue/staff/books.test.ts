import { beforeAll, expect, it } from 'vitest'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { hours } from '../../../../core/platform/clock.ts'
import { spoken } from '../../../../core/platform/ids.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { type Talk, talkTo } from '../memory-channel.ts'

const { staff, buyer } = TEXTS.en
let stand: Stand
let boss: Talk
beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss' })
  boss = talkTo(stand.shop, 'boss')
})

it('shows a day without differences, and says so', async () => {
  const said = await boss.say('/reconcile')
  expect(said).toContain(staff.booksTitle('2026-05-31'))
  expect(said).toContain(staff.noDifferences)
  for (const wrong of ['/reconcile tomorrow', '/reconcile 2026-06-02', '/reconcile 2026-02-30'])
    expect(await boss.say(wrong)).toContain(staff.problems['books.date']?.(''))
})

it('shows figures and differences in pages, and compares again when told to', async () => {
  const product = await stand.product(7)
  const orders: string[] = []
  for (let i = 0; i < 7; i++) {
    const order = await stand.bought(await stand.meet(), product.sku)
    orders.push(order.no)
  }
  await stand.rows('UPDATE orders SET total = 100')
  stand.pay.mood = 'away'
  const first = await boss.press('s-books:2026-06-01:0')
  for (const part of [
    staff.booksOrders(7, 7),
    staff.booksSum('test-pay', 7, '¥69.30'),
    staff.differencesTitle(7),
    staff.booksUnasked('test-pay'),
    staff.differences.order_amount,
    spoken(orders[0] ?? ''),
    staff.differenceExpected('¥1.00'),
    staff.differenceActual('¥9.90'),
    buyer.page(1, 2),
  ])
    expect(first).toContain(part)
  expect(first).not.toContain(spoken(orders[5] ?? ''))
  await stand.rows('UPDATE orders SET total = 990')
  expect(await boss.press('s-books:2026-06-01:1'), 'as compared before').toContain(spoken(orders[5] ?? ''))
  expect(await boss.press('s-books-again:2026-06-01')).toContain(staff.noDifferences)
})

it('is for those who may read books', async () => {
  for (const [role, may] of [
    ['finance', true],
    ['support', false],
  ] as const) {
    const talk = talkTo(stand.shop, role)
    await talk.say(`/claim ${(await stand.shop.staff.invite('operator', role, hours(1))).code}`)
    expect((await talk.say('/reconcile')).includes(staff.booksTitle('2026-05-31'))).toBe(may)
  }
})
