import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Notice } from '../../../core/notifications/model.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { createTold } from '../../stand/told.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop({ owners: 'test:boss,web:second' })
})

const tell = (event: string) => (notice: { kind: string }) => 'event' in notice && notice.event === event

it('tells the buyer and every member of staff of a sale, by ids only', async () => {
  const boss = await stand.meet({ id: 'boss' })
  const second = await stand.meet({ id: 'second', channel: 'web' })
  const web = createTold('web')
  await stand.shop.startWork([stand.told, web])
  const product = await stand.product(1)
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, product.sku)
  expect(await stand.told.notice(tell('delivered'))).toEqual({
    kind: 'order',
    to: { customerId: buyer.id, channel: 'test', chat: buyer.chat },
    event: 'delivered',
    orderNo: order.no,
  })
  const ofSales = ({ kind }: { kind: string }) => kind === 'sales'
  expect(await stand.told.notice(ofSales)).toEqual({
    kind: 'sales',
    to: { customerId: boss.id, channel: 'test', chat: boss.chat },
    orderNos: [order.no],
  })
  expect(await web.notice(ofSales)).toMatchObject({ to: { customerId: second.id } })
})

it('has buyers told before staff, of whom there may be many', async () => {
  await stand.meet({ id: 'boss' })
  // Nobody is told anything here: what is to be told waits, the more urgent first.
  await stand.shop.startWork([createTold('web')])
  const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  const waiting = () =>
    stand.rows<{ about: string }>(
      `SELECT coalesce(payload->>'event', payload->0->>'kind') AS about
       FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
       WHERE t.identifier = 'notice:test' ORDER BY j.priority, j.id`,
    )
  await vi.waitFor(
    async () =>
      expect((await waiting()).map(({ about }) => about)).toEqual(['delivered', 'refunding', 'refunded', 'sales']),
    { timeout: 20_000 },
  )
})

it('tells staff of the sales that wait for them together, each once', async () => {
  await stand.meet({ id: 'boss' })
  const product = await stand.product(3)
  const sold = [
    (await stand.bought(await stand.meet(), product.sku)).no,
    (await stand.bought(await stand.meet(), product.sku)).no,
    (await stand.bought(await stand.meet(), product.sku)).no,
  ]
  await stand.work()
  const notice = await stand.told.notice(({ kind }) => kind === 'sales')
  expect('orderNos' in notice && [...notice.orderNos].sort()).toEqual(sold.sort())
})

describe('with a staff bot', () => {
  const STAFF_BOT_TOKEN = '7373:AAE-notices-notices-notices'
  const at = (id: string, channel: string) => ({ id, channel })
  const ofSales = ({ kind }: { kind: string }) => kind === 'sales'
  const isTo = (id: number, channel: string) => (notice: Notice) =>
    notice.to.customerId === id && notice.to.channel === channel
  let staffed: Stand
  let started: Buyer
  let absent: Buyer
  beforeEach(async () => {
    staffed = await openShop({ owners: 'telegram:1,telegram:2,web:3', settings: { STAFF_BOT_TOKEN } })
    started = await staffed.meet(at('1', 'telegram'))
    await staffed.meet(at('1', 'telegram-staff'))
    absent = await staffed.meet(at('2', 'telegram'))
    await staffed.meet(at('3', 'web'))
  })

  it('tells staff there who have begun to talk to it, the others where they are, and nobody twice', async () => {
    const [shop, staff, web] = [createTold('telegram'), createTold('telegram-staff'), createTold('web')]
    await staffed.shop.startWork([staffed.told, shop, staff, web])
    const order = await staffed.bought(await staffed.meet(), (await staffed.product(1)).sku)
    const here = await staff.notice(ofSales)
    expect(here).toMatchObject({ orderNos: [order.no], to: { customerId: started.id, channel: 'telegram-staff' } })
    expect((await shop.notice(ofSales)).to.customerId).toBe(absent.id)
    await web.notice(ofSales)
    const books = { kind: 'books', date: '2026-06-01', differences: 0 }
    await staffed.rows(`SELECT graphile_worker.add_job('notify_staff', $1::json)`, [JSON.stringify(books)])
    const ofBooks = ({ kind }: { kind: string }) => kind === 'books'
    expect((await staff.notice(ofBooks)).to.customerId).toBe(started.id)
    expect((await shop.notice(ofBooks)).to.customerId).toBe(absent.id)
    await web.notice(ofBooks)
    expect([staff, shop, web].map(({ notices }) => notices.length)).toEqual([2, 2, 2])
  })

  it('that is given up, the shop bot tells what it had to tell, and everything from then on', async () => {
    await staffed.shop.startWork([staffed.told, createTold('web')])
    const buyer = await staffed.meet()
    const first = await staffed.bought(buyer, (await staffed.product(1)).sku)
    await staffed.told.notice(tell('delivered'))
    await vi.waitFor(async () => expect(await staffed.jobs(`sales:telegram-staff:${started.chat}`)).toHaveLength(1), {
      timeout: 20_000,
    })
    const next = await openShop({ beside: staffed })
    await staffed.close()
    const shop = createTold('telegram')
    await next.shop.startWork([next.told, shop, createTold('web')])
    const left = await shop.notice(isTo(started.id, 'telegram-staff'))
    expect(left).toMatchObject({ orderNos: [first.no] })
    await next.bought(await next.meet(), (await next.product(1)).sku)
    await shop.notice(isTo(started.id, 'telegram'))
  })
})

it('keeps a notice for a channel that is not here until it is', async () => {
  await stand.work()
  const product = await stand.product(1)
  const buyer = await stand.meet({ channel: 'web' })
  const order = await stand.bought(buyer, product.sku)
  const web = createTold('web')
  const next = await openShop({ beside: stand })
  await next.shop.startWork([web])
  expect(await web.notice(tell('delivered'))).toMatchObject({ orderNo: order.no })
})

it('keeps a notice that could not be sent, to be tried again', async () => {
  let tried: () => void = () => {}
  const attempt = new Promise<void>((resolve) => {
    tried = resolve
  })
  await stand.shop.startWork([
    {
      channel: 'test',
      async deliver() {
        tried()
        throw new Error('the platform is away')
      },
    },
  ])
  const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await attempt
  await stand.close()
  const next = await openShop({ beside: stand })
  await next.rows('UPDATE graphile_worker._private_jobs SET run_at = now()')
  await next.work()
  expect(await next.told.notice(tell('delivered'))).toMatchObject({ orderNo: order.no })
})

it('sends refunds by a job of its own accord', async () => {
  await stand.work()
  const product = await stand.product(1)
  const order = await stand.bought(await stand.meet(), product.sku)
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  await stand.told.notice(tell('refunded'))
  expect(stand.pay.returned.size).toBe(1)
  expect((await stand.again(order)).state).toBe('refunded')
})

it('tells of a delivered order again when asked to, in a new message', async () => {
  const buyer = await stand.meet()
  const order = await stand.bought(buyer, (await stand.product(1)).sku)
  await stand.shop.chats.rememberMessage('test', buyer.chat, `order:${order.no}:delivered`, '10')
  await stand.shop.sale.resend('staff', order.no)
  expect(await stand.shop.chats.message('test', buyer.chat, `order:${order.no}:delivered`)).toBeUndefined()
  await stand.work()
  expect(await stand.told.notice(tell('delivered'))).toMatchObject({ orderNo: order.no })
  const unpaid = await stand.order(buyer, (await stand.product(1)).sku)
  await expect(stand.shop.sale.resend('staff', unpaid.no)).rejects.toThrow(
    expect.objectContaining({ code: 'order.state' }),
  )
})
