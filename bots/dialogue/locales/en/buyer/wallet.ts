import type { wallet as Zh } from '../../zh/buyer/wallet.ts'

export const wallet: typeof Zh = {
  wallet: '👛 Wallet',
  walletTitle: 'Wallet',
  walletBalance: (sums) => `Balance: ${sums}`,
  walletEmpty: 'There is nothing in it.',
  walletHint:
    'Money that cannot go back the way it came, and what you overpaid, is kept here. When it covers a whole order, the order has a “Pay from wallet” button.',
  walletLine: (time, sum, what) => `${time}   ${sum}   ${what}`,
  walletMoves: {
    returned: (no) =>
      no === undefined ? 'a payment that bought nothing' : `a payment for order ${no} that bought nothing`,
    excess: (no) => (no === undefined ? 'paid too much' : `paid too much for order ${no}`),
    refunded: (no) => (no === undefined ? 'refund' : `refund of order ${no}`),
    paid: (no) => (no === undefined ? 'paid' : `paid for order ${no}`),
    taken_back: (no) =>
      `taken out: ${no === undefined ? 'the payment' : `the payment for order ${no}`} went back the way it came`,
    adjusted: () => 'adjusted by the shop',
  },
  comma: ', ',
  payFromWallet: (price) => `👛 Pay from wallet · ${price}`,
  walletProblems: {
    balance: 'There is too little in your wallet for this order. You were not charged.',
    no_stock: 'It has just sold out. You were not charged. Please order anew.',
    demo: 'A demo order cannot be paid from the wallet. You were not charged.',
  },
  walletNotice: (sum, why) => `👛 The shop has adjusted your wallet: ${sum}\nReason: ${why}`,
}
