import type { notices as Zh } from '../../zh/staff/notices.ts'
import { counted } from '../counted.ts'

const ofOrder = (no: string | undefined): string => (no === undefined ? 'A payment without an order' : `Order ${no}`)

export const notices: typeof Zh = {
  notices: {
    sale: (no) => `💰 Sold: ${no}`,
    sales: (count) => `💰 Sold: ${counted(count, 'order')}`,
    held: (no) => `⚠️ Order ${no} is held and waits for you`,
    overdue: (no) => `⏰ Order ${no}: nobody decided in time`,
  },
  alerts: {
    late_payment: (no) => `💰 ${ofOrder(no)} was paid after its time; it went through as usual`,
    overpaid: (no) =>
      `💰 ${ofOrder(no)}: more was paid than it costs. It went through; the rest is in the payer’s wallet`,
    odd_payment: (no) =>
      no === undefined
        ? '❗️ A payment that belongs to no order came in'
        : `❗️ A payment for order ${no} does not match it`,
    refund_failed: (no) => `❗️ ${ofOrder(no)}: the refund failed`,
    refund_slow: (no) => `⏳ ${ofOrder(no)}: the refund is not done after 24 hours`,
    given_back: (no) => `↩️ ${ofOrder(no)}: the payment was given back outside the shop`,
  },
  paymentReference: 'Reference: ',
  oddRules: {
    already_paid: 'the order was paid before',
    wrong_amount: 'not the amount of the order',
    wrong_currency: 'not a currency of the order',
    overpaid: 'more than the order costs',
    late_no_stock: 'too late, and there is no stock left',
    unknown_order: 'there is no such order',
    given_back: 'it had gone back before it was taken up',
  },
  refundStates: {
    requested: 'It is on its way back.',
    failed:
      'The payment provider refused the refund. Check and try again; or put it into the buyer’s wallet, or give it back yourself and press “Given back by hand”.',
    done: 'It has gone back.',
  },
  refundCredited: 'It is in the payer’s wallet.',
  excessCredited: (amount) => `${amount} was too much and is in the payer’s wallet.`,
  noWayBack:
    'This way of paying gives nothing back, and no buyer is known who paid. Find the payer at the provider by the reference, give the money back to them, and press “Given back by hand”. Until then it is listed among the differences of every day.',
  paymentTitle: 'Payment',
  creditInstead: '👛 Into the wallet instead',
  creditAsk: (amount, name, id) =>
    `Stop trying to give ${amount} back, and put it into the wallet of the buyer ${name} (customer ${id})? This cannot be undone.`,
  creditYes: 'Put it into the wallet',
  credited: 'It is in the wallet. The buyer is told.',
  byHand: '✔️ Given back by hand',
  byHandAsk: (amount) =>
    `Have you given ${amount} back to the payer? The refund is then done, and nothing more goes back from here.`,
  byHandYes: 'Yes, it is given back',
  byHandDone: 'Noted as given back by hand.',
  walletTitle: (name, id) => `Wallet of the buyer ${name} (customer ${id})`,
  providerSaid: (problem) => `The payment provider said: ${problem}`,
  refundNotFailed: 'This refund has not failed: it is on its way, or done.',
}
