import { beforeEach, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'
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
