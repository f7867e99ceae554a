import type { books as Zh } from '../../zh/staff/books.ts'

export const books: typeof Zh = {
  booksButton: '🧾 Books',
  booksTitle: (date) => `Books of ${date} (UTC)`,
  booksOrders: (orders, units) => `Orders paid: ${orders}, units delivered: ${units}`,
  booksPaid: 'Money in',
  booksBack: 'Money back',
  booksSum: (provider, count, amount) => `${provider}: ${count}, ${amount}`,
  booksUnasked: (provider) => `⚠️ ${provider} could not be asked for its own book: that was not compared.`,
  booksCompared: (time) => `Compared ${time}`,
  booksAgain: '🔄 Compare again',
  noDifferences: '✅ 0 differences',
  differencesTitle: (count) => (count === 1 ? '1 difference' : `${count} differences`),
  differences: {
    payment_open: '❗️ A payment came in and has not come to its end',
    refund_open: '⏳ A refund is not done yet',
    payment_without_order: '❗️ A payment and the order it bought disagree',
    order_without_payment: '❗️ A paid order must have exactly one payment',
    order_amount: '❗️ The order’s price and its payment differ',
    payment_refund: '❗️ A payment and its refunds disagree',
    wallet_balance: '❗️ A customer’s wallet is not the sum of its history',
    wallet_ledger: '❗️ The ledger and a wallet’s history disagree',
    order_keys: '❗️ An order has not as many keys as it should',
    key_twice: '❗️ One key was sold twice',
    key_for_sale: '❗️ A sold key is still in stock',
    key_kept: '❗️ A closed order still holds a key',
    key_loss: '❗️ A key is gone, and what it cost is not booked as lost or claimed',
    ledger: '❗️ The ledger and a payment or refund disagree',
    ledger_stray: '❗️ The ledger has an entry of no payment or refund',
    book_unknown: '❗️ The provider has this payment, the shop has not',
    book_amount: '❗️ The provider has another amount than the shop',
    book_missing: '❗️ The shop has this payment, the provider has not',
    book_refund_unknown: '❗️ The provider gave this back, the shop does not know',
    book_refund_missing: '❗️ The shop says this went back, the provider does not',
  },
  differenceExpected: (value) => `Should be: ${value}`,
  differenceActual: (value) => `Is: ${value}`,
  booksNotice: (date, count) =>
    count === 0
      ? `🧾 Books of ${date}: 0 differences`
      : `❗️ Books of ${date}: ${count === 1 ? '1 difference' : `${count} differences`}`,
}
