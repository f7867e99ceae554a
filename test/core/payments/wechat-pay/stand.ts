import { wechatPayNotify } from '../../../../bots/web/wechat-pay-notify.ts'
import type { Order } from '../../../../core/orders/model.ts'
import { merchantOf } from '../../../../core/payments/providers/wechat-pay/merchant.ts'
import { createWechatPay, type WechatPay } from '../../../../core/payments/providers/wechat-pay/provider.ts'
import type { Log } from '../../../../core/platform/log.ts'
import { readSettings } from '../../../../core/platform/settings.ts'
import {
  type Call,
  type FakeKeys,
  type FakeTransaction,
  type FakeWechatPay,
  startWechatPay,
} from '../../../fakes/wechat-pay/fake.ts'
import { type TestClock, testClock } from '../../../stand/clock.ts'
import { openShop, type Stand } from '../../../stand/shop.ts'

/** A shop that takes WeChat Pay, and a fake one that it asks. */
export interface PayStand {
  readonly stand: Stand
  readonly clock: TestClock
  readonly fake: FakeWechatPay
  readonly wechatPay: WechatPay
  /** what was logged as a warning or an error: with its code, if it has one */
  readonly logged: string[]
  /** An order that waits to be paid. */
  order(): Promise<Order>
  /** The text of the code by which it is paid. */
  code(order: Order): Promise<string>
  /** It is paid, and nobody was told. */
  paid(order: Order): Promise<FakeTransaction>
  /** WeChat Pay calls us; the status we answer. */
  take(call: Call, from?: string): Promise<number>
  /** Paid, told of, and delivered. */
  bought(): Promise<{ readonly order: Order; readonly transaction: FakeTransaction; readonly paymentId: bigint }>
}

export async function openPayStand(
  keys: FakeKeys,
  options: { readonly publicKeyMode?: boolean; readonly within?: number; readonly beside?: PayStand } = {},
): Promise<PayStand> {
  const { beside } = options
  const clock = beside?.clock ?? testClock()
  const fake = beside?.fake ?? (await startWechatPay(keys, clock, options))
  const logged: string[] = []
  const write = (fields: object, message: string) =>
    void logged.push('code' in fields ? `${String(fields.code)}: ${message}` : message)
  const log: Log = { debug() {}, info() {}, warn: write, error: write }
  const merchant = merchantOf(readSettings(fake.settings))
  if (!merchant) throw new Error('the settings name no merchant')
  const { within } = options
  const channels = ['test', 'web', 'wechat', 'terminal']
  const wechatPay = createWechatPay(merchant, { clock, log, channels, ...(within ? { within } : {}) })
  const stand = await openShop({
    clock,
    log,
    settings: fake.settings,
    providers: [wechatPay.provider],
    ...(beside ? { beside: beside.stand } : {}),
  })
  const { handle } = wechatPayNotify(stand.shop, wechatPay)
  const pay: PayStand = {
    stand,
    clock,
    fake,
    wechatPay,
    logged,
    async order() {
      const product = await stand.product(3)
      return stand.order(await stand.meet(), product.sku)
    },
    async code(order) {
      const begun = await stand.shop.payments.intents.begin(order, { provider: 'wechat-pay', form: 'code' })
      if ('problem' in begun) throw new Error(begun.problem)
      return begun.prepared.handle
    },
    paid: async (order) => fake.pay(await pay.code(order)),
    take: (call, from = '10.0.0.1') => handle(call.headers, call.body, from),
    async bought() {
      const order = await pay.order()
      const transaction = await pay.paid(order)
      const status = await pay.take(fake.draft(transaction))
      if (status !== 204) throw new Error(`the call was answered ${status}`)
      const [row] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE reference = $1', [
        transaction.transaction_id,
      ])
      return { order: await stand.again(order), transaction, paymentId: row?.id ?? 0n }
    },
  }
  return pay
}
