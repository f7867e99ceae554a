import type { receipts as Zh } from '../../zh/buyer/receipts.ts'

export const receipts: typeof Zh = {
  receipt: '🧾 Receipt',
  receiptOf: (no) => `Delivery receipt of order ${no}`,
  receiptWhat:
    'It proves when this order was placed and delivered, and the shop cannot change that afterwards. It holds neither a key nor your name.',
  receiptWhere: (url) => `To check it, open ${url} and drop the file there. It is not uploaded.`,
  receiptPasted: (url) =>
    `To check it, open ${url} and paste all of the text below there, in its order. It is not uploaded.`,
  receiptSoon: 'The receipt is being made. Please try again in a few seconds.',
  receiptNone: 'There is a receipt once the order is delivered.',
  askReceiptNo: 'Send me an order number, for example /receipt K7MQ-4XD2',
}
