import type { Alert } from '../../../../../core/notifications/model.ts'

const ofOrder = (no: string | undefined): string => (no === undefined ? '无对应订单' : `订单 ${no} `)

/** `no` is the order that the payment names, when it is one of ours. */
const alerts: Record<Alert, (no: string | undefined) => string> = {
  late_payment: (no) => `💰 ${ofOrder(no)}超时后付款，已照常处理`,
  overpaid: (no) => `💰 ${ofOrder(no)}多付了钱，已照常处理，多出的部分进了付款人的钱包`,
  odd_payment: (no) => (no === undefined ? '❗️ 收到一笔不属于任何订单的付款' : `❗️ 订单 ${no} 收到一笔对不上的付款`),
  refund_failed: (no) => `❗️ ${ofOrder(no)}的退款没有成功`,
  refund_slow: (no) => `⏳ ${ofOrder(no)}的退款超过 24 小时还没有完成`,
  given_back: (no) => `↩️ 支付平台直接退回了${ofOrder(no)}的付款`,
}

export const notices = {
  notices: {
    sale: (no: string) => `💰 新成交 ${no}`,
    sales: (count: number) => `💰 新成交 ${count} 单`,
    held: (no: string) => `⚠️ 订单 ${no} 被拦下，等您处理`,
    overdue: (no: string) => `⏰ 订单 ${no} 到了核实时限还没人处理`,
  },
  alerts,
  paymentReference: '支付单号：',
  oddRules: {
    already_paid: '订单已经付过款',
    wrong_amount: '金额和订单不一致',
    wrong_currency: '币种和订单不一致',
    overpaid: '付的比订单金额多',
    late_no_stock: '付款太晚，已没有库存',
    unknown_order: '没有这样的订单',
    given_back: '到账之前支付平台已经退回',
  } as Readonly<Record<string, string>>,
  refundStates: {
    requested: '正在原路退回。',
    failed: '支付平台拒绝了退款。请核对后重试；也可以存入买家的钱包，或自己退还后点「已手动退还」。',
    done: '已经退回。',
  },
  refundCredited: '已存入付款人的钱包。',
  excessCredited: (amount: string) => `多付的 ${amount} 已存入付款人的钱包。`,
  noWayBack:
    '这种付款方式不能退款，也查不到付款人是哪位买家。请在支付平台按支付单号找到付款人，把钱退给他，再点「已手动退还」。在那之前，它每天都会列在对账差异里。',
  paymentTitle: '付款',
  creditInstead: '👛 改为存入钱包',
  creditAsk: (amount: string, name: string, id: number) =>
    `不再原路退回，把 ${amount} 存入买家 ${name}（客户 ${id}）的钱包？存入后不能撤回。`,
  creditYes: '确认存入钱包',
  credited: '已存入钱包，买家会收到通知。',
  byHand: '✔️ 已手动退还',
  byHandAsk: (amount: string) => `${amount} 已经退给付款人了吗？确认后这笔退款就算完成，这里不会再退。`,
  byHandYes: '确认已退还',
  byHandDone: '已记为手动退还。',
  walletTitle: (name: string, id: number) => `买家 ${name}（客户 ${id}）的钱包`,
  providerSaid: (problem: string) => `支付平台的答复：${problem}`,
  refundNotFailed: '这笔退款没有失败：正在退，或已经完成。',
}
