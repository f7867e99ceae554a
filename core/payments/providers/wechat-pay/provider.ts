import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../platform/clock.ts'
import type { Log } from '../../../platform/log.ts'
import type { PaymentProvider } from '../../provider.ts'
import { createBills } from './bill.ts'
import { createClient } from './client.ts'
import { type Merchant, WECHAT_PAY } from './merchant.ts'
import { type Notification, readNotification } from './notify.ts'
import { createRefunds } from './refunds.ts'
import { type HeaderOf, secondsOf, signRows } from './signature.ts'
import { createTransactions } from './transactions.ts'

/** What the page hands to WeChat to pay what was prepared: its six names are WeChat's. */
export type BridgeParameters = Readonly<
  Record<'appId' | 'timeStamp' | 'nonceStr' | 'package' | 'signType' | 'paySign', string>
>

export interface WechatPay {
  readonly provider: PaymentProvider
  /** Reads a call of WeChat Pay's; what it throws: see notify.ts. */
  read(header: HeaderOf, body: string): Promise<Notification>
  /** Signs what was prepared for a page, for WeChat's bridge. */
  parameters(handle: string): BridgeParameters
}

interface Parts {
  readonly clock: Clock
  readonly log: Log
  /** the channels on which it is offered */
  readonly channels: readonly string[]
  /** how long WeChat Pay may take, in ms */
  readonly within?: number
}

/** WeChat Pay v3 for one merchant (P2): Native codes, the page inside WeChat, refunds and bills. */
export function createWechatPay(merchant: Merchant, { clock, log, channels, within }: Parts): WechatPay {
  const client = createClient(merchant, clock, log, within)
  const { refund } = createRefunds(client, merchant)
  return {
    provider: {
      name: WECHAT_PAY,
      channel: 'wechat',
      currency: 'CNY',
      desk: { ...createTransactions(client, merchant), channels, pageOn: 'wechat' },
      refund: (payment) => refund({ ...payment, total: payment.amount }),
      refundPart: refund,
      ...createBills(client, clock),
    },
    read: (header, body) => readNotification(header, body, { merchant, keys: client.keys, clock }),
    parameters(handle) {
      const [appId, timeStamp, nonceStr] = [merchant.appId, secondsOf(clock()), randomBytes(16).toString('hex')]
      const prepared = `prepay_id=${handle}`
      const paySign = signRows(merchant.privateKey, appId, timeStamp, nonceStr, prepared)
      return { appId, timeStamp, nonceStr, package: prepared, signType: 'RSA', paySign }
    },
  }
}
