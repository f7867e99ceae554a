import type { CheckoutProblem, WalletProblem } from '../../../../../core/payments/model.ts'
import type { WalletMove } from '../../../../../core/wallet/model.ts'

const fromWallet: Record<Exclude<WalletProblem, CheckoutProblem>, string> = {
  balance: '钱包余额不够付这笔订单，没有扣款。',
  no_stock: '商品刚刚没有了，没有扣款。请重新下单。',
  demo: '演示订单不能用钱包付款，没有扣款。',
}

/** `no` is the order that it is about, when it is one of ours. */
const ofOrder = (no: string | undefined): string => (no === undefined ? '' : `订单 ${no} `)

const moves: Record<WalletMove, (no: string | undefined) => string> = {
  returned: (no) => (no === undefined ? '没有对应商品的付款' : `订单 ${no} 的付款没有对应的商品`),
  excess: (no) => `${ofOrder(no)}多付的部分`,
  refunded: (no) => `${ofOrder(no)}退款`,
  paid: (no) => (no === undefined ? '付款' : `支付订单 ${no}`),
  taken_back: (no) => `${ofOrder(no)}付款已原路退回，从钱包扣除`,
  adjusted: () => '店家调整',
}

export const wallet = {
  wallet: '👛 钱包',
  walletTitle: '钱包',
  walletBalance: (sums: string) => `余额：${sums}`,
  walletEmpty: '余额是空的。',
  walletHint: '退不回原支付方式的钱和多付的钱会存在这里。余额够付一整单时，订单里会出现「用钱包付款」。',
  walletLine: (time: string, sum: string, what: string) => `${time}　${sum}　${what}`,
  walletMoves: moves,
  comma: '、',
  payFromWallet: (price: string) => `👛 用钱包付款 · ${price}`,
  walletProblems: fromWallet,
  walletNotice: (sum: string, why: string) => `👛 店家调整了您的钱包：${sum}\n原因：${why}`,
}
