import type { OrderState } from '../../../../../core/orders/states.ts'
import type { CheckoutProblem } from '../../../../../core/payments/model.ts'

const states: Record<OrderState, string> = {
  awaiting_payment: '待付款',
  paid: '已付款',
  held: '核实中',
  delivering: '发货中',
  delivered: '已发货',
  part_delivered: '部分发货',
  backordered: '补货中',
  refunding: '退款中',
  refunded: '已退款',
  expired: '已超时',
  cancelled: '已取消',
}

const checkout: Record<CheckoutProblem, string> = {
  unknown_order: '没有这笔订单，请重新下单。',
  not_yours: '这是别人的订单，请自己下单。',
  already_paid: '这笔订单已经付过款，不用再付。',
  expired: '这笔订单已超时，未扣款。请重新下单。',
  cancelled: '这笔订单已取消，未扣款。请重新下单。',
  wrong_amount: '金额与订单不符，未扣款。请重新下单。',
  closed: '店铺暂停营业，未扣款。',
}

export const orders = {
  orderTitle: (no: string) => `订单 ${no}`,
  states,
  orderState: (state: string) => `状态：${state}`,
  payWithin: (minutes: number, until: string) => `请在 ${minutes} 分钟内付款（${until} 前）。`,
  deadlinePassed: '付款时间已过，商品即将释放。',
  invoiceBelow: '点下面账单里的付款按钮。付款后卡密立刻发到这里。',
  sendInvoice: '重新发送账单',
  sandboxPay: '付款（演示，不收钱）',
  sandboxHint: '演示付款：不会收您的钱。',
  cancelOrder: '取消订单',
  cancelledOrder: '订单已取消，没有扣款。',
  cannotCancel: '这笔订单现在不能取消。',
  paidToast: '付款成功',
  paidNote: '已付款，正在发货。',
  placedAt: (time: string) => `下单：${time}`,
  paidAt: (time: string) => `付款：${time}`,
  deliveredAt: (time: string) => `发货：${time}`,
  paidWith: (amount: string) => `实付：${amount}`,
  revealedAt: (time: string, channel: string) => `查看过：${time}（${channel}）`,
  revealedMore: (more: number) => `……以及另外 ${more} 次`,
  channels: { telegram: 'Telegram', web: '网页', wechat: '微信', terminal: '终端', link: '一次性链接' } as Record<
    string,
    string
  >,
  neverRevealed: '还没有查看过卡密。',
  orderAgain: '再买一次',
  keyProblem: '卡密有问题？',
  refundedNote: '款项已退回原支付方式。',
  refundedToWallet: '款项已退到钱包，发送 /wallet 查看。',
  refundingNote: '正在退款，退回后会通知您。卡密已失效。',
  heldNote: (time: string) => `正在核实，最迟 ${time} 前给您结果：发货，或全额退款。`,
  expiredNote: '没有扣款，可以重新下单。',
  ordersTitle: '我的订单',
  noOrders: '您还没有订单。',
  orderLine: (no: string, title: string, units: number, state: string) =>
    `${no} · ${title}${units > 1 ? ` 等 ${units} 件` : ''} · ${state}`,
  orderUnknown: '没有找到这笔订单。请核对订单号，例如 K7MQ-4XD2；别人的订单看不了。',
  askOrderNo: '请发送订单号，例如 /order K7MQ-4XD2',
  invoiceTitle: (no: string) => `订单 ${no}`,
  invoiceDescription: (items: string) => `${items}。付款后卡密立刻发到聊天里。`,
  checkoutProblems: checkout,
}
