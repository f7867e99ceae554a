import type { blocks as Zh } from '../../zh/staff/blocks.ts'

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

export const blocks: typeof Zh = {
  blockedButton: '⛔ Blocklist',
  blockedTitle: (total) => `Blocklist (${total})`,
  noBlocked: 'Nobody is blocked.',
  notBlocked: (who) => `${who} is not blocked.`,
  blockHint:
    '/block 12 fraud blocks customer 12; or name an order, ticket:5, telegram:12345, payer:telegram-stars:12345 or a phone number. /blocked telegram:12345 looks somebody up.',
  blockLine: (id, who, reason, until) => `⛔ ${id} · ${who} · ${reason} · ${until}`,
  blockTitle: (id) => `Block ${id}`,
  blockReason: (reason) => `Reason: ${reason}`,
  blockBy: (name, time) => `By ${name}, ${time}`,
  blockUntil: (time) => `until ${time}`,
  blockForEver: 'for ever',
  blockGone: 'This block was lifted or has run out.',
  blockAsk: (who) => `Block ${who}: send the reason, up to 200 characters. The buyer does not see it.`,
  blockTerm: (who) => `Block ${who} for how long?`,
  blockTerms: (days) => (days === 0 ? 'For ever' : plural(days, 'day')),
  blockDone: (who) => `${who} is blocked: no new orders. Paid orders, tickets and refunds stay open to them.`,
  blockButton: '⛔ Block',
  unblockButton: (id) => `✅ Lift block ${id}`,
  unblockAsk: (who) => `Lift the block of ${who}: send the reason, up to 200 characters.`,
  unblocked: (who) => `The block of ${who} is lifted.`,
  whomUnknown:
    'Not found. Name a customer number, an order, ticket:5, telegram:12345, payer:telegram-stars:12345 or a phone number (+44…).',
  appealTitle: (id) => `Appeal · ticket ${id}`,
  appealBlocks: 'Blocks at present',
  appealNoBlocks: 'No block at present.',
  keepButton: '⛔ Keep it, with words',
  keepAsk: (id) => `The block stays: write to the buyer why (ticket ${id}), up to 2,000 characters.`,
  kept: 'The block stays, the buyer was told why, and the appeal is closed.',
  buyerName: (name, id) => `${name} (customer ${id})`,
  buyerButton: '👤 Buyer',
  buyerAsk: 'Send a customer number, an order number, a chat account (telegram:12345) or a phone number.',
  buyerSeveral: (count) => `${count} buyers fit:`,
  buyerSince: (time) => `First seen: ${time}`,
  buyerAccounts: (accounts) => `Accounts: ${accounts}`,
  buyerPaid: (orders, spent) => `Paid for ${plural(orders, 'order')}, ${spent} in all`,
  buyerTrouble: (refunds, complaints, probes) =>
    `${plural(refunds, 'order')} refunded, ${complaints} complained about, ${probes} of other people asked for`,
  buyerNotBlocked: 'Not blocked.',
  buyerLinked: (count) => `Shares a payer, phone or device with ${plural(count, 'account')}:`,
  buyerOrders: '📦 Orders',
  buyerNoOrders: 'No orders yet.',
  findBuyer: '👤 Find a buyer',
}
