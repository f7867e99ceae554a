import type { accounts as Zh, accountProblems as ZhProblems } from '../../zh/buyer/accounts.ts'

export const accounts: typeof Zh = {
  accounts: {
    title: 'My accounts',
    button: '🔗 Link accounts',
    what: 'Link the accounts you have on other channels: orders, wallet, tickets and settings become one.',
    since: (name, time) => `${name} (linked since ${time})`,
    code: 'Link code: ',
    howTo: (code, minutes) =>
      `Send this from your other account: /link ${code} (good for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, once)`,
    secret: 'Give the code to nobody: whoever uses it sees your orders, keys and wallet.',
    previewTitle: 'Link accounts',
    preview: (other, orders, sums) =>
      `This account’s ${orders} ${orders === 1 ? 'order' : 'orders'}${sums === '' ? '' : ` and the ${sums} in its wallet`} will be one with ${other}.`,
    previewWhat: [
      'Both accounts see and use the orders, keys, wallet, tickets and settings of both',
      'Limits and trust count both together',
      'You can unlink an account later, but what was joined is not divided: the account that leaves starts anew',
    ],
    warning:
      'Link only accounts of your own. If somebody gave you this code, choose “Do not link”: they would see your orders and keys, and could spend your money.',
    yes: 'Link them',
    no: 'Do not link',
    done: '✅ Linked: both accounts are one now.',
    declined: 'Nothing was linked.',
    nothing: 'There is nothing to confirm: the code was used, or has run out. These are your accounts now.',
    unlink: (name) => `Unlink ${name}`,
    leaveTitle: (name) => `Unlink ${name}`,
    leaveWhat: [
      'This account starts anew: without orders, with an empty wallet',
      'All orders, keys, tickets and the money in the wallet stay with your other accounts',
      'News of earlier orders goes to your other accounts',
      'To undo it, link the account again',
    ],
    leaveYes: 'Unlink it',
    keep: 'Keep it',
    left: (name) => `${name} is unlinked. Earlier orders and the wallet stay with your other accounts.`,
    notLinked: 'This account is not linked, or was unlinked already.',
    notices: {
      linked: (channel) =>
        `🔗 This account is now linked with yours on ${channel}: orders, wallet, tickets and settings are one.\nIf that was not you, unlink it at once and write to support.`,
      unlinked: (channel) =>
        `🔗 You unlinked this account on ${channel}: it starts anew, and earlier orders, keys and the wallet stay with your other accounts.\nIf that was not you, write to support at once.`,
    },
  },
}

export const accountProblems: typeof ZhProblems = {
  'linking.staff': () =>
    'Staff accounts are not linked: each account gets its permissions by an invitation. To run the shop from another channel, ask the owner for one more invitation.',
  'linking.blocked': () =>
    'A blocked account cannot be linked or unlinked. If you think this is a mistake, send /appeal.',
  'linking.review': () =>
    'An order or an appeal of yours is being looked at: nothing can be linked or unlinked until that is decided. Try again then.',
  'linking.other': () => 'The other account cannot be linked now. Send /link from it to see why.',
  'linking.code': () => 'This code is wrong or has run out. Send /link from your other account for a new one.',
  'linking.twice': () => 'This code was typed by two accounts, so it is void. Get a new one, and let nobody see it.',
  'linking.same': () => 'This is this account’s own code. Send it from your other account.',
  'linking.too_often': () => 'That is too many codes. Try again in an hour.',
}
