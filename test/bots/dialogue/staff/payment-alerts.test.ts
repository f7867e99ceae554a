import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Channel } from '../../../../bots/dialogue/channel.ts'
import { TEXTS } from '../../../../bots/dialogue/locales/texts.ts'
import { createMessenger } from '../../../../bots/dialogue/notices.ts'
import { plain, type Screen } from '../../../../bots/dialogue/screen.ts'
import type { Alert, Notice } from '../../../../core/notifications/model.ts'
import type { Messenger } from '../../../../core/notifications/provider.ts'
import { spoken } from '../../../../core/platform/ids.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'
import { type Talk, talkTo } from '../memory-channel.ts'

const { staff, buyer: said } = TEXTS.en
const capabilities = {
  buttons: true,
  edit: true,
  delete: true,
  invoice: false,
  spoiler: true,
  copy: true,
  files: true,
  pictures: true,
  contact: false,
  textLength: 4096,
}

/** A chat as the messenger leaves it: each message with what stands in it now. */
function chatOf(stand: Stand): { messenger: Messenger; messages: Screen[] } {
  const messages: Screen[] = []
  const channel: Channel = {
    name: 'web',
    capabilities,
    send: async (_chat, screen) => String(messages.push(screen) - 1),
    async edit(_chat, id, screen) {
      messages[Number(id)] = screen
      return id
    },
    remove: async () => true,
    acknowledge: async () => {},
  }
  return { messenger: createMessenger(stand.shop, channel), messages }
}

const buttonsOf = (screen: Screen | undefined): string[] =>
  (screen?.buttons ?? []).flat().flatMap((button) => ('action' in button ? [button.action] : []))
const textOf = (screen: Screen | undefined): string => (screen ? plain(screen.text) : '')

let stand: Stand
let boss: Talk
let to: Notice['to']
beforeAll(async () => {
  stand = await openShop({ owners: 'web:boss', providers: [{ name: 'vouchers' }] })
  boss = talkTo(stand.shop, 'boss')
  await boss.say('/staff')
  const { id } = await stand.shop.customers.meet({ channel: 'web', externalId: 'boss', chat: 'boss' })
  to = { customerId: id, channel: 'web', chat: 'boss' }
})
beforeEach(() => {
  stand.pay.mood = 'willing'
})

/** What staff read of a payment. */
async function alert(paymentId: bigint, event: Alert): Promise<Screen | undefined> {
  const { messenger, messages } = chatOf(stand)
  await messenger.deliver({ kind: 'alert', to, event, paymentId: String(paymentId) })
  return messages.at(-1)
}

describe('staff are told of a payment', () => {
  it('for no order of ours: from where, how much, and that it goes back', async () => {
    const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 }, { reference: 'ref-1' })
    const screen = await alert(paymentId, 'odd_payment')
    const text = textOf(screen)
    for (const part of [
      staff.alerts.odd_payment(undefined),
      'ref-1',
      'test-pay',
      '¥9.90',
      staff.refundStates.requested,
    ])
      expect(text).toContain(part)
    expect(buttonsOf(screen)).toEqual([])
  })

  it('for an order that was paid before: which, and why it goes back', async () => {
    const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
    const { paymentId } = await stand.receive(order)
    const screen = await alert(paymentId, 'odd_payment')
    expect(textOf(screen)).toContain(staff.alerts.odd_payment(spoken(order.no)))
    expect(textOf(screen)).toContain(staff.refundReason(staff.oddRules.already_paid ?? ''))
    expect(buttonsOf(screen)).toEqual([`s-order:${order.no}`])
  })

  it.each(['odd', 'bought'] as const)('whose refund failed, and try it again (%s)', async (kind) => {
    const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
    const { paymentId } = await stand.receive(order, kind === 'odd' ? { amount: 1 } : {})
    if (kind === 'bought') await stand.shop.sale.refund('staff', order.no, 'goodwill')
    stand.pay.mood = 'refusing'
    await stand.refund(paymentId)
    const screen = await alert(paymentId, 'refund_failed')
    expect(textOf(screen)).toContain(staff.providerSaid('The payment is too old.'))
    const retry = `s-retry-payment:${paymentId}`
    expect(buttonsOf(screen)).toEqual([retry, `s-credit:${paymentId}`, `s-by-hand:${paymentId}`, `s-order:${order.no}`])
    expect(await boss.press(retry)).toContain(staff.retried)
    stand.pay.mood = 'willing'
    expect(await boss.press(retry)).toContain(staff.refundNotFailed)
    await stand.refund(paymentId)
    expect(await boss.press(retry)).toContain(staff.refundStates.done)
  })

  it('and a button that names none of ours does nothing', async () => {
    for (const id of ['999999', 'x', '99999999999999999999999'])
      expect(await boss.press(`s-retry-payment:${id}`)).toContain(staff.orderUnknown)
    const stranger = await talkTo(stand.shop, 'stranger').press('s-retry-payment:1')
    expect(stranger).toContain(said.oldButton)
  })
})

