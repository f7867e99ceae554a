import type { security as Zh } from '../../zh/staff/security.ts'

export const security: typeof Zh = {
  securityButton: '🔐 Security',
  securityTitle: 'Security',
  securityFactor: (required) =>
    required ? 'Two-step verification: for everyone' : 'Two-step verification: for those who have set it up',
  securityIdle: (minutes) => (minutes === 0 ? 'Idle lock: never' : `Idle lock: after ${minutes} minutes`),
  securityRefund: (limit) => `Refunds need a second person: ${limit}`,
  securityWallet: (limit) => `Wallet adjustments need a second person: ${limit}`,
  never: 'never',
  alwaysIn: (currency) => `always (${currency})`,
  from: (money) => `from ${money} a day`,
  securityOwn: (state) => `Your own two-step verification: ${state}`,
  requireAll: 'Require it of everyone',
  requireNot: 'Do not require it of everyone',
  secondMissing:
    'Nobody else here could be the second person, and you could not take it back alone. Invite another owner first: /invite.',
  requireYourself: 'First set up your own two-step verification.',
  securityFields: {
    idleLock: { name: 'Idle lock', ask: 'After how many idle minutes? A whole number from 0 to 43200; 0 is never.' },
    refund: {
      name: 'Second person for refunds',
      ask: 'From how much on in 24 hours do one person’s refunds need a second? For example 500 (the shop’s currency) or 500 XTR (Stars); 0 is always, in every currency; off is never, off XTR is never for Stars.',
    },
    wallet: {
      name: 'Second person for wallets',
      ask: 'From how much on in 24 hours do one person’s wallet adjustments need a second? For example 100 or 100 XTR; 0 is always, in every currency; off is never, off XTR is never for Stars.',
    },
    export: {
      name: 'Second person for exports',
      ask: 'From how many keys on in 24 hours do one person’s exports need a second? For example 100; 1 is always; off is never.',
    },
  },
  securitySet: 'The security settings are changed, from this moment on.',

  factorTitle: 'Two-step verification',
  factorWhat:
    'With it, what is dangerous (refunds, the team, security settings …) and a chat that was idle ask for the six digits of an authenticator app.',
  factorSetUp: 'Set up two-step verification',
  factorRemove: 'Switch it off',
  factorScan:
    'Scan this code with an authenticator app (Google Authenticator, Microsoft Authenticator …), or type this secret into it. Do not show it to anybody.',
  factorProve: 'Then send me the six digits that the app shows.',
  factorReady: 'Two-step verification is on',
  factorRecovery:
    'Without your phone, one of these recovery codes stands for the six digits, once each. Write them down in a safe place now: they are not shown again.',
  factorNoted: '✅ Written down: delete this message',
  factorDelete: 'Messages cannot be deleted here by me: delete this one, and the one with the secret, yourself.',
  factorOffAsk: 'To switch two-step verification off, send the six digits of the app, or a recovery code.',
  factorRemoved: 'Two-step verification is off.',
  factorFirst: 'The shop wants everyone who does this to have two-step verification. Set it up, then try again.',
  codeDangerous:
    'To be safe, send the six digits of your authenticator app (or a recovery code). I will not ask again for 10 minutes.',
  codeIdle:
    'This chat was idle for a while and is locked. Send the six digits of your authenticator app (or a recovery code).',
  unlocked: 'Unlocked.',
  unlockedAgain: 'Unlocked. Please send that again.',

  approvalsButton: '👥 Waiting for a second person',
  noApprovals: 'Nothing waits for a second person.',
  approvalsTitle: (total) => `Waiting for a second person (${total})`,
  approvalTitle: (id) => `Request #${id}`,
  approvalBy: (name, time) => `Asked by ${name}, ${time}`,
  approvalUntil: (time) => `Please decide by ${time}.`,
  approvalWaits: 'Somebody else who may do this has to decide. They have been told.',
  approvalNeeded: 'This needs a second person.',
  approvalGrant: '✅ Agree, do it',
  approvalRefuse: '❌ Refuse',
  approvalWithdraw: 'Take it back',
  approvalUnknown: 'There is no such request, or it is not yours to see.',
  approvalStates: {
    granted: (by) => `✅ ${by} agreed, and it is done.`,
    refused: (by) => `❌ ${by} refused. Nothing was done.`,
    withdrawn: () => '↩️ Taken back by who asked. Nothing was done.',
    expired: () => '⌛️ Nobody decided within 24 hours. Nothing was done; ask again if it is still wanted.',
  },
  actRefund: (no, money) => `Refund ${money} of order ${no}`,
  actWallet: (no, money, isIn) =>
    isIn
      ? `Put ${money} into the wallet of the buyer of order ${no}`
      : `Take ${money} out of the wallet of the buyer of order ${no}`,
  actSecurity: 'Change the security settings',

  adjustButton: '➕➖ Adjust',
  adjustAsk: (no) =>
    `To put money into the wallet of the buyer of order ${no}, or take it out, send the amount and why: +10 apology, or -5.50 refunded twice; for Stars +50 XTR apology.`,
  adjustMalformed: 'I do not understand that. It needs + or -, an amount and a reason.',
  adjustTitle: (sum, isIn) => (isIn ? `Put ${sum} into the buyer’s wallet?` : `Take ${sum} out of the buyer’s wallet?`),
  adjustTold: 'The buyer is told, and reads this reason. It cannot be undone, only adjusted the other way.',
  adjustYes: (sum, isIn) => (isIn ? `Put in ${sum}` : `Take out ${sum}`),
  adjusted: 'Done. The buyer is told.',
}
