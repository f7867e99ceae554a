import type { notices as Zh } from '../../zh/buyer/notices.ts'

const ofPayment = (no: string | undefined, amount: string): string =>
  `${no === undefined ? `Your payment of ${amount}` : `A payment for order ${no} (${amount})`} bought nothing and`

export const notices: typeof Zh = {
  notices: {
    delivered: (no) => `✅ Order ${no} is delivered`,
    delayed: (no) => `⏳ Order ${no} is delayed`,
    refunding: (no) => `Order ${no} is being refunded`,
    refunded: (no) => `↩️ Order ${no} is refunded`,
    expired: (no) => `Order ${no} was not paid in time and has been released`,
    linkOpened: (no, at) => `🔗 The one-time link of order ${no} was opened at ${at}, and the keys were shown`,
  },
  paymentNotices: {
    received: (no, amount) => `${ofPayment(no, amount)} is on its way back to you.`,
    refunding: (no, amount) => `${ofPayment(no, amount)} is on its way back to you.`,
    refunded: (no, amount) => `↩️ ${ofPayment(no, amount)} has been returned to you.`,
    credited: (no, amount) => `👛 ${ofPayment(no, amount)} is in your wallet now, for your next order.`,
    settled: (no, amount) =>
      `👛 You paid ${amount} too much${no === undefined ? '' : ` for order ${no}`}. It is in your wallet now, for your next order.`,
  },
}
