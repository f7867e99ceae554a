import type { review as Zh } from '../../zh/staff/review.ts'

export const review: typeof Zh = {
  heldTitle: (total) => `Held orders (${total})`,
  noHeld: 'No order is waiting for a decision.',
  refusedButton: '🚫 Not taken',
  refusedTitle: (total) => `Orders that were not taken (${total})`,
  noRefused: 'No order was stopped by a rule.',
  refusedLine: (time, who, goods, outcome) => `${time} · ${who} · ${goods} · ${outcome}`,
  refusedOutcomes: { challenge: 'a check was asked for', deny: 'denied' },
  heldLine: (no, title, units, price) => `${no} · ${title}${units > 1 ? ` (${units})` : ''} · ${price}`,
  approve: '✅ Approve',
  reject: '⛔ Reject and refund',
  approved:
    'Approved. The keys are on their way to the buyer. For a day the limits that held it allow this buyer twice as much.',
  askRejectReason: (no) =>
    `Order ${no} will be rejected and refunded in full. Send the reason (up to 200 characters, for staff only).`,
  rejected: 'Rejected. The money is on its way back and the buyer is told.',
  refund: '↩️ Refund',
  retryRefund: '🔁 Retry the refund',
  retried: 'The refund is tried again.',
  refundUnderWay: 'The refund is still on its way and has not failed. Please wait.',
  retryNotThis: 'This order is not being refunded.',
  askRefundReason: (no, amount) =>
    `Refund ${amount} for order ${no}. Send the reason (up to 200 characters, for staff only).`,
  reasonTooLong: 'A reason has 1 to 200 characters.',
  refundTitle: (no, amount) => `Refund order ${no} in full: ${amount}?`,
  refundReason: (reason) => `Reason: ${reason}`,
  refundKeysSeen:
    'The buyer has seen keys: those are written off, unseen ones go back to stock. The buyer can no longer see them.',
  refundKeysUnseen: 'The buyer has seen no key: they go back to stock, and the buyer can no longer see them.',
  refundConfirm: (amount) => `Refund ${amount}`,
  refundStarted: 'The refund is on its way. The buyer is told when it is done.',
  cannotRefund: (state) => `This order is ${state}: it cannot be refunded.`,
  notHeld: (state) => `This order is ${state}, not held.`,
}
