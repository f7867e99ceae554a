import type { support as Zh } from '../../zh/buyer/support.ts'

export const support: typeof Zh = {
  askSupport: 'Write your question and I will pass it on. An order number helps.',
  askPaySupport: 'Write what happened with your payment, and the order number. I will pass it on.',
  supportSent: (id) => `Passed on (ticket ${id}). The answer will come here.`,
  supportTooLong: 'That is too long: at most 2,000 characters, please.',
  supportAnswer: (id) => `Support answers (ticket ${id})`,
  supportReply: 'Reply',
  claimDone: (role) => `You are on the staff now: ${role}. Send /staff for the staff menu.`,
  claimLinked:
    'This account is linked with others, and all of them would become staff. Send /link, unlink them, then send the code again: it is still good.',
  claimFailed:
    'That code is wrong, used or expired. Ask for a new one; the owner’s own is printed when the shop starts.',
  claimUsage: 'Usage: /join CODE',
}
