import type { support as Zh } from '../../zh/buyer/support.ts'

export const support: typeof Zh = {
  askSupport: 'Write your question and I will pass it on. An order number helps.',
  askPaySupport: 'Write what happened with your payment, and the order number. I will pass it on.',
  supportSent: (id) => `Passed on (ticket ${id}). The answer will come here.`,
  supportTooLong: 'That is too long: at most 2,000 characters, please.',
  supportAnswer: (id) => `Support answers (ticket ${id})`,
  supportReply: 'Reply',
  claimDone: 'You are now the owner. Send /staff for the staff menu.',
  claimFailed: 'That code is wrong, used or expired. Look for the newest one that was printed at the start.',
  claimUsage: 'Usage: /claim CODE',
}
