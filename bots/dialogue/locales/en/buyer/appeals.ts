import type { appeals as Zh } from '../../zh/buyer/appeals.ts'

export const appeals: typeof Zh = {
  blocked: 'Your account cannot place orders at the moment.',
  blockedUntil: (time) => `Your account cannot place orders until ${time}.`,
  blockedStill:
    'Orders you have paid for, their keys, refunds and tickets stay open to you. If you think this is a mistake, appeal: a person will look at it.',
  appealButton: '✍️ Appeal',
  appealAsk:
    'Please write why the block should be lifted, in up to 2,000 characters. A member of staff will look at it.',
  appealOpen: (id) => `Your appeal (ticket ${id}) is being looked at. To add something, write it here.`,
  appealSent: (id) => `Your appeal was sent (ticket ${id}). The answer will come here.`,
  appealAccepted: 'Your appeal was accepted: the block is lifted, and you can order again.',
  appealNotBlocked: 'Your account is not blocked: you can order.',
}
