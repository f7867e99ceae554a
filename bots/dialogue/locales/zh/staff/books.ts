import type { DifferenceKind } from '../../../../../core/reports/model.ts'

const differences: Record<DifferenceKind, string> = {
  payment_open: '❗️ 收到的付款还没有处理完',
  refund_open: '⏳ 退款还没有完成',
  payment_without_order: '❗️ 付款和它买的订单状态对不上',
  order_without_payment: '❗️ 已付款的订单应该正好有一笔付款',
  order_amount: '❗️ 订单金额和付款不一致',
  payment_refund: '❗️ 付款和它的退款记录对不上',
  wallet_balance: '❗️ 客户的钱包余额和明细对不上',
  wallet_ledger: '❗️ 账本和钱包明细对不上',
  order_keys: '❗️ 订单里的卡密数量不对',
  key_twice: '❗️ 同一个卡密在两处售出',
  key_for_sale: '❗️ 已售出的卡密还在库存里',
  key_kept: '❗️ 已关闭的订单还占着卡密',
  key_loss: '❗️ 卡密已作废或退换，成本却没有记为损失或索赔',
  ledger: '❗️ 账本和付款或退款对不上',
  ledger_stray: '❗️ 账本里有一笔没有对应付款或退款的记录',
  book_unknown: '❗️ 支付平台有这笔付款，店里没有',
  book_amount: '❗️ 支付平台的金额和店里不一致',
  book_missing: '❗️ 店里有这笔付款，支付平台没有',
  book_refund_unknown: '❗️ 支付平台已经退款，店里没有记录',
  book_refund_missing: '❗️ 店里记录已退款，支付平台没有',
}

export const books = {
  booksButton: '🧾 对账',
  booksTitle: (date: string) => `对账 ${date}（UTC）`,
  booksOrders: (orders: number, units: number) => `付款 ${orders} 单，发货 ${units} 件`,
  booksPaid: '收款',
  booksBack: '退款',
  booksSum: (provider: string, count: number, amount: string) => `${provider}：${count} 笔，${amount}`,
  booksUnasked: (provider: string) => `⚠️ 没能取得${provider}的账单，没有和它核对。`,
  booksCompared: (time: string) => `核对于 ${time}`,
  booksAgain: '🔄 重新核对',
  noDifferences: '✅ 0 处差异',
  differencesTitle: (count: number) => `${count} 处差异`,
  differences,
  differenceExpected: (value: string) => `应为：${value}`,
  differenceActual: (value: string) => `实际：${value}`,
  booksNotice: (date: string, count: number) =>
    count === 0 ? `🧾 ${date} 对账：0 处差异` : `❗️ ${date} 对账：${count} 处差异`,
}
