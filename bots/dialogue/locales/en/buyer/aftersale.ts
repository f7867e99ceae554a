import type { aftersale as Zh } from '../../zh/buyer/aftersale.ts'

const keysAre = (keys: number, one: string, many: string): string =>
  keys === 1 ? `One key ${one}` : `${keys} keys ${many}`

export const aftersale: typeof Zh = {
  myTickets: '🗂 My tickets',
  ticketsMine: 'My tickets',
  noTicketsMine: 'You have no tickets. Write to support whenever you need help.',
  ticketMineTitle: (id, kind) => `Ticket ${id} · ${kind}`,
  ticketMineLine: (id, kind, state) => `${id} · ${kind} · ${state}`,
  ticketMineState: (state) => `Status: ${state}`,
  ticketMineStates: { open: 'waits for an answer', answered: 'answered', closed: 'closed' },
  ticketKinds: { support: 'question', payment: 'payment', key: 'key problem', appeal: 'appeal' },
  ticketPrevious: (id) => `Goes on from ticket ${id}`,
  ticketYou: 'You',
  ticketShop: 'Support',
  ticketWrite: '✍️ Add / reply',
  ticketReopen: '✍️ Open it again',
  ticketAskWrite: (id, pictures) =>
    `Send what to add to ticket ${id}, up to 2,000 characters.${pictures ? ' It may be a picture.' : ''}`,
  ticketAskReopen: (id) =>
    `Ticket ${id} is closed. Write what is wrong and it opens again; after 30 days a new ticket goes on from it.`,
  ticketCloseMine: '✔️ Solved, close it',
  ticketClosedMine: 'The ticket is closed. Within 30 days a word from you opens it again.',
  ticketClosedWithdrawn:
    'The ticket is closed and what was undecided in it is withdrawn: you can see those keys again. Within 30 days you can open it again.',
  ticketAlreadyClosed: 'This ticket is closed already.',
  ticketMineUnknown: 'There is no such ticket. Send /tickets to see yours.',
  ticketPicture: (n) => `🖼 Picture ${n}`,
  pictureHere: '🖼 a picture',
  pictureNotHere: '(a picture, which cannot be shown here)',
  pictureOf: (id) => `A picture from ticket ${id}`,
  keysStatus: '🔎 State of the keys',
  unitsTitleMine: (no) => `Keys of order ${no}`,
  unitLineMine: (n, masked, state) => `${n}. ${masked} · ${state}`,
  unitStates: {
    unseen: 'not shown yet',
    shown: 'shown',
    used: 'marked as used',
    complained: 'being looked into',
    refunded: 'refunded',
    withheld: 'disabled',
  },
  unitShownAt: (time, times) => (times > 1 ? `Last shown: ${time}, ${times} times` : `Shown: ${time}`),
  unitNeverShown: 'Not shown yet.',
  unitComplaint: (id, state) => `Complaint: ${state} (ticket ${id})`,
  unitReplaced: 'This key came in place of another, which is void.',
  complaintStates: {
    open: 'being looked into',
    replaced: 'replaced',
    refunded: 'refunded',
    rejected: 'not accepted',
    withdrawn: 'withdrawn',
  },
  unitMarkUsed: '✔️ Mark as used',
  unitMarkUnused: '↩️ Not used yet',
  unitMarked: 'Marked as used. You can still see it.',
  unitUnmarked: 'No longer marked.',
  unitNotMarked: 'This key cannot be changed now.',
  unitBroken: '⚠️ It does not work',
  openTicket: (id) => `Ticket ${id}`,
  complainTitle: (no) => `Order ${no}: which keys do not work?`,
  complainHint: 'Tap to choose, tap again to drop. Then tap “Next”.',
  complainNothing:
    'This order has no keys to complain of: look at those you have not seen yet; if you complained before, go on in your ticket.',
  complainNext: (count) => `Next (${count})`,
  complainNoneChosen: 'Choose the keys that do not work first.',
  complainAsk: '💬 Ask something else',
  complainWhy: (count) =>
    `${keysAre(count, 'does', 'do')} not work. What happened when you used ${count === 1 ? 'it' : 'them'}?`,
  complainReasons: {
    already_used: 'It says: already used',
    invalid: 'It says: invalid',
    wrong_region: 'Wrong region',
    expired: 'Expired',
    other: 'Something else',
  },
  complainSay: (pictures) =>
    `Tell in a few words what happened, up to 2,000 characters${pictures ? '; a screenshot helps' : ''}. The keys are disabled while we look into it: do not use them meanwhile.`,
  complainSend: 'Send without words',
  complained: (id, count) =>
    `Sent (ticket ${id}, ${count === 1 ? 'one key' : `${count} keys`}). While we look into it ${count === 1 ? 'it is' : 'they are'} not shown. If it works after all, close the ticket to withdraw. You will hear from us here.`,
  inComplaint: (keys) => `${keysAre(keys, 'is', 'are')} being looked into and not shown meanwhile.`,
  unitsRefunded: (keys) => `${keysAre(keys, 'has', 'have')} been refunded.`,
  parted: (amount) => `Of that refunded: ${amount}`,
  verdicts: {
    replaced: (no, keys) =>
      `✅ Order ${no}: ${keysAre(keys, 'has', 'have')} been replaced. Tap “Show keys” to see the new.`,
    refunded: (no, keys) =>
      `↩️ Order ${no}: ${keysAre(keys, 'has', 'have')} been refunded. The money goes back the way it came where that can be, else it is in your wallet.`,
    rejected: (no, keys) =>
      `Order ${no}: the complaint about ${keys === 1 ? 'one key' : `${keys} keys`} was not accepted, and you can see ${keys === 1 ? 'it' : 'them'} again. If you disagree, reply in the ticket.`,
  },
}