describe('staff end a refund that failed', () => {
  const failed = async () => {
    const buyer = await stand.meet({ id: 'alice', channel: 'web' })
    const order = await stand.bought(buyer, (await stand.product(1)).sku)
    const { paymentId } = await stand.receive(order)
    stand.pay.mood = 'refusing'
    await stand.refund(paymentId)
    return { buyer, paymentId }
  }

  it('in the buyer’s wallet, after being asked whose', async () => {
    const { buyer, paymentId } = await failed()
    expect(await boss.press(`s-credit:${paymentId}`)).toBe(staff.creditAsk('¥9.90', 'alice', buyer.id))
    expect(buttonsOf(boss.screens[0])).toEqual([`s-credit-yes:${paymentId}`, `s-payment:${paymentId}`])
    expect(await boss.press(`s-payment:${paymentId}`)).toContain(staff.refundStates.failed)
    const done = await boss.press(`s-credit-yes:${paymentId}`)
    expect(done).toContain(staff.credited)
    expect(done).toContain(staff.refundCredited)
    expect(await stand.shop.wallets.balances(buyer.id)).toEqual([{ amount: 990, currency: 'CNY' }])
    for (const again of ['s-credit', 's-credit-yes', 's-by-hand', 's-by-hand-yes'])
      expect(await boss.press(`${again}:${paymentId}`)).toContain(staff.refundNotFailed)
  })

  it('by hand, where the provider gives nothing back and nobody knows whose it is', async () => {
    const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 }, { provider: 'vouchers' })
    const screen = await alert(paymentId, 'odd_payment')
    expect(textOf(screen)).toContain(staff.noWayBack)
    expect(buttonsOf(screen)).toEqual([`s-by-hand:${paymentId}`])
    expect(await boss.press(`s-by-hand:${paymentId}`)).toBe(staff.byHandAsk('¥9.90'))
    expect(await boss.press(`s-by-hand-yes:${paymentId}`)).toContain(staff.byHandDone)
    expect(textOf(await alert(paymentId, 'odd_payment'))).toContain(staff.refundStates.done)
  })
})

it('tells staff and payer of an order that was overpaid', async () => {
  const buyer = await stand.meet({ id: 'bob', channel: 'web' })
  const order = await stand.order(buyer, (await stand.product(1)).sku)
  const { paymentId } = await stand.receive(order, { amount: 1000 })
  const text = textOf(await alert(paymentId, 'overpaid'))
  expect(text).toContain(staff.alerts.overpaid(spoken(order.no)))
  expect(text).toContain(staff.excessCredited('¥0.10'))
  const { messenger, messages } = chatOf(stand)
  const notice = { customerId: buyer.id, channel: 'web', chat: buyer.chat }
  await messenger.deliver({ kind: 'payment', to: notice, paymentId: String(paymentId) })
  expect(messages.map(textOf)).toEqual([said.paymentNotices.settled(spoken(order.no), '¥0.10')])
  expect(buttonsOf(messages[0])).toEqual(['wallet:0'])
})

it('tells a payer whose money is for no order of ours that it is in the wallet', async () => {
  const buyer = await stand.meet({ id: 'carol', channel: 'web' })
  const { paymentId } = await stand.receive({ no: 'YYYYYYYY', total: 990 }, { provider: 'vouchers' })
  const { messenger, messages } = chatOf(stand)
  await stand.rows(`UPDATE payment SET outcome = 'credited' WHERE id = $1`, [paymentId])
  const to = { customerId: buyer.id, channel: 'web', chat: buyer.chat }
  await messenger.deliver({ kind: 'payment', to, paymentId: String(paymentId) })
  expect(messages.map(textOf)).toEqual([said.paymentNotices.credited(undefined, '¥9.90')])
})

it('tells a payer that money is on its way back, and then in the same message that it is there', async () => {
  const buyer = await stand.meet({ id: 'payer', channel: 'web' })
  const order = await stand.bought(buyer, (await stand.product(1)).sku)
  const { paymentId } = await stand.receive(order)
  const { messenger, messages } = chatOf(stand)
  const notice: Notice = {
    kind: 'payment',
    to: { customerId: buyer.id, channel: 'web', chat: buyer.chat },
    paymentId: String(paymentId),
  }
  await messenger.deliver(notice)
  expect(messages.map(textOf)).toEqual([said.paymentNotices.refunding(spoken(order.no), '¥9.90')])
  await stand.refund(paymentId)
  await messenger.deliver(notice)
  expect(messages.map(textOf)).toEqual([said.paymentNotices.refunded(spoken(order.no), '¥9.90')])
})
