import type { PaymentOutcome } from '../../../../../core/payments/model.ts'

/** `no` is the order that it is about, when it is one of ours. */
const ofOrder = (no: string | undefined): string => (no === undefined ? '' : `订单 ${no} `)

const ofPayment = (no: string | undefined, amount: string): string =>
  `${no === undefined ? '您' : `订单 ${no} `}的一笔付款（${amount}）没有对应的商品，`

const payments: Record<PaymentOutcome, (no: string | undefined, amount: string) => string> = {
  received: (no, amount) => `${ofPayment(no, amount)}正在原路退回。`,
  refunding: (no, amount) => `${ofPayment(no, amount)}正在原路退回。`,
  refunded: (no, amount) => `↩️ ${ofPayment(no, amount)}已原路退回。`,
  credited: (no, amount) => `👛 ${ofPayment(no, amount)}已存入您的钱包，下次购物可以直接用。`,
  settled: (no, amount) => `👛 ${ofOrder(no)}多付了 ${amount}，已存入您的钱包，下次购物可以直接用。`,
}

export const notices = {
  notices: {
    delivered: (no: string) => `✅ 订单 ${no} 已发货`,
    delayed: (no: string) => `⏳ 订单 ${no} 补发中`,
    refunding: (no: string) => `订单 ${no} 正在退款`,
    refunded: (no: string) => `↩️ 订单 ${no} 已退款`,
    expired: (no: string) => `订单 ${no} 超时未付款，已释放`,
    linkOpened: (no: string, at: string) => `🔗 订单 ${no} 的一次性链接已于 ${at} 被打开，卡密已显示`,
  },
  /** what became of a payment that bought nothing; of a settled one, of what was paid over the price */
  paymentNotices: payments,
}
